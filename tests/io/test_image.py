import io

import numpy as np
import pytest
from PIL import Image, ImageCms

from huegraft.errors import PictureError, PictureFileError
from huegraft.io.image import Picture, read_picture, write_picture


@pytest.fixture
def pixels(rng):
    return rng.integers(0, 256, (7, 5, 3)).astype(np.uint8)


def as_float(pixels):
    return pixels.astype(np.float32) / 255


@pytest.mark.parametrize("ending", [".png", ".webp", ".tif", ".tiff", ".PNG"])
def test_lossless_round_trip(tmp_path, pixels, ending):
    path = tmp_path / f"a{ending}"
    assert write_picture(path, as_float(pixels)) == ()
    picture = read_picture(path)
    np.testing.assert_array_equal(picture.pixels, pixels)
    np.testing.assert_array_equal(picture.as_float(), as_float(pixels))
    assert (picture.alpha, picture.exif, picture.notes) == (None, None, ())


def test_jpeg_round_trip(tmp_path, astronaut):
    write_picture(tmp_path / "a.jpg", astronaut)
    assert np.abs(read_picture(tmp_path / "a.jpg").as_float() - astronaut).mean() < 0.02


@pytest.mark.parametrize("ending", [".png", ".webp", ".tif"])
def test_alpha_is_carried(tmp_path, pixels, rng, ending):
    alpha = rng.integers(0, 256, (7, 5)).astype(np.uint8)
    alpha[0] = 0
    like = Picture(pixels, alpha=alpha)
    write_picture(tmp_path / f"a{ending}", as_float(pixels), like)
    picture = read_picture(tmp_path / f"a{ending}")
    np.testing.assert_array_equal(picture.alpha, alpha)
    np.testing.assert_array_equal(picture.pixels, pixels)


def test_alpha_lost_in_jpeg_is_said(tmp_path, pixels):
    notes = write_picture(tmp_path / "a.jpg", as_float(pixels), Picture(pixels, alpha=np.zeros((7, 5), np.uint8)))
    assert notes == ("a.jpg: JPEG holds no alpha, so the alpha is left out",)


@pytest.mark.parametrize("ending", [".jpg", ".png", ".webp", ".tif"])
def test_orientation_is_applied_once_and_exif_kept(tmp_path, astronaut, ending):
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Brownie"
    Image.fromarray((astronaut * 255).astype(np.uint8)).save(tmp_path / "in.jpg", exif=exif, quality=95)
    picture = read_picture(tmp_path / "in.jpg")
    assert picture.pixels.shape[:2] == (36, 40)
    assert np.abs(picture.as_float() - np.rot90(astronaut, -1)).mean() < 0.05
    write_picture(tmp_path / f"out{ending}", picture.as_float(), picture)
    with Image.open(tmp_path / f"out{ending}") as image:
        assert image.getexif()[0x010F] == "Brownie"
        assert image.getexif().get(0x0112, 1) == 1
        assert image.size == (40, 36)


def save(path, array, **options):
    Image.fromarray(array).save(path, **options)
    return path


def test_grey_palette_bilevel_and_cmyk(tmp_path, pixels):
    grey = pixels[..., 0]
    read = read_picture(save(tmp_path / "grey.png", grey)).pixels
    np.testing.assert_array_equal(read, np.stack([grey] * 3, axis=-1))
    grey_alpha = np.dstack([grey, pixels[..., 1]])
    picture = read_picture(save(tmp_path / "la.png", grey_alpha))
    np.testing.assert_array_equal(picture.pixels[..., 2], grey)
    np.testing.assert_array_equal(picture.alpha, pixels[..., 1])
    Image.fromarray(pixels).quantize(4).save(tmp_path / "p.png", transparency=0)
    assert read_picture(tmp_path / "p.png").alpha.min() == 0
    Image.fromarray(grey).convert("1").save(tmp_path / "one.tif")
    assert set(np.unique(read_picture(tmp_path / "one.tif").pixels)) <= {0, 255}
    Image.fromarray(pixels).convert("CMYK").save(tmp_path / "cmyk.tif")
    np.testing.assert_allclose(read_picture(tmp_path / "cmyk.tif").pixels, pixels, atol=2)


