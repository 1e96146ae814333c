import numpy as np
import OpenEXR
import pytest
import tifffile
from PIL import Image

from huegraft import read_mask
from huegraft.errors import PictureFileError


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_values_stand_as_they_are(tmp_path, dtype):
    most = 1 if dtype == np.float32 else np.iinfo(dtype).max
    mask = (np.linspace(0, 1, 20).reshape(4, 5) * most).astype(dtype)
    tifffile.imwrite(tmp_path / "grey.tif", mask)
    tifffile.imwrite(tmp_path / "equal.tif", np.stack([mask] * 3, axis=-1), photometric="rgb")
    for name in ("grey", "equal"):
        read = read_mask(tmp_path / f"{name}.tif")
        assert read.dtype == dtype
        np.testing.assert_array_equal(read, mask)


def test_it_is_turned_upright(tmp_path):
    mask = np.arange(20, dtype=np.uint8).reshape(4, 5)
    exif = Image.Exif()
    exif[0x112] = 6
    Image.fromarray(mask).save(tmp_path / "a.png", exif=exif)
    np.testing.assert_array_equal(read_mask(tmp_path / "a.png"), np.rot90(mask, -1))


def test_alpha_counts_where_nothing_else_differs(tmp_path):
    alpha = np.arange(20, dtype=np.uint8).reshape(4, 5)
    Image.fromarray(np.dstack([np.full((4, 5, 3), 9, np.uint8), alpha])).save(tmp_path / "a.png")
    np.testing.assert_array_equal(read_mask(tmp_path / "a.png"), alpha)
    Image.fromarray(np.dstack([alpha, alpha[::-1]])).save(tmp_path / "b.png")
    np.testing.assert_array_equal(read_mask(tmp_path / "b.png"), alpha)


def test_colours_and_missing_files(tmp_path):
    Image.fromarray(np.eye(3, dtype=np.uint8)[None] * 255).save(tmp_path / "a.png")
    with pytest.raises(PictureFileError, match="has colours; a mask is a grey picture"):
        read_mask(tmp_path / "a.png")
    with pytest.raises(PictureFileError, match="no picture file at"):
        read_mask(tmp_path / "none.png")


def test_a_cut_out_with_colours_gives_its_alpha(tmp_path, rng):
    pixels = rng.integers(0, 256, (6, 7, 4), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "cut.png")
    np.testing.assert_array_equal(read_mask(tmp_path / "cut.png"), pixels[..., 3])
    pixels[..., 3] = 255
    Image.fromarray(pixels).save(tmp_path / "opaque.png")
    with pytest.raises(PictureFileError, match="has colours; a mask is a grey picture"):
        read_mask(tmp_path / "opaque.png")


def test_ids_are_no_mask(tmp_path):
    channels = {"Y": np.arange(6, dtype=np.uint32).reshape(2, 3)}
    OpenEXR.File({"type": OpenEXR.scanlineimage}, channels).write(str(tmp_path / "a.exr"))
    with pytest.raises(PictureFileError, match=r"a\.exr holds whole numbers of 32 bits; a mask is of 8 or 16 bits"):
        read_mask(tmp_path / "a.exr")


def test_formats_that_are_only_read_serve_as_masks(tmp_path):
    values = np.arange(12, dtype=np.uint8).reshape(3, 4)
    for ending in ("bmp", "tga", "pgm"):
        Image.fromarray(values).save(tmp_path / f"a.{ending}")
        np.testing.assert_array_equal(read_mask(tmp_path / f"a.{ending}"), values)
