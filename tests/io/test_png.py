import binascii
import struct
import zlib

import numpy as np
import pytest

import hostile
import picture_files
from huegraft import read_picture, write_picture

CHANNELS = {0: 1, 2: 3, 4: 2, 6: 4}
ADAM7 = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]


def rows(values):
    return b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)


@pytest.mark.parametrize("color", CHANNELS)
@pytest.mark.parametrize("interlaced", [False, True])
def test_sixteen_bits_of_every_kind(tmp_path, rng, capfd, color, interlaced):
    values = rng.integers(0, 65536, (11, 13, CHANNELS[color])).astype(np.uint16)
    data = rows(values)
    if interlaced:
        data = b"".join(rows(values[top::down, left::across]) for top, left, down, across in ADAM7)
    content = hostile.png((13, 11), 16, color, data=data)
    if interlaced:
        header = struct.pack(">IIBBBBB", 13, 11, 16, color, 0, 0, 1)
        content = content[:8] + hostile.chunk(b"IHDR", header) + content[33:]
    (tmp_path / "a.png").write_bytes(content)
    picture = read_picture(tmp_path / "a.png")
    assert capfd.readouterr().err == ""  # libpng would warn
    colors = values[..., : 1 if color in (0, 4) else 3]
    np.testing.assert_array_equal(picture.pixels, np.broadcast_to(colors, (11, 13, 3)))
    if color in (4, 6):
        np.testing.assert_array_equal(picture.alpha, values[..., -1])
    else:
        assert picture.alpha is None


def test_a_colour_that_stands_for_nothing(tmp_path):
    values = np.array([[[1, 2, 3], [4, 5, 6]]], np.uint16)
    key = struct.pack(">HHH", 4, 5, 6)
    (tmp_path / "a.png").write_bytes(hostile.png((2, 1), 16, data=rows(values), more=[(b"tRNS", key)]))
    picture = read_picture(tmp_path / "a.png")
    np.testing.assert_array_equal(picture.alpha, [[65535, 0]])
    np.testing.assert_array_equal(picture.pixels, values)  # the colour below it stays


@pytest.mark.parametrize("bits", [1, 2, 4])
def test_few_bits(tmp_path, bits):
    data = b"\0" + bytes([0b00011011])
    (tmp_path / "a.png").write_bytes(hostile.png((8 // bits, 1), bits, 0, data=data))
    numbers = [0b00011011 >> shift & 2**bits - 1 for shift in range(8 - bits, -1, -bits)]
    expected = np.array(numbers) * 255 // (2**bits - 1)
    np.testing.assert_array_equal(read_picture(tmp_path / "a.png").pixels[0, :, 1], expected)


@pytest.mark.parametrize("kind", [b"tEXt", b"zTXt"])
def test_exif_as_hexadecimal_text(tmp_path, kind):
    block = picture_files.exif_block()
    text = b"\nexif\n%8d\n" % (len(block) + 6) + binascii.hexlify(b"Exif\0\0" + block) + b"\n"
    text = b"\0" + zlib.compress(text) if kind == b"zTXt" else text
    (tmp_path / "a.png").write_bytes(hostile.png(more=[(kind, b"Raw profile type exif\0" + text)]))
    picture = read_picture(tmp_path / "a.png")
    assert picture_files.MAKER_NOTE in picture.exif
    assert picture.resolution == (300, 150, "inch")


def test_metadata_after_the_pixels_and_compressed(tmp_path):
    packet = b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(picture_files.XMP)
    (tmp_path / "a.png").write_bytes(hostile.png(depth=16, after=[(b"iTXt", packet)]))
    assert read_picture(tmp_path / "a.png").xmp == picture_files.XMP


def test_code_points_of_display_p3(tmp_path):
    (tmp_path / "a.png").write_bytes(hostile.png(more=[(b"cICP", bytes([12, 13, 0, 1]))]))
    picture = read_picture(tmp_path / "a.png")
    red = picture.encoding.decode(np.array([[[1, 0, 0]]], np.float32))[0, 0]
    assert red[0] > 1.09


def test_the_fast_compression_of_16_bits_is_not_lavish(tmp_path):
    ramp = np.repeat(np.arange(40_000, dtype=np.uint16).reshape(200, 200)[..., None], 3, axis=2)
    write_picture(tmp_path / "a.png", ramp)
    assert (tmp_path / "a.png").stat().st_size < ramp.nbytes / 5


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (1, 9), (5, 1)])
def test_small_interlaced_pictures_of_which_passes_are_empty(tmp_path, rng, size):
    values = rng.integers(0, 65536, (*size, 3)).astype(np.uint16)
    passes = (values[top::down, left::across] for top, left, down, across in ADAM7)
    content = hostile.png(size[::-1], 16, data=b"".join(rows(each) for each in passes if each.size))
    header = struct.pack(">IIBBBBB", size[1], size[0], 16, 2, 0, 0, 1)
    (tmp_path / "a.png").write_bytes(content[:8] + hostile.chunk(b"IHDR", header) + content[33:])
    np.testing.assert_array_equal(read_picture(tmp_path / "a.png").pixels, values)
