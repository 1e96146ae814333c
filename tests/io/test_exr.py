import struct

import colour
import numpy as np
import OpenEXR
import pytest

import picture_files
from huegraft import Picture, read_picture, write_picture
from huegraft.encodings import SceneLinearEncoding
from huegraft.errors import PictureFileError
from huegraft.primaries import matrix_to_srgb

AP1 = (0.713, 0.293, 0.165, 0.830, 0.128, 0.044, 0.32168, 0.33767)
SCANLINES = {"type": OpenEXR.scanlineimage, "compression": OpenEXR.ZIP_COMPRESSION}


def written(path, channels, **header):
    OpenEXR.File(SCANLINES | header, dict(channels)).write(str(path))  # which changes the dictionary
    return path


def stored(path):
    with OpenEXR.File(str(path), separate_channels=True) as file:
        return {name: channel.pixels.copy() for name, channel in file.channels().items()}


@pytest.fixture
def light(rng):
    return {name: (rng.random((6, 9)) * 8 - 0.5).astype(np.float16) for name in "RGB"}


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
@pytest.mark.parametrize("chromaticities", [None, AP1])
def test_light_and_attributes_stay(tmp_path, rng, dtype, chromaticities):
    channels = {name: (rng.random((6, 9)) * 8 - 0.5).astype(dtype) for name in "RGB"}
    attributes = {
        "owner": "Brownie", "xDensity": 72.0, "pixelAspectRatio": 2.0, "shot": 7, "words": ["a", "bc"],
        "worldToCamera": np.eye(4, dtype=np.float32),
        "timeCode": OpenEXR.TimeCode(1, 2, 3, 4, *[0] * 14),
    }  # fmt: skip
    if chromaticities is not None:
        attributes["chromaticities"] = chromaticities
    picture = read_picture(written(tmp_path / "a.exr", channels, **attributes))
    assert picture.notes == ()
    assert picture.pixels.dtype == dtype
    assert picture.resolution == (72, 144, "inch")
    assert write_picture(tmp_path / "b.exr", picture) == ()
    for name, values in stored(tmp_path / "b.exr").items():
        np.testing.assert_array_equal(values, channels[name])
    tags = picture_files.tags(tmp_path / "a.exr", tmp_path / "b.exr")
    kept = {name: value for name, value in tags["a.exr"].items() if name.startswith("OpenEXR:")}
    assert {name: tags["b.exr"].get(name) for name in kept} == kept
    assert ("OpenEXR:Chromaticities" in kept) == (chromaticities is not None)


def test_primaries_are_those_of_the_file(tmp_path):
    picture = read_picture(written(tmp_path / "a.exr", {"RGB": np.ones((1, 1, 3), np.float16)}, chromaticities=AP1))
    expected = colour.matrix_RGB_to_RGB("ACEScg", "sRGB", chromatic_adaptation_transform="Bradford")
    np.testing.assert_allclose(picture.encoding.matrix, expected, atol=2e-4)
    np.testing.assert_allclose(picture.as_float(), 1, atol=1e-5)  # white is white
    np.testing.assert_array_equal(matrix_to_srgb(None), np.eye(3))


def test_colours_are_divided_by_alpha_and_multiplied_again(tmp_path):
    alpha = np.array([[0, 0.25, 1]], np.float32)
    channels = {"R": np.array([[0.5, 0.5, 3]], np.float32), "G": alpha * 2, "B": alpha * 0, "A": alpha}
    picture = read_picture(written(tmp_path / "a.exr", channels))
    np.testing.assert_array_equal(picture.pixels[0], [[0.5, 0, 0], [2, 2, 0], [3, 2, 0]])
    np.testing.assert_array_equal(picture.alpha, alpha)
    write_picture(tmp_path / "b.exr", picture)
    for name, values in stored(tmp_path / "b.exr").items():
        np.testing.assert_array_equal(values, channels[name])


def test_windows_stay_in_openexr(tmp_path, light):
    windows = {
        "dataWindow": (np.array([2, 3], np.int32), np.array([10, 8], np.int32)),
        "displayWindow": (np.array([0, 0], np.int32), np.array([19, 9], np.int32)),
    }
    picture = read_picture(written(tmp_path / "a.exr", light, **windows))
    assert picture.notes == ("a.exr: the picture is its data window, which is not its display window",)
    write_picture(tmp_path / "b.exr", picture)
    with OpenEXR.File(str(tmp_path / "b.exr"), header_only=True) as file:
        for name, window in windows.items():
            np.testing.assert_array_equal(file.header()[name], window)


