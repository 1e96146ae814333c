"""PQ and HLG: values known from ITU-R BT.2100 and BT.2408, and what becomes of them in files."""

import struct

import colour
import numpy as np
import pytest

import hostile
import huegraft
from huegraft import Picture, read_picture, write_picture
from huegraft.broadcast import HLG, PQ, BroadcastEncoding
from huegraft.encodings import SRGB, SceneLinearEncoding
from huegraft.errors import PictureFileError
from huegraft.io.content import Content
from huegraft.io.interpretation import interpreted


def coded(path, values, points, **options):
    rows = b"".join(b"\0" + row.astype(f">u{values.itemsize}").tobytes() for row in values)
    size = values.shape[1], values.shape[0]
    content = hostile.png(size, 8 * values.itemsize, data=rows, more=[(b"cICP", bytes(points))], **options)
    path.write_bytes(content)
    return path


def coding_of(path):
    content = path.read_bytes()
    return content[content.index(b"cICP") + 4 :][:4]


@pytest.fixture
def ramp():
    """Every level of one channel, and mixtures of three, of 16 bits."""
    rng = np.random.default_rng(5)
    return rng.integers(0, 65536, (40, 50, 3)).astype(np.uint16)


def pq_by_hand(value):
    """BT.2100-2, table 4: cd/m² of a value."""
    m1, m2, c1, c2, c3 = 0.1593017578125, 78.84375, 0.8359375, 18.8515625, 18.6875
    power = value ** (1 / m2)
    return 10000 * (max(power - c1, 0) / (c2 - c3 * power)) ** (1 / m1)


def test_light_of_pq():
    values = np.linspace(0, 1, 30, dtype=np.float32).reshape(1, 10, 3)
    light = BroadcastEncoding(9, PQ).to_light(values)
    np.testing.assert_allclose(light, np.vectorize(pq_by_hand)(values.astype(float)) / 203, rtol=2e-5, atol=1e-9)
    np.testing.assert_allclose(light * 203, colour.models.eotf_BT2100_PQ(values.astype(float)), rtol=2e-5, atol=1e-6)


