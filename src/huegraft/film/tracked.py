"""Tracked: the colours of a shot whose superpixels are followed from frame to frame (decision 026).

Some frames are solved, the knots. A superpixel of a frame between two knots takes its colour from itself at the knots.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple, Self

import numpy as np

from huegraft.compiled.color import lab_picture
from huegraft.compiled.flow import Pyramid, flow
from huegraft.film.chroma_track import Colors
from huegraft.film.solver import Solver
from huegraft.film.temporal_superpixels import moved
from huegraft.look import FusedLayer, Look, Warm
from huegraft.shapes import Float32, Float64, Int32
from huegraft.stages.fuse import fuse
from huegraft.stages.segment import segment
from huegraft.stages.slic import Centres
from huegraft.threads import check_cancelled
from huegraft.types import FloatPicture
from huegraft.windows import NO_BARS


class Fresh(NamedTuple):
    """A frame with colours of its own.

    Attributes
    ----------
    luma : (h, w) float32
        What the method sees of the frame.
    colors : Colors
        Its colours.
    keyframe : Colors, or None
        The colours of a reference that shows this very frame, and how sure that is.
    again
        Whether the method sees just the same as in the frame before. The colours are the same as well.
    motion : Motion, or None
        How the frame comes after the last one that showed something else. None where nothing asked for it.
    """

    luma: Float32[np.ndarray, "h w"]
    colors: Colors
    keyframe: Colors | None = None
    again: bool = False
    motion: "Motion | None" = None


class Motion(NamedTuple):
    """The pyramid of a frame, and the flow from the frame before to this frame."""

    pyramid: Pyramid
    there: Float32[np.ndarray, "h w 2"]

    @classmethod
    def after(cls, before: "Motion | None", luma: Float32[np.ndarray, "h w"]) -> Self:
        """Return that of the frame after another one, or that of the first frame."""
        pyramid = Pyramid.of(luma)
        still = np.zeros((*luma.shape, 2), np.float32)
        return cls(pyramid, still if before is None else flow(before.pyramid, pyramid))


def tracked_colors(solver: Solver) -> Iterator[Fresh]:
    """Yield the colours of each frame of a shot that is colourised.

    Parameters
    ----------
    solver
        Solves the knots of the shot.

    Yields
    ------
    Each frame at the working size. Bars that only this shot has are neutral and without confidence.
    """
    solver.settings = solver.settings.replace(native=True)  # then a look has the colours of superpixels
    knot: _Knot | None = None
    warm = None if solver.work.alone else _begun(solver)
    between = list[_Frame]()
    for seen in _distinct(solver):
        check_cancelled()
        if knot is not None and not seen.knot:
            frame = _followed(knot, seen, between[-1] if between else knot.frame)
            between.append(frame)
            continue
        if warm is not None and knot is not None:
            warm = replace(warm, centres=_centres_after(between[-1] if between else knot.frame, seen, knot.look))
        look = solver.solve(seen.picture, solver.work.start + seen.number, warm)
        coming, warm = _Knot.of(look, seen), None if solver.work.alone else look.warm
        for place, frame in enumerate(between, start=1):
            assert knot is not None  # noqa: S101 - frames lie between knots
            values = _values_between(knot, coming, frame, place / (len(between) + 1))
            yield from _shown(frame.fresh(_colors(solver, look, frame, values)), frame.times)
        colors = _colors(solver, look, coming.frame, coming.values)
        keyframe = solver.keyframe_colors(solver.work.start + seen.number, coming.frame.luma, seen.size)
        yield from _shown(coming.frame.fresh(colors, keyframe), seen.times)
        knot, between = coming, []


def _begun(solver: Solver) -> Warm | None:
    """Return what the first frame of the shot hands on with which this shot begins, if that is another one."""
    other = solver.begun()
    return None if other is None else other.solve(other.seen(next(other.frames())), other.work.start, None).warm


class _Seen(NamedTuple):
    """What the method sees of some frames in a row, their size, how many they are, and which of them is solved.

    That is the first keyframe among them, or else the first of them. They are a knot if one of them is. The motion is
    None where frames are solved alone.
    """

    picture: FloatPicture
    motion: Motion | None
    size: tuple[int, int]
    times: int
    number: int
    knot: bool


def _distinct(solver: Solver) -> Iterator[_Seen]:
    """Yield what the method sees of the frames of a shot. Frames that show just the same are one."""
    seen: _Seen | None = None
    for number, planes in enumerate(solver.frames()):
        picture = solver.seen(planes)
        knot, keyframe = solver.work.is_knot(number), solver.work.is_keyframe(number)
        if seen is None or not np.array_equal(seen.picture, picture):
            if seen is not None:
                yield seen
            before = seen.motion if seen is not None else None
            motion = None if solver.work.alone else Motion.after(before, _luma(picture))
            seen = _Seen(picture, motion, planes.size, 1, number, knot)
        else:
            solved = number if keyframe and not solver.work.is_keyframe(seen.number) else seen.number
            seen = seen._replace(times=seen.times + 1, number=solved, knot=seen.knot or knot)
    if seen is not None:
        yield seen


def _shown(fresh: Fresh, times: int) -> Iterator[Fresh]:
    """Yield a frame as many times in a row as it is shown."""
    yield fresh
    for _ in range(1, times):
        yield fresh._replace(keyframe=None, again=True)


@dataclass(frozen=True, eq=False)
class _Frame:
    """A frame and its superpixels, without the bars that only this shot has. Luma and motion are with the bars."""

    luma: Float32[np.ndarray, "_ _"]
    motion: Motion | None
    picture: FloatPicture
    labels: Int32[np.ndarray, "h w"]
    centres: Centres
    compactness: float
    times: int

    def fresh(self, colors: Colors, keyframe: Colors | None = None) -> Fresh:
        """Return the frame with its colours."""
        return Fresh(self.luma, colors, keyframe, motion=self.motion)

    @property
    def places(self) -> Float64[np.ndarray, "n 5"]:
        """The places of the superpixels among which SLIC measures distances, in steps of its grid."""
        height, width = self.labels.shape
        step = np.sqrt(height * width / len(self.centres.ids))
        return np.column_stack(
            [self.centres.places * np.array([height, width]) / step, self.centres.colors / self.compactness]
        )


@dataclass(frozen=True, eq=False)
class _Knot:
    """A solved frame. A row of values is the sRGB colour of a superpixel and its confidence."""

    look: Look
    frame: _Frame
    values: Float64[np.ndarray, "n 4"]

    @classmethod
    def of(cls, look: Look, seen: _Seen) -> "_Knot":
        colors = _layer(look).colors
        assert colors is not None  # noqa: S101 - the fusion is native
        confidence = np.empty((len(colors), 1))
        confidence[look.labels, 0] = look.confidence
        content = np.ascontiguousarray(seen.picture[look.window.crop()])
        compactness = look.settings.segment.compactness
        return cls(
            look,
            _Frame(_luma(seen.picture), seen.motion, content, look.labels, look.warm.centres, compactness, seen.times),
            np.concatenate([colors, confidence], axis=1),
        )


def _followed(knot: _Knot, seen: _Seen, before: _Frame) -> _Frame:
    """Return a frame whose superpixels go on from those of the frame before."""
    content = np.ascontiguousarray(seen.picture[knot.look.window.crop()])
    settings = knot.look.settings.segment
    found = segment(content, settings, _centres_after(before, seen, knot.look))
    luma = _luma(seen.picture)
    return _Frame(luma, seen.motion, content, found.labels, found.centres, settings.compactness, seen.times)


def _centres_after(before: _Frame, seen: _Seen, look: Look) -> Centres:
    """Return the centres that the superpixels of a frame go on from, those of the frame before along the motion."""
    assert seen.motion is not None  # noqa: S101 - superpixels go on where frames are not solved alone
    inside = look.window.crop()
    return moved(before.centres, before.labels, np.ascontiguousarray(seen.motion.there[inside]), seen.picture[inside])


def _values_between(one: _Knot, other: _Knot, frame: _Frame, place: float) -> Float64[np.ndarray, "n 4"]:
    """Return the values of a frame's superpixels at a place from 0, the one knot, to 1, the other knot."""
    total, weights = np.zeros((len(frame.centres.ids), 4)), np.zeros(len(frame.centres.ids))
    for knot, weight in ((one, 1 - place), (other, place)):
        ids = knot.frame.centres.ids
        rows = np.searchsorted(ids, frame.centres.ids).clip(0, len(ids) - 1)
        share = np.where(ids[rows] == frame.centres.ids, weight, 0.0)
        total += share[:, None] * knot.values[rows]
        weights += share
    known = weights > 0
    values = total / np.where(known, weights, 1)[:, None]
    if not known.all():
        others, sources = (frame.places[known], values[known]) if known.any() else (one.frame.places, one.values)
        apart = np.square(frame.places[~known][:, None] - others).sum(axis=2)
        values[~known] = sources[apart.argmin(axis=1)]
    return values


