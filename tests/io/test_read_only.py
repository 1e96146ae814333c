"""Formats that are read and not written, against the libraries that made the files."""

import io
import struct

import numpy as np
import pytest
from imagecodecs import avif_encode, jpegxl_encode
from PIL import Image

import hostile_read
import picture_files
from hostile_read import psd, saved
from huegraft import read_picture, write_picture
from huegraft.broadcast import HLG, BroadcastEncoding
from huegraft.encodings import SRGB, ProfileEncoding, SceneLinearEncoding
from huegraft.errors import PictureFileError
from huegraft.io.jpegxl_header import header_of
from huegraft.io.photoshop import EXIF, IPTC, PROFILE, RESOLUTION, VERSION, XMP, resource

IPTC_RECORDS = b"\x1c\x02\x05\x00\x05Title\x1c\x02\x78\x00\x07Caption"


@pytest.fixture
def pixels(rng):
    return rng.integers(0, 256, (9, 12, 3)).astype(np.uint8)


def read(path, content):
    path.write_bytes(content)
    return read_picture(path)


@pytest.mark.parametrize("ending", ["bmp", "tga", "ppm"])
def test_rgb_of_8_bits(tmp_path, pixels, ending):
    picture = read(tmp_path / f"a.{ending}", saved(Image.fromarray(pixels), ending))
    np.testing.assert_array_equal(picture.pixels, pixels)
    assert (picture.notes, picture.alpha, picture.encoding) == ((), None, SRGB)
    assert write_picture(tmp_path / "a.png", picture) == ()


@pytest.mark.parametrize("ending", ["bmp", "tga", "ppm", "gif"])
def test_grey(tmp_path, pixels, ending):
    picture = read(tmp_path / f"a.{ending}", saved(Image.fromarray(pixels[..., 0]), ending))
    np.testing.assert_array_equal(picture.pixels, np.repeat(pixels[..., :1], 3, axis=2))


def test_alpha_and_resolution(tmp_path, pixels):
    whole = np.dstack([pixels, pixels[..., 0]])
    picture = read(tmp_path / "a.tga", saved(Image.fromarray(whole), "tga", compression="tga_rle"))
    np.testing.assert_array_equal(np.dstack([picture.pixels, picture.alpha]), whole)
    picture = read(tmp_path / "a.bmp", saved(Image.fromarray(pixels), "bmp", dpi=(300, 150)))
    np.testing.assert_allclose(picture.resolution[:2], (300, 150), atol=0.05)


def test_a_bmp_of_an_unknown_compression_is_not_damaged(tmp_path, pixels):
    content = hostile_read.replaced(saved(Image.fromarray(pixels), "bmp"), 30, struct.pack("<I", 5))
    with pytest.raises(PictureFileError, match=r"not supported: a BMP of this kind is not read .* convert it to PNG"):
        read(tmp_path / "a.bmp", content)


def test_the_first_frame_of_a_gif_with_its_comment(tmp_path, pixels):
    first, second = (Image.fromarray(each).quantize(64) for each in (pixels, 255 - pixels))
    content = saved(first, "gif", save_all=True, append_images=[second], comment="gr\u00fcn".encode())
    picture = read(tmp_path / "a.gif", content)
    np.testing.assert_array_equal(picture.pixels, np.array(first.convert("RGB")))
    assert picture.texts == (("Comment", "gr\u00fcn"),)
    assert picture.notes == (
        "a.gif: the colours of its palette become RGB",
        "a.gif: it has several frames; the first frame is taken",
    )


