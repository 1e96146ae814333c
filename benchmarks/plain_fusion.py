"""Equations (4) to (6) summed over all superpixels, frozen: what the bounded fusion is timed against.

Chunked so that a chunk's planes stay in cache, contiguous along superpixels, each operation vectorised and shared among
all of Torch's threads, in place where it can be, the exponent clamped where exp would be slow. In float32 it takes
about 0.6 of the time and was within 1e-5 of float64 on photographs with the default settings, but nothing promises it:
a small ``epsilon`` or ``sigma_g`` wants float64, the default here.
"""

import numpy as np
import torch
from jaxtyping import Float32, Float64, Int32
from torch import Tensor

from huegraft.setting_groups import FuseSettings
from huegraft.stages.pool import moments, pixel_positions


def plain_fusion(
    target: Float32[np.ndarray, "h w 3"],
    labels: Int32[np.ndarray, "h w"],
    colors: Float64[np.ndarray, "n 3"],
    settings: FuseSettings,
    dtype: torch.dtype = torch.float64,
    elements: int = 2**17,
) -> Float32[np.ndarray, "h w 3"]:
    """Return the fused picture (h, w, 3) for a target (h, w, 3), labels (h, w) and colours (n, 3), with weights eq5."""
    height, width = labels.shape
    count = len(colors)
    positions = pixel_positions(height, width, settings.positions)
    space, color = moments(positions, labels, count), moments(target, labels, count)
    whiten_space = _whitening(space.covariance, settings.delta_s, settings.epsilon).to(dtype)
    whiten_color = _whitening(color.covariance, settings.delta_c, settings.epsilon).to(dtype)
    vectors = torch.from_numpy(np.concatenate([positions, target], axis=2).reshape(-1, 5)).to(dtype)
    centres = torch.from_numpy(np.concatenate([space.mean, color.mean], axis=1)).T.contiguous().to(dtype)
    of_superpixels = torch.from_numpy(colors).to(dtype)
    fused = torch.empty(len(vectors), 3, dtype=dtype)
    chunk = max(1, elements // count)
    for start in range(0, len(vectors), chunk):
        pixels = vectors[start : start + chunk]
        difference = [torch.sub(pixels[:, c, None], centres[c]) for c in range(5)]
        q = torch.zeros_like(difference[0])
        for whiten, parts in ((whiten_space, difference[:2]), (whiten_color, difference[2:])):
            for row in range(len(parts)):
                component = whiten[row, 0] * parts[0]
                for column in range(1, row + 1):
                    component.addcmul_(whiten[row, column], parts[column])
                q.addcmul_(component, component)
        least = q.amin(dim=1, keepdim=True)
        sigma_g = least + 1e-5 if settings.sigma_g is None else settings.sigma_g
        d = q.sub_(least).div_(sigma_g).neg_().clamp_(min=-80.0).exp_()
        fused[start : start + chunk] = (d @ of_superpixels).div_(d.sum(dim=1, keepdim=True))
    return fused.clamp_(0, 1).float().reshape(height, width, 3).numpy()


def _whitening(covariance: Float64[np.ndarray, "n d d"], delta: float, epsilon: float) -> Float64[Tensor, "d d n"]:
    identity = torch.eye(covariance.shape[-1], dtype=torch.float64)
    factor = torch.linalg.cholesky(delta**2 * torch.from_numpy(covariance) + epsilon * identity)
    inverse = torch.linalg.solve_triangular(factor, identity.expand_as(factor), upper=False)
    return inverse.permute(1, 2, 0).contiguous()
