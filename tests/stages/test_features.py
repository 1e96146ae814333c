import numpy as np
import pytest
import torch

from huegraft.backbones import load_backbone
from huegraft.errors import BackboneError
from huegraft.setting_groups import FeatureSettings
from huegraft.stages import features
from huegraft.stages.features import extract_features, tiled_features


class Yields:
    name, radius = "made", 0

    def __init__(self, layers, shapes):
        self.layers, self.shapes = layers, shapes

    def __call__(self, picture):
        return (torch.zeros(shape) for shape in self.shapes)


def run(backbone, astronaut):
    return list(extract_features(astronaut, backbone, torch.device("cpu")))


def test_names_go_with_maps(astronaut):
    maps = run(Yields(("a", "b"), [(2, 40, 36), (5, 40, 36)]), astronaut)
    assert [(name, tuple(feature_map.shape)) for name, feature_map in maps] == [("a", (2, 40, 36)), ("b", (5, 40, 36))]


@pytest.mark.parametrize(
    ("shapes", "message"),
    [
        ([(2, 40, 35)], r"\(2, 40, 35\) for a"),
        ([(40, 36)], r"\(40, 36\) for a"),
        ([(2, 40, 36)] * 3, "more maps than it has layers"),
        ([(2, 40, 36)], "no map for its layer 'b'"),
    ],
)
def test_wrong_maps_are_refused(astronaut, shapes, message):
    with pytest.raises(BackboneError, match=message):
        run(Yields(("a", "b"), shapes), astronaut)


def test_what_is_no_map_is_refused(astronaut):
    class Wrong(Yields):
        def __init__(self, maps):
            super().__init__(("a",), [])
            self.maps = maps

        def __call__(self, picture):
            return self.maps

    with pytest.raises(BackboneError, match="got ndarray for a"):
        run(Wrong([astronaut]), astronaut)
    with pytest.raises(BackboneError, match="must yield feature maps, got NoneType"):
        run(Wrong(None), astronaut)
    with pytest.raises(BackboneError, match="NaN or infinite features in its layer 'a'"):
        run(Wrong([torch.full((2, 40, 36), torch.nan)]), astronaut)


def test_inference_mode_does_not_leak(astronaut):
    maps = extract_features(astronaut, Yields(("a", "b"), [(2, 40, 36)] * 2), torch.device("cpu"))
    next(maps)
    assert not torch.is_inference_mode_enabled()


class LessItsMean:
    name, layers, radius = "mean", ("mean",), None

    def __call__(self, picture):
        yield (picture - picture.mean(dim=(0, 1))).permute(2, 0, 1)


def put_together(picture, backbone):
    """The maps from their parts at the picture's own size, and the number of windows."""
    maps, counts = {}, {}
    for layer, window, part in tiled_features(picture, backbone, torch.device("cpu")):
        whole = maps.setdefault(layer, torch.full((len(part.values), *picture.shape[:2]), torch.nan))
        assert whole[:, window.top : window.bottom, window.left : window.right].isnan().all()
        assert (part.top, part.left) == (window.top, window.left)
        whole[:, window.top : window.bottom, window.left : window.right] = part.values
        counts[layer] = counts.get(layer, 0) + 1
    return maps, counts


def test_tiles_of_the_handcrafted_are_the_whole(astronaut, monkeypatch):
    monkeypatch.setattr(features, "_TILE", 15)
    monkeypatch.setattr(features, "_TILE_IN_RADII", 0)
    backbone = load_backbone(FeatureSettings(backbone="handcrafted"))
    large = np.tile(astronaut, (2, 2, 1))
    maps, counts = put_together(large, backbone)
    assert counts == {"all": 6 * 5}
    torch.testing.assert_close(maps["all"], next(iter(backbone(torch.tensor(large)))), atol=1e-6, rtol=0)


def test_what_looks_everywhere_is_given_the_whole_picture(astronaut, monkeypatch):
    monkeypatch.setattr(features, "_TILE", 15)
    maps, counts = put_together(astronaut, LessItsMean())
    assert counts == {"mean": 1}
    assert torch.equal(maps["mean"], next(LessItsMean()(torch.tensor(astronaut))))


def test_inference_mode_does_not_leak_from_tiles(astronaut, vgg19_bn_file):
    backbone = load_backbone(FeatureSettings(backbone="vgg19_bn", weights=str(vgg19_bn_file)))
    next(tiled_features(astronaut, backbone, torch.device("cpu")))
    assert not torch.is_inference_mode_enabled()


def test_a_picture_of_a_tiles_area_is_one_tile(astronaut, monkeypatch):
    monkeypatch.setattr(features, "_TILE", 10)
    monkeypatch.setattr(features, "_TILE_IN_RADII", 0)
    counts = [put_together(astronaut[:height, :width], Yields(("a",), [(2, height, width)]))[1]["a"]
              for height, width in ((20, 5), (2, 36))]  # fmt: skip
    assert counts == [1, 1]
    assert len(list(features._windows(21, 5, 10))) == 3


def test_finite_maps_may_have_an_infinite_sum(astronaut):
    class Large(Yields):
        def __call__(self, picture):
            yield torch.full((2, 40, 36), 3e38)

    assert run(Large(("a",), []), astronaut)[0][1].max() > 2e38