@pytest.mark.parametrize("letter", "2356")
@pytest.mark.parametrize("most", [255, 1023, 65535])
def test_ppm_of_every_depth(tmp_path, rng, letter, most):
    channels = 3 if letter in "36" else 1
    numbers = rng.integers(0, most + 1, (5, 7, channels))
    header = f"P{letter} # made here\n7 5\n{most}\n".encode()
    binary = numbers.astype(np.uint8 if most < 256 else ">u2").tobytes()
    text = " ".join(map(str, numbers.ravel())).encode()
    picture = read(tmp_path / "a.ppm", header + (binary if letter in "56" else text))
    expected = numbers if most == 255 else np.rint(numbers / most * 65535)
    np.testing.assert_array_equal(picture.pixels, np.broadcast_to(expected, (5, 7, 3)))
    assert picture.pixels.dtype == (np.uint8 if most == 255 else np.uint16)


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("packed", [False, True])
def test_the_flat_picture_of_a_psd_with_what_stands_beside_it(tmp_path, packed, bits):
    size = struct.pack(">IHHIHH", 300 << 16, 1, 1, 150 << 16, 1, 1)
    profile = picture_files.PROFILES["adobe"]
    blocks = {
        RESOLUTION: size, PROFILE: profile, EXIF: picture_files.exif_block(), XMP: picture_files.XMP,
        IPTC: IPTC_RECORDS, VERSION: b"\0\0\0\1\1" + bytes(8),
    }  # fmt: skip
    content = psd(resources=b"".join(resource(*each) for each in blocks.items()), packed=packed, bits=bits)
    picture = read(tmp_path / "a.psd", content)
    expected = np.array(hostile_read.hostile.photograph(), f"u{bits // 8}") * (1 if bits == 8 else 257)
    np.testing.assert_array_equal(picture.pixels, expected)
    assert picture.pixels.dtype == expected.dtype
    assert isinstance(picture.encoding, ProfileEncoding)
    assert (picture.profile, picture.iptc, picture.notes) == (profile, IPTC_RECORDS, ())
    assert picture.resolution == (300, 150, "inch")
    assert picture_files.MAKER_NOTE in picture.exif
    assert b'xmp:Rating="4"' in picture.xmp


@pytest.mark.parametrize("bits", [8, 16])
def test_alpha_of_a_psd(tmp_path, bits):
    layers = struct.pack(">Ihxx", 4, -1)
    selection = read(tmp_path / "a.psd", psd(channels=4, bits=bits))
    assert selection.alpha is None
    assert selection.notes == ("a.psd: 1 further channel is left out",)
    picture = read(tmp_path / "b.psd", psd(channels=4, layers=layers, bits=bits))
    assert picture.notes == ()
    further = read(tmp_path / "c.psd", psd(channels=5, bits=bits))
    assert further.notes == ("c.psd: 2 further channels are left out",)
    most = 2**bits - 1
    planes = np.array(hostile_read.hostile.photograph(), float) * (most // 255)
    np.testing.assert_array_equal(picture.alpha, planes[..., 0])
    share = planes[..., :1] / most  # the flat picture lies over white
    seen = (planes - most * (1 - share)) / np.where(share > 0, share, 1)
    shown = picture.alpha > most // 8
    np.testing.assert_allclose(picture.pixels[shown], seen.clip(0, most)[shown], atol=0.6)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"bits": 32}, "a PSD of 32 bits a channel is not read; convert it to TIFF"),
        ({"mode": 9}, "its colours are CIELAB or of several inks; convert it to RGB"),
        (
            {"resources": resource(VERSION, b"\0\0\0\1\0" + bytes(8))},
            "without a flat picture; convert it to a PSD",
        ),
    ],
)
def test_a_psd_that_is_not_supported(tmp_path, options, message):
    with pytest.raises(PictureFileError, match=f"a.psd is not supported: .*{message}"):
        read(tmp_path / "a.psd", psd(**options))