def test_the_first_frame_is_taken_and_said(tmp_path, pixels):
    first, second = Image.fromarray(pixels), Image.fromarray(255 - pixels)
    first.save(tmp_path / "a.tif", save_all=True, append_images=[second])
    picture = read_picture(tmp_path / "a.tif")
    np.testing.assert_array_equal(picture.pixels, pixels)
    assert picture.notes == ("a.tif: it has 2 frames; the first frame is taken",)


@pytest.mark.parametrize("format_name", ["PNG", "JPEG", "WEBP", "TIFF"])
def test_truncated_files(tmp_path, astronaut, format_name):
    buffer = io.BytesIO()
    Image.fromarray((astronaut * 255).astype(np.uint8)).save(buffer, format_name)
    whole = buffer.getvalue()
    for share in (0, 0.02, 0.3, 0.7):
        (tmp_path / "cut").write_bytes(whole[: int(share * len(whole))])
        with pytest.raises(PictureFileError, match=r"damaged|no PNG|is empty"):
            read_picture(tmp_path / "cut")


def test_missing_and_other_files(tmp_path):
    (tmp_path / "a.png").write_text("hello")
    with pytest.raises(PictureFileError, match=r"is no PNG, JPEG, WebP, .* picture, or its beginning is damaged"):
        read_picture(tmp_path / "a.png")
    with pytest.raises(PictureFileError, match="no picture file at"):
        read_picture(tmp_path / "missing.png")
    with pytest.raises(PictureFileError, match="is a folder; name a picture in it"):
        read_picture(tmp_path)
    assert issubclass(PictureFileError, OSError)


def test_a_size_too_large_to_trust(tmp_path, monkeypatch, pixels):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    with pytest.raises(PictureFileError, match="more pixels than can be trusted"):
        read_picture(save(tmp_path / "a.png", pixels))


def test_outputs_that_cannot_be_written(tmp_path, pixels):
    (tmp_path / "there.png").write_text("mine")
    with pytest.raises(PictureFileError, match="exists; choose another name, or --force"):
        write_picture(tmp_path / "there.png", as_float(pixels))
    assert (tmp_path / "there.png").read_text() == "mine"
    write_picture(tmp_path / "there.png", as_float(pixels), replace=True)
    with pytest.raises(PictureError, match=r"must end in \.png, .*got 'a.gif'"):
        write_picture(tmp_path / "a.gif", as_float(pixels))
    with pytest.raises(PictureFileError, match="there is no folder"):
        write_picture(tmp_path / "none" / "a.png", as_float(pixels))
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(PictureFileError, match="it is a folder"):
        write_picture(tmp_path / "folder.png", as_float(pixels), replace=True)
    with pytest.raises(PictureFileError, match="cannot write"):
        write_picture(tmp_path / "huge.webp", np.zeros((1, 17000, 3), np.float32))
    assert not (tmp_path / "huge.webp").exists()
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".part"] == []


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (np.zeros((4, 4, 3), np.int32), "uint8, uint16 or of floats in"),
        (np.zeros((4, 4, 4), np.float32), "got float32 of shape"),
        (np.zeros((4, 4), np.float32), "got float32 of shape"),
        (np.zeros((0, 4, 3), np.float32), "got float32 of shape"),
        (np.full((4, 4, 3), np.nan, np.float32), "NaN"),
    ],
)
def test_what_is_no_picture_is_not_written(tmp_path, image, message):
    with pytest.raises(PictureError, match=message):
        write_picture(tmp_path / "a.png", image)
    assert list(tmp_path.iterdir()) == []


def test_torch_pictures_are_written(torch, tmp_path, astronaut):
    write_picture(tmp_path / "a.png", torch.tensor(astronaut))
    np.testing.assert_allclose(read_picture(tmp_path / "a.png").as_float(), astronaut, atol=0.003)


def test_an_alpha_of_another_size_is_refused(tmp_path, pixels):
    with pytest.raises(PictureError, match="the alpha is of size"):
        write_picture(tmp_path / "a.png", as_float(pixels), Picture(pixels[:1, :1], alpha=np.zeros((1, 1), np.uint8)))


def test_what_was_read_is_told(tmp_path, pixels):
    exif = Image.Exif()
    exif[0x0112] = 3
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    picture = read_picture(save(tmp_path / "a.png", pixels, exif=exif, icc_profile=profile))
    assert picture.orientation == 3
    assert picture.profile == profile
    np.testing.assert_array_equal(picture.pixels, pixels[::-1, ::-1])
