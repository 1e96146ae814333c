import imagecodecs
import numpy as np
import pytest
from PIL import Image

import picture_files
from huegraft import read_picture, write_picture
from huegraft.errors import PictureFileError


@pytest.mark.parametrize("bits", [1, 4, 8, 10, 12, 16])
def test_any_depth_has_the_whole_range(tmp_path, bits):
    values = np.linspace(0, 2**bits - 1, 256).round().astype(np.uint8 if bits <= 8 else np.uint16).reshape(16, 16)
    code = imagecodecs.jpeg2k_encode(values, codecformat="j2k", reversible=True, bitspersample=bits)
    (tmp_path / "a.j2k").write_bytes(code)
    most = 255 if bits <= 8 else 65535
    picture = read_picture(tmp_path / "a.j2k")
    np.testing.assert_array_equal(picture.pixels[..., 2], np.rint(values / (2**bits - 1) * most))


def test_grey_with_alpha(tmp_path, rng):
    values = rng.integers(0, 256, (9, 8, 2)).astype(np.uint8)
    (tmp_path / "a.jp2").write_bytes(imagecodecs.jpeg2k_encode(values, codecformat="jp2", reversible=True))
    picture = read_picture(tmp_path / "a.jp2")
    np.testing.assert_array_equal(picture.pixels[..., 0], values[..., 0])
    np.testing.assert_array_equal(picture.alpha, values[..., 1])


def test_pillow_reads_what_is_written(tmp_path):
    source = picture_files.picture("u1", alpha=True, profile="none")
    write_picture(tmp_path / "a.jp2", source)
    with Image.open(tmp_path / "a.jp2") as image:
        assert image.mode == "RGBA"
        np.testing.assert_array_equal(np.asarray(image)[..., :3], source.pixels)
        np.testing.assert_allclose(image.info["dpi"], (300, 150), rtol=1e-3)


def test_other_colours_are_refused(tmp_path):
    write_picture(tmp_path / "a.jp2", picture_files.picture("u1"))
    content = (tmp_path / "a.jp2").read_bytes()
    (tmp_path / "a.jp2").write_bytes(content.replace(b"colr\1\0\0\0\0\0\x10", b"colr\1\0\0\0\0\0\x12"))
    with pytest.raises(PictureFileError, match="its colour space 18 is not read"):
        read_picture(tmp_path / "a.jp2")
