"""Giraud, Ta, Papadakis. Superpixel-based color transfer. ICIP 2017. doi:10.1109/ICIP.2017.8296371, arXiv:1903.06010.

Written from the paper's description. Its approximate search is replaced by the exact optimum of the same problem.
"""

import math

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from huegraft.evaluate.methods.pitie import regrain
from huegraft.setting_groups import FuseSettings, SegmentSettings
from huegraft.shapes import Float64, Int32
from huegraft.stages.fuse import fuse
from huegraft.stages.pool import pool
from huegraft.stages.segment import segment
from huegraft.types import AnyPicture

_SEGMENTATION = SegmentSettings(superpixels=300)
_FUSION = FuseSettings(fusion="sct")
_BINS = 8
_MOST_USES = 3


def superpixel_color_transfer(target: AnyPicture, reference: AnyPicture) -> AnyPicture:
    """Match superpixels by their colour histograms, then fuse and regrain.

    A superpixel of the reference is used at most three times, or more often if there are too few.
    """
    ours, theirs = (segment(picture, _SEGMENTATION).labels for picture in (target, reference))
    partner = matched(_histograms(target, ours), _histograms(reference, theirs))
    colors = pool(reference, theirs, int(theirs.max()) + 1)[partner]
    return regrain(target, fuse(target, ours, colors, _FUSION))


def matched(ours: Float64[np.ndarray, "n c"], theirs: Float64[np.ndarray, "m c"]) -> np.ndarray:
    """Return the partner of each target superpixel, so that the total distance is least.

    No partner is used more than ε = 3 times. If 3 m < n, ε is raised until there are enough partners.
    """
    uses = max(_MOST_USES, math.ceil(len(ours) / len(theirs)))
    cost = np.tile(cdist(ours, theirs), (1, uses))
    return linear_sum_assignment(cost)[1] % len(theirs)


def _histograms(picture: AnyPicture, labels: Int32[np.ndarray, "_ _"]) -> Float64[np.ndarray, "n c"]:
    """Return each superpixel's cumulative histograms of R, G and B, of 8 bins each, normalised by its area."""
    count = int(labels.max()) + 1
    bins = np.minimum((picture * _BINS).astype(int), _BINS - 1)
    counts = [np.bincount((labels * _BINS + bins[..., c]).ravel(), minlength=count * _BINS) for c in range(3)]
    cumulative = [each.reshape(count, _BINS).cumsum(axis=1) for each in counts]
    return np.concatenate([each / each[:, -1:] for each in cumulative], axis=1)
