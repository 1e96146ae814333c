import io
import struct

import colour
import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms

import hostile
import picture_files
from huegraft import read_picture, write_picture
from huegraft.encodings import SRGB, ProfileEncoding, SceneLinearEncoding
from huegraft.errors import ArgumentError, PictureFileError


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
    assert picture.notes == ("p.tif: the colours of its palette become RGB",)
    Image.fromarray(grey > 99).save(tmp_path / "g4.tif", compression="group4")
    np.testing.assert_array_equal(read_picture(tmp_path / "g4.tif").pixels[..., 2], np.where(grey > 99, 255, 0))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_ink(tmp_path, rng, dtype):
    most = np.iinfo(dtype).max
    ink = rng.integers(0, most, (6, 7, 4)).astype(dtype)
    picture = saved(tmp_path / "a.tif", ink, photometric="separated")
    share = ink / most
    np.testing.assert_allclose(picture.pixels / most, (1 - share[..., :3]) * (1 - share[..., 3:]), atol=1 / most)
    assert picture.notes == ("a.tif: its colours are converted from CMYK without a profile to sRGB",)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_alpha_that_was_multiplied_is_divided_out(tmp_path, dtype):
    most = 1 if dtype == np.float32 else np.iinfo(dtype).max
    share = np.array([[0, 0.25, 0.5, 1]])
    colors = np.array([[0.5, 0.125, 0.5, 0.75]]) * most
    array = np.stack([colors, colors, colors, share * most], axis=-1).astype(dtype)
    picture = saved(tmp_path / "a.tif", array, photometric="rgb", extrasamples=["assocalpha"])
    np.testing.assert_allclose(picture.pixels[0, :, 0] / most, [0.5, 0.5, 1, 0.75], atol=4 / 255)
    np.testing.assert_array_equal(picture.alpha, array[..., 3])
    assert picture.notes == ("a.tif: its colours were multiplied by its alpha, so they are divided by it",)
    write_picture(tmp_path / "b.tif", picture)
    with tifffile.TiffFile(tmp_path / "b.tif") as file:
        assert file.pages[0].extrasamples == (2,)


def test_channels_without_a_meaning_are_left_out_and_said(tmp_path, rng):
    array = rng.integers(0, 256, (4, 4, 5)).astype(np.uint8)
    picture = saved(
        tmp_path / "a.tif", array, photometric="rgb", extrasamples=["unspecified", "unassalpha"], planarconfig="contig"
    )
    np.testing.assert_array_equal(picture.alpha, array[..., 4])
    assert picture.notes == ("a.tif: 1 further channel is left out",)


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


def thumbnails(path, pages, subifds=0):
    """Write pages (array, NewSubfileType, resolution); so many that follow stand below the first."""
    with tifffile.TiffWriter(path) as file:
        for number, (array, kind) in enumerate(pages):
            below = {"subifds": subifds} if number == 0 and subifds else {}
            file.write(array, photometric="rgb", subfiletype=kind, metadata=None, **below)
    return read_picture(path)


@pytest.fixture
def full(rng):
    return rng.integers(0, 65536, (60, 90, 3)).astype(np.uint16)


@pytest.mark.parametrize("subifds", [0, 1])
@pytest.mark.parametrize("kind", [0, 1])
def test_the_picture_behind_or_below_a_thumbnail_is_taken(tmp_path, full, subifds, kind):
    picture = thumbnails(tmp_path / "a.tif", [(full[::4, ::4], kind), (full, 0)], subifds)
    np.testing.assert_array_equal(picture.pixels, full)
    assert picture.notes == ("a.tif: its picture of full resolution is taken, not the thumbnail before it",)


@pytest.mark.parametrize("subifds", [0, 1])
def test_what_is_said_of_a_picture_its_own_page_says_and_else_the_first(tmp_path, full, subifds):
    own = [(315, "s", 0, "Ann", True), (270, "s", 0, "picture", True)]
    with tifffile.TiffWriter(tmp_path / "a.tif") as file:
        file.write(
            full[::4, ::4], photometric="rgb", subfiletype=1, metadata=None, description="thumbnail",
            resolution=(72, 72), resolutionunit="INCH", extratags=[(33432, "s", 0, "Free", True)],
            **({"subifds": 1} if subifds else {}),
        )  # fmt: skip
        file.write(
            full, photometric="rgb", metadata=None, resolution=(300, 300), resolutionunit="CENTIMETER", extratags=own
        )
    picture = read_picture(tmp_path / "a.tif")
    assert picture.resolution == (300, 300, "centimetre")
    write_picture(tmp_path / "b.tif", picture)
    with tifffile.TiffFile(tmp_path / "b.tif") as file:
        tags = {tag.name: tag.value for tag in file.pages[0].tags.values()}
    assert (tags["Artist"], tags["ImageDescription"], tags["Copyright"]) == ("Ann", "picture", "Free")
    assert (tags["XResolution"], tags["ResolutionUnit"]) == ((300, 1), 3)


