"""Sites: where the samples of chroma lie among the pixels, and which pixels each of them has to do with."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from huegraft.shapes import Float32, Float64, Int64


@dataclass(frozen=True, eq=False)
class Sites:
    """For rows and for columns, in this order.

    Attributes
    ----------
    steps : (2,) int64
        How many pixels there are for each sample of chroma.
    firsts : (2,) float64
        Where the first sample lies, in pixels from the centre of the first pixel.
    starts, counts : (2,) int64
        From a sample's first pixel on, where the pixels begin whose mean the sample is, and how many they are.
    taps : (sum of counts,) float32
        The weights of that mean, first those down, then those across: [1 2 1]/4 for samples that lie on a pixel (a
        triangle for steps of four), equal ones for samples that lie between pixels.
    lows, highs : (2,) int64
        The first and the last pixel whose colour depends on a sample, where chroma is enlarged linearly.
    """

    steps: Int64[np.ndarray, "2"]
    firsts: Float64[np.ndarray, "2"]
    starts: Int64[np.ndarray, "2"]
    counts: Int64[np.ndarray, "2"]
    taps: Float32[np.ndarray, " n"]
    lows: Int64[np.ndarray, "2"]
    highs: Int64[np.ndarray, "2"]

    @classmethod
    def of(cls, subsampling: tuple[int, int], siting: str) -> "Sites":
        """Return those of a subsampling, (down, across), and a siting: "left", "center" or "topleft"."""
        return _sites(subsampling, siting)

    def chroma_size(self, size: tuple[int, int]) -> tuple[int, int]:
        """Return the size of the planes of chroma of a frame."""
        return -(-size[0] // int(self.steps[0])), -(-size[1] // int(self.steps[1]))


@lru_cache(16)
def _sites(subsampling: tuple[int, int], siting: str) -> Sites:
    on_pixels = siting == "topleft", siting in ("left", "topleft")
    axes = [_axis(step, on_pixel) for step, on_pixel in zip(subsampling, on_pixels, strict=True)]
    firsts, taps, lows, highs = zip(*axes, strict=True)
    counts = np.array([len(each) for each in taps], np.int64)
    starts = np.array([low if on else 0 for low, on in zip(lows, on_pixels, strict=True)], np.int64)
    return Sites(
        np.array(subsampling, np.int64), np.array(firsts, np.float64), starts, counts, np.concatenate(taps),
        np.array(lows, np.int64), np.array(highs, np.int64),
    )  # fmt: skip


def _axis(step: int, on_pixel: bool) -> tuple[float, Float32[np.ndarray, " n"], int, int]:
    if on_pixel:
        triangle = step - np.abs(np.arange(1 - step, step))
        return 0.0, (triangle / step**2).astype(np.float32), 1 - step, step - 1
    return (step - 1) / 2, np.full(step, 1 / step, np.float32), -(step // 2), step + step // 2 - 1
