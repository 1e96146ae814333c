"""What a convolutional network costs at the least, counted."""

_CONVOLUTIONS = (
    ((3, 64), (64, 64)),
    ((64, 128), (128, 128)),
    ((128, 256), (256, 256), (256, 256), (256, 256)),
)
"""Input and output channels of VGG-19's 3×3 convolutions up to relu3_4, block by block."""

WINOGRAD = 36 / 144
"""Multiplications of Winograd's F(4×4, 3×3), its transforms aside, against plain ones: 36 give 16 results."""


def vgg_multiply_adds(*, pooling: bool) -> float:
    """Return the multiply-adds of VGG-19 to relu3_4 for each pixel; pooling leaves a quarter of them to each block."""
    blocks = [sum(9 * inputs * outputs for inputs, outputs in block) for block in _CONVOLUTIONS]
    return sum(count / (4**depth if pooling else 1) for depth, count in enumerate(blocks))