def test_smaller_copies_behind_a_picture_are_not_counted(tmp_path, full):
    picture = thumbnails(tmp_path / "a.tif", [(full, 0), (full[::2, ::2], 1), (full[::4, ::4], 1)])
    np.testing.assert_array_equal(picture.pixels, full)
    assert picture.notes == ()
    picture = thumbnails(tmp_path / "b.tif", [(full, 0), (full[::2, ::2], 1), (full[::4, ::4], 1)], 2)
    assert picture.notes == ()


def test_of_pages_of_other_shapes_the_first_is_taken_and_said(tmp_path, full):
    picture = thumbnails(tmp_path / "a.tif", [(full[:20], 0), (full, 0), (full[:, :20], 0)])
    np.testing.assert_array_equal(picture.pixels, full[:20])
    assert picture.notes == ("a.tif: it has 3 frames; the first frame is taken",)


@pytest.mark.parametrize("photometric", ["cielab", "icclab"])
@pytest.mark.parametrize("bits", [8, 16])
def test_cielab(tmp_path, photometric, bits):
    rng = np.random.default_rng(6)
    lab = np.stack([rng.uniform(20, 80, (5, 6)), *rng.uniform(-20, 20, (2, 5, 6))], axis=-1)
    if photometric == "icclab":  # ICC.1:2001-04, annex A
        scale = np.array([255 / 100, 1, 1]) if bits == 8 else np.array([65280 / 100, 256, 256])
        stored = np.rint((lab + np.array([0, 128, 128])) * scale).astype(f"u{bits // 8}")
        lab = stored / scale - [0, 128, 128]
    else:  # TIFF 6.0, section 23
        scale = np.array([255 / 100, 1, 1]) if bits == 8 else np.array([65535 / 100, 256, 256])
        whole = np.rint(lab * scale).astype(int)
        stored, lab = whole.astype(f"u{bits // 8}"), whole / scale
    picture = saved(tmp_path / "a.tif", stored, photometric=photometric)
    d50 = (0.3457, 0.3585)
    srgb = colour.XYZ_to_sRGB(colour.Lab_to_XYZ(lab, d50), d50, chromatic_adaptation_transform="Bradford")
    inside = ((srgb > 0.02) & (srgb < 0.98)).all(axis=-1)
    assert inside.sum() > 15
    most = 2**bits - 1
    np.testing.assert_allclose((picture.pixels / most)[inside], srgb[inside], atol=0.6 / most + 2e-4)
    assert picture.pixels.dtype == stored.dtype
    assert picture.notes == ("a.tif: its colours are converted from CIELAB to sRGB",)


def test_cielab_as_pillow_writes_it(tmp_path, astronaut):
    image = Image.fromarray(np.rint(astronaut * 255).astype(np.uint8))
    lab = ImageCms.profileToProfile(
        image, ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB", 5000), outputMode="LAB"
    )
    lab.save(tmp_path / "a.tif")
    assert np.abs(read_picture(tmp_path / "a.tif").pixels - astronaut * 255).mean() < 1.5