def test_luminance_layers_parts_and_other_channels(tmp_path, light):
    picture = read_picture(written(tmp_path / "y.exr", {"Y": light["R"]}))
    np.testing.assert_array_equal(picture.pixels, np.stack([light["R"]] * 3, axis=-1))
    layer = {f"Combined.{name}": values for name, values in light.items()} | {"Z": light["R"].astype(np.float32)}
    picture = read_picture(written(tmp_path / "layer.exr", layer))
    np.testing.assert_array_equal(picture.pixels[..., 1], light["G"])
    assert picture.notes == ("layer.exr: its layer Combined is taken",)
    parts = [OpenEXR.Part(SCANLINES | {"name": name}, dict(light)) for name in ("left", "right")]
    OpenEXR.File(parts).write(str(tmp_path / "parts.exr"))
    assert read_picture(tmp_path / "parts.exr").notes == ("parts.exr: its layer left is taken; others are right",)
    tiles = {"type": OpenEXR.tiledimage, "tiles": OpenEXR.TileDescription()}
    picture = read_picture(written(tmp_path / "tiles.exr", light, **tiles))
    np.testing.assert_array_equal(picture.pixels[..., 2], light["B"])
    with pytest.raises(PictureFileError, match="no channels R, G, B and no Y alone, but Z"):
        read_picture(written(tmp_path / "depth.exr", {"Z": light["R"]}))


def test_attributes_that_cannot_be_written_are_left_out_and_said(tmp_path, light):
    content = written(tmp_path / "a.exr", light).read_bytes()
    attribute = b"framesPerSecond\0rational\0" + struct.pack("<IiI", 8, 24000, 1001)
    header_end = content.index(b"type\0string\0") + 12 + 4 + len("scanlineimage") + 1
    (offset,) = struct.unpack_from("<Q", content, header_end)  # of the one chunk
    table = struct.pack("<Q", offset + len(attribute))
    (tmp_path / "b.exr").write_bytes(
        content[:8] + attribute + content[8:header_end] + table + content[header_end + 8 :]
    )
    picture = read_picture(tmp_path / "b.exr")
    assert picture.notes == ("b.exr: attributes left out: framesPerSecond",)
    np.testing.assert_array_equal(picture.pixels[..., 0], light["R"])


def test_light_becomes_srgb_elsewhere_and_is_said(tmp_path):
    linear = np.array([[[0.18, 0.5, 4]]], np.float32)
    picture = Picture(linear, SceneLinearEncoding())
    notes = write_picture(tmp_path / "a.png", picture)
    assert notes == ("a.png: converted from scene-linear light to sRGB of 16 bits; light brighter than 1 is cut off",)
    expected = colour.cctf_encoding(linear.clip(0, 1), "sRGB")
    np.testing.assert_allclose(read_picture(tmp_path / "a.png").as_float(), expected, atol=1 / 65535)
    assert write_picture(tmp_path / "a.tif", picture) == ()
    np.testing.assert_array_equal(read_picture(tmp_path / "a.tif").pixels, linear)


def test_light_of_other_primaries_goes_to_tiff_in_those_of_srgb(tmp_path):
    matrix = matrix_to_srgb(AP1)
    values = np.array([[[0.2, 0.7, 3]]], np.float32)
    notes = write_picture(tmp_path / "a.tif", Picture(values, SceneLinearEncoding(matrix)))
    assert notes == ("a.tif: converted to scene-linear light of sRGB's primaries",)
    np.testing.assert_allclose(read_picture(tmp_path / "a.tif").pixels, values @ matrix.T, rtol=1e-4, atol=1e-5)


def test_a_picture_with_a_profile_becomes_light(tmp_path):
    picture = picture_files.picture("u2", profile="adobe")
    notes = write_picture(tmp_path / "a.exr", picture)
    assert notes[0] == "a.exr: converted to scene-linear light of sRGB's primaries"
    light = read_picture(tmp_path / "a.exr").pixels
    assert light.dtype == np.float16
    adobe = colour.RGB_COLOURSPACES["Adobe RGB (1998)"]
    expected = colour.RGB_to_RGB(picture.pixels / 65535, adobe, "sRGB", apply_cctf_decoding=True)
    np.testing.assert_allclose(light, expected, atol=2e-3)
    assert light.min() < -0.05  # colours outside sRGB's gamut survive


def test_arrays_are_written_as_half_floats_of_light(tmp_path):
    write_picture(tmp_path / "a.exr", np.full((2, 2, 3), 0.5, np.float32))
    values = stored(tmp_path / "a.exr")["G"]
    assert values.dtype == np.float16
    np.testing.assert_allclose(values, 0.21404, rtol=2e-3)
