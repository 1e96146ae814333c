"""Each format × depth × alpha × profile × orientation, against independent readers."""

import itertools

import imagecodecs
import numpy as np
import pytest
from PIL import Image, ImageOps

import metadata_reader
import picture_files
from huegraft import read_picture, write_picture

FORMATS = [
    ("png", "u1"), ("png", "u2"), ("tif", "u1"), ("tif", "u2"), ("tif", "f4"), ("jpg", "u1"), ("webp", "u1"),
    ("jp2", "u1"), ("jp2", "u2"),
]  # fmt: skip
ORIENTATIONS = (1, 6)
SWAPPED = {
    "ExifIFD:ExifImageWidth": "ExifIFD:ExifImageHeight",
    "IFD0:XResolution": "IFD0:YResolution",
    "JFIF:XResolution": "JFIF:YResolution",
    "PNG-pHYs:PixelsPerUnitX": "PNG-pHYs:PixelsPerUnitY",
    "Jpeg2000:CaptureXResolution": "Jpeg2000:CaptureYResolution",
}
SWAPPED |= {second: first for first, second in SWAPPED.items()}
CARRIED = ("ExifIFD:", "GPS:", "InteropIFD:", "XMP-", "ICC", "JFIF:", "PNG-pHYs:", "Jpeg2000:Capture")
RESOLUTION = {"png": "PNG-pHYs:PixelsPerUnitX", "jpg": "JFIF:XResolution", "jp2": "Jpeg2000:CaptureXResolution"}
DESCRIPTIVE = {
    f"IFD0:{name}"
    for name in ("ImageDescription", "Make", "Model", "XResolution", "YResolution", "ResolutionUnit", "Copyright")
}


def cases():
    for (ending, depth), alpha, profile, orientation in itertools.product(
        FORMATS, (False, True), ("none", *picture_files.PROFILES), ORIENTATIONS
    ):
        if not (alpha and ending == "jpg") and not (depth == "f4" and profile != "none"):
            yield ending, depth, alpha, profile, orientation


def name_of(case):
    ending, depth, alpha, profile, orientation = case
    return f"{depth}-{'alpha' if alpha else 'opaque'}-{profile}-{orientation}.{ending}"


@pytest.fixture(scope="module")
def round_trips(tmp_path_factory):
    """Write every case, let Exiv2 turn it, read and write it again; return both files' tags and the folder."""
    folder = tmp_path_factory.mktemp("round_trips")
    (folder / "in").mkdir()
    (folder / "out").mkdir()
    for case in cases():
        path = folder / "in" / name_of(case)
        assert write_picture(path, picture_of(case)) == ()
        if case[-1] != 1:
            metadata_reader.turn(path, case[-1])
    for case in cases():
        picture = read_picture(folder / "in" / name_of(case))
        assert picture.notes == ()
        assert write_picture(folder / "out" / name_of(case), picture) == ()
    return picture_files.tags(folder / "in"), picture_files.tags(folder / "out"), folder


def picture_of(case):
    _, depth, alpha, profile, _ = case
    return picture_files.picture(depth, alpha=alpha, profile=profile)


def upright(array, orientation):
    """Turn by Pillow: an image of the places of pixels."""
    places = Image.fromarray(np.arange(array.shape[0] * array.shape[1], dtype=np.int32).reshape(array.shape[:2]))
    places.getexif()[0x112] = orientation
    return array.reshape(-1, *array.shape[2:])[np.asarray(ImageOps.exif_transpose(places))]


def decoded(path):
    """Return the samples as another library has them."""
    data = path.read_bytes()
    if path.suffix == ".png":
        return imagecodecs.png_decode(data)
    if path.suffix == ".tif":
        return imagecodecs.tiff_decode(data)
    if path.suffix == ".jp2":
        return imagecodecs.jpeg2k_decode(data[data.index(b"\xff\x4f\xff\x51") :])
    return np.asarray(Image.open(path))


@pytest.mark.parametrize("case", list(cases()), ids=name_of)
def test_pixels_and_alpha(round_trips, case):
    folder = round_trips[2]
    source, samples = picture_of(case), decoded(folder / "out" / name_of(case))
    whole = source.pixels if source.alpha is None else np.dstack([source.pixels, source.alpha])
    expected = upright(whole, case[-1])
    assert samples.dtype == expected.dtype
    if case[0] == "jpg":
        np.testing.assert_allclose(samples.astype(int), expected, atol=12)
    else:
        np.testing.assert_array_equal(samples, expected)


@pytest.mark.parametrize("case", list(cases()), ids=name_of)
def test_tags(round_trips, case):
    before, after = (tags[name_of(case)] for tags in round_trips[:2])
    expected = {name: value for name, value in before.items() if name.startswith(CARRIED) or name in DESCRIPTIVE}
    assert RESOLUTION.get(case[0], "IFD0:XResolution") in expected
    if case[-1] == 6:
        assert before["IFD0:Orientation"] == before["XMP-tiff:Orientation"] == 6
        expected = {SWAPPED.get(name, name): value for name, value in expected.items()}
    expected |= {"XMP-tiff:Orientation": 1}
    assert {name: after.get(name) for name in expected} == expected
    assert after["IFD0:Orientation"] == 1
    assert after["ExifIFD:DateTimeOriginal"] == "2024:01:15 10:00:00"
    assert after["InteropIFD:InteropIndex"] == "R03"
    assert after["GPS:GPSLatitudeRef"] == "N"
    assert ("ICC-header:ProfileFileSignature" in after) == (case[3] != "none")
    assert not [name for name in after if name.startswith("IFD1:")]


@pytest.mark.parametrize("case", [case for case in cases() if case[-1] == 6 and case[3] == "adobe"], ids=name_of)
def test_maker_notes_and_profile_are_the_same_bytes(round_trips, case):
    content = (round_trips[2] / "out" / name_of(case)).read_bytes()
    assert picture_files.MAKER_NOTE in content
    if case[0] != "png":  # which compresses it
        assert picture_files.PROFILES["adobe"] in content


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation(tmp_path, orientation):
    source = picture_files.picture("u1")
    exif = Image.Exif()
    exif[0x112] = orientation
    Image.fromarray(source.pixels).save(tmp_path / "a.png", exif=exif)
    picture = read_picture(tmp_path / "a.png")
    np.testing.assert_array_equal(picture.pixels, upright(source.pixels, orientation))
    assert picture.orientation == orientation
    write_picture(tmp_path / "b.png", picture)
    with Image.open(tmp_path / "b.png") as image:
        assert image.getexif()[0x112] == 1


def test_a_gradient_of_16_bits_keeps_its_levels(tmp_path):
    gradient = np.repeat(np.arange(0, 65536, 16, dtype=np.uint16)[None, :, None], 3, axis=2)
    for ending in ("png", "tif", "jp2"):
        write_picture(tmp_path / f"a.{ending}", gradient)
        picture = read_picture(tmp_path / f"a.{ending}")
        assert len(np.unique(picture.pixels)) == 4096
        assert len(np.unique(picture.as_float())) == 4096
