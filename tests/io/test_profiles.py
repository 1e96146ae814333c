import colour
import imagecodecs
import numpy as np
import pytest
from PIL import Image, ImageCms

import picture_files
from huegraft import Picture, read_picture, write_picture
from huegraft.encodings import SRGB, ProfileEncoding
from huegraft.io.profile_making import profile_of_grey, profile_of_primaries
from huegraft.io.profiles import encoding_of, light_of

SPACES = {"adobe": "Adobe RGB (1998)", "p3": "P3-D65", "prophoto": "ProPhoto RGB"}


def linear_colors(name, values):
    """Return linear sRGB of a profile's values by colour-science, its white adapted as ICC profiles do."""
    space, gamma = colour.RGB_COLOURSPACES[SPACES[name]], {"adobe": 563 / 256, "p3": 2.2, "prophoto": 1.8}[name]
    return colour.RGB_to_RGB(values**gamma, space, "sRGB", chromatic_adaptation_transform="Bradford")


@pytest.mark.parametrize("name", SPACES)
def test_profiles_mean_what_the_standards_say(name, rng):
    values = rng.random((8, 8, 3)).astype(np.float32)
    encoding = encoding_of(picture_files.PROFILES[name])
    working = encoding.decode(values)
    expected = colour.cctf_encoding(linear_colors(name, values.astype(float)).clip(0), "sRGB")
    np.testing.assert_allclose(working.clip(0), expected, atol=0.004)
    assert working.max() > 1.005  # colours outside sRGB's gamut survive
    assert working.min() < 0
    np.testing.assert_allclose(encoding.encode(working), values, atol=2e-4)


