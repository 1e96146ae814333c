import av
import numpy as np
import pytest

from huegraft.errors import ArgumentError
from huegraft.film.chroma import Painter
from huegraft.film.codecs import CODECS, chosen_codec
from huegraft.film.containers import CONTAINERS, container_of
from huegraft.film.planes import PlaneFormat
from huegraft.film.reading import Reading, output_reading

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
        ("x265", ".mkv", PlaneFormat("ycbcr", 16, (1, 2)), "yuv422p12le", "16 bits are reduced to 12"),
        ("prores_4444", ".mov", PlaneFormat("ycbcr", 12, (1, 1)), "yuv444p10le", "12 bits are reduced to 10"),
        ("prores_4444", ".mov", PlaneFormat("rgb", 12, alpha=True), "yuva444p10le", "stored as Y′CbCr 4:4:4"),
        ("dnxhr_hq", ".mov", PlaneFormat("ycbcr", 10, (1, 2)), "yuv422p", "10 bits are reduced to 8"),
        ("dnxhr_hqx", ".mov", PlaneFormat("ycbcr", 12, (1, 1)), "yuv422p10le", "12 bits are reduced to 10"),
        ("svtav1", ".mp4", PlaneFormat("ycbcr", 12, (1, 2)), "yuv420p10le", "reduced to 4:2:0"),
    ],
)
def test_what_is_reduced_is_said(codec: str, suffix: str, layout: PlaneFormat, pixel_format: str, note: str) -> None:
    encoding = chosen_codec(codec, layout, suffix)
    assert encoding.pixel_format == pixel_format
    assert any(note in said for said in encoding.notes)


def test_more_bits_and_finer_chroma_are_no_loss() -> None:
    assert chosen_codec("prores_hq", EIGHT, ".mov").notes == ()
    assert chosen_codec("x264", PlaneFormat("ycbcr", 8, (1, 4)), ".mov").pixel_format == "yuv422p"


@pytest.mark.parametrize("name", CODECS)
@pytest.mark.parametrize("bits", [8, 10, 12])
def test_deeper_codes_of_luma_are_exact(name: str, bits: int) -> None:
    """Limited range gets zeros below, as it is in the standards: 10 bits are 4 times 8 bits."""
    source, reading = PlaneFormat("ycbcr", bits, (2, 2)), Reading("bt709")
    luma = np.arange(2**bits, dtype=source.dtype).reshape(16, -1)
    encoding = chosen_codec(name, source, CODECS[name].suffixes[0], reading=reading)
    made = output_reading(reading, encoding.format, encoding.range)
    painter = Painter(encoding.format, made, luma.shape, source=(source, reading))
    planes = painter.planes(luma, np.full((4, 4, 2), 9, np.float32), frame=3)
    if encoding.format.bits < bits:
        assert any(f"reduced to {encoding.format.bits}" in note for note in encoding.notes)
    else:
        np.testing.assert_array_equal(planes[0], luma.astype(int) << (encoding.format.bits - bits))


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
    assert chosen_codec("prores_4444", EIGHT, ".mov", reading=full).notes == (
        "prores_4444 has no tag for full range: full range is stored as limited range",
    )
    for name in ("x265", "dnxhr_hq", "dnxhr_hqx"):
        assert chosen_codec(name, EIGHT, ".mov", reading=full).range == "pc"
    assert chosen_codec("svtav1", EIGHT, ".mp4", reading=full).range == "pc"
    assert chosen_codec("ffv1", PlaneFormat("rgb", 8), ".mkv", reading=Reading("rgb")).range == "pc"
    assert chosen_codec("x264", PlaneFormat("rgb", 8), ".mkv", reading=Reading("rgb", range="pc")).range == "tv"


def test_a_container_that_cannot_hold_the_codec_is_refused() -> None:
    with pytest.raises(
        ArgumentError, match=r"\.mov cannot hold ffv1; choose \.mkv or another codec: x264, x265, prores_hq"
    ):
        chosen_codec("ffv1", PlaneFormat("ycbcr", 10, (2, 2)), ".mov")
    assert chosen_codec(None, PlaneFormat("ycbcr", 10, (2, 2)), ".mov").codec == "x264"
    assert chosen_codec(None, PlaneFormat("ycbcr", 10, (2, 2)), ".mkv").codec == "ffv1"
    with pytest.raises(ArgumentError, match=r"\.mp4 cannot hold prores_hq; choose \.mov, \.mkv"):
        chosen_codec("prores_hq", EIGHT, ".mp4")
    with pytest.raises(ArgumentError, match="no codec is named 'h265'"):
        chosen_codec("h265", EIGHT, ".mp4")
    with pytest.raises(ArgumentError, match=r"no film is written to \.avi"):
        container_of(".avi")


def test_a_size_that_the_codec_does_not_take_is_refused() -> None:
    with pytest.raises(
        ArgumentError, match=r"dnxhr_hq takes .* 256 × 120 .* has 96 × 72; choose another codec: x264, x265, p"
    ):
        chosen_codec("dnxhr_hq", EIGHT, ".mov", size=(72, 96))
    with pytest.raises(ArgumentError, match=r"svtav1 takes .* has 48 × 32; choose another codec: x264$"):
        chosen_codec("svtav1", EIGHT, ".mp4", size=(32, 48))


def test_containers_that_hold_few_codecs_name_them() -> None:
    with pytest.raises(
        ArgumentError, match=r"\.mkv cannot hold dnxhr_hqx; choose \.mov or another codec: x264, x265, prores_"
    ):
        chosen_codec("dnxhr_hqx", EIGHT, ".mkv")
    with pytest.raises(ArgumentError, match=r"\.mp4 cannot hold prores_4444; choose .* codec: x264, x265, svtav1$"):
        chosen_codec("prores_4444", EIGHT, ".mp4")
    with pytest.raises(ArgumentError, match=r"\.mov cannot hold svtav1; choose \.mp4, \.mkv or another codec"):
        chosen_codec("svtav1", EIGHT, ".mov")


def test_an_odd_size_that_makes_chroma_finer_is_said() -> None:
    for size, pixel_format, chroma in (((405, 720), "yuv422p", "4:2:2"), ((405, 719), "yuv444p", "4:4:4")):
        encoding = chosen_codec("x264", EIGHT, ".mp4", size=size)
        assert encoding.pixel_format == pixel_format
        assert encoding.notes == (f"x264 takes no 4:2:0 of {size[1]}x{size[0]}, an odd size: it is stored as {chroma}",)
    assert chosen_codec("x264", EIGHT, ".mp4", size=(404, 720)).notes == ()
    assert chosen_codec("ffv1", EIGHT, ".mkv", size=(405, 719)).notes == ()
