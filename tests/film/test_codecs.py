import av
import pytest

from huegraft.errors import ArgumentError
from huegraft.film.codecs import CODECS, chosen_codec
from huegraft.film.containers import CONTAINERS, container_of
from huegraft.film.planes import PlaneFormat
from huegraft.film.reading import Reading

EIGHT = PlaneFormat("ycbcr", 8, (2, 2))


@pytest.mark.parametrize("name", CODECS)
def test_encoders_take_the_pixel_formats_of_the_table(name: str) -> None:
    codec = CODECS[name]
    offered = {video_format.name for video_format in av.Codec(codec.encoder, "w").video_formats or ()}
    assert set(codec.pixel_formats) <= offered
    assert set(codec.suffixes) <= set(CONTAINERS)


@pytest.mark.parametrize(
    ("layout", "suffix", "codec", "pixel_format"),
    [
        (EIGHT, ".mp4", "x264", "yuv420p"),
        (PlaneFormat("ycbcr", 10, (1, 2)), ".mkv", "ffv1", "yuv422p10le"),
        (PlaneFormat("ycbcr", 12, (2, 1)), ".mkv", "ffv1", "yuv440p12le"),
        (PlaneFormat("ycbcr", 11, (1, 1)), ".mkv", "ffv1", "yuv444p12le"),
        (PlaneFormat("rgb", 16), ".mkv", "ffv1", "gbrp16le"),
        (PlaneFormat("rgb", 16, alpha=True), ".mkv", "ffv1", "gbrap16le"),
        (PlaneFormat("grey", 8), ".mp4", "x264", "yuv420p"),
        (PlaneFormat("grey", 16), ".mkv", "ffv1", "yuv444p16le"),
    ],
)
def test_the_codec_without_a_name(layout: PlaneFormat, suffix: str, codec: str, pixel_format: str) -> None:
    encoding = chosen_codec(None, layout, suffix)
    assert (encoding.codec, encoding.pixel_format, encoding.notes) == (codec, pixel_format, ())
    assert encoding.format.bits >= layout.bits


@pytest.mark.parametrize(
    ("codec", "suffix", "layout", "pixel_format", "note"),
    [
        ("prores_hq", ".mov", PlaneFormat("ycbcr", 12, (1, 2)), "yuv422p10le", "12 bits are reduced to 10"),
        ("prores_hq", ".mov", PlaneFormat("ycbcr", 10, (1, 1)), "yuv422p10le", "reduced to 4:2:2"),
        ("x264", ".mkv", PlaneFormat("ycbcr", 16, (1, 1)), "yuv444p10le", "16 bits are reduced to 10"),
        ("x264", ".mkv", PlaneFormat("rgb", 8), "yuv420p", "stored as Y′CbCr 4:2:0"),
        ("x264", ".mkv", PlaneFormat("ycbcr", 8, (2, 2), alpha=True), "yuv420p", "alpha of the source is left out"),
    ],
)
def test_what_is_reduced_is_said(codec: str, suffix: str, layout: PlaneFormat, pixel_format: str, note: str) -> None:
    encoding = chosen_codec(codec, layout, suffix)
    assert encoding.pixel_format == pixel_format
    assert any(note in said for said in encoding.notes)


def test_more_bits_and_finer_chroma_are_no_loss() -> None:
    assert chosen_codec("prores_hq", EIGHT, ".mov").notes == ()
    assert chosen_codec("x264", PlaneFormat("ycbcr", 8, (1, 4)), ".mov").pixel_format == "yuv422p"


def test_odd_sizes_take_a_finer_chroma_where_the_encoder_needs_it() -> None:
    sizes = {(32, 48): "yuv420p", (33, 48): "yuv422p", (33, 49): "yuv444p"}
    assert {size: chosen_codec("x264", EIGHT, ".mp4", size=size).pixel_format for size in sizes} == sizes
    assert chosen_codec("ffv1", EIGHT, ".mkv", size=(33, 49)).pixel_format == "yuv420p"


def test_ranges() -> None:
    full = Reading("bt709", range="pc")
    assert chosen_codec("x264", EIGHT, ".mp4", reading=full).range == "pc"
    prores = chosen_codec("prores_hq", EIGHT, ".mov", reading=full)
    assert prores.range == "tv"
    assert "full range" in prores.notes[0]
    assert chosen_codec("ffv1", PlaneFormat("rgb", 8), ".mkv", reading=Reading("rgb")).range == "pc"
    assert chosen_codec("x264", PlaneFormat("rgb", 8), ".mkv", reading=Reading("rgb", range="pc")).range == "tv"


def test_a_container_that_cannot_hold_the_codec_is_refused() -> None:
    with pytest.raises(ArgumentError, match=r"\.mov cannot hold ffv1; choose \.mkv or another codec: x264, prores_hq"):
        chosen_codec(None, PlaneFormat("ycbcr", 10, (2, 2)), ".mov")
    with pytest.raises(ArgumentError, match=r"\.mp4 cannot hold prores_hq; choose \.mov, \.mkv"):
        chosen_codec("prores_hq", EIGHT, ".mp4")
    with pytest.raises(ArgumentError, match="no codec is named 'h265'"):
        chosen_codec("h265", EIGHT, ".mp4")
    with pytest.raises(ArgumentError, match=r"no film is written to \.avi"):
        container_of(".avi")


def test_an_odd_size_that_makes_chroma_finer_is_said() -> None:
    for size, pixel_format, chroma in (((405, 720), "yuv422p", "4:2:2"), ((405, 719), "yuv444p", "4:4:4")):
        encoding = chosen_codec("x264", EIGHT, ".mp4", size=size)
        assert encoding.pixel_format == pixel_format
        assert encoding.notes == (f"x264 takes no 4:2:0 of {size[1]}x{size[0]}, an odd size: it is stored as {chroma}",)
    assert chosen_codec("x264", EIGHT, ".mp4", size=(404, 720)).notes == ()
    assert chosen_codec("ffv1", EIGHT, ".mkv", size=(405, 719)).notes == ()
