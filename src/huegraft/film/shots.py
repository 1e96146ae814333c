"""Shots: where a film goes from one to the next, and of what kind they are."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from huegraft.errors import ArgumentError
from huegraft.film.cuts import THRESHOLD, cuts_in
from huegraft.film.dissolves import dissolves_in
from huegraft.film.fades import fades_in
from huegraft.film.first_pass import FrameProgress
from huegraft.film.index import CELLS
from huegraft.film.kinds import is_lettering, kind_of, may_be_title, plain_cuts
from huegraft.film.planes import luma_samples
from huegraft.film.shot_list import Kind, Shot
from huegraft.film.source import Source
from huegraft.windows import Window


def find_shots(
    source: Source, *, threshold: float = THRESHOLD, progress: FrameProgress | None = None
) -> tuple[Shot, ...]:
    """Return the shots of a film, told from what its index keeps.

    Flicker, weave, dirt, splices, flashes of up to three frames and single odd frames are no cuts. A shot has at least
    four frames, but for the first and the last one, which have at least two. A fade through black is a cut in the
    middle of the black, a dissolve is one in its middle, and the shot before it says so under "into". Black that is
    held, plain frames at the head and the tail of the film, and titles are kinds of their own. A frame is decoded only
    of shots that may be titles.

    Parameters
    ----------
    source
        The film. Its index and its reading are looked at.
    threshold
        How unlike the frames before and after a cut must be, beyond what motion explains: above 0 and below 1.
    progress
        Is told how many frames are done, and how many there are.

    Raises
    ------
    ArgumentError
        If the threshold is out of its range.
    """
    if not 0 < threshold < 1:
        raise ArgumentError(f"threshold must be above 0 and below 1, got {threshold!r}")
    count = source.index.frames
    pictures = source.index.pictures[(slice(None), *cells_inside(source.reading.bars, source.size))]
    fades = list(fades_in(pictures))
    sharp = [
        cut for cut in cuts_in(pictures, threshold, progress)
        if all(not fade.start <= cut <= fade.stop for fade in fades)
    ]  # fmt: skip
    sharp += [*plain_cuts(pictures), *(cut for fade in fades for cut in fade.cuts)]
    lengths = {dissolve.middle: dissolve.length for dissolve in dissolves_in(pictures, sharp, fades)}
    bounds = [0, *sorted({*sharp, *lengths}), count]
    into = {fade.cuts[0]: {"fade": fade.stop - fade.start} for fade in fades}
    into |= {
        cut: {"dissolve": min(lengths[cut], 2 * (cut - before), 2 * (after - cut))}
        for before, cut, after in zip(bounds, bounds[1:], bounds[2:], strict=False)
        if cut in lengths
    }
    return tuple(
        Shot(f"s{number:04}", start, stop, kind, rest={"into": into[stop]} if stop in into else {})
        for number, ((start, stop), kind) in enumerate(
            zip(pairwise(bounds), _kinds(source, pictures, bounds), strict=True), start=1
        )
    )


def _kinds(source: Source, pictures: np.ndarray, bounds: Sequence[int]) -> list[Kind]:
    """Return the kinds of shots; a leader lies at the film's head or tail, with nothing but black beside it."""
    spans = list(pairwise(bounds))
    kinds: list[Kind] = [kind_of(pictures[start:stop], at_an_end=False) for start, stop in spans]
    for order in (range(len(spans)), reversed(range(len(spans)))):
        for number in order:
            kinds[number] = kind_of(pictures[slice(*spans[number])], at_an_end=True)
            if kinds[number] == "picture":
                break
    for number, (start, stop) in enumerate(spans):
        if kinds[number] == "picture" and _is_title(source, pictures[start:stop], (start + stop) // 2):
            kinds[number] = "title"
    return kinds


def _is_title(source: Source, pictures: np.ndarray, middle: int) -> bool:
    """Tell whether a shot is a title. A frame is decoded where the small pictures may be one."""
    if not may_be_title(pictures):
        return False
    luma = luma_samples(next(source.frames(middle, middle + 1)))
    return is_lettering(luma if source.reading.bars is None else luma[source.reading.bars.crop()])


def cells_inside(bars: Window | None, size: tuple[int, int]) -> tuple[slice, slice]:
    """Return the rows and columns of the index's small pictures that hold nothing of bars; at least one of each."""
    if bars is None:
        return slice(None), slice(None)
    places = list[slice]()
    for count, length, part in zip(CELLS, size, bars.crop(), strict=True):
        first = min(-(-part.start * count // length), count - 1)
        places.append(slice(first, max(part.stop * count // length, first + 1)))
    rows, columns = places
    return rows, columns
