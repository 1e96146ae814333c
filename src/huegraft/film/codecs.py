"""Codecs: the table of those that films are written with, and the one that a format, a name and a container give."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from huegraft.errors import ArgumentError
from huegraft.film.containers import CONTAINERS
from huegraft.film.dnxhr import with_matrix
from huegraft.film.layouts import chroma_name, fits, layout_of, nearest, reduced
from huegraft.film.planes import PlaneFormat
from huegraft.film.reading import Matrix, Range, Reading, Siting

Subsampling = tuple[int, int]


@dataclass(frozen=True)
class Codec:
    """What is known of one codec. A new row of `CODECS` is all that a new codec needs.

    Attributes
    ----------
    encoder
        The name of the encoder in FFmpeg.
    pixel_formats
        The names, in FFmpeg, of the pixel formats that the encoder takes.
    options
        Options for a constant quality and for groups of pictures that need no other group. In a value `{threads}`
        stands for the number of threads.
    suffixes
        The containers that hold the codec.
    chroma
        The subsampling for films that have none of their own: grey and R′G′B′.
    alternatives
        Options of which the first are taken that the encoder accepts for the size of the film.
    reproducible
        Options that replace others where the same bytes are asked for on each run.
    quality : (option, best, worst), or None
        The option for the quality, and its range; None where the codec has one quality.
    whole_quality
        Whether the quality has to be a whole number.
    ranges
        The ranges of code values that the codec can tell its decoders.
    sitings
        The sitings of chroma at 4:2:0 that the codec itself can tell its decoders.
    smallest : (H, W)
        The size that frames need at least.
    whole_chroma
        Whether the height and width have to be multiples of the subsampling.
    pixel_aspect
        Whether the codec itself says what shape pixels have, for containers that do not.
    threading
        How the encoder shares its work among threads.
    environment
        Variables of the environment that keep the encoder from printing.
    with_matrix
        What writes a matrix into the frames of an encoder that does not do it; None where the encoder does.
    """

    encoder: str
    pixel_formats: tuple[str, ...]
    options: Mapping[str, str]
    suffixes: tuple[str, ...]
    chroma: Subsampling
    alternatives: tuple[Mapping[str, str], ...] = ({},)
    reproducible: Mapping[str, str] = field(default_factory=dict[str, str])
    quality: tuple[str, float, float] | None = None
    whole_quality: bool = False
    ranges: tuple[Range, ...] = ("tv", "pc")
    sitings: tuple[Siting, ...] = ("left", "center", "topleft")
    smallest: tuple[int, int] = (1, 1)
    whole_chroma: bool = False
    pixel_aspect: bool = True
    threading: Literal["FRAME", "SLICE"] = "SLICE"
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    with_matrix: Callable[[bytes, Matrix], bytes] | None = None


@dataclass(frozen=True)
class Encoding:
    """What a film is written as.

    Attributes
    ----------
    codec
        A name in `CODECS`.
    format
        How the frames must be laid out that the encoder gets.
    pixel_format
        The name of that layout in FFmpeg.
    range
        The range that the code values of the frames must have.
    notes : tuple of str
        What is reduced, each in a sentence.
    """

    codec: str
    format: PlaneFormat
    pixel_format: str
    range: Range
    notes: tuple[str, ...] = ()


_FFV1_PIXEL_FORMATS = (
    "yuv420p yuv422p yuv444p yuv440p yuv411p yuv410p yuva420p yuva422p yuva444p "
    "yuv420p9le yuv422p9le yuv444p9le yuva420p9le yuva422p9le yuva444p9le "
    "yuv420p10le yuv422p10le yuv444p10le yuv440p10le yuva420p10le yuva422p10le yuva444p10le "
    "yuv420p12le yuv422p12le yuv444p12le yuv440p12le yuva422p12le yuva444p12le "
    "yuv420p14le yuv422p14le yuv444p14le yuv420p16le yuv422p16le yuv444p16le yuva420p16le yuva422p16le yuva444p16le "
    "bgr0 bgra gbrp9le gbrp10le gbrp12le gbrp14le gbrp16le gbrap10le gbrap12le gbrap14le gbrap16le"
)

_X26_PIXEL_FORMATS = ("yuv420p", "yuv422p", "yuv444p", "yuv420p10le", "yuv422p10le", "yuv444p10le")
# x265 prints nothing, and its header does not name its options, which tell how many threads there were.
_X265_PARAMS = "log-level=none:info=0:open-gop=0:pools={threads}"

CODECS: Mapping[str, Codec] = MappingProxyType(
    {
        "x264": Codec(
            encoder="libx264",
            pixel_formats=_X26_PIXEL_FORMATS,
            options={"crf": "16", "preset": "medium", "x264-params": "open-gop=0"},
            suffixes=(".mp4", ".mov", ".mkv"),
            chroma=(2, 2),
            reproducible={"x264-params": "open-gop=0:threads=1:mbtree=0"},
            quality=("crf", 0, 51),
            whole_chroma=True,
            threading="FRAME",
        ),
        "x265": Codec(
            encoder="libx265",
            pixel_formats=(*_X26_PIXEL_FORMATS, "yuv420p12le", "yuv422p12le", "yuv444p12le"),
            options={"crf": "16", "preset": "medium", "x265-params": _X265_PARAMS},
            suffixes=(".mp4", ".mov", ".mkv"),
            chroma=(2, 2),
            reproducible={"x265-params": f"{_X265_PARAMS}:frame-threads=1"},
            quality=("crf", 0, 51),
            smallest=(64, 65),  # narrower ones give other bytes on each run, and break memory: decision 024
            whole_chroma=True,
        ),
        "prores_hq": Codec(
            encoder="prores_ks",
            pixel_formats=("yuv422p10le",),
            options={"profile": "hq", "vendor": "apl0"},
            suffixes=(".mov", ".mkv"),
            chroma=(1, 2),
            ranges=("tv",),
            pixel_aspect=False,
        ),
        "prores_4444": Codec(
            encoder="prores_ks",
            pixel_formats=("yuv444p10le", "yuva444p10le"),
            options={"profile": "4444", "vendor": "apl0", "alpha_bits": "16"},
            suffixes=(".mov", ".mkv"),
            chroma=(1, 1),
            ranges=("tv",),
            pixel_aspect=False,
        ),
        "dnxhr_hq": Codec(
            encoder="dnxhd",
            pixel_formats=("yuv422p",),
            options={"profile": "dnxhr_hq"},
            suffixes=(".mov",),
            chroma=(1, 2),
            smallest=(120, 256),
            pixel_aspect=False,
            with_matrix=with_matrix,
        ),
        "dnxhr_hqx": Codec(
            encoder="dnxhd",
            pixel_formats=("yuv422p10le",),
            options={"profile": "dnxhr_hqx"},
            suffixes=(".mov",),
            chroma=(1, 2),
            smallest=(120, 256),
            pixel_aspect=False,
            with_matrix=with_matrix,
        ),
        "ffv1": Codec(
            encoder="ffv1",
            pixel_formats=tuple(_FFV1_PIXEL_FORMATS.split()),
            options={"level": "3", "slicecrc": "1", "g": "1"},
            suffixes=(".mkv",),
            chroma=(1, 1),
            alternatives=tuple({"slices": f"{slices}"} for slices in (16, 24, 12, 4, *range(64, 0, -1))),
        ),
        "svtav1": Codec(
            encoder="libsvtav1",
            pixel_formats=("yuv420p", "yuv420p10le"),
            options={"crf": "16", "preset": "6", "svtav1-params": "lp={threads}"},
            suffixes=(".mp4", ".mkv"),
            chroma=(2, 2),
            reproducible={"svtav1-params": "lp=1"},
            quality=("crf", 1, 63),
            whole_quality=True,
            sitings=("left", "topleft"),
            smallest=(64, 64),  # small ones break memory: decision 024
            pixel_aspect=False,
            environment={"SVT_LOG": "0"},
        ),
    }
)


def chosen_codec(
    name: str | None,
    source: PlaneFormat,
    suffix: str,
    *,
    reading: Reading | None = None,
    size: tuple[int, int] | None = None,
) -> Encoding:
    """Return what a film is written as.

    Parameters
    ----------
    name
        A name in `CODECS`. None takes x264 for 8 bits and where the container cannot hold ffv1, and else ffv1.
    source
        How the frames of the source are laid out. Grey ones are written in colour.
    suffix
        The ending of the output, for example ".mkv".
    reading
        What the source's samples stand for; its range is kept where the codec can.
    size : (H, W)
        The size of the frames. Odd sizes need a finer chroma from some codecs.

    Raises
    ------
    ArgumentError
        If the name is unknown, or the container cannot hold the codec.
    """
    name = name or ("x264" if source.bits == 8 or suffix.lower() not in CODECS["ffv1"].suffixes else "ffv1")
    if name not in CODECS:
        raise ArgumentError(f"no codec is named {name!r}; choose one of {', '.join(CODECS)}")
    codec = CODECS[name]
    _check_container(name, suffix.lower())
    wanted = source
    if source.kind == "grey" or all(layout_of(offer).kind != source.kind for offer in codec.pixel_formats):
        wanted = PlaneFormat("ycbcr", source.bits, codec.chroma, source.alpha)
    if size:
        _check_size(name, suffix.lower(), size)
    offers = [offer for offer in codec.pixel_formats if not (size and codec.whole_chroma) or fits(offer, size)]
    pixel_format = nearest(wanted, offers)
    chosen = layout_of(pixel_format)
    usual = layout_of(nearest(wanted, codec.pixel_formats))
    wished = _wished_range(source, chosen, reading)
    kept = wished if wished in codec.ranges else codec.ranges[0]
    notes = reduced(name, source, wanted, chosen)
    if size and usual.subsampling != chosen.subsampling:
        before, after = chroma_name(usual.subsampling), chroma_name(chosen.subsampling)
        notes += (f"{name} takes no {before} of {size[1]}x{size[0]}, an odd size: it is stored as {after}",)
    if kept != wished:
        notes += (f"{name} has no tag for full range: full range is stored as limited range",)
    siting = reading.siting if reading and chosen.subsampling == (2, 2) else "left"
    if siting not in codec.sitings and not CONTAINERS[suffix.lower()].siting:
        notes += (f"{suffix} cannot say that the chroma of {name} is sited {siting}: players take it as sited left",)
    return Encoding(name, chosen, pixel_format, kept, notes)


def _check_container(name: str, suffix: str) -> None:
    if suffix in CODECS[name].suffixes:
        return
    others = ", ".join(other for other, codec in CODECS.items() if suffix in codec.suffixes)
    advice = f" or another codec: {others}" if others else ""
    raise ArgumentError(
        f"{suffix or 'no ending'} cannot hold {name}; choose {', '.join(CODECS[name].suffixes)}{advice}"
    )


def _check_size(name: str, suffix: str, size: tuple[int, int]) -> None:
    if _takes(CODECS[name], size):
        return
    others = ", ".join(other for other, codec in CODECS.items() if suffix in codec.suffixes and _takes(codec, size))
    (height, width), (least_height, least_width) = size, CODECS[name].smallest
    raise ArgumentError(
        f"{name} takes frames of {least_width} × {least_height} pixels and more, and the film has {width} × {height}; "
        f"choose another codec: {others}"
    )


def _takes(codec: Codec, size: tuple[int, int]) -> bool:
    return all(length >= least for length, least in zip(size, codec.smallest, strict=True))


def _wished_range(source: PlaneFormat, chosen: PlaneFormat, reading: Reading | None) -> Range:
    """Return the source's range; R′G′B′ is full where it stays, and is limited where it becomes Y′CbCr."""
    if source.kind == "rgb":
        return "pc" if chosen.kind == "rgb" else "tv"
    return reading.range if reading else "tv"
