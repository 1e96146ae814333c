"""Footage: the frames of a clip, their truth and their motion."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from huegraft.compiled.film import cells
from huegraft.evaluate.films.motion import Flow, Motion, back_flows, motions_of
from huegraft.film.coding import coefficients
from huegraft.film.cuts import cuts_in
from huegraft.film.index import CELLS
from huegraft.shapes import Float32, UInt8
from huegraft.types import AnyPicture

PASSES = 10
"""How often a clip is played forth or back."""


@dataclass(frozen=True, eq=False)
class Footage:
    """The frames of a clip.

    Attributes
    ----------
    truth : sequence of (h, w, 3) float32
        The frames in colour, sRGB in [0, 1] of 8 bits.
    keyframes
        The frames that references show, by how many there are for each scene.
    grain
        The standard deviation of the grain that the film has and the truth does not.
    known : sequence of (2, h, w) float32, or None
        The flow of each frame but the first, back to the one before it, where it is known.
    still
        Whether all frames show the same.
    passes
        The first and the last frame of each pass of a clip that is played forth and back.
    several
        Whether the frames are several shots, whose cuts are looked for as a film's are.
    """

    truth: Sequence[AnyPicture]
    keyframes: dict[int, tuple[int, ...]]
    grain: float = 0.0
    known: Sequence[Flow] | None = None
    still: bool = False
    passes: tuple[tuple[int, int], ...] = ()
    several: bool = False

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the frames in pixels."""
        height, width = self.truth[0].shape[:2]
        return height, width

    def grain_of(self, number: int) -> Float32[np.ndarray, "h w"]:
        """Return the grain of a frame. It is the same whenever it is asked for."""
        if not self.grain:
            return np.zeros(self.size, np.float32)
        return np.float32(self.grain) * np.random.default_rng([27, number]).standard_normal(self.size, np.float32)

    def luma(self, number: int) -> Float32[np.ndarray, "h w"]:
        """Return Y′ of a frame of the truth by the weights of BT.709."""
        return self.truth[number] @ coefficients("bt709").weights

    def grey(self, number: int) -> UInt8[np.ndarray, "h w"]:
        """Return the codes of the frame of a film in grey."""
        return codes(self.luma(number) + self.grain_of(number))

    @cached_property
    def shots(self) -> list[tuple[int, int]]:
        """The first frame of each shot, and the frame after its last one."""
        count = len(self.truth)
        if not self.several:
            return [(0, count)]
        small = np.stack([cells(self.grey(number), 8, CELLS) for number in range(count)])
        return list(pairwise([0, *cuts_in(small), count]))

    @cached_property
    def motions(self) -> list[Motion]:
        """The motion of each frame but the first, back to the one before it, of the true luma if it is not known."""
        if self.known is not None:
            return motions_of(self.known)
        return back_flows([self.luma(number) for number in range(len(self.truth))])

    @cached_property
    def digest(self) -> str:
        """What tells these frames from any others."""
        digest = hashlib.sha256(f"{self.grain} {self.keyframes}".encode())
        for frame in self.truth:
            digest.update(frame.tobytes())
        return digest.hexdigest()


def keyframes_of(frames: int) -> dict[int, tuple[int, ...]]:
    """Return the first frame as the one keyframe, and the first, the middle and the last one as three."""
    return {1: (0,), 3: (0, frames // 2, frames - 1)}


def joined(scenes: Sequence[Footage], grain: float, *, several: bool) -> Footage:
    """Return scenes one after the other, at the size of the first one. Each scene has keyframes of its own."""
    truth, keyframes = list[AnyPicture](), dict[int, tuple[int, ...]]()
    for scene in scenes:
        for count, numbers in scene.keyframes.items():
            keyframes[count] = keyframes.get(count, ()) + tuple(len(truth) + number for number in numbers)
        truth += [_fitted(frame, scenes[0].size) for frame in scene.truth]
    return Footage(truth, keyframes, grain, several=several)


def forth_and_back(once: Footage) -> Footage:
    """Return footage that is played forth and back, with its first frame as the only keyframe."""
    last = len(once.truth) - 1
    way = [*range(last), *range(last, 0, -1)] * (PASSES // 2) + [0]
    passes = tuple((number * last, (number + 1) * last) for number in range(PASSES))
    return Footage([once.truth[number] for number in way], {1: (0,)}, once.grain, passes=passes)


def codes(values: Float32[np.ndarray, "h w"]) -> UInt8[np.ndarray, "h w"]:
    """Return values from 0 to 1 as codes of 8 bits."""
    return np.rint(255 * values.clip(0, 1)).astype(np.uint8)


def _fitted(frame: AnyPicture, size: tuple[int, int]) -> AnyPicture:
    """Return the middle of a frame at a size, of the nearest pixels."""
    scale = min(whole / length for whole, length in zip(frame.shape, size, strict=False))
    rows, columns = (
        ((np.arange(length) + 0.5 - length / 2) * scale + whole / 2).astype(int).clip(0, whole - 1)
        for whole, length in zip(frame.shape, size, strict=False)
    )
    return np.ascontiguousarray(frame[np.ix_(rows, columns)])
