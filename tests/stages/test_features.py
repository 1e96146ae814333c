import pytest
import torch

from huegraft.errors import BackboneError
from huegraft.stages.features import extract_features


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
