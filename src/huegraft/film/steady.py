"""Steady: the colours of a shot averaged along the motion of what it shows (decision 027)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from huegraft.compiled.flow import Limits, carry
from huegraft.film.carried import Moving, moving_frames
from huegraft.film.chroma_track import Colors
from huegraft.film.tracked import Fresh
from huegraft.shapes import Float32
from huegraft.threads import check_cancelled

_AHEAD = 16  # frames that come after a frame and count for it, at least
_LIMITS = Limits(decay=0.92, stray=1.0, apart=0.08)


def steady_colors(frames: Iterator[Fresh], keyframes: Sequence[int] = ()) -> Iterator[Colors]:
    """Yield the colours of each frame of a shot, averaged with those of the frames before and after it.

    Pixels that a keyframe surely shows have its colours, and count most. The others have fresh colours and count by
    their confidence. All count the less the farther away they are. Where the motion is not sure they do not count.
    Confidence is that of the frame's own colours, carried or fresh.

    Parameters
    ----------
    frames
        The frames of the shot with colours of their own.
    keyframes
        The numbers of the frames that are keyframes, rising, counted from 0.
    """
    waiting = list[_Frame]()
    for moving in moving_frames(frames, keyframes):
        check_cancelled()
        waiting.append(_Frame.after(waiting[-1] if waiting else None, moving))
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
    times
        How many frames in a row show just this.
    """

    own: Float32[np.ndarray, "h w 4"]
    past: Float32[np.ndarray, "h w 4"]
    confidence: Float32[np.ndarray, "h w"]
    back: Float32[np.ndarray, "h w 2"]
    there: Float32[np.ndarray, "h w 2"]
    times: int

    @classmethod
    def after(cls, before: "_Frame | None", moving: Moving) -> Self:
        """Return the frame that comes after another one, or the first one."""
        own, confidence = moving.own()
        past = own if before is None else carry(before.past, moving.back, moving.motion.there, _LIMITS, own)[0]
        return cls(own, past, confidence, moving.back, moving.motion.there, moving.times)


def _averaged(frames: Sequence[_Frame], count: int) -> Iterator[Colors]:
    """Yield the colours of the first frames of some, from all frames before them and from those that come after."""
    colors, future = [frames[-1].past], frames[-1].own
    for number in reversed(range(len(frames) - 1)):
        check_cancelled()
        frame, after = frames[number], frames[number + 1]
        owns = (frame.own, frame.past)[: 1 + (number < count)]
        future, *color = carry(future, after.there, after.back, _LIMITS, *owns)
        colors += color
    for frame, both in zip(frames[:count], reversed(colors), strict=False):
        for _ in range(frame.times):
            yield Colors(both[..., 1:3], frame.confidence)
