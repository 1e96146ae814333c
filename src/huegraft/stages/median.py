"""Median: attention reweighted so that its mean a*b* is its geometric median.

A mean of several hues is a drab colour that none of the matches has; the median stays with the most of them.
"""

import torch
from jaxtyping import Float, Float64
from torch import Tensor

_ROUNDS = 8
_NEAREST = 1.0  # in a*b*: colours nearer than this count alike, or one match alone would decide


def toward_median(
    attention: Float64[Tensor, "n_t n_r"], chroma: Float64[Tensor, "n_r 2"]
) -> Float64[Tensor, "n_t n_r"]:
    """Return A(i, j) / |c(j) − m(i)|, rows divided by their sums, m(i) the median (Weiszfeld 1937).

    Parameters
    ----------
    attention
        Rows sum to 1.
    chroma
        a*, b* of the references' superpixels.
    """
    single, places = attention.float(), chroma.float()  # until the last round: half the time
    counted = torch.cat([places, torch.ones_like(places[:, :1])], dim=1)
    sums = single @ counted
    for _ in range(_ROUNDS - 1):
        sums = (single / _distances(sums, places)) @ counted
    weights = attention / _distances(sums, places)
    return weights / weights.sum(dim=1, keepdim=True)


def _distances(sums: Float[Tensor, "n_t 3"], places: Float[Tensor, "n_r 2"]) -> Float[Tensor, "n_t n_r"]:
    """Return the distances of weighted sums, over their weights, to places."""
    return torch.cdist(sums[:, :2] / sums[:, 2:], places).clamp_min_(_NEAREST)
