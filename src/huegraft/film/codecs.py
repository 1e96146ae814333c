"""Codecs: the table of those that films are written with, and the one that a format, a name and a container give."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Literal

import av

from huegraft.errors import ArgumentError
from huegraft.film.planes import PlaneFormat
from huegraft.film.reading import Range, Reading

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
        Options for a constant quality and for groups of pictures that need no other group.
    suffixes
        The containers that hold the codec.
    chroma
        The subsampling for films that have none of their own: grey and R′G′B′.
    alternatives
        Options of which the first are taken that the encoder accepts for the size of the film.
    reproducible
        Options that replace others where the same bytes are asked for on each run.
    same_bytes
        Whether the bytes are the same on each run without the options above.
    quality : (option, best, worst), or None
        The option for the quality, and its range; None where the codec has one quality.
    ranges
        The ranges of code values that the codec can tell its decoders.
    whole_chroma
        Whether the height and width have to be multiples of the subsampling.
    pixel_aspect
        Whether the codec itself says what shape pixels have, for containers that do not.
    threading
        How the encoder shares its work among threads.
    """

    encoder: str
    pixel_formats: tuple[str, ...]
    options: Mapping[str, str]
    suffixes: tuple[str, ...]
    chroma: Subsampling
    alternatives: tuple[Mapping[str, str], ...] = ({},)
    reproducible: Mapping[str, str] = field(default_factory=dict[str, str])
    same_bytes: bool = True
    quality: tuple[str, float, float] | None = None
    ranges: tuple[Range, ...] = ("tv", "pc")
    whole_chroma: bool = False
    pixel_aspect: bool = True
    threading: Literal["FRAME", "SLICE"] = "SLICE"


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

CODECS: Mapping[str, Codec] = MappingProxyType(
    {
        "x264": Codec(
            encoder="libx264",
            pixel_formats=("yuv420p", "yuv422p", "yuv444p", "yuv420p10le", "yuv422p10le", "yuv444p10le"),
            options={"crf": "16", "preset": "medium", "x264-params": "open-gop=0"},
            suffixes=(".mp4", ".mov", ".mkv"),
            chroma=(2, 2),
            reproducible={"x264-params": "open-gop=0:threads=1:mbtree=0"},
            same_bytes=False,
            quality=("crf", 0, 51),
            whole_chroma=True,
            threading="FRAME",
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
        "ffv1": Codec(
            encoder="ffv1",
            pixel_formats=tuple(_FFV1_PIXEL_FORMATS.split()),
            options={"level": "3", "slicecrc": "1", "g": "1"},
            suffixes=(".mkv",),
            chroma=(1, 1),
            alternatives=tuple({"slices": f"{slices}"} for slices in (16, 24, 12, 4, *range(64, 0, -1))),
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
        A name in `CODECS`. None takes x264 for 8 bits, and ffv1 for more.
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
    name = name or ("x264" if source.bits == 8 else "ffv1")
    if name not in CODECS:
        raise ArgumentError(f"no codec is named {name!r}; choose one of {', '.join(CODECS)}")
    codec = CODECS[name]
    _check_container(name, suffix.lower())
    wanted = source
    if source.kind == "grey" or not any(offer.kind == source.kind for offer in _offers(codec)):
        wanted = PlaneFormat("ycbcr", source.bits, codec.chroma, source.alpha)
    offers = {offer: spelled for offer, spelled in _offers(codec).items() if _fits(codec, offer, size)}
    chosen = min(offers, key=lambda offer: _loss(wanted, offer))
    wished = _wished_range(source, chosen, reading)
    kept = wished if wished in codec.ranges else codec.ranges[0]
    notes = _notes(name, source, wanted, chosen)
    if kept != wished:
        notes += (f"{name} has no tag for full range: full range is stored as limited range",)
    return Encoding(name, chosen, offers[chosen], kept, notes)


def _check_container(name: str, suffix: str) -> None:
    if suffix in CODECS[name].suffixes:
        return
    others = [other for other, codec in CODECS.items() if suffix in codec.suffixes]
    advice = f" or another codec: {', '.join(others)}" if others else ""
    raise ArgumentError(
        f"{suffix or 'no ending'} cannot hold {name}; choose {', '.join(CODECS[name].suffixes)}{advice}"
    )


@cache
def _plane_format(pixel_format: str) -> PlaneFormat:
    """Return what a pixel format of FFmpeg holds."""
    described = av.VideoFormat(pixel_format, 16, 16)
    colours = [component for component in described.components if not component.is_alpha]
    kind = "rgb" if described.is_rgb else "ycbcr" if len(colours) == 3 else "grey"
    subsampling = (16 // described.chroma_height(16), 16 // described.chroma_width(16)) if kind == "ycbcr" else (1, 1)
    return PlaneFormat(kind, colours[0].bits, subsampling, len(colours) < len(described.components))


def _offers(codec: Codec) -> dict[PlaneFormat, str]:
    return {_plane_format(pixel_format): pixel_format for pixel_format in codec.pixel_formats}


def _fits(codec: Codec, offer: PlaneFormat, size: tuple[int, int] | None) -> bool:
    if size is None or not codec.whole_chroma:
        return True
    return not any(length % step for length, step in zip(size, offer.subsampling, strict=True))


def _wished_range(source: PlaneFormat, chosen: PlaneFormat, reading: Reading | None) -> Range:
    """Return the source's range; R′G′B′ is full where it stays, and is limited where it becomes Y′CbCr."""
    if source.kind == "rgb":
        return "pc" if chosen.kind == "rgb" else "tv"
    return reading.range if reading else "tv"


def _loss(wanted: PlaneFormat, offer: PlaneFormat) -> tuple[float, ...]:
    """Return what an offer loses, the worst first, and then what it holds in vain."""
    coarser = [given / asked for given, asked in zip(offer.subsampling, wanted.subsampling, strict=True)]
    return (
        offer.kind != wanted.kind,
        wanted.alpha and not offer.alpha,
        max(wanted.bits - offer.bits, 0),
        max(coarser[0], 1) * max(coarser[1], 1),
        offer.alpha and not wanted.alpha,
        offer.bits,
        1 / (min(coarser[0], 1) * min(coarser[1], 1)),
    )


def _notes(name: str, source: PlaneFormat, wanted: PlaneFormat, chosen: PlaneFormat) -> tuple[str, ...]:
    """Return what is reduced between the source and the output."""
    notes: list[str] = []
    if chosen.bits < source.bits:
        notes.append(f"{name} takes at most {chosen.bits} bits: {source.bits} bits are reduced to {chosen.bits}")
    if source.kind == "rgb" and chosen.kind == "ycbcr":
        notes.append(f"{name} takes no R′G′B′: it is stored as Y′CbCr {_spelled(chosen)}")
    elif any(given > asked for given, asked in zip(chosen.subsampling, wanted.subsampling, strict=True)):
        notes.append(f"{name} takes no chroma at {_spelled(wanted)}: it is reduced to {_spelled(chosen)}")
    if source.alpha and not chosen.alpha:
        notes.append(f"{name} holds no alpha here: the alpha of the source is left out")
    return tuple(notes)


def _spelled(layout: PlaneFormat) -> str:
    names = {(2, 2): "4:2:0", (1, 2): "4:2:2", (1, 1): "4:4:4", (2, 1): "4:4:0", (1, 4): "4:1:1", (4, 4): "4:1:0"}
    return names.get(layout.subsampling, "a chroma of its own")
