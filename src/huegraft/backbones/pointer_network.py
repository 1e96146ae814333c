"""The network that comes with huegraft, by its convolutions (decision 017): what is trained and what is run.

Three maps, at a quarter, an eighth and a sixteenth of the picture's size. Going down each sees more of its
surroundings; coming up again, the coarser ones join the finer.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from jaxtyping import Float
from torch import Tensor
from torch.nn import functional


class ConvolutionShape(NamedTuple):
    """One convolution of the network.

    Attributes
    ----------
    inputs, outputs
        Channels; the stem's inputs are the picture's.
    kernel, stride, dilation
        Of both sides. Strided kernels have an even side, so that cells lie in the middle of what they cover.
    rectified
        Whether a ReLU follows.
    """

    inputs: int
    outputs: int
    kernel: int = 3
    stride: int = 1
    dilation: int = 1
    rectified: bool = True


INPUTS = {"colorize": 1, "transfer": 3}
"""Channels that each mode's network sees: grey, or sRGB."""

STRIDES = {"fine": 4, "middle": 8, "coarse": 16}
"""Pixels of a side of a cell of each map."""

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

Layer = Callable[[str, Tensor], Tensor]


def feature_maps(pictures: Float[Tensor, "n c h w"], layer: Layer) -> tuple[Tensor, Tensor, Tensor]:
    """Return the fine, the middle and the coarse map of pictures whose sides are multiples of 16.

    Parameters
    ----------
    pictures
        Grey or sRGB less a half.
    layer
        Applies a convolution of `CONVOLUTIONS`, by its name, with its padding and what follows it.
    """
    maps = layer("stem", pictures)
    maps = maps + layer("half_near", maps)
    quarter = layer("quarter_first", functional.avg_pool2d(maps, 2))
    quarter = quarter + layer("quarter", quarter)
    eighth = layer("eighth_first", functional.avg_pool2d(quarter, 2))
    eighth = eighth + layer("eighth_near", eighth)
    eighth = eighth + layer("eighth_far", eighth)
    sixteenth = layer("sixteenth_first", functional.avg_pool2d(eighth, 2))
    sixteenth = sixteenth + layer("sixteenth_near", sixteenth)
    sixteenth = sixteenth + layer("sixteenth_far", sixteenth)
    eighth = layer("eighth_joined", eighth + _twice(layer("to_eighth", sixteenth)))
    quarter = layer("quarter_joined", quarter + _twice(layer("to_quarter", eighth)))
    return layer("fine", quarter), layer("middle", eighth), layer("coarse", sixteenth)


def pad(maps: Float[Tensor, "n c h w"], shape: ConvolutionShape) -> Float[Tensor, "n c h2 w2"]:
    """Repeat the edges so far that a convolution keeps the size, or divides it by its stride."""
    border = ((shape.kernel - 1) * shape.dilation) // 2
    return functional.pad(maps, (border,) * 4, mode="replicate") if border else maps


def _twice(maps: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c h2 w2"]:
    return functional.interpolate(maps, scale_factor=2, mode="bilinear", align_corners=False)