@pytest.mark.parametrize("make", [lambda: imagecodecs.cms_profile("srgb"), lambda: pillow_srgb()])
def test_srgb_is_known_and_embedded_again(tmp_path, make, rng):
    profile = make()
    assert encoding_of(profile) is SRGB
    pixels = rng.integers(0, 256, (5, 6, 3)).astype(np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.jpg", icc_profile=profile, quality=100, subsampling=0)
    picture = read_picture(tmp_path / "a.jpg")
    assert (picture.encoding, picture.profile, picture.notes) == (SRGB, profile, ())
    write_picture(tmp_path / "b.png", picture)
    with Image.open(tmp_path / "b.png") as image:
        assert image.info["icc_profile"] == profile


def pillow_srgb():
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def test_a_gamma_near_srgbs_is_another():
    rec709 = (0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
    assert isinstance(encoding_of(profile_of_primaries(picture_files.D65, rec709, 2.2)), ProfileEncoding)
    assert encoding_of(profile_of_primaries(picture_files.D65, rec709, None)) is SRGB


def test_light_is_told_from_curves():
    assert light_of(picture_files.PROFILES["adobe"]) is None
    straight = profile_of_primaries(picture_files.D65, (0.68, 0.32, 0.265, 0.69, 0.15, 0.06), 1)
    expected = colour.matrix_RGB_to_RGB("P3-D65", "sRGB")
    np.testing.assert_allclose(light_of(straight).matrix, expected, atol=1e-3)


def test_what_is_no_profile_is_none():
    for junk in (b"", b"no profile" * 50, picture_files.PROFILES["p3"][:200], bytes(600)):
        assert encoding_of(junk) is None
        assert light_of(junk) is None


@pytest.mark.parametrize("gamma", [1.0, 1.8, 2.2])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_grey_profile_keeps_its_numbers_and_its_meaning(tmp_path, gamma, dtype):
    grey = imagecodecs.cms_profile("gray", gamma=gamma)
    values = np.linspace(0, np.iinfo(dtype).max, 256).round().astype(dtype).reshape(16, 16)
    imagecodecs.imwrite(tmp_path / "plain.png", values)
    with_profile(tmp_path / "plain.png", tmp_path / "a.png", grey)
    picture = read_picture(tmp_path / "a.png")
    np.testing.assert_array_equal(picture.pixels, np.stack([values] * 3, axis=-1))
    assert picture.notes == ("a.png: its grey profile is kept as an RGB profile with the same curve",)
    linear = (values / np.iinfo(dtype).max) ** gamma
    np.testing.assert_allclose(picture.as_float()[..., 1], colour.cctf_encoding(linear, "sRGB"), atol=2e-3)
    write_picture(tmp_path / "b.png", picture)
    again = read_picture(tmp_path / "b.png")
    np.testing.assert_array_equal(again.pixels, picture.pixels)
    np.testing.assert_array_equal(again.as_float(), picture.as_float())


def with_profile(source, path, profile):
    """Insert a profile into a PNG as other programs do: a chunk after the header."""
    import zlib

    import hostile

    data = source.read_bytes()
    path.write_bytes(data[:33] + hostile.chunk(b"iCCP", b"a\0\0" + zlib.compress(profile)) + data[33:])


def test_the_curve_of_grey_is_that_of_the_profile():
    grey = imagecodecs.cms_profile("gray", gamma=2.2)
    ramp = np.repeat(np.linspace(0, 1, 101, dtype=np.float32)[None, :, None], 3, axis=2)
    expected = colour.cctf_encoding(ramp.astype(float) ** 2.2, "sRGB")
    np.testing.assert_allclose(ProfileEncoding(profile_of_grey(grey)).decode(ramp), expected, atol=1e-3)


def test_damaged_and_misplaced_profiles_are_left_out_and_said(tmp_path, rng):
    pixels = rng.integers(0, 256, (5, 6, 3)).astype(np.uint8)
    for name, profile in (("noise", b"no profile" * 20), ("grey", imagecodecs.cms_profile("gray", gamma=2.2))):
        Image.fromarray(pixels).save(tmp_path / f"{name}.png", icc_profile=profile)
        picture = read_picture(tmp_path / f"{name}.png")
        assert picture.notes == (
            f"{name}.png: its colour profile is damaged or does not fit; the picture is taken as sRGB",
        )
        np.testing.assert_array_equal(picture.pixels, pixels)
        assert picture.profile is None


@pytest.mark.parametrize(
    ("gamma", "primaries", "tagged"), [(45455, None, False), (100_000, None, True), (45455, "p3", True)]
)
def test_png_chunks_without_a_profile(tmp_path, gamma, primaries, tagged):
    import struct

    import hostile

    p3 = (31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000)
    chunks = [(b"gAMA", struct.pack(">I", gamma))]
    chunks += [(b"cHRM", struct.pack(">8I", *p3))] if primaries else []
    rows = b"\0" + bytes([200, 100, 50])
    (tmp_path / "a.png").write_bytes(hostile.png((1, 1), data=rows, more=chunks))
    picture = read_picture(tmp_path / "a.png")
    assert (picture.profile is not None) == tagged
    values = np.array([[[200, 100, 50]]]) / 255
    if gamma == 100_000:
        np.testing.assert_allclose(picture.as_float(), colour.cctf_encoding(values, "sRGB"), atol=2e-3)
    elif primaries:
        linear = colour.RGB_to_RGB(colour.cctf_decoding(values, "sRGB"), "P3-D65", "sRGB")
        np.testing.assert_allclose(picture.as_float(), colour.cctf_encoding(linear, "sRGB"), atol=2e-3)
    (tmp_path / "b.png").write_bytes(hostile.png((1, 1), data=rows, more=[(b"sRGB", b"\0"), *chunks]))
    assert read_picture(tmp_path / "b.png").profile is None


def test_wide_gamut_survives_to_the_byte(tmp_path):
    picture = picture_files.picture("u1", profile="prophoto")
    write_picture(tmp_path / "a.png", picture)
    read = read_picture(tmp_path / "a.png")
    encoded = read.encoding.encode(read.encoding.decode(read.pixels))
    np.testing.assert_array_equal(np.rint(encoded * 255), picture.pixels)
    assert isinstance(read, Picture)
