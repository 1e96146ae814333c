import numpy as np
import pytest

import huegraft
from huegraft.compiled.color import lab_picture
from huegraft.encodings import ProfileEncoding, SceneLinearEncoding
from huegraft.picture import Picture
from huegraft.setting_groups import FinishSettings
from huegraft.stages.composite import Layer, composite

BEST = huegraft.preset("best")
LUMINANCE = np.array([0.212671, 0.715160, 0.072169])


def painted(color):
    return lambda old, window: np.broadcast_to(np.float32(color), old.shape).copy()


def shared(share):
    return lambda old, window: share[window.crop()].astype(np.float32)


def laid(picture, *layers, keeps=None, **settings):
    return composite(picture, layers, FinishSettings(**settings), keeps)


def test_without_a_share_new_colours_are_everywhere(coffee):
    result = laid(Picture(coffee), Layer(painted([0.2, 0.4, 0.6])))
    np.testing.assert_allclose(result.image, np.broadcast_to([0.2, 0.4, 0.6], coffee.shape), atol=1e-7)


def test_shares_mix_in_cielab_and_zero_is_copied(coffee):
    share = np.zeros(coffee.shape[:2])
    share[10:20], share[20:] = 0.25, 1
    result = laid(Picture(coffee), Layer(painted([0.5, 0.4, 0.3]), shared(share))).image
    np.testing.assert_array_equal(result[:10], coffee[:10])
    np.testing.assert_array_equal(result[20:], np.broadcast_to(np.float32([0.5, 0.4, 0.3]), coffee[20:].shape))
    old, new = lab_picture(coffee[10:20]), lab_picture(np.full((1, 1, 3), (0.5, 0.4, 0.3), np.float32))
    np.testing.assert_allclose(lab_picture(result[10:20]), 0.75 * old + 0.25 * new, atol=0.02)


def test_overlapping_layers_are_divided_by_their_sum(coffee):
    whole = np.ones(coffee.shape[:2])
    first, second = Layer(painted([0.6, 0.3, 0.3]), shared(whole)), Layer(painted([0.3, 0.3, 0.6]), shared(whole))
    both = laid(Picture(coffee), first, second).image
    halves = [Layer(layer.colors, shared(whole / 2)) for layer in (first, second)]
    np.testing.assert_allclose(both, laid(Picture(coffee), *halves).image, atol=1e-6)
    assert both.std(axis=(0, 1)).max() < 1e-5


@pytest.fixture
def scene(rng):
    """Linear light up to 40, a black and a grey pixel, one that is not finite."""
    light = rng.exponential(0.5, (30, 40, 3)).astype(np.float32)
    light[:3] *= 20
    light[5, 5], light[6, 6], light[7, 7] = 0, 0.18, (np.nan, 1, np.inf)
    return light


@pytest.mark.parametrize("gamut", ["clip", "compress"])
@pytest.mark.parametrize(("mode", "changes"), [("transfer", {"lightness": 0.0}), ("transfer", {"base": "none"})])
def test_luminance_of_scene_linear_light_is_kept(scene, coffee, mode, changes, gamut):
    picture = Picture(scene, SceneLinearEncoding())
    result = getattr(huegraft, mode)(picture, coffee, BEST, gamut=gamut, **changes).image
    assert isinstance(result, Picture)
    finite = np.isfinite(scene).all(axis=-1)
    before, after = scene[finite] @ LUMINANCE, result.pixels[finite] @ LUMINANCE
    np.testing.assert_allclose(after, before, rtol=1e-3, atol=1e-9)
    np.testing.assert_array_equal(result.pixels[7, 7], scene[7, 7])
    np.testing.assert_array_equal(result.pixels[5, 5], 0)
    assert np.abs(result.pixels[finite] - scene[finite]).max() > 0.05
    assert result.pixels[finite].min() >= 0


def test_half_floats_stay_half_floats_and_finite(scene, coffee):
    scene[0, 0] = 60000
    result = huegraft.transfer(Picture(scene.astype(np.float16), SceneLinearEncoding()), coffee, BEST).image
    assert result.pixels.dtype == np.float16
    assert np.isfinite(result.pixels[np.isfinite(scene).all(axis=-1)]).all()


def test_highlights_are_those_of_a_darker_exposure(coffee, astronaut):
    """What is brighter than white gets the colour it would have where it just is not."""
    dark = np.full((4, 4, 3), (0.9, 0.5, 0.2), np.float32)
    dark = np.concatenate([dark, dark / 0.9, dark / 0.9 * 7])
    colors = lambda old, window: np.ascontiguousarray(old[..., ::-1])  # noqa: E731
    result = laid(Picture(dark, SceneLinearEncoding()), Layer(colors)).image
    np.testing.assert_allclose(result[8:], 7 * result[4:8], rtol=1e-5)


@pytest.fixture(scope="module")
def wide():
    from imagecodecs import cms_profile

    return ProfileEncoding(cms_profile("adobergb"))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_strength_0_copies_pixels_of_any_profile(wide, rng, coffee, dtype):
    pixels = rng.integers(0, np.iinfo(dtype).max, (20, 20, 3), endpoint=True).astype(dtype)
    result = huegraft.transfer(Picture(pixels, wide), coffee, BEST, strength=0.0)
    np.testing.assert_array_equal(result.image.pixels, pixels)
    assert result.clipped_share == 0


def test_wide_gamut_colours_survive(wide, astronaut):
    """A picture of a wide gamut under new colours that are its own is what it was, saturated greens included."""
    pixels = np.full((20, 20, 3), (8000, 60000, 8000), np.uint16)
    pixels[:, :10] = (30000, 31000, 32000)
    result = laid(Picture(pixels, wide), Layer(lambda old, window: old.copy()))
    np.testing.assert_allclose(result.image, pixels, atol=12)
    assert not result.clipped.any()
    narrow = laid(Picture(wide.decode(pixels).clip(0, 1)), Layer(lambda old, window: old.copy()))
    assert np.abs(wide.encode(narrow.image) * 65535 - pixels).max() > 2000


@pytest.mark.parametrize("gamut", ["clip", "compress"])
def test_the_gamut_is_that_of_the_output_profile(wide, coffee, gamut):
    green = wide.decode(np.full((8, 8, 3), (0.1, 0.95, 0.1), np.float32))  # within Adobe RGB, outside sRGB
    colors = lambda old, window: np.ascontiguousarray(green[: window.size[0], :8])  # noqa: E731
    pixels = np.full((8, 8, 3), 30000, np.uint16)
    assert not laid(Picture(pixels, wide), Layer(colors), gamut=gamut).clipped.any()
    assert laid(Picture(pixels), Layer(colors), gamut=gamut).clipped.all()


def test_a_gradient_of_16_bits_keeps_more_than_8(coffee):
    ramp = np.linspace(20000, 30000, 4096).astype(np.uint16)
    pixels = np.repeat(np.repeat(ramp[None, :, None], 8, axis=0), 3, axis=2)
    result = huegraft.transfer(Picture(pixels), coffee, BEST, working_pixels=4096).image
    assert len(np.unique(result.pixels[4])) > 1000
