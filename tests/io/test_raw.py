import colour
import numpy as np
import pytest

import hostile_deep
from huegraft import read_picture
from huegraft.errors import PictureFileError


def test_a_sensors_ramp_is_developed(tmp_path):
    (tmp_path / "a.dng").write_bytes(hostile_deep.dng(64))
    picture = read_picture(tmp_path / "a.dng")
    assert picture.pixels.dtype == np.uint16
    assert picture.orientation == 6
    assert picture.notes == ("a.dng: its raw data were developed to sRGB of 16 bits, with the camera's white balance",)
    assert b"Brownie" in picture.exif
    down = picture.as_float()[4:-4, 32]  # a ramp from left to right, turned
    expected = colour.cctf_encoding(np.linspace(0, 1, 64), "sRGB")[4:-4]
    np.testing.assert_allclose(down[:, 1], expected, atol=0.02)
    assert np.ptp(down, axis=1).max() < 0.02  # neutral by its own white balance


def test_raw_data_under_another_ending(tmp_path):
    (tmp_path / "a.tif").write_bytes(hostile_deep.dng())
    with pytest.raises(PictureFileError, match="raw data of a camera's sensor; give it its own ending"):
        read_picture(tmp_path / "a.tif")
