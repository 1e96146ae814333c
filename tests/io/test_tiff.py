import io

import numpy as np
import pytest
import tifffile
from PIL import Image

import picture_files
from huegraft import read_picture, write_picture
from huegraft.encodings import ProfileEncoding, SceneLinearEncoding
from huegraft.errors import PictureFileError


def saved(path, array, **options):
    tifffile.imwrite(path, array, **({"metadata": None} | options))
    return read_picture(path)


@pytest.mark.parametrize("byteorder", ["<", ">"])
@pytest.mark.parametrize("planarconfig", ["contig", "separate"])
@pytest.mark.parametrize("layout", [{}, {"tile": (16, 16)}, {"rowsperstrip": 3}, {"bigtiff": True}])
@pytest.mark.parametrize("compression", [None, "lzw", "zlib", "packbits", "zstd"])
def test_layouts(tmp_path, rng, byteorder, planarconfig, layout, compression):
    pixels = rng.integers(0, 65536, (20, 33, 3)).astype(np.uint16)
    array = pixels if planarconfig == "contig" else np.moveaxis(pixels, 2, 0)
    picture = saved(
        tmp_path / "a.tif", array, byteorder=byteorder, planarconfig=planarconfig, photometric="rgb",
        compression=compression, predictor=compression in ("lzw", "zlib"), **layout,
    )  # fmt: skip
    np.testing.assert_array_equal(picture.pixels, pixels)
    assert picture.pixels.dtype == np.uint16
    assert picture.notes == ()


def test_jpeg_inside(tmp_path, astronaut):
    pixels = (astronaut * 255).astype(np.uint8)
    picture = saved(tmp_path / "a.tif", pixels, photometric="rgb", compression="jpeg", compressionargs={"level": 95})
    assert np.abs(picture.pixels.astype(int) - pixels).mean() < 3


@pytest.mark.parametrize("bits", [1, 2, 4, 8, 10, 12, 14, 16])
def test_grey_of_few_bits_has_the_whole_range(tmp_path, bits):
    values = np.linspace(0, 2**bits - 1, 64).round().astype(np.uint8 if bits <= 8 else np.uint16).reshape(8, 8)
    picture = saved(tmp_path / "a.tif", values, bitspersample=bits)
    most = 255 if bits <= 8 else 65535
    np.testing.assert_array_equal(picture.pixels[..., 1], np.rint(values / (2**bits - 1) * most))


