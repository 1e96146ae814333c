"""Shots: where a film cuts from one to the next."""

from collections import deque
from collections.abc import Iterator
from fractions import Fraction

import av
import av.filter
import numpy as np

from huegraft.errors import ArgumentError
from huegraft.film.first_pass import FrameProgress
from huegraft.film.index import CELLS
from huegraft.film.planes import PlaneFormat, Planes
from huegraft.film.planes_of_frames import frame_of
from huegraft.film.source import Source
from huegraft.windows import Window

_ENLARGED = 2  # the filter measures pictures wrongly that are narrower than 64 samples
_MEAN, _DEVIATION = 128, 48  # of their codes
_LEAST_DEVIATION = 6  # of 255 codes: what is flatter, as black is, shows little but noise
_FLASH = 3  # frames at most that interrupt a shot


def find_shots(
    source: Source, *, threshold: float = 8.0, progress: FrameProgress | None = None
) -> list[tuple[int, int]]:
    """Return the shots of a film, found by FFmpeg's filter ``scdet``.

    The filter sees small grey pictures of one mean and one contrast, so that flicker and fades are no cuts. Flashes of
    up to three frames and single odd frames are part of the shot around or beside them.

    Parameters
    ----------
    source
        The film. Its index and its reading are looked at, and no frame is decoded.
    threshold
        How much of the range from black to white the frames must change on average to be a cut, in per cent: above 0,
        below 100.
    progress
        Is told after each frame how many frames are done, and how many there are.

    Returns
    -------
    The first frame of each shot and the frame after its last one. Each shot begins where the one before it ends; the
    first begins at 0.

    Raises
    ------
    ArgumentError
        If the threshold is out of its range.
    """
    if not 0 < threshold < 100:
        raise ArgumentError(f"threshold must be above 0 and below 100, got {threshold!r}")
    count = source.index.frames
    cuts = [cut for cut in _cuts(source, threshold, progress) if 1 < cut < count - 1]
    kept = [cut for cut, last in zip(cuts, [0, *cuts], strict=False) if cut - last > 1]
    return list(zip([0, *kept], [*kept, count], strict=True))


def _cuts(source: Source, threshold: float, progress: FrameProgress | None) -> Iterator[int]:
    """Yield the frames that begin a shot."""
    recent: deque[np.ndarray] = deque(maxlen=_FLASH + 2)  # the frame before a possible cut, its first one, and others
    waiting, seen = list[int](), 0  # possible cuts whose next frames are still to be seen
    for seen, (small, is_cut) in enumerate(_scored(source, threshold), 1):
        recent.append(small)
        if is_cut and not waiting:
            waiting.append(seen - 1)
        if waiting and seen - waiting[0] > _FLASH:
            yield from _settled(waiting.pop(), list(recent), threshold)
        if progress is not None:
            progress(seen, source.index.frames)
    if waiting:
        yield from _settled(waiting[0], list(recent)[-(seen - waiting[0] + 1) :], threshold)


def _settled(cut: int, around: list[np.ndarray], threshold: float) -> list[int]:
    """Return where a shot begins at a possible cut, if it is one.

    Parameters
    ----------
    cut
        The first frame that differs.
    around
        The frame before it, it, and some frames after it.
    """
    before, first, *others = around
    if any(_change(before, other) < threshold for other in others):
        return []  # the shot goes on after a flash
    if others and _change(first, others[0]) >= threshold and _change(before, first) < _change(first, others[0]):
        return [cut + 1]  # a frame between two shots that is more like the first of them
    return [cut]


def _change(one: np.ndarray, other: np.ndarray) -> float:
    """Return by how much two pictures differ on average, in per cent, as ``scdet`` measures it."""
    return float(np.abs(one.astype(np.int16) - other).mean()) * 100 / 256


def _scored(source: Source, threshold: float) -> Iterator[tuple[np.ndarray, bool]]:
    """Yield a small picture of each frame, and whether the filter takes it for the first one of a shot."""
    graph: av.filter.Graph | None = None
    pictures = source.index.pictures[(slice(None), *cells_inside(source.reading.bars, source.size))]
    for number, picture in enumerate(pictures):
        small = _evened(picture)
        enlarged = small.repeat(_ENLARGED, axis=0).repeat(_ENLARGED, axis=1)
        frame = frame_of(Planes(PlaneFormat("grey", 8), (enlarged,)), "gray")
        frame.pts, frame.time_base = number, Fraction(1)
        if graph is None:
            graph = _graph(frame, threshold)
        graph.vpush(frame)
        yield small, "lavfi.scd.time" in graph.vpull().metadata


def _graph(frame: av.VideoFrame, threshold: float) -> av.filter.Graph:
    graph = av.filter.Graph()
    source = graph.add_buffer(width=frame.width, height=frame.height, format=frame.format, time_base=Fraction(1))
    graph.link_nodes(source, graph.add("scdet", f"threshold={threshold}"), graph.add("buffersink")).configure()
    return graph


def cells_inside(bars: Window | None, size: tuple[int, int]) -> tuple[slice, slice]:
    """Return the rows and columns of the index's small pictures that hold nothing of bars; at least one of each."""
    if bars is None:
        return slice(None), slice(None)
    places = list[slice]()
    for count, length, part in zip(CELLS, size, bars.crop(), strict=True):
        first, stop = -(-part.start * count // length), part.stop * count // length
        places.append(slice(first, stop) if first < stop else slice(first - 1, first))
    rows, columns = places
    return rows, columns


def _evened(picture: np.ndarray) -> np.ndarray:
    """Return a small picture of one mean and one contrast, 8 bits."""
    cells = picture.astype(np.float32)
    contrast = _DEVIATION / max(float(cells.std()), _LEAST_DEVIATION)
    return np.rint(_MEAN + contrast * (cells - cells.mean())).clip(0, 255).astype(np.uint8)
