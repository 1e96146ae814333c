"""Layouts: which of the layouts that an encoder takes is the nearest to a film's own."""

from collections.abc import Iterable
from functools import cache

import av

from huegraft.film.planes import PlaneFormat

_CHROMA = {(2, 2): "4:2:0", (1, 2): "4:2:2", (1, 1): "4:4:4", (2, 1): "4:4:0", (1, 4): "4:1:1", (4, 4): "4:1:0"}


@cache
def layout_of(pixel_format: str) -> PlaneFormat:
    """Return what a pixel format of FFmpeg holds."""
    described = av.VideoFormat(pixel_format, 16, 16)
    colours = [component for component in described.components if not component.is_alpha]
    kind = "rgb" if described.is_rgb else "ycbcr" if len(colours) == 3 else "grey"
    subsampling = (16 // described.chroma_height(16), 16 // described.chroma_width(16)) if kind == "ycbcr" else (1, 1)
    return PlaneFormat(kind, colours[0].bits, subsampling, len(colours) < len(described.components))


def nearest(wanted: PlaneFormat, pixel_formats: Iterable[str]) -> str:
    """Return the pixel format that loses the least of a layout, and of those the one that holds the least in vain."""
    return min(pixel_formats, key=lambda pixel_format: _loss(wanted, layout_of(pixel_format)))


def fits(pixel_format: str, size: tuple[int, int]) -> bool:
    """Return whether the height and width of a frame are multiples of a pixel format's subsampling."""
    return not any(length % step for length, step in zip(size, layout_of(pixel_format).subsampling, strict=True))


def chroma_name(subsampling: tuple[int, int]) -> str:
    """Return the usual name of a subsampling, such as 4:2:0."""
    return _CHROMA.get(subsampling, "the source's grid")


def reduced(codec: str, source: PlaneFormat, wanted: PlaneFormat, chosen: PlaneFormat) -> tuple[str, ...]:
    """Return a sentence for each thing that is reduced between the source, what was wanted of it, and the output."""
    notes: list[str] = []
    if chosen.bits < source.bits:
        notes.append(f"{codec} takes at most {chosen.bits} bits: {source.bits} bits are reduced to {chosen.bits}")
    if source.kind == "rgb" and chosen.kind == "ycbcr":
        notes.append(f"{codec} takes no R′G′B′: it is stored as Y′CbCr {chroma_name(chosen.subsampling)}")
    elif any(given > asked for given, asked in zip(chosen.subsampling, wanted.subsampling, strict=True)):
        before, after = chroma_name(wanted.subsampling), chroma_name(chosen.subsampling)
        notes.append(f"{codec} takes no chroma at {before}: it is reduced to {after}")
    if source.alpha and not chosen.alpha:
        notes.append(f"{codec} holds no alpha here: the alpha of the source is left out")
    return tuple(notes)


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
