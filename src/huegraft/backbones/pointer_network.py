"""The network that comes with huegraft, by its convolutions (decision 017). ``training/network.py`` trains the same.

It has three maps, at a quarter, an eighth and a sixteenth of the picture's size. On the way down each map sees more of
its surroundings. On the way up the coarser maps join the finer ones.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from huegraft.compiled.network import Kernel, add_twice, convolve, halve, repeated
from huegraft.shapes import Float32


class ConvolutionShape(NamedTuple):
    """One convolution of the network.

    Attributes
    ----------
    inputs, outputs
        The numbers of channels. The inputs of the stem are those of the picture.
    kernel, stride, dilation
        The same for both sides. Strided kernels have an even side, so cells lie in the middle of what they cover.
    rectified
        Whether a ReLU follows.
    """

    inputs: int
    outputs: int
    kernel: int = 3
    stride: int = 1
    dilation: int = 1
    rectified: bool = True

    @property
    def border(self) -> int:
        """How far the edges are repeated, so that the size is kept, or divided by the stride."""
        return ((self.kernel - 1) * self.dilation) // 2


INPUTS = {"colorize": 1, "transfer": 3}
"""The number of channels that each mode's network sees: those of grey, or of sRGB."""

STRIDES = {"fine": 4, "middle": 8, "coarse": 16}
"""The pixels along each side of a cell of each map."""

CONVOLUTIONS: Mapping[str, ConvolutionShape] = {
    "stem": ConvolutionShape(0, 24, kernel=4, stride=2),
    "half_near": ConvolutionShape(24, 24),
    "quarter_first": ConvolutionShape(24, 48),
    "quarter": ConvolutionShape(48, 48),
    "eighth_first": ConvolutionShape(48, 64),
    "eighth_near": ConvolutionShape(64, 64),
    "eighth_far": ConvolutionShape(64, 64, dilation=2),
    "sixteenth_first": ConvolutionShape(64, 96),
    "sixteenth_near": ConvolutionShape(96, 96, dilation=2),
    "sixteenth_far": ConvolutionShape(96, 96, dilation=4),
    "coarse": ConvolutionShape(96, 32, kernel=1, rectified=False),
    "to_eighth": ConvolutionShape(96, 64, kernel=1),
    "eighth_joined": ConvolutionShape(64, 64),
    "middle": ConvolutionShape(64, 32, kernel=1, rectified=False),
    "to_quarter": ConvolutionShape(64, 48, kernel=1),
    "quarter_joined": ConvolutionShape(48, 48),
    "fine": ConvolutionShape(48, 32, kernel=1, rectified=False),
}

Maps = Float32[np.ndarray, "_ _ _"]


def feature_maps(picture: Maps, kernels: Mapping[str, Kernel]) -> tuple[Maps, Maps, Maps]:
    """Return the fine, the middle and the coarse map of a picture whose sides are multiples of 16.

    Parameters
    ----------
    picture
        Grey or sRGB, minus a half.
    kernels
        The kernel of each of `CONVOLUTIONS`.
    """

    def layer(name: str, maps: Maps, skip: Maps | None = None) -> Maps:
        shape = CONVOLUTIONS[name]
        rows, columns = (repeated(size, shape.border) for size in maps.shape[:2])
        return convolve(
            maps,
            kernels[name],
            rows,
            columns,
            stride=shape.stride,
            dilation=shape.dilation,
            rectified=shape.rectified,
            skip=skip,
        )

    def and_more(name: str, maps: Maps) -> Maps:
        return layer(name, maps, skip=maps)

    half = and_more("half_near", layer("stem", picture))
    quarter = and_more("quarter", layer("quarter_first", halve(half)))
    eighth = and_more("eighth_near", layer("eighth_first", halve(quarter)))
    eighth = and_more("eighth_far", eighth)
    sixteenth = and_more("sixteenth_near", layer("sixteenth_first", halve(eighth)))
    sixteenth = and_more("sixteenth_far", sixteenth)
    eighth = layer("eighth_joined", add_twice(layer("to_eighth", sixteenth), eighth))
    quarter = layer("quarter_joined", add_twice(layer("to_quarter", eighth), quarter))
    return layer("fine", quarter), layer("middle", eighth), layer("coarse", sixteenth)
