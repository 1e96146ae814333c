"""Encoded pictures made of numbers, for tests of what works on superpixels."""

import numpy as np

from huegraft.types import Encoded


def encoded(rng, count, mode="transfer", channels=(5, 9), features=None, **arrays):
    made = {
        "areas": np.ones(count),
        "positions": rng.random((count, 2)),
        "color_mean": rng.random((count, 3)),
        "color_covariance": np.zeros((count, 3, 3)),
        "validity": np.ones(count),
    }
    return Encoded(
        mode=mode,
        fingerprint="same",
        labels=np.arange(count, dtype=np.int32)[None],
        features=features or {f"layer{c}": rng.normal(size=(count, c)) for c in channels},
        **(made | arrays),
    )
