import numpy as np
import pytest

from huegraft.backbones import load_backbone
from huegraft.errors import BackboneError
from huegraft.setting_groups import FeatureSettings
from huegraft.stages import features
from huegraft.stages.features import extract_features, super_features
from huegraft.stages.pool import pool


class Yields:
    name, radius = "made", 0

    def __init__(self, layers, shapes):
        self.layers, self.shapes = layers, shapes

    def __call__(self, picture):
        return (np.zeros(shape, np.float32) for shape in self.shapes)


class Wrong(Yields):
    def __init__(self, maps):
        super().__init__(("a",), [])
        self.maps = maps

    def __call__(self, picture):
        return self.maps


class Pools(Yields):
    """Says itself what its super-features are."""

    def __init__(self, layers, means):
        super().__init__(layers, [])
        self.means = means

    def pooled(self, picture, labels, count):
        return self.means


def run(backbone, astronaut):
    return list(extract_features(astronaut, backbone))


def some_labels(rng, height, width, count):
    return rng.permutation(np.arange(height * width) % count).reshape(height, width).astype(np.int32)


def test_names_go_with_maps(astronaut):
    maps = run(Yields(("a", "b"), [(40, 36, 2), (40, 36, 5)]), astronaut)
    assert [(name, feature_map.shape) for name, feature_map in maps] == [("a", (40, 36, 2)), ("b", (40, 36, 5))]


@pytest.mark.parametrize(
    ("shapes", "message"),
    [
        ([(40, 35, 2)], r"\(40, 35, 2\) for a"),
        ([(40, 36)], r"\(40, 36\) for a"),
        ([(40, 36, 2)] * 3, "more maps than it has layers"),
        ([(40, 36, 2)], "no map for its layer 'b'"),
    ],
)
def test_wrong_maps_are_refused(astronaut, shapes, message):
    with pytest.raises(BackboneError, match=message):
        run(Yields(("a", "b"), shapes), astronaut)


def test_what_is_no_map_is_refused(astronaut):
    with pytest.raises(BackboneError, match="got list for a"):
        run(Wrong([astronaut.tolist()]), astronaut)
    with pytest.raises(BackboneError, match=r"floats \(40, 36, c\).* got uint8 \(40, 36, 3\) for a"):
        run(Wrong([astronaut.astype(np.uint8)]), astronaut)
    with pytest.raises(BackboneError, match="must yield feature maps, got NoneType"):
        run(Wrong(None), astronaut)
    for values in ([np.nan, 0], [np.inf, 0], [np.inf, -np.inf]):
        with pytest.raises(BackboneError, match="NaN or infinite features in its layer 'a'"):
            run(Wrong([np.full((40, 36, 2), values)]), astronaut)


@pytest.mark.parametrize(
    ("means", "message"),
    [
        ([np.zeros((9, 2)), np.zeros((8, 2))], r"\(9, c\).* got float64 \(8, 2\) for b"),
        ([np.zeros((9, 2)), np.full((9, 2), np.inf)], "NaN or infinite features in its layer 'b'"),
        ([np.zeros((9, 2))], "no map for its layer 'b'"),
        ([np.zeros((9, 2))] * 3, "more maps than it has layers"),
        (None, "must yield feature maps, got NoneType"),
    ],
)
def test_wrong_means_are_refused(astronaut, rng, means, message):
    with pytest.raises(BackboneError, match=message):
        super_features(astronaut, some_labels(rng, 40, 36, 9), 9, Pools(("a", "b"), means))


def test_of_a_tensor_the_adapter_is_told(torch, astronaut, rng):
    message = r"got Tensor for a; wrap .* huegraft\.backbones\.torch\.TorchBackbone"
    with pytest.raises(BackboneError, match=message):
        run(Wrong([torch.zeros(40, 36, 2)]), astronaut)
    means = [torch.zeros(9, 2)] * 2
    with pytest.raises(BackboneError, match=message):
        super_features(astronaut, some_labels(rng, 40, 36, 9), 9, Pools(("a", "b"), means))


def test_what_a_backbone_pools_is_taken_in_double_precision(astronaut, rng):
    means = [rng.random((9, 2)).astype(np.float32), rng.random((9, 5))]
    found = super_features(astronaut, some_labels(rng, 40, 36, 9), 9, Pools(("a", "b"), means))
    assert list(found) == ["a", "b"]
    for name, expected in zip(found, means, strict=True):
        assert found[name].dtype == np.float64
        np.testing.assert_array_equal(found[name], expected)


