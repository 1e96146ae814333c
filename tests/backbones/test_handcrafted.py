import numpy as np
import pytest
from scipy.ndimage import correlate1d

import oracle
from huegraft.backbones import handcrafted, load_backbone
from huegraft.compiled.descriptor import describe
from huegraft.errors import BackboneError
from huegraft.setting_groups import FeatureSettings


def maps_of(picture):
    (maps,) = load_backbone(FeatureSettings(backbone="handcrafted"))(picture)
    return maps


def test_is_the_oracles(astronaut):
    np.testing.assert_allclose(maps_of(astronaut), oracle.handcrafted(astronaut.astype(float))[0], atol=2e-4)


def test_settings_without_meaning_are_refused():
    for settings in (FeatureSettings("handcrafted", weights="w.pth"), FeatureSettings("handcrafted", pooling=True)):
        with pytest.raises(BackboneError, match="'handcrafted' has no"):
            load_backbone(settings)


def test_grey_pictures_have_no_chroma_at_all(astronaut):
    maps = maps_of(np.repeat(astronaut[..., :1], 3, axis=2))
    assert (maps[..., [1, 2, 6, 7, 11, 12, 16, 17]] == 0).all()


def test_features_see_no_further_than_the_radius():
    backbone = load_backbone(FeatureSettings(backbone="handcrafted"))
    base = np.full((2 * backbone.radius + 3, 1, 3), 0.5, np.float32)
    changed = base.copy()
    changed[0] = 1
    differing = next(iter(backbone(base))) != next(iter(backbone(changed)))
    assert differing[backbone.radius].any()
    assert not differing[backbone.radius + 1 :].any()


def described(picture, kernels):
    """What the loops make, (channels, h, w) in float64, one plane after the other."""
    lab = np.moveaxis(oracle.lab_from_srgb(picture.astype(float)), 2, 0) / 100
    lab[1:, (picture == picture[..., :1]).all(axis=2)] = 0
    channels = []
    for kernel in kernels:

        def blur(plane, kernel=kernel):
            return correlate1d(correlate1d(plane, kernel, 0, mode="nearest"), kernel, 1, mode="nearest")

        lightness = blur(lab[0])
        padded = np.pad(lightness, 1, mode="edge")
        slopes = (padded[2:, 1:-1] - padded[:-2, 1:-1]) / 2, (padded[1:-1, 2:] - padded[1:-1, :-2]) / 2
        deviation = np.sqrt(np.maximum(blur(np.square(lab[0])) - np.square(lightness), 0))
        channels += [lightness, blur(lab[1]), blur(lab[2]), np.hypot(*slopes), deviation]
    return np.stack(channels)


@pytest.mark.parametrize(("height", "width"), [(40, 36), (70, 3), (1, 9), (9, 1)])
def test_compiled_loops_are_the_plain_ones(astronaut, height, width):
    picture = np.tile(astronaut, (2, 1, 1))[:height, :width].copy()
    picture[: height // 2] = picture[: height // 2, :, :1]
    kernels = [handcrafted._kernel(sigma) for sigma in (1, 8)]
    expected = described(picture, kernels)
    result = describe(picture, kernels)
    np.testing.assert_allclose(result, expected, atol=2e-4)  # a deviation near 0 is the root of rounding noise


def test_threads_change_no_byte(astronaut, threads):
    picture = np.tile(astronaut, (3, 3, 1))
    with threads(1):
        alone = maps_of(picture)
    with threads(2):
        np.testing.assert_array_equal(maps_of(picture), alone)
