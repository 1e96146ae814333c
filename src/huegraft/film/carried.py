"""Carried: the true colours of keyframes, carried along the motion to the frames around them (decision 027)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Self

import numpy as np

from huegraft.compiled.flow import composed, flow, lent
from huegraft.film.chroma_track import Colors
from huegraft.film.keyframes import STRAY, alike
from huegraft.film.tracked import Fresh, Motion
from huegraft.shapes import Float32
from huegraft.threads import check_cancelled

_REACH = 48  # frames before a keyframe that take its colours, at most
_RISE = 12  # frames over which those that are farthest from it do so ever more
_AT_ONCE = 0.01  # the distance at which a keyframe counts for itself, in frames
_LEAST = np.float32(0.3)  # pixels of a keyframe that are less sure do not count
_WEIGHT = np.float32(60)  # of what is beyond that, beside the confidence of fresh colours
_RIGHT = np.float32(0.88)  # how often colours that are not sure at all are right; sure ones are always right


@dataclass(frozen=True, eq=False)
class Moving:
    """A frame, and how what it shows has moved.

    Attributes
    ----------
    fresh : Fresh
        The frame with colours of its own.
    times
        How many frames in a row show just this.
    number
        The number of the first of them.
    motion : Motion
        Its pyramid, and the flow from the frame before to this one.
    back : (h, w, 2) float32
        The flow from this frame to the one before it.
    lent
        What keyframes show at its pixels: luma, a*, b* and how sure it is; and how much each keyframe counts for its
        distance.
    """

    fresh: Fresh
    times: int
    number: int
    motion: Motion
    back: Float32[np.ndarray, "h w 2"]
    lent: list[tuple[Float32[np.ndarray, "h w 4"], float]] = field(default_factory=list)

    @classmethod
    def of(cls, fresh: Fresh, times: int, number: int, before: Motion | None) -> Self:
        """Return the frame that comes after another one, or the first one."""
        motion = fresh.motion or Motion.after(before, fresh.luma)
        back = np.zeros_like(motion.there) if before is None else flow(motion.pyramid, before.pyramid)
        return cls(fresh, times, number, motion, back)

    def own(self) -> "Own":
        """Return the frame's own colours: those of keyframes where they are sure, the rest is fresh."""
        chroma, confidence = self.fresh.colors
        if not self.lent:
            return Own(np.dstack([self.fresh.luma, chroma, confidence]), confidence)
        shares = [picture[..., 3:] * np.float32(near) for picture, near in self.lent]
        total = np.maximum(sum(shares), np.float32(1e-12))
        known = sum(share * picture[..., 1:3] for share, (picture, _) in zip(shares, self.lent, strict=True)) / total
        sure = np.maximum.reduce([picture[..., 3] for picture, _ in self.lent])
        weight = _WEIGHT * np.maximum(0, sure - _LEAST) * (confidence > 0)
        share = weight / np.maximum(confidence + weight, np.float32(1e-12))
        picture = np.dstack([self.fresh.luma, chroma + share[..., None] * (known - chroma), confidence + weight])
        right = 1 - (1 - _RIGHT) * (1 - sure)
        return Own(picture, confidence + share * (right - confidence))


class Own(NamedTuple):
    """The colours that a frame has before the average along the motion.

    Attributes
    ----------
    picture : (h, w, 4) float32
        Luma, a*, b* and the weight in the average.
    confidence : (h, w) float32
        The estimated probability that a colour is right (decision 008): that of the fresh colour and that of the
        keyframe's colour, by the weights of both.
    """

    picture: Float32[np.ndarray, "h w 4"]
    confidence: Float32[np.ndarray, "h w"]


def moving_frames(frames: Iterator[Fresh], keyframes: Sequence[int]) -> Iterator[Moving]:
    """Yield the distinct frames of a shot, each with what the nearest keyframes before and after it show of it.

    Parameters
    ----------
    frames
        The frames of the shot with colours of their own.
    keyframes
        The numbers of the frames that are keyframes, rising, counted from 0.
    """
    waiting = list[Moving]()
    way: _Way | None = None
    before: Motion | None = None
    number = 0
    for fresh, times in _distinct(frames):
        check_cancelled()
        frame = Moving.of(fresh, times, number, before)
        number, before = number + times, frame.motion
        if fresh.keyframe is not None:
            way = _Way(frame, fresh.keyframe)
            frame.lent.append((way.picture, 1 / _AT_ONCE))
            backwards, after = _Way(frame, fresh.keyframe), frame
            for each in reversed(waiting):
                rise = (_REACH + 1 - backwards.steps) / _RISE
                backwards.lend(each, after.motion.there, after.back, min(1.0, rise))
                after = each
            yield from waiting
            waiting.clear()
        elif way is not None:
            way.lend(frame, frame.back, frame.motion.there)
        waiting.append(frame)
        following = min((each for each in keyframes if each >= number), default=None)
        while waiting and (following is None or following - waiting[0].number > _REACH):
            yield waiting.pop(0)
    yield from waiting


class _Way:
    """The way from a frame to a keyframe and back. It grows from frame to frame."""

    def __init__(self, frame: Moving, colors: Colors) -> None:
        self.picture = np.dstack([frame.fresh.luma, *colors])
        self.steps = 0
        self._pyramid = frame.motion.pyramid
        self._there = self._back = np.zeros_like(colors.chroma)

    def lend(
        self,
        frame: Moving,
        nearer: Float32[np.ndarray, "h w 2"],
        farther: Float32[np.ndarray, "h w 2"],
        most: float = 1.0,
    ) -> None:
        """Go on to a frame, and lend it the colours of the keyframe.

        Each flow is searched anew between the frame and the keyframe, so that nothing strays from frame to frame.

        Parameters
        ----------
        frame
            The next frame.
        nearer, farther
            The flow from it to the frame that the way has reached, and the flow from that one to it.
        most
            How sure it is at most.
        """
        self.steps += 1
        self._there = flow(frame.motion.pyramid, self._pyramid, composed(nearer, self._there))
        self._back = flow(self._pyramid, frame.motion.pyramid, composed(self._back, farther))
        seen = lent(self.picture, self._there, self._back, STRAY)
        found = alike(frame.fresh.luma, seen)
        seen[..., 1:3] *= found.vivid[..., None]
        seen[..., 3] = np.float32(most) * found.sure
        frame.lent.append((seen, 1 / self.steps))


def _distinct(frames: Iterator[Fresh]) -> Iterator[tuple[Fresh, int]]:
    """Yield the frames that differ from the one before, and how many in a row show just the same."""
    last: Fresh | None = None
    count = 0
    for fresh in frames:
        if last is not None and not fresh.again:
            yield last, count
            count = 0
        last, count = (fresh if count == 0 else last), count + 1
    if last is not None:
        yield last, count
