"""Measures of how steady the colours of a clip are."""

from collections.abc import Sequence

import numpy as np
from scipy.ndimage import map_coordinates
from scipy.special import rel_entr
from skimage.registration import optical_flow_tvl1

from huegraft.evaluate.metrics.difference import lab
from huegraft.shapes import Bool, Float, Float32, Float64
from huegraft.types import FloatPicture

_STEPS = (1, 2, 4)
Flow = Float32[np.ndarray, "2 h w"]


def color_distribution_consistency(frames: Sequence[FloatPicture]) -> float | None:
    """Return CDC: the mean Jensen–Shannon divergence of the R, G, B histograms of frames 1, 2 and 4 apart.

    The histograms have 256 bins. The logarithm is natural, so CDC goes from 0 (steady) to ln 2. A moving picture itself
    has more than 0, so a result is to be compared with the truth. With fewer than two frames CDC is None.

    References
    ----------
    Y. Liu et al. Temporally consistent video colorization with deep feature propagation and self-regularization
    learning. 2021. arXiv:2110.04562
    """
    histograms = np.stack([_histograms(frame) for frame in frames])
    steps = [step for step in _STEPS if step < len(frames)]
    if not steps:
        return None
    return float(np.mean([_divergence(histograms[:-step], histograms[step:]).mean() for step in steps]))


def _divergence(first: Float64[np.ndarray, "n 3 256"], second: Float64[np.ndarray, "n 3 256"]) -> np.ndarray:
    """Return the Jensen–Shannon divergence (n, 3), half of the sum of both relative entropies to the mean."""
    middle = (first + second) / 2
    return (rel_entr(first, middle) + rel_entr(second, middle)).sum(axis=-1) / 2


def _histograms(frame: FloatPicture) -> Float64[np.ndarray, "3 256"]:
    values = np.rint(255 * frame).astype(int)
    counts = np.stack([np.bincount(values[..., channel].ravel(), minlength=256) for channel in range(3)])
    return counts / values[..., 0].size


def warped_difference(
    frames: Sequence[FloatPicture], motion: Sequence[tuple[Flow, Bool[np.ndarray, "h w"]]]
) -> float | None:
    """Return the mean ΔE (1976) between each frame and the one before it moved along the flow, without occlusions.

    It is that of Lai et al., but in CIELAB and not squared, so that it has the unit of colour differences. 0 is steady.
    A moving picture itself has more than 0, so a result is to be compared with the truth. It is None if no flow can be
    trusted.

    Parameters
    ----------
    frames
        At least two frames.
    motion
        The values of :func:`motion_between`, for each frame but the first.

    References
    ----------
    W.-S. Lai et al. Learning blind video temporal consistency. ECCV 2018. doi:10.1007/978-3-030-01267-0_11
    """
    colors = [lab(frame) for frame in frames]
    means = []
    for before, after, (flow, visible) in zip(colors[:-1], colors[1:], motion, strict=True):
        moved = np.stack([_sampled(before[..., channel], flow) for channel in range(3)], axis=-1)
        if visible.any():
            means.append(np.linalg.norm(after - moved, axis=-1)[visible].mean())
    return float(np.mean(means)) if means else None


def motion_between(before: FloatPicture, after: FloatPicture) -> tuple[Flow, Bool[np.ndarray, "h w"]]:
    """Return the flow from `after` back to `before`, and where it can be trusted.

    TV-L1 flow (scikit-image) on the grey values. A pixel is trusted where the flows there and back agree:
    ‖w + w'‖² < 0.01 (‖w‖² + ‖w'‖²) + 0.5.

    References
    ----------
    C. Zach, T. Pock, H. Bischof. A duality based approach for realtime TV-L1 optical flow. DAGM 2007.
    doi:10.1007/978-3-540-74936-3_22
    N. Sundaram, T. Brox, K. Keutzer. Dense point trajectories by GPU-accelerated large displacement optical flow. ECCV
    2010. doi:10.1007/978-3-642-15549-9_32
    """
    first, second = before.mean(axis=2), after.mean(axis=2)
    back = optical_flow_tvl1(second, first)
    forth = optical_flow_tvl1(first, second)
    returned = np.stack([_sampled(component, back) for component in forth])
    error = np.square(back + returned).sum(axis=0)
    return back, error < 0.01 * (np.square(back) + np.square(returned)).sum(axis=0) + 0.5


def _sampled(values: Float[np.ndarray, "h w"], flow: Flow) -> Float[np.ndarray, "h w"]:
    grid = np.indices(values.shape, dtype=np.float32)
    return map_coordinates(values, grid + flow, order=1, mode="nearest")
