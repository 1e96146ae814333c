"""Measures of how near the colours of a result are to those of the reference, wherever in the picture they lie."""

import numpy as np
from scipy.stats import special_ortho_group

from huegraft.shapes import Float32, Float64

_LIMIT, _BIN = 110.0, 5.0
_DIRECTIONS, _QUANTILES = 64, 512
Lab = Float64[np.ndarray, "*_ 3"]


def histogram_intersection(result: Lab, reference: Lab) -> float:
    """Return Σ min(p, q) of the a*b* histograms, which have bins of 5 × 5 from -110 to 110.

    Equal histograms give 1, and histograms with nothing in common give 0.

    References
    ----------
    M. J. Swain, D. H. Ballard. Color indexing. International Journal of Computer Vision 7(1), 1991.
    doi:10.1007/BF00130487
    """
    return float(np.minimum(_histogram(result), _histogram(reference)).sum())


def _histogram(lab: Lab) -> Float64[np.ndarray, "bins bins"]:
    edges = np.arange(-_LIMIT, _LIMIT + _BIN / 2, _BIN)
    chroma = lab[..., 1:].reshape(-1, 2).clip(-_LIMIT, _LIMIT)
    counts, *_ = np.histogram2d(chroma[:, 0], chroma[:, 1], bins=[edges, edges])
    return counts / counts.sum()


def sliced_wasserstein(result: Lab, reference: Lab) -> float:
    """Return the mean, over fixed random directions in CIELAB, of the 1-Wasserstein distance of the projections.

    It has the units of CIELAB. Equal distributions give 0, and a shift costs about half of its length.

    References
    ----------
    N. Bonneel, J. Rabin, G. Peyré, H. Pfister. Sliced and Radon Wasserstein barycenters of measures. Journal of
    Mathematical Imaging and Vision 51, 2015. doi:10.1007/s10851-014-0506-3
    """
    rotations = special_ortho_group(3, seed=0).rvs(-(-_DIRECTIONS // 3))
    directions = rotations.reshape(-1, 3)[:_DIRECTIONS].T
    quantiles = [_quantiles(lab.reshape(-1, 3) @ directions) for lab in (result, reference)]
    return float(np.abs(quantiles[0] - quantiles[1]).mean())


def _quantiles(projected: Float64[np.ndarray, "n d"]) -> Float32[np.ndarray, "d q"]:
    ordered = np.sort(
        np.ascontiguousarray(projected.T, dtype=np.float32), axis=1
    )  # np.quantile takes ten times as long
    levels = (np.arange(_QUANTILES) + 0.5) / _QUANTILES
    return ordered[:, (levels * len(projected)).astype(int)]