def _colors(solver: Solver, look: Look, frame: _Frame, values: Float64[np.ndarray, "n 4"]) -> Colors:
    """Return the colours of a frame, with what the settings of finishing make of them."""
    colors, confidence = np.ascontiguousarray(values[:, :3]), values[:, 3].astype(np.float32)[frame.labels]
    finish = look.settings.finish
    if finish.fallback == "none":  # the painter sees to the gamut of the film
        picture, strength = fuse(frame.picture, frame.labels, colors, look.settings.fuse), finish.strength
    else:
        layer = replace(_layer(look), colors=colors)
        own = replace(
            look, labels=frame.labels, confidence=confidence, layers=(layer,), size=frame.labels.shape, bars=NO_BARS
        )
        picture, strength = solver.session.render(own, frame.picture).image, 1.0
    chroma = lab_picture(picture)[..., 1:] * np.float32(strength)
    if not any(look.bars):
        return Colors(chroma, confidence)
    whole = Colors(np.zeros((*look.size, 2), np.float32), np.zeros(look.size, np.float32))
    whole.chroma[look.window.crop()], whole.confidence[look.window.crop()] = chroma, confidence
    return whole


def _luma(picture: FloatPicture) -> Float32[np.ndarray, "h w"]:
    return np.ascontiguousarray(picture[..., 0])


def _layer(look: Look) -> FusedLayer:
    layer = look.layers[0]
    assert isinstance(layer, FusedLayer)  # noqa: S101 - a colourisation has fused layers
    return layer
