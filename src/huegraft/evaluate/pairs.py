"""What is measured: a pair is one frame to recolour, a case has the frames of one picture or clip, a set has cases."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from huegraft.color import grey_from_srgb
from huegraft.errors import EvaluationError
from huegraft.settings import Mode
from huegraft.shapes import Bool
from huegraft.stages.prepare import shrink, working_size
from huegraft.types import AnyPicture, FloatPicture

Half = Literal["tune", "report"]
SMALLEST_SIDE = 11


@dataclass(frozen=True, eq=False)
class Pair:
    """One frame: what a method is given, and the right answer if it is known.

    Attributes
    ----------
    mode : "transfer" or "colorize"
        What is asked for.
    target : (H, W, 3) float32
        sRGB in [0, 1]. In a colourisation it is grey.
    reference : (h, w, 3) float32
        The picture that the colours come from.
    truth : (H, W, 3) float32, optional
        The right answer.
    mask : (H, W) bool, optional
        Where the result is compared with the truth.
    reference_mask : (h, w) bool, optional
        Where the reference may lend its colours. A method that cannot use the mask does without it.
    """

    mode: Mode
    target: AnyPicture
    reference: AnyPicture
    truth: AnyPicture | None = None
    mask: Bool[np.ndarray, "_ _"] | None = None
    reference_mask: Bool[np.ndarray, "_ _"] | None = None

    def __post_init__(self) -> None:
        for role, picture in (("target", self.target), ("reference", self.reference)):
            if min(picture.shape[:2]) < SMALLEST_SIDE:
                raise EvaluationError(
                    f"the {role} has {picture.shape[1]} × {picture.shape[0]} pixels; SSIM needs {SMALLEST_SIDE} a side"
                )

    def digest(self) -> str:
        """Return what tells this pair from any other."""
        digest = hashlib.sha256(self.mode.encode())
        for array in (self.target, self.reference, self.truth, self.mask, self.reference_mask):
            digest.update(b"none" if array is None else f"{array.shape} {array.dtype}".encode() + array.tobytes())
        return digest.hexdigest()


@dataclass(frozen=True, eq=False)
class Case:
    """One picture or clip of a set. `load` gives its frames in their order; a picture has one frame."""

    name: str
    half: Half
    load: Callable[[], Sequence[Pair]]


def check_pixels(pixels: int) -> None:
    """Raise if pictures of this number of pixels would be too small to measure.

    Raises
    ------
    EvaluationError
        If there are fewer than `SMALLEST_SIDE` squared.
    """
    if pixels < SMALLEST_SIDE**2:
        raise EvaluationError(f"pixels must be at least {SMALLEST_SIDE**2}, got {pixels}")


def halves(names: Iterable[str]) -> dict[str, Half]:
    """Divide names into a half to tune on and a half to report, by the order of their hashes.

    A name falls into the same half in every set of the same names. One name more or less can move another name. If the
    number of names is odd, the half to report is larger by one.
    """
    ordered = sorted(set(names), key=lambda name: hashlib.sha256(name.encode()).hexdigest())
    return {name: "tune" if place < len(ordered) // 2 else "report" for place, name in enumerate(ordered)}


def eight_bits(picture: AnyPicture) -> AnyPicture:
    """Return the picture as an 8-bit file would hold it."""
    return np.rint(255 * np.clip(picture, 0, 1)).astype(np.float32) / np.float32(255)


def shrunk(picture: FloatPicture, pixels: int) -> AnyPicture:
    """Shrink a picture to at most this number of pixels, and round it as an 8-bit file would."""
    height, width, _ = picture.shape
    return eight_bits(shrink(picture, working_size(height, width, pixels)))


def grey(picture: AnyPicture) -> AnyPicture:
    """Return the picture's grey Y in three channels, as an 8-bit file would hold it."""
    return eight_bits(grey_from_srgb(picture))
