import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import huegraft
from huegraft.color import grey_from_srgb, lab_from_srgb
from huegraft.compiled.color import lab_picture
from huegraft.encodings import SRGB, SceneLinearEncoding
from huegraft.stages.gamut import into_gamut

colors = arrays(np.float32, (3, 4, 3), elements=st.floats(-0.75, 1.75, width=32))


def hue(lab):
    return np.arctan2(lab[..., 2], lab[..., 1])


@pytest.mark.parametrize("how", ["clip", "compress"])
@given(srgb=colors)
def test_what_comes_out_fits(how, srgb):
    values, outside = into_gamut(srgb.copy(), SRGB, how)
    assert values.min() >= 0
    assert values.max() <= 1
    np.testing.assert_array_equal(outside, ((srgb < -1e-4) | (srgb > 1 + 1e-4)).any(axis=-1))
    np.testing.assert_allclose(values[~outside], srgb[~outside], atol=1.01e-4)


@given(srgb=colors)
def test_compression_keeps_lightness_and_hue_and_takes_chroma(srgb):
    before = lab_picture(srgb)
    values, outside = into_gamut(srgb.copy(), SRGB, "compress")
    after = lab_picture(values)
    np.testing.assert_allclose(after[..., 0], before[..., 0].clip(0, 100), atol=0.1)
    chroma = [np.hypot(lab[..., 1], lab[..., 2]) for lab in (before, after)]
    assert (chroma[1] <= chroma[0] + 0.3).all()
    told = outside & (chroma[1] > 5)
    turned = np.angle(np.exp(1j * (hue(after) - hue(before))))
    assert (np.abs(turned[told]) * chroma[1][told] < 0.5).all()


def test_compression_goes_no_further_than_it_must():
    srgb = np.array([[[1.2, 0.1, 0.1], [0.3, -0.2, 0.5]]], np.float32)
    values, _ = into_gamut(srgb.copy(), SRGB, "compress")
    assert values[0, 0].max() > 0.999
    assert values[0, 1].min() < 0.001


def test_clipping_cuts_each_channel():
    srgb = np.array([[[1.2, 0.1, -0.1], [0.3, 0.2, 0.5]]], np.float32)
    values, outside = into_gamut(srgb.copy(), SRGB, "clip")
    np.testing.assert_allclose(values, [[[1, 0.1, 0], [0.3, 0.2, 0.5]]], atol=1e-7)
    np.testing.assert_array_equal(outside, [[True, False]])


@pytest.mark.parametrize("how", ["clip", "compress"])
def test_scene_linear_light_has_no_upper_end(how):
    srgb = np.array([[[1.4, 1.3, 1.5], [1.1, -0.4, 0.2]]], np.float32)
    values, outside = into_gamut(srgb, SceneLinearEncoding(), how)
    np.testing.assert_array_equal(outside, [[False, True]])
    np.testing.assert_allclose(values[0, 0], SceneLinearEncoding().encode(srgb)[0, 0], rtol=1e-6)
    assert values[0, 0].min() > 1
    assert values[0, 1].min() >= 0


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_colourisation_keeps_lightness_and_white_by_default(astronaut, coffee, kind):
    """Chroma gives way where sRGB cannot hold a colour; lightness is the grey target's to half a unit."""
    most = np.iinfo(kind).max
    target = np.rint(astronaut * most).astype(kind)
    target[:8], target[8:16] = most, 0
    grey = lab_from_srgb(grey_from_srgb(target / most))[..., 0]
    for reference in (coffee, np.full((20, 20, 3), [0.1, 0.9, 0.95], np.float32)):
        result = huegraft.colorize(target, reference)
        assert result.settings.finish.gamut == "compress"
        assert np.abs(lab_from_srgb(result.image / most)[..., 0] - grey).max() < 0.5
        np.testing.assert_allclose(result.image[:8] / most, 1, atol=4e-4)
    clipped = huegraft.colorize(target, coffee, gamut="clip")
    assert clipped.settings.finish.gamut == "clip"
    assert huegraft.transfer(target, coffee).settings.finish.gamut == "clip"