def test_light_of_hlg():
    values = np.random.default_rng(1).random((1, 50, 3))
    light = BroadcastEncoding(9, HLG).to_light(values.astype(np.float32)) * 203
    expected = colour.models.eotf_BT2100_HLG(values, L_W=1000)
    np.testing.assert_allclose(light, expected, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize(("transfer", "white"), [(PQ, 0.5807), (HLG, 0.75)])
def test_reference_white_is_white(transfer, white):
    """BT.2408, table 1: 58 % of PQ and 75 % of HLG."""
    decoded = BroadcastEncoding(9, transfer).decode(np.full((1, 1, 3), white, np.float32))
    np.testing.assert_allclose(decoded, 1, atol=2e-3)


@pytest.mark.parametrize("transfer", [PQ, HLG])
@pytest.mark.parametrize("primaries", [1, 9, 12])
def test_there_and_back_values_are_the_same(ramp, transfer, primaries):
    encoding = BroadcastEncoding(primaries, transfer)
    back = encoding.encode(encoding.decode(ramp))
    distance = np.abs(np.rint(back * 65535) - ramp)
    assert np.quantile(distance, 0.9) <= 1
    assert distance.max() <= (200 if transfer == PQ else 3)  # PQ near black beside full light, in single precision
    gradient = np.repeat(np.arange(0, 65536, dtype=np.uint16).reshape(256, 256, 1), 3, axis=2)
    own = np.rint(encoding.from_light(encoding.to_light(gradient)) * 65535)
    assert np.abs(own - gradient).max() <= 1


def test_red_of_rec_2020_is_outside_srgb():
    decoded = BroadcastEncoding(9, PQ).decode(np.array([[[0.5, 0, 0]]], np.float32))[0, 0]
    linear = colour.cctf_decoding(np.abs(decoded).astype(float)) * np.sign(decoded)
    light = pq_by_hand(0.5) / 203 * np.array([1.660491, -0.124550, -0.018151])  # BT.2087
    np.testing.assert_allclose(linear[0], light[0], rtol=2e-3)
    assert decoded[1] < 0


@pytest.mark.parametrize("transfer", [PQ, HLG])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_the_chunk_and_the_pixels_stay(tmp_path, ramp, transfer, dtype):
    values = (ramp >> (16 - 8 * np.dtype(dtype).itemsize)).astype(dtype)
    picture = read_picture(coded(tmp_path / "a.png", values, [9, transfer, 0, 1]))
    assert picture.encoding == BroadcastEncoding(9, transfer)
    assert picture.notes == ()
    assert write_picture(tmp_path / "b.png", picture) == ()
    assert coding_of(tmp_path / "b.png") == bytes([9, transfer, 0, 1])
    np.testing.assert_array_equal(read_picture(tmp_path / "b.png").pixels, values)


@pytest.mark.parametrize("transfer", [PQ, HLG])
@pytest.mark.parametrize("mode", ["transfer", "colorize"])
def test_a_result_stays_in_its_coding(tmp_path, astronaut, coffee, transfer, mode):
    encoding = BroadcastEncoding(9, transfer)
    light = np.ascontiguousarray(astronaut**2.2 * 3)
    values = np.rint(encoding.from_light(light).clip(0, 1) * 65535).astype(np.uint16)
    picture = read_picture(coded(tmp_path / "a.png", values, [9, transfer, 0, 1]))
    result = getattr(huegraft, mode)(picture, coffee).image
    assert (result.encoding, result.pixels.dtype) == (encoding, np.uint16)
    assert encoding.to_light(result.pixels).max() > 1.2  # light brighter than white is still there
    same = getattr(huegraft, mode)(picture, coffee, strength=0.0).image
    np.testing.assert_array_equal(same.pixels, values)


def test_lightness_of_a_highlight_is_kept(coffee):
    encoding = BroadcastEncoding(9, PQ)
    light = np.random.default_rng(0).random((30, 30, 3)).astype(np.float32) * 8
    pixels = np.rint(encoding.from_light(light) * 65535).astype(np.uint16)
    result = huegraft.transfer(Picture(pixels, encoding), coffee, lightness=0.0).image
    before, after = (encoding.light.luminance(encoding.to_light(each)) for each in (pixels, result.pixels))
    np.testing.assert_allclose(after, before, rtol=2e-3)


def test_other_formats_get_what_they_hold_and_say_so(tmp_path):
    encoding = BroadcastEncoding(12, PQ)
    light = np.array([[[0.2, 0.5, 0.1], [4, 2, 1]]], np.float32)
    picture = Picture(np.rint(encoding.from_light(light) * 65535).astype(np.uint16), encoding)
    note = (
        "a.jpg: JPEG holds no PQ, so the result is converted to sRGB of 8 bits, "
        "and light brighter than white is cut off"
    )
    assert write_picture(tmp_path / "a.jpg", picture) == (note,)
    assert read_picture(tmp_path / "a.jpg").encoding == SRGB
    notes = write_picture(tmp_path / "a.exr", picture)
    assert notes == ("a.exr: the result is converted to scene-linear light of sRGB's primaries",)
    written = read_picture(tmp_path / "a.exr")
    assert isinstance(written.encoding, SceneLinearEncoding)
    np.testing.assert_allclose(written.pixels, light @ encoding.light.matrix.T, rtol=2e-3, atol=2e-3)
    write_picture(tmp_path / "a.tif", picture)
    written = read_picture(tmp_path / "a.tif")
    np.testing.assert_allclose(written.pixels, light @ encoding.light.matrix.T, rtol=2e-3, atol=2e-3)


@pytest.mark.parametrize("points", [[9, 16, 9, 1], [9, 16, 0, 0], [9, 18, 0, 0]])
def test_what_is_no_rgb_of_the_full_range_is_refused_by_name(tmp_path, ramp, points):
    with pytest.raises(PictureFileError, match=r"its cICP chunk .* convert it to a PNG of the full range"):
        read_picture(coded(tmp_path / "a.png", ramp, points))


def test_unknown_code_points_are_never_taken_in_silence(tmp_path, ramp):
    with pytest.raises(PictureFileError, match="primaries of the unknown code point 77"):
        read_picture(coded(tmp_path / "a.png", ramp, [77, PQ, 0, 1]))
    picture = read_picture(coded(tmp_path / "b.png", ramp, [77, 8, 0, 1]))
    assert picture.notes == (
        "b.png: the code points 77 and 8 of its colours are not known; the picture is taken as sRGB",
    )


def test_mastering_data_are_named_as_lost(tmp_path, ramp):
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in ramp)
    more = [(b"cICP", bytes([9, PQ, 0, 1])), (b"mDCV", bytes(24)), (b"cLLI", struct.pack(">II", 10**7, 10**6))]
    (tmp_path / "a.png").write_bytes(hostile.png((50, 40), 16, data=rows, more=more))
    assert read_picture(tmp_path / "a.png").notes == ("a.png: these parts of it are left out: mDCV, cLLI",)


def test_code_points_beside_a_profile(ramp):
    """HEIC, AVIF and JPEG XL give them the same way."""
    picture = interpreted(Content(ramp, coding=(9, HLG), profile=b"none"), "a")
    assert picture.encoding == BroadcastEncoding(9, HLG)
    assert picture.profile is None
