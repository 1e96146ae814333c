"""The photographs that come inside packages, with which every machine can measure."""

import numpy as np
from skimage import data

from huegraft.errors import EvaluationError
from huegraft.types import AnyPicture

NAMES = ("astronaut", "chelsea", "china", "coffee", "flower", "rocket")
"""scikit-image: astronaut, rocket (public domain), chelsea, coffee (CC0); scikit-learn: china, flower (CC BY 2.0)."""


def photograph(name: str) -> AnyPicture:
    """Return one of `NAMES` as sRGB in [0, 1].

    Raises
    ------
    EvaluationError
        If scikit-learn, which brings two of them, is not installed.
    """
    if name not in ("china", "flower"):
        return getattr(data, name)().astype(np.float32) / 255
    try:
        from sklearn.datasets import load_sample_image
    except ImportError as error:
        raise EvaluationError('scikit-learn is not installed: pip install "huegraft[bench]"') from error
    return load_sample_image(f"{name}.jpg").astype(np.float32) / 255