class Counts:
    """A backbone that notes the sizes of what it is given."""

    def __init__(self, backbone):
        self.backbone, self.sizes = backbone, []
        self.name, self.layers, self.radius = backbone.name, backbone.layers, backbone.radius

    def __call__(self, picture):
        self.sizes.append(picture.shape[:2])
        return self.backbone(picture)


class LessItsMean:
    name, layers, radius = "mean", ("mean",), None

    def __call__(self, picture):
        yield picture - picture.mean(axis=(0, 1))


def each_pixel_its_own(picture):
    """Labels whose super-features are the maps themselves."""
    return np.arange(picture.shape[0] * picture.shape[1], dtype=np.int32).reshape(picture.shape[:2])


def put_together(picture, backbone):
    """The maps as the pooling has them, and how often the backbone was called."""
    counting, labels = Counts(backbone), each_pixel_its_own(picture)
    pooled = super_features(picture, labels, labels.size, counting)
    return {layer: means.reshape(*labels.shape, -1) for layer, means in pooled.items()}, len(counting.sizes)


def test_tiles_of_the_handcrafted_are_the_whole(astronaut, monkeypatch):
    monkeypatch.setattr(features, "_TILE", 15)
    monkeypatch.setattr(features, "_TILE_IN_RADII", 0)
    backbone = load_backbone(FeatureSettings(backbone="handcrafted"))
    large = np.tile(astronaut, (2, 2, 1))
    maps, count = put_together(large, backbone)
    assert count == 6 * 5
    np.testing.assert_allclose(maps["all"], next(iter(backbone(large))), atol=1e-6, rtol=0)


def test_crops_have_a_margin_within_the_picture(astronaut, monkeypatch):
    monkeypatch.setattr(features, "_TILE", 20)
    monkeypatch.setattr(features, "_TILE_IN_RADII", 0)

    class Reaches(Yields):
        radius = 3

        def __call__(self, picture):
            yield np.zeros((*picture.shape[:2], 1))

    counting = Counts(Reaches(("a",), []))
    super_features(astronaut, each_pixel_its_own(astronaut), astronaut[..., 0].size, counting)
    assert counting.sizes == [(23, 21)] * 4


def test_what_looks_everywhere_is_given_the_whole_picture(astronaut, monkeypatch):
    monkeypatch.setattr(features, "_TILE", 15)
    counting, labels = Counts(LessItsMean()), each_pixel_its_own(astronaut)
    means = super_features(astronaut, labels, labels.size, counting)
    assert counting.sizes == [astronaut.shape[:2]]
    np.testing.assert_array_equal(means["mean"].reshape(astronaut.shape), next(LessItsMean()(astronaut)))


def test_a_picture_of_a_tiles_area_is_one_tile(astronaut, monkeypatch):
    monkeypatch.setattr(features, "_TILE", 10)
    monkeypatch.setattr(features, "_TILE_IN_RADII", 0)
    counts = [put_together(astronaut[:height, :width], Yields(("a",), [(height, width, 2)]))[1]
              for height, width in ((20, 5), (2, 36))]  # fmt: skip
    assert counts == [1, 1]
    assert len(list(features.windows(21, 5, 10))) == 3


def test_super_features_are_the_pooled_maps(astronaut, rng):
    backbone, labels = load_backbone(FeatureSettings(backbone="handcrafted")), some_labels(rng, 40, 36, 9)
    found = super_features(astronaut, labels, 9, backbone)
    for layer, feature_map in extract_features(astronaut, backbone):
        np.testing.assert_array_equal(found[layer], pool(feature_map, labels, 9))


def test_finite_maps_may_have_an_infinite_sum(astronaut):
    class Large(Yields):
        def __call__(self, picture):
            yield np.full((40, 36, 2), 3e38, np.float32)

    assert run(Large(("a",), []), astronaut)[0][1].max() > 2e38


def test_tiles_with_other_channels_are_refused(astronaut, monkeypatch):
    monkeypatch.setattr(features, "_TILE", 16)

    class Changing:
        name, layers, radius = "changing", ("maps",), 0
        calls = 0

        def __call__(self, picture):
            self.calls += 1
            yield np.zeros((*picture.shape[:2], 2 if self.calls == 1 else 60), np.float32)

    labels = np.zeros(astronaut.shape[:2], np.int32)
    with pytest.raises(BackboneError, match="as many channels everywhere, got 2 channels in one tile and 60"):
        super_features(astronaut, labels, 1, Changing())