def test_white_is_zero_palette_and_bilevel(tmp_path, rng):
    grey = rng.integers(0, 256, (8, 8)).astype(np.uint8)
    picture = saved(tmp_path / "w.tif", grey, photometric="miniswhite")
    np.testing.assert_array_equal(picture.pixels[..., 0], 255 - grey)
    colors = rng.integers(0, 256, (3, 256)).astype(np.uint16) * 257
    picture = saved(tmp_path / "p.tif", grey, photometric="palette", colormap=colors)
    np.testing.assert_array_equal(picture.pixels, (colors.T // 257)[grey])
    assert picture.notes == ("p.tif: its palette is written out as RGB",)
    Image.fromarray(grey > 99).save(tmp_path / "g4.tif", compression="group4")
    np.testing.assert_array_equal(read_picture(tmp_path / "g4.tif").pixels[..., 2], np.where(grey > 99, 255, 0))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_ink(tmp_path, rng, dtype):
    most = np.iinfo(dtype).max
    ink = rng.integers(0, most, (6, 7, 4)).astype(dtype)
    picture = saved(tmp_path / "a.tif", ink, photometric="separated")
    share = ink / most
    np.testing.assert_allclose(picture.pixels / most, (1 - share[..., :3]) * (1 - share[..., 3:]), atol=1 / most)
    assert picture.notes == ("a.tif: converted from CMYK without a profile to sRGB",)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_alpha_that_was_multiplied_is_divided_out(tmp_path, dtype):
    most = 1 if dtype == np.float32 else np.iinfo(dtype).max
    share = np.array([[0, 0.25, 0.5, 1]])
    colors = np.array([[0.5, 0.125, 0.5, 0.75]]) * most
    array = np.stack([colors, colors, colors, share * most], axis=-1).astype(dtype)
    picture = saved(tmp_path / "a.tif", array, photometric="rgb", extrasamples=["assocalpha"])
    np.testing.assert_allclose(picture.pixels[0, :, 0] / most, [0.5, 0.5, 1, 0.75], atol=4 / 255)
    np.testing.assert_array_equal(picture.alpha, array[..., 3])
    assert picture.notes == ("a.tif: its colours were multiplied by its alpha, and are divided by it",)
    write_picture(tmp_path / "b.tif", picture)
    with tifffile.TiffFile(tmp_path / "b.tif") as file:
        assert file.pages[0].extrasamples == (2,)


def test_channels_without_a_meaning_are_left_out_and_said(tmp_path, rng):
    array = rng.integers(0, 256, (4, 4, 5)).astype(np.uint8)
    picture = saved(
        tmp_path / "a.tif", array, photometric="rgb", extrasamples=["unspecified", "unassalpha"], planarconfig="contig"
    )
    np.testing.assert_array_equal(picture.alpha, array[..., 4])
    assert picture.notes == ("a.tif: 1 channels beyond its colours are left out, whose meaning it does not say",)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_floats_are_light(tmp_path, dtype):
    light = np.linspace(-0.5, 5, 48).reshape(4, 4, 3).astype(dtype)
    picture = saved(tmp_path / "a.tif", light, photometric="rgb")
    assert isinstance(picture.encoding, SceneLinearEncoding)
    assert picture.pixels.dtype == np.float32
    np.testing.assert_array_equal(picture.pixels, light.astype(np.float32))


def test_floats_with_a_profile_are_its_colours(tmp_path):
    linear = picture_files.cms_profile(
        "rgb", whitepoint=picture_files.D65, primaries=(0.68, 0.32, 0.265, 0.69, 0.15, 0.06), gamma=1.0
    )
    light = np.array([[[0.2, 0.5, 3]]], np.float32)
    picture = saved(tmp_path / "a.tif", light, photometric="rgb", iccprofile=linear)
    assert isinstance(picture.encoding, SceneLinearEncoding)
    assert abs(picture.encoding.matrix[0, 0] - 1.2249) < 1e-3  # Display P3's red in linear sRGB
    write_picture(tmp_path / "b.tif", picture)
    again = read_picture(tmp_path / "b.tif")
    np.testing.assert_array_equal(again.pixels, light)
    assert again.profile == linear
    picture = saved(tmp_path / "c.tif", light, photometric="rgb", iccprofile=picture_files.PROFILES["adobe"])
    assert isinstance(picture.encoding, ProfileEncoding)


def test_what_is_not_read(tmp_path):
    with pytest.raises(PictureFileError, match=r"a\.tif is not supported: it holds whole numbers of 32 bits; convert"):
        saved(tmp_path / "a.tif", np.zeros((4, 4), np.uint32))
    with pytest.raises(PictureFileError, match=r"b\.tif is not supported: its colours are LOGLUV; convert it to RGB"):
        saved(tmp_path / "b.tif", np.zeros((4, 4, 3), np.uint8), photometric=32845)


def test_a_large_block_of_a_camera_goes_in_compressed(tmp_path):
    source = picture_files.picture("u1", size=(300, 400))
    write_picture(tmp_path / "a.tif", source)
    assert (tmp_path / "a.tif").stat().st_size < source.pixels.size / 4
    with Image.open(io.BytesIO((tmp_path / "a.tif").read_bytes())) as image:  # libtiff
        np.testing.assert_array_equal(np.asarray(image), source.pixels)
        assert image.getexif().get_ifd(0x8769)[0x927C] == picture_files.MAKER_NOTE
