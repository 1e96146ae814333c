"""Pitié, Kokaram, Dahyot. Automated colour grading using colour distribution transfer. 2007.

Computer Vision and Image Understanding 107(1-2). doi:10.1016/j.cviu.2006.11.011.
"""

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import splu
from scipy.stats import special_ortho_group

from huegraft.types import AnyPicture

_ITERATIONS = 20
_LEVELS = 300


def pdf_transfer(target: AnyPicture, reference: AnyPicture) -> AnyPicture:
    """N-dimensional PDF transfer, then regrain."""
    return regrain(target, iterative_distribution_transfer(target, reference))


def iterative_distribution_transfer(target: AnyPicture, reference: AnyPicture) -> AnyPicture:
    """Match the marginals along the axes of 20 random rotations of RGB, one rotation after the other (section 3)."""
    ours, theirs = (each.reshape(-1, 3).astype(np.float64) for each in (target, reference))
    levels = np.linspace(0, 1, _LEVELS)
    rotations = np.concatenate([np.eye(3)[None], special_ortho_group(3, seed=0).rvs(_ITERATIONS - 1)])
    for rotation in rotations:
        turned, goal = ours @ rotation.T, theirs @ rotation.T
        matched = [
            np.interp(turned[:, axis], np.quantile(turned[:, axis], levels), np.quantile(goal[:, axis], levels))
            for axis in range(3)
        ]
        ours = np.stack(matched, axis=1) @ rotation
    return np.clip(ours, 0, 1).reshape(target.shape).astype(np.float32)


def regrain(target: AnyPicture, mapped: AnyPicture) -> AnyPicture:
    """Return the picture J with the colours of `mapped` and the grain of `target` (section 5).

    J minimises ∫ φ ‖∇J − ∇I‖² + ψ ‖J − t(I)‖², with φ = 30 / (1 + 10 ‖∇I‖) and ψ = min(‖∇I‖ / 5, 1). The gradients of
    I are in grey levels out of 255 for ψ and in [0, 1] for φ, as in the authors' implementation. J is solved exactly,
    where the authors iterate on a pyramid.
    """
    height, width = target.shape[:2]
    original = target.reshape(-1, 3).astype(np.float64)
    down, right = _differences(height, width)
    slope = np.sqrt(np.square(down @ original).sum(axis=1) + np.square(right @ original).sum(axis=1))
    psi = np.minimum(255 * slope / 5, 1)
    phi = sparse.diags_array(30 / (1 + 10 * slope))
    smoothness = down.T @ phi @ down + right.T @ phi @ right
    # a tiny weight everywhere: a flat picture alone would leave the mean of J open
    fidelity = sparse.diags_array(psi + 1e-6)
    right_side = fidelity @ mapped.reshape(-1, 3).astype(np.float64) + smoothness @ original
    solved = splu((smoothness + fidelity).tocsc()).solve(right_side)
    return np.clip(solved, 0, 1).reshape(target.shape).astype(np.float32)


def _differences(height: int, width: int) -> tuple[sparse.csr_array, sparse.csr_array]:
    """Return the forward differences of a picture's pixels downwards and to the right, 0 at the border."""
    down = sparse.kron(_forward(height), sparse.eye_array(width), format="csr")
    right = sparse.kron(sparse.eye_array(height), _forward(width), format="csr")
    return sparse.csr_array(down), sparse.csr_array(right)


def _forward(count: int) -> sparse.csr_array:
    """Return the (count, count) matrix of x[k + 1] - x[k]; its last row is 0."""
    here = np.arange(count - 1)
    values = np.repeat([-1.0, 1.0], count - 1)
    return sparse.csr_array((values, (np.tile(here, 2), np.concatenate([here, here + 1]))), shape=(count, count))
