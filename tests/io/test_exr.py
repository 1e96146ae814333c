import dataclasses
import os
import struct

import colour
import numpy as np
import OpenEXR
import pytest

import picture_files
from huegraft import Picture, read_picture, write_picture
from huegraft.encodings import SceneLinearEncoding
from huegraft.errors import ArgumentError, PictureFileError
from huegraft.io.quiet import quiet
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
    assert picture.notes == (
        "a.exr: the picture is the data window of the file, which differs from its display window",
    )
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
    with pytest.raises(PictureFileError, match="neither channels R, G, B nor a channel Y alone; its channels are Z"):
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
    assert picture.notes == ("b.exr: these attributes are left out: framesPerSecond",)
    np.testing.assert_array_equal(picture.pixels[..., 0], light["R"])


def test_light_becomes_srgb_elsewhere_and_is_said(tmp_path):
    linear = np.array([[[0.18, 0.5, 4]]], np.float32)
    picture = Picture(linear, SceneLinearEncoding())
    notes = write_picture(tmp_path / "a.png", picture)
    assert notes == (
        "a.png: the result is converted from scene-linear light to sRGB of 16 bits, "
        "and light brighter than 1 is cut off",
    )
    expected = colour.cctf_encoding(linear.clip(0, 1), "sRGB")
    np.testing.assert_allclose(read_picture(tmp_path / "a.png").as_float(), expected, atol=1 / 65535)
    assert write_picture(tmp_path / "a.tif", picture) == ()
    np.testing.assert_array_equal(read_picture(tmp_path / "a.tif").pixels, linear)


def test_light_of_other_primaries_goes_to_tiff_in_those_of_srgb(tmp_path):
    matrix = matrix_to_srgb(AP1)
    values = np.array([[[0.2, 0.7, 3]]], np.float32)
    notes = write_picture(tmp_path / "a.tif", Picture(values, SceneLinearEncoding(matrix)))
    assert notes == ("a.tif: the result is converted to scene-linear light of sRGB's primaries",)
    np.testing.assert_allclose(read_picture(tmp_path / "a.tif").pixels, values @ matrix.T, rtol=1e-4, atol=1e-5)


def test_a_picture_with_a_profile_becomes_light(tmp_path):
    picture = picture_files.picture("u2", profile="adobe")
    notes = write_picture(tmp_path / "a.exr", picture)
    assert notes[0] == "a.exr: the result is converted to scene-linear light of sRGB's primaries"
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


def depth_first(path, light, **header):
    """A file whose depth stands before its picture, and ids behind it, in parts of their own."""
    rng = np.random.default_rng(3)
    shared = {name: header[name] for name in ("chromaticities",) if name in header}  # by all parts, as OpenEXR has it
    others = {
        "depth": {"Z": rng.random((6, 9)).astype(np.float32)},
        "ids": {"id": rng.integers(0, 2**31, (6, 9)).astype(np.uint32)},
    }
    parts = [
        OpenEXR.Part(SCANLINES | shared | {"name": "depth"}, dict(others["depth"])),
        OpenEXR.Part(SCANLINES | {"name": "main", "owner": "Brownie"} | header, dict(light)),
        OpenEXR.Part(SCANLINES | shared | {"name": "ids"}, dict(others["ids"])),
    ]
    OpenEXR.File(parts).write(str(path))
    return others


@pytest.mark.parametrize(
    ("names", "taken"),
    [
        (["ViewLayer.AO", "ViewLayer.Combined", "ViewLayer.Normal"], "ViewLayer.Combined"),
        (["albedo", "beauty", "crypto00", "N"], "beauty"),
        (["diffuse", "rgba", "specular"], "rgba"),
        (["depth", "left", "normals"], "left"),
        (["albedo", "key_light"], "key_light"),
        (["diffuse", ""], ""),
    ],
)
def test_layers_are_chosen_by_what_their_names_mean(tmp_path, rng, names, taken):
    channels = {
        f"{name}.{letter}".lstrip("."): rng.random((6, 9)).astype(np.float16) for name in names for letter in "RGB"
    }
    picture = read_picture(written(tmp_path / "a.exr", channels))
    np.testing.assert_array_equal(picture.pixels[..., 0], channels[f"{taken}.R".lstrip(".")])
    others = ", ".join(sorted(name for name in names if name != taken))
    layer = f"layer {taken}" if taken else "unnamed layer"
    assert picture.notes == (f"a.exr: its {layer} is taken; others are {others}",)
    for name in filter(None, names):
        picture = read_picture(tmp_path / "a.exr", layer=name)
        np.testing.assert_array_equal(picture.pixels[..., 1], channels[f"{name}.G"])