@pytest.mark.parametrize("sampling", [(1, 1), (2, 2)])
def test_ycbcr_that_is_not_jpeg(tmp_path, astronaut, sampling):
    """By TIFF 6.0, section 21, of Rec. 601 and the full range."""
    rgb = astronaut[:40, :36].astype(np.float64) * 255
    luma = rgb @ [0.299, 0.587, 0.114]
    blue, red = (rgb[..., 2] - luma) / 1.772 + 128, (rgb[..., 0] - luma) / 1.402 + 128
    across, down = sampling
    planes = [np.rint(each).clip(0, 255).astype(np.uint8) for each in (luma, blue, red)]
    coarse = [each[::down, ::across] for each in planes[1:]]
    units = (
        planes[0].reshape(40 // down, down, 36 // across, across).swapaxes(1, 2).reshape(40 // down, 36 // across, -1)
    )
    data = np.concatenate([units, *(each[..., None] for each in coarse)], axis=-1).tobytes()
    entry = hostile.entry
    short, long = hostile.SHORT, hostile.LONG
    entries = [
        entry(256, long, 1, 36), entry(257, long, 1, 40), entry(258, short, 1, 8), entry(259, short, 1, 1),
        entry(262, short, 1, 6), entry(273, long, 1, 8 + 2 + 12 * 11 + 4 + 6), entry(277, short, 1, 3),
        entry(278, long, 1, 40), entry(279, long, 1, len(data)), entry(284, short, 1, 1),
        entry(530, short, 2, struct.pack("<HH", *sampling)),
    ]  # fmt: skip
    entries[2] = entry(258, short, 3, 8 + 2 + 12 * 11 + 4)
    (tmp_path / "a.tif").write_bytes(hostile.structure(entries, rest=struct.pack("<HHH", 8, 8, 8) + data))
    picture = read_picture(tmp_path / "a.tif")
    assert np.abs(picture.pixels - rgb).mean() < (2 if sampling == (1, 1) else 8)
    content = (tmp_path / "a.tif").read_bytes()
    (tmp_path / "b.tif").write_bytes(content[:-100])
    with pytest.raises(PictureFileError, match=r"b\.tif is damaged"):
        read_picture(tmp_path / "b.tif")


@pytest.mark.parametrize(("most", "named"), [(255, 255), (900, 1023), (65535, 65535), (1e6, 1e6)])
def test_floats_that_look_like_whole_numbers_are_refused_and_the_range_is_named(tmp_path, rng, most, named):
    values = np.rint(rng.random((20, 30, 3)) * most).astype(np.float32)
    values[0, 0, 0] = most
    with pytest.raises(
        PictureFileError, match=f"values reach {most:g}, .* Say --float-range {named:g} ".replace("+", r"\+")
    ):
        saved(tmp_path / "a.tif", values, photometric="rgb")
    picture = read_picture(tmp_path / "a.tif", float_range=named)
    assert picture.encoding == SRGB
    np.testing.assert_allclose(picture.as_float(), values / named, atol=1e-6)
    assert picture.notes == (f"a.tif: its values are taken as colours from 0 to {named:g}",)
    write_picture(tmp_path / "b.tif", picture)  # and it says what they are
    again = read_picture(tmp_path / "b.tif")
    assert again.encoding == SRGB
    np.testing.assert_array_equal(again.pixels, picture.pixels)
    light = read_picture(tmp_path / "a.tif", float_range="light")
    assert isinstance(light.encoding, SceneLinearEncoding)
    np.testing.assert_array_equal(light.pixels, values)


def test_bright_light_is_no_reason_to_ask(tmp_path, rng):
    light = rng.random((20, 30, 3)).astype(np.float32)
    light[3, 4] = 5000  # the sun
    assert isinstance(saved(tmp_path / "a.tif", light, photometric="rgb").encoding, SceneLinearEncoding)


@pytest.mark.parametrize(
    ("most", "named"), [(255.997, 255), (280, 255), (283, 1023), (66000, 65535), (72000, 65535), (73000, 73000)]
)
def test_values_that_overshoot_a_little_do_not_change_the_range_that_is_named(tmp_path, most, named):
    with pytest.raises(PictureFileError, match=f"Say --float-range {named:g} "):
        saved(tmp_path / "a.tif", np.linspace(0, most, 192, dtype=np.float32).reshape(8, 8, 3), photometric="rgb")


def test_a_range_that_is_too_small_for_the_values(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", np.ones((8, 9, 3), np.float32), photometric="rgb")
    for tiny in (1e-300, 5e-324):
        with pytest.raises(ArgumentError, match=r"a\.tif has values that are too large for a float_range of "):
            read_picture(tmp_path / "a.tif", float_range=tiny)


def test_a_range_that_changes_nothing_is_said(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", np.ones((8, 9, 3), np.uint8), photometric="rgb")
    picture = read_picture(tmp_path / "a.tif", float_range=255)
    assert picture.notes == ("a.tif: its range is known, so the float range changes nothing",)


def test_a_range_with_alpha_and_with_a_profile(tmp_path, rng):
    values = np.rint(rng.random((8, 9, 4)) * 255).astype(np.float32)
    profile = picture_files.PROFILES["adobe"]
    tifffile.imwrite(tmp_path / "a.tif", values, photometric="rgb", extrasamples=["unassalpha"], iccprofile=profile)
    picture = read_picture(tmp_path / "a.tif", float_range=255)
    np.testing.assert_allclose(picture.alpha, values[..., 3] / 255, atol=1e-6)
    assert isinstance(picture.encoding, ProfileEncoding)
    assert picture.profile == profile


@pytest.mark.parametrize("wrong", [0, -1, float("inf"), float("nan"), True])
def test_what_is_no_range(tmp_path, wrong):
    with pytest.raises(ArgumentError, match="float_range must be a number above 0 or"):
        read_picture(tmp_path / "a.tif", float_range=wrong)
