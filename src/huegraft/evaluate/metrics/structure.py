"""Measures of how well a result keeps the structure of a picture."""

import numpy as np
from scipy.ndimage import gaussian_filter, sobel
from skimage.metrics import structural_similarity

from huegraft.shapes import Float

_SIGMA = 1.5
_STABLE = (0.01**2, 0.03**2)  # C₁ and C₂ of SSIM, for values in [0, 1]


def ssim(first: Float[np.ndarray, "h w *c"], second: Float[np.ndarray, "h w *c"]) -> Float[np.ndarray, "h w"]:
    """Return the structural similarity around each pixel of values in [0, 1], with the channels averaged.

    Equal values give 1, which is the most. The windows are Gaussians of σ = 1.5, as published.

    References
    ----------
    Z. Wang, A. C. Bovik, H. R. Sheikh, E. P. Simoncelli. Image quality assessment: from error visibility to structural
    similarity. IEEE Transactions on Image Processing 13(4), 2004. doi:10.1109/TIP.2003.819861

    Raises
    ------
    ValueError
        If a side is shorter than 11 pixels.
    """
    axis = -1 if first.ndim == 3 else None
    similarity = structural_similarity(
        first,
        second,
        channel_axis=axis,
        data_range=1.0,
        gaussian_weights=True,
        sigma=_SIGMA,
        use_sample_covariance=False,
        full=True,
    )[1]
    return np.asarray(similarity if axis is None else np.mean(similarity, axis=-1))


def gssim(first: Float[np.ndarray, "h w"], second: Float[np.ndarray, "h w"]) -> Float[np.ndarray, "h w"]:
    """Return the gradient-based structural similarity around each pixel of values in [0, 1].

    Equal values give 1, which is the most. It is SSIM with contrast and structure taken from the magnitude of Sobel
    gradients. So edges count, and a change of tone counts less.

    References
    ----------
    G.-H. Chen, C.-L. Yang, S.-L. Xie. Gradient-based structural similarity for image quality assessment. ICIP 2006.
    doi:10.1109/ICIP.2006.313132
    """
    luminance = _quotient(2 * _mean(first) * _mean(second), _mean(first) ** 2 + _mean(second) ** 2, _STABLE[0])
    x, y = (np.hypot(sobel(each, axis=0), sobel(each, axis=1)) / 4 for each in (first, second))
    covariance = _mean(x * y) - _mean(x) * _mean(y)
    variances = [np.maximum(_mean(each**2) - _mean(each) ** 2, 0) for each in (x, y)]
    return luminance * _quotient(2 * covariance, variances[0] + variances[1], _STABLE[1])


def _mean(values: Float[np.ndarray, "h w"]) -> Float[np.ndarray, "h w"]:
    return gaussian_filter(values, _SIGMA, mode="reflect", truncate=3.5)


def _quotient(above: np.ndarray, below: np.ndarray, stable: float) -> np.ndarray:
    return (above + stable) / (below + stable)
