"""What each format cannot hold is said, and the rest converted."""

import numpy as np
import pytest

import picture_files
from huegraft import Picture, read_picture, write_picture
from huegraft.encodings import SceneLinearEncoding

LIGHT = "the result is converted from scene-linear light to sRGB of"
OPEN_EXR = (
    "OpenEXR holds no EXIF block, so the EXIF block is left out",
    "OpenEXR holds no XMP packet, so the XMP packet is left out",
)


@pytest.mark.parametrize(
    ("depth", "ending", "notes", "written"),
    [
        ("u1", "png", (), np.uint8),
        ("u2", "png", (), np.uint16),
        ("u1", "jpg", ("JPEG holds no alpha, so the alpha is left out",), np.uint8),
        (
            "u2",
            "jpg",
            (
                "JPEG holds no 16 bits, so the result is written with 8 bits",
                "JPEG holds no alpha, so the alpha is left out",
            ),
            np.uint8,
        ),
        ("u2", "webp", ("WebP holds no 16 bits, so the result is written with 8 bits",), np.uint8),
        ("u2", "jp2", (), np.uint16),
        ("u2", "tif", (), np.uint16),
        ("f2", "tif", (), np.float32),
        ("f4", "tif", (), np.float32),
        ("u1", "exr", ("the result is converted to scene-linear light of sRGB's primaries", *OPEN_EXR), np.float16),
        ("u2", "exr", ("the result is converted to scene-linear light of sRGB's primaries", *OPEN_EXR), np.float16),
        ("f4", "exr", OPEN_EXR, np.float32),
        ("f2", "png", (f"{LIGHT} 16 bits, and light brighter than 1 is cut off",), np.uint16),
        ("f4", "jp2", (f"{LIGHT} 16 bits, and light brighter than 1 is cut off",), np.uint16),
        ("f4", "webp", (f"{LIGHT} 8 bits, and light brighter than 1 is cut off",), np.uint8),
    ],
)
def test_what_is_lost_is_said_and_the_rest_stays(tmp_path, depth, ending, notes, written):
    source = picture_files.picture(depth, alpha=True, profile="p3")
    path = tmp_path / f"a.{ending}"
    assert write_picture(path, source) == tuple(f"a.{ending}: {note}" for note in notes)
    picture = read_picture(path)
    assert picture.pixels.dtype == written
    assert picture.pixels.shape == source.pixels.shape
    difference = np.abs(picture.as_float() - source.as_float())
    lossy = {"jpg": 0.1, "exr": 0.003}.get(ending, 0.008 if written == np.uint8 else 2e-5)
    assert difference.max() < lossy
    assert difference.mean() < lossy / 4
    light = isinstance(source.encoding, SceneLinearEncoding)
    assert (picture.profile is not None) == (ending != "exr" and not light)
    assert (picture.exif is not None) == (picture.xmp is not None) == (ending != "exr")
    assert (picture.alpha is not None) == (ending != "jpg")
    if picture.alpha is not None:
        kind = 1 if written in (np.float16, np.float32) else np.iinfo(written).max
        of_source = 1 if light else np.iinfo(source.alpha.dtype).max
        np.testing.assert_allclose(picture.alpha / kind, source.alpha / of_source, atol=0.002)


def test_arrays_are_written_at_their_depth(tmp_path, rng):
    deep = rng.integers(0, 65536, (5, 6, 3)).astype(np.uint16)
    assert write_picture(tmp_path / "a.png", deep) == ()
    np.testing.assert_array_equal(read_picture(tmp_path / "a.png").pixels, deep)
    assert write_picture(tmp_path / "a.jpg", deep) == (
        "a.jpg: JPEG holds no 16 bits, so the result is written with 8 bits",
    )
    write_picture(tmp_path / "b.tif", deep / np.float32(65535))
    assert read_picture(tmp_path / "b.tif").pixels.dtype == np.uint8


@pytest.mark.parametrize("depth", ["u1", "u2", "f4"])
def test_an_array_is_what_another_picture_says_of_it(tmp_path, depth):
    like = picture_files.picture(depth, alpha=True, profile="adobe")
    floats = like.pixels.astype(np.float32) / (1 if depth == "f4" else np.iinfo(like.pixels.dtype).max)
    write_picture(tmp_path / "a.tif", floats, like)
    picture = read_picture(tmp_path / "a.tif")
    np.testing.assert_array_equal(picture.pixels, like.pixels)
    np.testing.assert_array_equal(picture.alpha, like.alpha)
    assert picture.profile == like.profile
    assert picture.resolution == like.resolution


def test_bytes_like_light_are_srgb(tmp_path, rng):
    pixels = rng.integers(0, 256, (10, 14, 3)).astype(np.uint8)
    write_picture(tmp_path / "a.png", pixels, picture_files.picture("f4", alpha=True))
    picture = read_picture(tmp_path / "a.png")
    np.testing.assert_array_equal(picture.pixels, pixels)
    assert picture.alpha.dtype == np.uint8


def test_what_is_not_finite_is_black_or_white(tmp_path):
    light = np.array([[[np.nan, np.inf, -np.inf]]], np.float32)
    write_picture(tmp_path / "a.png", Picture(light, SceneLinearEncoding()))
    np.testing.assert_array_equal(read_picture(tmp_path / "a.png").pixels, 0)


def test_a_damaged_block_and_a_turned_one(tmp_path):
    pixels = np.zeros((4, 4, 3), np.uint8)
    notes = write_picture(tmp_path / "a.tif", Picture(pixels, exif=b"no block"))
    assert notes == ("a.tif: its EXIF block is damaged and left out",)
    block = picture_files.exif_block("<")
    entry = b"\x12\x01\x03\0\x01\0\0\0"
    sideways = block.replace(entry + b"\x01", entry + b"\x06")
    assert sideways != block
    write_picture(tmp_path / "a.png", Picture(pixels, exif=sideways))
    assert read_picture(tmp_path / "a.png").orientation == 1  # a `Picture` is upright


def test_resolution_in_other_units(tmp_path):
    for unit in ("inch", "centimetre", "none"):
        picture = Picture(np.zeros((4, 4, 3), np.uint8), resolution=(300.0, 150.0, unit))
        for ending in ("jpg", "tif"):
            write_picture(tmp_path / f"a.{ending}", picture, replace=True)
            assert read_picture(tmp_path / f"a.{ending}").resolution == (300, 150, unit)
    metres = Picture(np.zeros((4, 4, 3), np.uint8), resolution=(28.35, 28.35, "centimetre"))
    write_picture(tmp_path / "b.png", metres)
    assert read_picture(tmp_path / "b.png").resolution == metres.resolution
    write_picture(tmp_path / "b.jpg", metres)
    assert read_picture(tmp_path / "b.jpg").resolution == (72, 72, "inch")
    write_picture(tmp_path / "b.jp2", metres)
    assert read_picture(tmp_path / "b.jp2").resolution == metres.resolution
