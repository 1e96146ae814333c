"""What the code values of a film stand for, told from its tags; films whose values are not taken are refused."""

import re
from dataclasses import replace
from typing import Any

import av
import av.filter
import av.logging
import numpy as np

from huegraft.errors import FilmError
from huegraft.film.index import Index
from huegraft.film.planes import PlaneFormat, Planes, luma_samples
from huegraft.film.planes_of_frames import format_of
from huegraft.film.reading import Matrix, Primaries, Range, Reading, Siting
from huegraft.film.streams import LOGGING
from huegraft.picture import Picture
from huegraft.stages.bars import bars_of
from huegraft.windows import Bars, Window

# The numbers are those of ITU-T H.273, which FFmpeg uses too.
_UNSAID = 2
_MATRICES: dict[int, Matrix] = {0: "rgb", 1: "bt709", 5: "bt470bg", 6: "bt601", 9: "bt2020"}
_OTHER_MATRICES = {
    4: "FCC", 7: "SMPTE 240M", 8: "YCgCo", 10: "BT.2020 of constant luminance", 11: "Y'D'zD'x",
    12: "derived from primaries", 13: "of constant luminance, derived from primaries",
    14: "ICtCp", 15: "IPT-C2", 16: "YCgCo-Re", 17: "YCgCo-Ro",
}  # fmt: skip
_PRIMARIES: dict[int, Primaries] = {1: "bt709", 5: "bt601-625", 6: "bt601-525", 7: "bt601-525", 9: "bt2020"}
_OTHER_PRIMARIES = {4: "BT.470 M", 8: "film", 10: "XYZ", 11: "DCI-P3", 12: "Display P3", 22: "EBU 3213"}
_VIDEO_CURVES = {1, _UNSAID, 4, 5, 6, 7, 11, 12, 13, 14, 15}
_OTHER_CURVES = {8: "linear light", 9: "a logarithm", 10: "a logarithm", 16: "PQ", 17: "SMPTE 428", 18: "HLG"}
_RANGES: dict[int, Range] = {1: "tv", 2: "pc"}
_LIMITED_GREY = {"h264", "hevc", "mpeg1video", "mpeg2video", "mpeg4", "vp9", "av1", "libdav1d"}
"""The codecs whose standard says that untagged codes are of limited range."""
_SITINGS: dict[str, Siting] = {"left": "left", "center": "center", "topleft": "topleft"}
_CENTER, _TOP_LEFT = {"mpeg1video", "mjpeg"}, {"dvvideo"}
_FEW = 5  # frames that may be marked as interlaced by mistake
_BLACK = 0.06  # of sRGB: a frame that is nowhere brighter shows no bars


