"""Encoded pictures made of numbers, for tests of what works on superpixels."""

import dataclasses

import numpy as np

from huegraft.records import Colors, Description, Encoded, Geometry
from huegraft.windows import Window


def encoded(rng, count, mode="transfer", channels=(5, 9), features=None, **arrays):
    made = {
        "areas": np.ones(count),
        "positions": rng.random((count, 2)),
        "color_mean": rng.random((count, 3)),
        "color_covariance": np.zeros((count, 3, 3)),
        "validity": np.ones(count),
    }
    return of_arrays(
        mode=mode,
        fingerprint="same",
        labels=np.arange(count, dtype=np.int32)[None],
        features=features or {f"layer{c}": rng.normal(size=(count, c)) for c in channels},
        **(made | arrays),
    )


def of_arrays(mode, fingerprint, labels, features, areas, positions, color_mean, color_covariance, validity):
    """Return an encoded picture that has these arrays."""
    count = len(areas)
    centres, ids = np.full((count, 5), 0.5, np.float32), np.arange(count)
    geometry = Geometry(labels, areas, positions, centres, ids, Window.whole(labels.shape), count)
    colors = Colors(color_mean, color_covariance)
    return Encoded(mode, fingerprint, geometry, Description("made", features), colors, validity)


def changed(picture, **arrays):
    """Return an encoded picture with some of its arrays changed."""
    parts = {
        "geometry": {name: arrays.pop(name) for name in ("labels", "areas", "positions") if name in arrays},
        "description": {name: arrays.pop(name) for name in ("features",) if name in arrays},
        "colors": {name[6:]: arrays.pop(name) for name in ("color_mean", "color_covariance") if name in arrays},
    }
    inner = {name: dataclasses.replace(getattr(picture, name), **values) for name, values in parts.items() if values}
    return dataclasses.replace(picture, **inner, **arrays)