def test_a_layer_by_the_last_word_of_its_name_and_one_that_is_not_there(tmp_path, light):
    channels = {f"{name}.{letter}": values for name in ("V.AO", "V.Combined") for letter, values in light.items()}
    path = written(tmp_path / "a.exr", channels)
    assert "its layer V.AO is taken" in read_picture(path, layer="ao").notes[0]
    with pytest.raises(ArgumentError, match=r"a\.exr has no layer beauty; its layers are V\.AO, V\.Combined$"):
        read_picture(path, layer="beauty")
    views = {f"{view}.C.{letter}": values for view in ("left", "right") for letter, values in light.items()}
    with pytest.raises(ArgumentError, match=r"b\.exr has several layers c: left\.C, right\.C$"):
        read_picture(written(tmp_path / "b.exr", views), layer="c")
    plain = written(tmp_path / "b.exr", dict(light))
    np.testing.assert_array_equal(read_picture(plain, layer="beauty").pixels[..., 0], light["R"])  # there is no choice


def test_the_layer_without_a_name_is_named(tmp_path, light):
    path = written(tmp_path / "a.exr", dict(light) | {f"diffuse.{letter}": light["R"] for letter in "RGB"})
    notes = read_picture(path, layer="diffuse").notes
    assert notes == ("a.exr: its layer diffuse is taken; others are the unnamed one",)
    with pytest.raises(ArgumentError, match=r"has no layer difuse; its layers are the unnamed one, diffuse$"):
        read_picture(path, layer="difuse")


@pytest.mark.parametrize("prefix", ["", "P.", "ViewLayer.Normal."])
def test_vectors_are_no_pictures(tmp_path, light, prefix):
    vectors = {f"{prefix}{axis}": light["R"] for axis in "XYZ"}
    with pytest.raises(
        PictureFileError, match="not supported: it has neither channels R, G, B nor a channel Y alone; "
    ):
        read_picture(written(tmp_path / "a.exr", vectors))
    picture = read_picture(written(tmp_path / "b.exr", vectors | {f"C.{name}": each for name, each in light.items()}))
    assert picture.notes == ("b.exr: its layer C is taken",)
    assert picture.channels.names == tuple(sorted(vectors))


@pytest.mark.parametrize("names", [("Y", "A"), ("Y", "Z", "id"), ("key.Y", "key.A", "Z")])
def test_luminance_beside_alpha_and_among_channels_without_a_layer(tmp_path, light, names):
    picture = read_picture(written(tmp_path / "a.exr", {name: np.ones((6, 9), np.float16) for name in names}))
    np.testing.assert_array_equal(picture.pixels, 1)
    assert (picture.alpha is not None) == any(name.endswith("A") for name in names)


def test_the_picture_behind_its_depth_is_taken_and_the_others_are_carried_untouched(tmp_path, light):
    alpha = {"A": np.full((6, 9), 0.5, np.float16)}
    others = depth_first(tmp_path / "a.exr", dict(light) | alpha, chromaticities=AP1)
    picture = read_picture(tmp_path / "a.exr")
    assert picture.notes == ("a.exr: its layer main is taken",)
    assert picture.attributes["owner"] == "Brownie"
    changed = dataclasses.replace(picture, pixels=picture.pixels * np.float16(0.5))
    assert write_picture(tmp_path / "b.exr", changed) == ()
    with OpenEXR.File(str(tmp_path / "b.exr"), separate_channels=True) as file:
        parts = {
            part.name(): {name: np.array(each.pixels) for name, each in part.channels.items()} for part in file.parts
        }
        assert tuple(file.parts[1].header["chromaticities"]) == pytest.approx(AP1)
    assert list(parts) == ["depth", "main", "ids"]
    for name, channels in others.items():
        for channel, values in channels.items():
            np.testing.assert_array_equal(parts[name][channel], values)
    np.testing.assert_allclose(parts["main"]["R"], light["R"] * 0.5, rtol=2e-3, atol=1e-4)
    notes = write_picture(tmp_path / "b.png", picture)
    assert "b.png: PNG holds no other channels, so the other channels depth:Z, ids:id are left out" in notes


