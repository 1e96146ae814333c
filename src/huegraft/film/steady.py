"""Steady: the colours of a shot averaged along the motion of what it shows (decision 027)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from huegraft.compiled.flow import Limits, Pyramid, carry, flow
from huegraft.film.chroma_track import Colors
from huegraft.film.tracked import Fresh
from huegraft.shapes import Float32
from huegraft.threads import check_cancelled

_AHEAD = 16  # frames that come after a frame and count for it, at least
_OF_KEYFRAME = np.float32(20)  # the weight of a frame whose own colours are known
_LIMITS = Limits(decay=0.92, stray=1.0, apart=0.08)


def steady_colors(frames: Iterator[Fresh]) -> Iterator[Colors]:
    """Yield the colours of each frame of a shot, averaged with those of the frames before and after it.

    Frames count by their confidence, and the less the farther away they are. Where the motion is not sure they do not
    count. Confidence stays as it is.

    Parameters
    ----------
    frames
        The frames of the shot with colours of their own.
    """
    waiting = list[_Frame]()
    before: Pyramid | None = None
    for fresh in frames:
        check_cancelled()
        pyramid = Pyramid.of(fresh.luma)
        waiting.append(_Frame.of(fresh) if before is None else _Frame.after(waiting[-1], fresh, before, pyramid))
        before = pyramid
        if len(waiting) == 2 * _AHEAD:
            yield from _averaged(waiting, _AHEAD)
            del waiting[:_AHEAD]
    if waiting:
        yield from _averaged(waiting, len(waiting))


@dataclass(frozen=True, eq=False)
class _Frame:
    """A frame. Pictures of four channels hold luma, a*, b* and their weight.

    Attributes
    ----------
    own : (h, w, 4) float32
        The frame's own colours.
    past : (h, w, 4) float32
        Those of the frame and of all frames before it.
    confidence : (h, w) float32
        That of the frame's own colours.
    back, there : (h, w, 2) float32
        The flow from this frame to the one before it, and the flow from that one to this one.
    """

    own: Float32[np.ndarray, "h w 4"]
    past: Float32[np.ndarray, "h w 4"]
    confidence: Float32[np.ndarray, "h w"]
    back: Float32[np.ndarray, "h w 2"]
    there: Float32[np.ndarray, "h w 2"]

    @classmethod
    def of(cls, fresh: Fresh) -> Self:
        """Return the first frame of a shot."""
        own, still = _picture(fresh), np.zeros_like(fresh.colors.chroma)
        return cls(own, own, fresh.colors.confidence, still, still)

    @classmethod
    def after(cls, frame: Self, fresh: Fresh, before: Pyramid, pyramid: Pyramid) -> Self:
        """Return the frame that comes after another one; the pyramids are those of their luma."""
        own, back, there = _picture(fresh), flow(pyramid, before), flow(before, pyramid)
        return cls(own, carry(frame.past, back, there, _LIMITS, own), fresh.colors.confidence, back, there)


def _picture(fresh: Fresh) -> Float32[np.ndarray, "h w 4"]:
    chroma, confidence = fresh.colors
    return np.dstack([fresh.luma, chroma, confidence * _OF_KEYFRAME if fresh.keyframe else confidence])


def _averaged(frames: Sequence[_Frame], count: int) -> Iterator[Colors]:
    """Yield the colours of the first frames of some, from all frames before them and from those that come after."""
    colors, future = [frames[-1].past], frames[-1].own
    for number in reversed(range(len(frames) - 1)):
        check_cancelled()
        frame, after = frames[number], frames[number + 1]
        if number < count:
            colors.append(carry(future, after.there, after.back, _LIMITS, frame.past))
        future = carry(future, after.there, after.back, _LIMITS, frame.own)
    for frame, both in zip(frames[:count], reversed(colors), strict=False):
        yield Colors(both[..., 1:3], frame.confidence)
