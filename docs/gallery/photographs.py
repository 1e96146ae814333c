"""The photographs of the gallery, all from installed packages, and how they are shown."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from skimage.transform import rotate

import huegraft
from huegraft.color import grey_from_srgb
from huegraft.evaluate.package import photograph

__all__ = ["PAPER", "WORKING_PIXELS", "grey", "photograph", "show", "turned"]

WORKING_PIXELS = 2**16
"""A quarter of the default, so that the gallery is built in minutes."""

PAPER = huegraft.preset("paper").replace(backbone="builtin", working_pixels=WORKING_PIXELS)
"""The method as published, with the built-in network in place of VGG-19."""


def grey(picture: np.ndarray) -> np.ndarray:
    """Return the picture without its colours."""
    return grey_from_srgb(picture)


def turned(picture: np.ndarray) -> np.ndarray:
    """Return the picture mirrored, turned by 8° and cropped: a reference whose right answer is known."""
    height, width = (side // 8 for side in picture.shape[:2])
    return rotate(picture[:, ::-1], 8, mode="reflect")[height:-height, width:-width]


def show(rows: Sequence[Mapping[str, np.ndarray]]) -> None:
    """Show rows of titled pictures."""
    columns = max(map(len, rows))
    figure, axes = plt.subplots(len(rows), columns, figsize=(3.6 * columns, 3.0 * len(rows)), squeeze=False)
    for axis in axes.flat:
        axis.axis("off")
    for row, pictures in zip(axes, rows, strict=True):
        for axis, (title, picture) in zip(row, pictures.items(), strict=False):
            axis.imshow(picture, cmap="gray", vmin=0, vmax=1)
            axis.set_title(title, fontsize=10)
    figure.tight_layout()