def test_channels_beside_a_layer_are_carried_in_one_part(tmp_path, light):
    channels = {f"Combined.{name}": values for name, values in light.items()}
    channels |= {
        "Z": light["R"].astype(np.float32),
        "N.X": light["G"],
        "id": np.arange(54, dtype=np.uint32).reshape(6, 9),
    }
    picture = read_picture(written(tmp_path / "a.exr", channels, compression=OpenEXR.DWAA_COMPRESSION))
    before = stored(tmp_path / "a.exr")
    assert write_picture(tmp_path / "b.exr", picture) == ()
    after = stored(tmp_path / "b.exr")
    assert after.keys() == before.keys()
    for name, values in before.items():  # nothing is compressed with loss a second time
        np.testing.assert_array_equal(after[name], values)


def test_a_file_whose_channels_were_to_be_copied_must_be_the_same(tmp_path, light):
    depth_first(tmp_path / "a.exr", light)
    picture = read_picture(tmp_path / "a.exr")
    depth_first(tmp_path / "a.exr", light, comments="another")
    with pytest.raises(PictureFileError, match="other channels are to be copied, has changed since it was read"):
        write_picture(tmp_path / "b.exr", picture)
    assert not (tmp_path / "b.exr").exists()
    smaller = dataclasses.replace(picture, pixels=picture.pixels[:3])
    notes = write_picture(tmp_path / "b.exr", smaller)
    assert notes == ("b.exr: its other channels belong to a picture of another size, and are left out",)


def test_whole_numbers_are_asked_for_their_range(tmp_path, rng):
    channels = {name: rng.integers(0, 256, (6, 9)).astype(np.uint32) for name in "RGB"}
    channels["R"][0, 0] = 255
    path = written(tmp_path / "a.exr", channels)
    with pytest.raises(PictureFileError, match=r"its values reach 255, .*--float-range 255 .* --float-range light"):
        read_picture(path)
    picture = read_picture(path, float_range=255)
    assert picture.notes == ("a.exr: its values are taken as colours from 0 to 255",)
    np.testing.assert_allclose(picture.as_float()[..., 0] * 255, channels["R"], atol=1e-4)
    light = read_picture(path, float_range="light")
    np.testing.assert_array_equal(light.pixels[..., 0], channels["R"])
    assert isinstance(light.encoding, SceneLinearEncoding)


def test_colours_of_fewer_pixels_and_none_at_all_are_not_called_damaged(tmp_path, light):
    with pytest.raises(
        PictureFileError,
        match="not supported: it has neither channels R, G, B nor a channel Y alone; its channels are Z;",
    ):
        read_picture(written(tmp_path / "a.exr", {"Z": light["R"]}))


def test_what_the_library_says_of_a_damaged_file_stays_with_it(tmp_path, light, capfd):
    content = written(tmp_path / "a.exr", light).read_bytes()
    (tmp_path / "b.exr").write_bytes(content[:-30])
    with pytest.raises(PictureFileError, match="is damaged"):
        read_picture(tmp_path / "b.exr")
    assert capfd.readouterr().err == ""


def test_lines_of_others_are_written_once_standard_error_is_given_back(capfd):
    with quiet():
        os.write(2, b"a.exr: (EXR_ERR_BAD_CHUNK_LEADER) Corrupt chunk\nmine\n")
    assert capfd.readouterr().err == "mine\n"


def test_a_layer_of_luminance_becomes_one_of_colours_beside_the_others(tmp_path, light):
    channels = {"key.Y": light["R"], "Z": light["G"].astype(np.float32)}
    picture = read_picture(written(tmp_path / "a.exr", channels))
    assert write_picture(tmp_path / "b.exr", picture) == ()
    after = stored(tmp_path / "b.exr")
    assert sorted(after) == ["Z", "key.B", "key.G", "key.R"]
    np.testing.assert_array_equal(after["key.B"], light["R"])


def test_channels_of_two_kinds(tmp_path, light):
    channels = {name: values.astype(np.float32) if name == "G" else values for name, values in light.items()}
    picture = read_picture(written(tmp_path / "a.exr", channels))
    assert picture.pixels.dtype == np.float32
    np.testing.assert_array_equal(picture.pixels[..., 2], light["B"])