def test_an_avif_that_is_cut_off_is_damaged(tmp_path, pixels):
    Image.fromarray(pixels).save(tmp_path / "a.avif")
    content = (tmp_path / "a.avif").read_bytes()
    for length in (40, len(content) * 6 // 10):
        with pytest.raises(PictureFileError, match=r"b\.avif is damaged: "):
            read(tmp_path / "b.avif", content[:length])


@pytest.mark.parametrize("alpha", [False, True])
def test_avif_of_8_bits(tmp_path, astronaut, alpha):
    pixels = np.rint(astronaut * 255).astype(np.uint8)
    whole = np.dstack([pixels, pixels[..., 0]]) if alpha else pixels
    exif = Image.Exif()
    exif[0x112], exif[0x10F] = 6, "Brownie"
    content = saved(
        Image.fromarray(whole), "avif", quality=95, subsampling="4:4:4", exif=exif.tobytes(), xmp=picture_files.XMP,
        icc_profile=picture_files.PROFILES["adobe"],
    )  # fmt: skip
    picture = read(tmp_path / "a.avif", content)
    turned = np.rot90(whole, -1)
    assert np.abs(picture.pixels.astype(int) - turned[..., :3]).mean() < 3
    if alpha:
        assert np.abs(picture.alpha.astype(int) - turned[..., 3]).mean() < 1
    assert picture.orientation == 6
    assert picture.profile == picture_files.PROFILES["adobe"]
    assert b"Brownie" in picture.exif
    assert picture.notes == ()


@pytest.mark.parametrize("bits", [10, 12])
@pytest.mark.parametrize("channels", [3, 4])
def test_avif_of_more_bits_keeps_them(tmp_path, rng, bits, channels):
    most = 2**bits - 1
    values = rng.integers(0, most + 1, (16, 24, channels)).astype(np.uint16)
    picture = read(tmp_path / "a.avif", avif_encode(values, level=100, bitspersample=bits))
    expected = np.rint(values / most * 65535)
    np.testing.assert_array_equal(picture.pixels, expected[..., :3])
    if channels == 4:
        np.testing.assert_array_equal(picture.alpha, expected[..., 3])


def test_avif_says_its_colours_by_code_points(tmp_path, rng):
    values = rng.integers(0, 1024, (16, 24, 3)).astype(np.uint16)
    content = avif_encode(values, level=100, bitspersample=10, primaries=9, transfer=HLG)
    assert read(tmp_path / "a.avif", content).encoding == BroadcastEncoding(9, HLG)
    content = avif_encode(values, level=100, bitspersample=10, primaries=12, transfer=13)
    picture = read(tmp_path / "b.avif", content)
    assert picture.encoding.decode(np.array([[[1, 0, 0]]], np.float32))[0, 0, 0] > 1.09  # red of Display P3
    assert write_picture(tmp_path / "b.png", picture) == ()


@pytest.mark.parametrize("container", [False, True])
@pytest.mark.parametrize("shape", [(9, 12), (9, 12, 2), (9, 12, 3), (9, 12, 4), (64, 48, 3)])
def test_jpeg_xl_of_8_bits(tmp_path, rng, shape, container):
    values = rng.integers(0, 256, shape).astype(np.uint8)
    picture = read(tmp_path / "a.jxl", jpegxl_encode(values, lossless=True, usecontainer=container))
    whole = np.atleast_3d(values)
    alpha = whole.shape[2] in (2, 4)
    colors = whole[..., :-1] if alpha else whole
    np.testing.assert_array_equal(picture.pixels, np.broadcast_to(colors, (*shape[:2], 3)))
    assert (picture.alpha is not None) == alpha
    if alpha:
        np.testing.assert_array_equal(picture.alpha, whole[..., -1])
    assert (picture.encoding, picture.notes) == (SRGB, ())


def test_jpeg_xl_of_16_bits_and_of_floats(tmp_path, rng):
    """Its encoder in imagecodecs calls both linear, and linear they are."""
    values = rng.integers(0, 65536, (9, 12, 3)).astype(np.uint16)
    picture = read(tmp_path / "a.jxl", jpegxl_encode(values, lossless=True))
    np.testing.assert_array_equal(picture.pixels, values)
    decoded = picture.encoding.decode(np.full((1, 1, 3), 14104, np.uint16))  # a light of 0.2152
    np.testing.assert_allclose(decoded, 0.5014, atol=1e-3)
    light = rng.random((9, 12, 3)).astype(np.float32)
    picture = read(tmp_path / "b.jxl", jpegxl_encode(light, lossless=True))
    np.testing.assert_array_equal(picture.pixels, light)
    assert isinstance(picture.encoding, SceneLinearEncoding)


def test_jpeg_xl_with_boxes(tmp_path, pixels):
    good = jpegxl_encode(pixels, lossless=True, usecontainer=True)
    block = bytes(4) + picture_files.exif_block()
    more = struct.pack(">I4s", 8 + len(block), b"Exif") + block
    more += struct.pack(">I4s", 8 + len(picture_files.XMP), b"xml ") + picture_files.XMP
    picture = read(tmp_path / "a.jxl", good + more)
    assert picture_files.MAKER_NOTE in picture.exif
    assert b'xmp:Rating="4"' in picture.xmp


def bits_of(*numbers):
    """Return the codestream whose header holds these (bits, number), the lowest bits first."""
    whole, at = 0, 0
    for size, number in numbers:
        whole |= number << at
        at += size
    return b"\xff\x0a" + whole.to_bytes(at // 8 + 8, "little")


SMALL = ((1, 1), (5, 3), (3, 1))  # 32 high, as wide
PLAIN = ((1, 0), (1, 0), (1, 0), (2, 0), (1, 1), (2, 0), (1, 0))  # no more fields, 8 bits, no channels, no XYB


def test_the_header_of_jpeg_xl():
    assert (header_of(bits_of(*SMALL, (1, 1))).width, header_of(bits_of(*SMALL, (1, 1))).height) == (32, 32)
    wide = header_of(bits_of((1, 0), (2, 1), (13, 999), (3, 7), (1, 1)))
    assert (wide.width, wide.height) == (2000, 1000)
    own = header_of(bits_of((1, 0), (2, 0), (9, 99), (3, 0), (2, 3), (30, 69999), (1, 1)))
    assert (own.width, own.height) == (70000, 100)
    # RGB, D65, primaries of BT.2100 (2 + 7), PQ (2 + 14), relative
    hdr = bits_of(*SMALL, *PLAIN, (1, 0), (1, 0), (2, 0), (2, 1), (2, 2), (4, 7), (1, 0), (2, 2), (4, 14), (2, 1))
    assert header_of(hdr).coding == (9, 16)
    # a gamma of 1/2.2 with P3's primaries (2 + 9)
    gamma = bits_of(*SMALL, *PLAIN, (1, 0), (1, 0), (2, 0), (2, 1), (2, 2), (4, 9), (1, 1), (24, 4545455), (2, 1))
    assert header_of(gamma).gamma == pytest.approx(1 / 2.2)
    assert header_of(gamma).chromaticities[:2] == (0.68, 0.32)
    # primaries of its own, each number in millionths, doubled because it is positive, less what its kind adds
    points = [(2, 2), (20, 1280000 - 1048576), (2, 1), (19, 660000 - 524288), (2, 0), (19, 420000)]
    points += [(2, 2), (20, 1420000 - 1048576), (2, 0), (19, 300000), (2, 0), (19, 120000)]
    gamma = (1, 1), (24, 4545455), (2, 1)
    adobe = bits_of(*SMALL, *PLAIN, (1, 0), (1, 0), (2, 0), (2, 1), (2, 2), (4, 0), *points, *gamma)
    np.testing.assert_allclose(header_of(adobe).chromaticities[:6], (0.64, 0.33, 0.21, 0.71, 0.15, 0.06))


def test_jpeg_xl_with_a_profile_is_not_supported(tmp_path):
    (tmp_path / "a.jxl").write_bytes(bits_of(*SMALL, *PLAIN, (1, 0), (1, 1), (2, 0)))
    with pytest.raises(PictureFileError, match="ICC profile, which is not read from JPEG XL; convert"):
        read_picture(tmp_path / "a.jxl")


def test_no_animation_is_taken_for_a_picture(tmp_path, pixels):
    buffer = io.BytesIO()
    frames = [Image.fromarray(each) for each in (pixels, 255 - pixels)]
    frames[0].save(buffer, "AVIF", save_all=True, append_images=frames[1:], quality=100, subsampling="4:4:4")
    picture = read(tmp_path / "a.avif", buffer.getvalue())
    assert picture.notes == ("a.avif: it has 2 frames; the first frame is taken",)
    assert np.abs(picture.pixels.astype(int) - pixels).mean() < 8


def test_ink_of_16_bits_in_a_psd(tmp_path):
    planes = np.zeros((4, 2, 3), ">u2")
    planes[:, 0] = 65535  # no ink: PSD has it upside down
    planes[0, 1], planes[1:, 1] = 0, 65535
    header = struct.pack(">4sH6xHIIHH", b"8BPS", 1, 4, 2, 3, 16, 4)
    picture = read(tmp_path / "a.psd", header + bytes(12) + b"\0\0" + planes.tobytes())
    np.testing.assert_array_equal(picture.pixels[0], 65535)
    np.testing.assert_array_equal(picture.pixels[1], np.broadcast_to([0, 65535, 65535], (3, 3)))
    assert picture.notes == ("a.psd: its colours are converted from CMYK without a profile to sRGB",)
