import numpy as np
import pytest
from imagecodecs import cms_profile, cms_transform

from huegraft.compiled.color import lab_picture
from huegraft.encodings import ProfileEncoding
from huegraft.matrix_profile import matrix_profile

D65 = [0.3127, 0.329, 1.0]
P3 = [0.68, 0.32, 1.0, 0.265, 0.69, 1.0, 0.15, 0.06, 1.0]
PRO_PHOTO = [0.7347, 0.2653, 1.0, 0.1596, 0.8404, 1.0, 0.0366, 0.0001, 1.0]
TABLE = np.linspace(0, 1, 1024, dtype=np.float32) ** 2
PROFILES = {
    "Adobe RGB": lambda: cms_profile("adobergb"),
    "P3": lambda: cms_profile("rgb", whitepoint=D65, primaries=P3, transferfunction=TABLE),
    "ProPhoto": lambda: cms_profile("rgb", whitepoint=[0.3457, 0.3585, 1.0], primaries=PRO_PHOTO, gamma=1.8),
}


@pytest.fixture(params=PROFILES)
def profile(request):
    return PROFILES[request.param]()


def of_littlecms(values, source, target):
    return cms_transform(values, source, target, colorspace="rgb", outcolorspace="rgb", outdtype="f4", intent=1)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_colours_are_those_of_littlecms(profile, rng, dtype):
    assert matrix_profile(profile) is not None
    pixels = rng.integers(0, np.iinfo(dtype).max, (64, 64, 3), endpoint=True).astype(dtype)
    pixels[0, 0], pixels[0, 1] = 0, np.iinfo(dtype).max
    encoding = ProfileEncoding(profile)
    colors = encoding.decode(pixels)
    values = (pixels / np.iinfo(dtype).max).astype(np.float32)
    expected = of_littlecms(values, profile, cms_profile("srgb"))
    np.testing.assert_allclose(lab_picture(colors), lab_picture(expected), atol=0.03)
    again = encoding.encode(colors)
    np.testing.assert_allclose(again**2, values**2, atol=5e-5)  # in light: black has more values than digits
    np.testing.assert_array_equal(again[0, 0], 0)
    if dtype is np.uint8:
        np.testing.assert_array_equal(np.rint(encoding.encode(colors) * 255), pixels)


def test_colours_outside_the_gamut_lie_outside_its_range(profile):
    encoding = ProfileEncoding(profile)
    outside = np.array([[[0.2, 0.5, 1.4], [-9.0, 0.5, 0.9], [1.2, 1.2, 1.2]]], np.float32)
    values = encoding.encode(outside)
    assert ((values < 0) | (values > 1)).any(axis=-1).all()


def test_a_curve_of_steps_is_left_to_littlecms(rng):
    steps = np.repeat(np.linspace(0, 1, 16, dtype=np.float32), 64)
    stepped = cms_profile("rgb", whitepoint=D65, primaries=P3, transferfunction=steps)
    assert matrix_profile(stepped) is None
    pixels = rng.integers(0, 255, (8, 8, 3)).astype(np.uint8)
    expected = of_littlecms((pixels / 255).astype(np.float32), stepped, cms_profile("srgb"))
    np.testing.assert_allclose(ProfileEncoding(stepped).decode(pixels), expected, atol=1e-6)