def check_progressive(index: Index, name: str) -> None:
    """Raise FilmError if more than a few frames of a film are of two fields: it is interlaced or telecined.

    Flags of the film say so, or else all frames count as of two fields where the pictures are combed.
    """
    count = int(index.interlaced.sum())
    if count > min(_FEW, index.frames // 2):
        share = "all" if count == index.frames else f"{count} of {index.frames}"
        way = "ffmpeg -i FILM -vf bwdif -c:v ffv1 FILM.mkv, or for telecined films: -vf pullup,fps=24000/1001"
        raise FilmError(
            f"{name} is interlaced or telecined ({share} frames are of two fields); only progressive films are taken. "
            f"Make it progressive first: {way}. If it is progressive, --fields progressive takes the frames as they are"
        )


def reading_of(codec: str, frame: av.VideoFrame, *, any_curve: bool = False) -> Reading:
    """Return what the code values of a film stand for, told from its first frame; bars are not looked for.

    Parameters
    ----------
    codec
        The codec, as FFmpeg names it.
    frame
        The first frame.
    any_curve
        Whether all transfer curves and primaries are taken, since a LUT sees to them.

    Raises
    ------
    FilmError
        If its tags name a transfer curve, a matrix, primaries or a siting that are not taken.
    """
    layout = format_of(frame.format.name)
    if not any_curve:
        _check_curve(frame.color_trc)
    assumed = list[str]()

    def said(name: str, value: Any, default: Any) -> Any:
        if value is None:
            assumed.append(name)
        return default if value is None else value

    if layout.kind == "rgb":
        matrix, codes, siting = "rgb", said("range", _RANGES.get(frame.color_range), "pc"), "left"
    else:
        by_size: Matrix = "bt601" if frame.height < 720 else "bt709"
        matrix = said("matrix", _matrix(frame.colorspace), by_size)
        codes = said("range", _range(frame), _usual_range(codec, layout))
        siting = said("siting", _siting(frame, layout), _usual_siting(codec, layout))
    by_lines = "bt601-625" if frame.height in (288, 576) else "bt601-525"
    usual = {"bt2020": "bt2020", "bt470bg": "bt601-625", "bt601": by_lines}
    known = _PRIMARIES.get(frame.color_primaries, "bt709") if any_curve else _primaries(frame.color_primaries)
    primaries = said("primaries", known, usual.get(matrix, "bt709"))
    return Reading(matrix, codes, siting, primaries, tuple(assumed))


def with_bars(reading: Reading, frames: list[Planes]) -> Reading:
    """Return the reading with the bars that all frames have but those that are black.

    A bar never ends within a sample of chroma: it is made narrower where it would.
    """
    found = list[Bars]()
    for picture in (_in_grey(planes, reading) for planes in frames):
        found += [] if picture is None else [bars_of(picture)]
        if found and not any(found[-1]):
            break
    least = Bars(*map(min, zip(*found, strict=True))) if found else Bars()
    (height, width), (down, across) = frames[0].size, frames[0].format.subsampling
    window = Window(
        least.top // down * down,
        min(-(-(height - least.bottom) // down) * down, height),
        least.left // across * across,
        min(-(-(width - least.right) // across) * across, width),
    )
    return replace(reading, bars=None if window.size == (height, width) else window)


def _in_grey(planes: Planes, reading: Reading) -> Picture | None:
    """Return the grey picture of a frame's luma, or of its green; None if it is black."""
    luma = luma_samples(planes).astype(np.float32)
    scale = 2 ** (planes.format.bits - 8)
    black, white = (16 * scale, 235 * scale) if reading.range == "tv" else (0, 2**planes.format.bits - 1)
    grey = ((luma - black) / (white - black)).clip(0, 1)
    return Picture(np.repeat(grey[..., None], 3, axis=2)) if grey.max() > _BLACK else None


def _check_curve(curve: int) -> None:
    if curve not in _VIDEO_CURVES:
        name = _OTHER_CURVES.get(curve, f"the curve {curve} of H.273")
        raise FilmError(
            f"the film's code values are tagged as {name}; expected those of video (BT.709, BT.601, sRGB). Convert it "
            "first, with the tool of its camera or with: ffmpeg -i FILM -vf zscale=transfer=709 -c:v ffv1 FILM.mkv; or "
            "name a LUT that brings them to BT.709: --input-lut FILE.cube"
        )


def _matrix(tag: int) -> Matrix | None:
    if tag in (_UNSAID, 3):
        return None
    if tag not in _MATRICES or tag == 0:
        name = _OTHER_MATRICES.get(tag, f"number {tag} of H.273")
        raise FilmError(
            f"the film's matrix of colours is tagged as {name}; expected BT.601, BT.709 or BT.2020 of non-constant "
            "luminance. Convert it first: ffmpeg -i FILM -vf zscale=matrix=709 -c:v ffv1 FILM.mkv"
        )
    return _MATRICES[tag]


def _primaries(tag: int) -> Primaries | None:
    if tag in (0, _UNSAID, 3):
        return None
    if tag not in _PRIMARIES:
        name = _OTHER_PRIMARIES.get(tag, f"number {tag} of H.273")
        raise FilmError(
            f"the film's primaries are tagged as {name}; expected those of BT.709, BT.601 or BT.2020. Convert it "
            "first: ffmpeg -i FILM -vf zscale=primaries=709 -c:v ffv1 FILM.mkv; or name a LUT that brings them to "
            "BT.709: --input-lut FILE.cube"
        )
    return _PRIMARIES[tag]


def _range(frame: av.VideoFrame) -> Range | None:
    return "pc" if frame.format.name.startswith("yuvj") else _RANGES.get(frame.color_range)


def _usual_range(codec: str, layout: PlaneFormat) -> Range:
    """Return the range of untagged codes: FFmpeg writes grey in full range, unless the codec's standard is limited."""
    return "pc" if codec == "mjpeg" or (layout.kind == "grey" and codec not in _LIMITED_GREY) else "tv"


def _usual_siting(codec: str, layout: PlaneFormat) -> Siting:
    if layout.subsampling != (2, 2):
        return "left"
    return "center" if codec in _CENTER else "topleft" if codec in _TOP_LEFT else "left"


def _siting(frame: av.VideoFrame, layout: PlaneFormat) -> Siting | None:
    """Return the siting that the bitstream says; None where it says none. Without subsampling there is but one."""
    if layout.subsampling == (1, 1):
        return "left"
    said = _chroma_location(frame)
    if said in (None, "unspecified"):
        return None
    if layout.subsampling[0] == 1:  # the rows of chroma are those of luma
        said = {"topleft": "left", "bottomleft": "left", "top": "center", "bottom": "center"}.get(said, said)
    if said not in _SITINGS:
        raise FilmError(
            f"the film's chroma is tagged as sited {said}; expected left, center or topleft. Convert it first: ffmpeg "
            "-i FILM -vf zscale=chromal=left -c:v ffv1 FILM.mkv"
        )
    return _SITINGS[said]


def _chroma_location(frame: av.VideoFrame) -> str | None:
    """Return where FFmpeg says that a frame's chroma lies. PyAV does not tell it, but a filter of FFmpeg names it."""
    graph = av.filter.Graph()
    source = graph.add_buffer(width=frame.width, height=frame.height, format=frame.format, time_base=frame.time_base)
    graph.link_nodes(source, graph.add("showinfo", "checksum=0"), graph.add("buffersink")).configure()
    with LOGGING:
        level = av.logging.get_level()
        av.logging.set_level(av.logging.INFO)
        try:
            with av.logging.Capture() as messages:
                graph.push(frame)
                graph.pull()
        finally:
            av.logging.set_level(level)
    found = re.search(r" cl:(\w+)", " ".join(message for _, _, message in messages))
    return found[1] if found else None
