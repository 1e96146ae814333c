from fractions import Fraction

import numpy as np
import pytest

import film_clips
from huegraft.errors import FilmError
from huegraft.film.decode import FilmFile
from huegraft.film.planes import PlaneFormat, Planes
from huegraft.film.planes_of_frames import format_of, frame_of
from huegraft.film.probe import reading_of, with_bars
from huegraft.film.reading import Reading
from huegraft.windows import Window


def tagged(pixel_format="yuv420p", size=(64, 96), **tags):
    layout = format_of(pixel_format)
    sizes = [size, *[layout.chroma_size(size)] * 2] if layout.kind == "ycbcr" else [size]
    if layout.kind == "rgb":
        sizes = [size] * 3
    frame = frame_of(Planes(layout, tuple(np.zeros(each, layout.dtype) for each in sizes)), pixel_format)
    frame.pts, frame.time_base = 0, Fraction(1, 25)
    for name, value in tags.items():
        setattr(frame, name, value)
    return frame


def test_what_no_tag_says_is_assumed_by_size_and_codec():
    small, large = reading_of("h264", tagged()), reading_of("h264", tagged(size=(720, 1280)))
    assert (small.matrix, small.range, small.siting, small.primaries) == ("bt601", "tv", "left", "bt601-525")
    assert (large.matrix, large.primaries) == ("bt709", "bt709")
    assert set(small.assumed) == {"matrix", "range", "siting", "primaries"}
    assert reading_of("h264", tagged(size=(576, 720))).primaries == "bt601-625"
    european = reading_of("h264", tagged(colorspace=5))
    assert (european.matrix, european.primaries, reading_of("h264", tagged(colorspace=6)).primaries) == (
        "bt470bg",
        "bt601-625",
        "bt601-525",
    )
    sitings = [reading_of(codec, tagged()).siting for codec in ("mpeg1video", "mpeg2video", "mjpeg", "dvvideo", "hevc")]
    assert sitings == ["center", "left", "center", "topleft", "left"]
    assert reading_of("mpeg1video", tagged("yuv422p")).siting == "left"


def test_tags_count():
    reading = reading_of("h264", tagged(colorspace=9, color_range=2, color_primaries=9, color_trc=1))
    assert (reading.matrix, reading.range, reading.primaries) == ("bt2020", "pc", "bt2020")
    assert reading.assumed == ("siting",)
    assert reading_of("h264", tagged("yuvj444p")).range == "pc"


def test_grey_is_read_by_what_its_codec_means():
    assert reading_of("ffv1", tagged("gray")).range == "pc"
    assert reading_of("h264", tagged("gray")).range == "tv"
    assert reading_of("ffv1", tagged("gray", color_range=1)).range == "tv"
    assert "siting" not in reading_of("ffv1", tagged("gray")).assumed


def test_rgb_has_no_matrix():
    reading = reading_of("ffv1", tagged("gbrp"))
    assert (reading.matrix, reading.range, reading.siting) == ("rgb", "pc", "left")
    assert "matrix" not in reading.assumed


@pytest.mark.parametrize(
    ("tags", "message"),
    [
        ({"color_trc": 16}, "tagged as PQ; expected those of video"),
        ({"color_trc": 18}, "tagged as HLG"),
        ({"color_trc": 9}, "tagged as a logarithm"),
        ({"color_trc": 8}, "tagged as linear light"),
        ({"colorspace": 8}, "matrix of colours is tagged as YCgCo"),
        ({"colorspace": 14}, "tagged as ICtCp"),
        ({"colorspace": 10}, "constant luminance"),
        ({"color_primaries": 12}, "primaries are tagged as Display P3"),
    ],
)
def test_what_is_not_taken_is_refused(tags, message):
    with pytest.raises(FilmError, match=f"{message}.*Convert it first"):
        reading_of("h264", tagged(**tags))


@pytest.mark.parametrize(("location", "siting"), [("left", "left"), ("center", "center"), ("topleft", "topleft")])
def test_the_siting_of_the_bitstream_counts(location, siting, tmp_path):
    options = f"-c:v libx264 -pix_fmt yuv420p -chroma_sample_location {location}"
    reading = FilmFile(film_clips.clip(tmp_path, "sited.mkv", frames=3, options=options)).reading
    assert reading.siting == siting
    assert "siting" not in reading.assumed


def test_another_siting_is_refused(tmp_path):
    options = "-c:v libx264 -pix_fmt yuv420p -chroma_sample_location bottom"
    with pytest.raises(FilmError, match=r"chroma is tagged as sited bottom; expected left, center or topleft"):
        FilmFile(film_clips.clip(tmp_path, "sited.mkv", frames=3, options=options))


def test_tags_of_a_file(tmp_path):
    options = (
        "-c:v libx264 -pix_fmt yuv422p10le -colorspace bt709 -color_primaries bt709 -color_trc bt709 -color_range pc"
    )
    reading = FilmFile(film_clips.clip(tmp_path, "tagged.mkv", frames=3, options=options)).reading
    assert (reading.matrix, reading.range, reading.primaries, reading.siting) == ("bt709", "pc", "bt709", "left")
    assert reading.assumed == ()


def test_palettes_are_refused(tmp_path):
    with pytest.raises(FilmError, match="pixel format pal8 are not read"):
        FilmFile(film_clips.clip(tmp_path, "palette.mov", frames=3, options="-c:v png -pix_fmt pal8"))


def letterboxed(top, bottom, left=0, right=0, level=90, size=(120, 160)):
    """Return a frame of Y′CbCr with noise between bars."""
    luma = np.random.default_rng(top + level).integers(level, level + 90, size).astype(np.uint8)
    luma[:top] = 16
    luma[size[0] - bottom :] = 16
    luma[:, :left] = 16
    luma[:, size[1] - right :] = 16
    chroma = np.full((size[0] // 2, size[1] // 2), 128, np.uint8)
    return Planes(PlaneFormat("ycbcr", 8, (2, 2)), (luma, chroma, chroma))


def test_bars_are_what_all_frames_have():
    reading = Reading("bt601")
    assert with_bars(reading, [letterboxed(12, 12), letterboxed(16, 16)]).bars == Window(12, 108, 0, 160)
    assert with_bars(reading, [letterboxed(12, 12), letterboxed(0, 0)]).bars is None
    black = Planes(letterboxed(0, 0).format, tuple(np.full_like(each, 16) for each in letterboxed(0, 0).samples))
    assert with_bars(reading, [black, letterboxed(12, 12), black]).bars == Window(12, 108, 0, 160)
    assert with_bars(reading, [black, black]).bars is None


def test_bars_end_between_samples_of_chroma():
    assert with_bars(Reading("bt601"), [letterboxed(13, 13)]).bars == Window(12, 108, 0, 160)
    assert with_bars(Reading("bt601"), [letterboxed(0, 0, 15, 15)]).bars == Window(0, 120, 14, 146)


def test_bars_of_a_film(tmp_path):
    options = "-vf pad=96:96:0:16 -c:v ffv1 -pix_fmt yuv420p"
    film = FilmFile(film_clips.clip(tmp_path, "padded.mkv", options=options, frames=30))
    assert film.reading.bars == Window(16, 80, 0, 96)
