"""Solve: the table that is near to given colours and bends little, by conjugate gradients with grids of many sizes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from huegraft.extras import imports
from huegraft.shapes import Float64

with imports("lut", "fitting a LUT"):
    from scipy import sparse
    from scipy.sparse.linalg import splu

Matrix = Any  # a sparse one; SciPy has no type for what its products return
Columns = Float64[np.ndarray, "n 3"]
_COARSEST = 9
_STEP = 1.4  # of the smoother; it converges below 2
_SWEEPS = 2
_TOLERANCE = 1e-5  # of the residual
_MOST_ITERATIONS = 200


def interpolation(colors: Float64[np.ndarray, "n 3"], size: int) -> Matrix:
    """Return the weights (n, size³) of a LUT's nodes at colours in [0, 1]. Each row has eight."""
    count, place = len(colors), colors * (size - 1)
    corner = np.minimum(place.astype(np.int64), size - 2)
    share = place - corner
    sides = np.stack([1 - share, share])
    weights = np.einsum("an,bn,cn->nabc", *sides.transpose(2, 0, 1))
    steps = np.arange(2)
    offsets = (steps[:, None, None] * size + steps[:, None]) * size + steps
    nodes = ((corner[:, 0] * size + corner[:, 1]) * size + corner[:, 2])[:, None] + offsets.ravel()
    return sparse.csr_array((weights.ravel(), nodes.ravel(), np.arange(0, 8 * count + 1, 8)), shape=(count, size**3))


def bending(size: int) -> Matrix:
    """Return the (size³, size³) matrix of ∫ ‖∇²f‖² over the unit cube: second differences, mixed ones included.

    References
    ----------
    J. Duchon. Splines minimizing rotation-invariant semi-norms in Sobolev spaces. 1977. doi:10.1007/BFb0086566
    """
    cells = size - 1
    slope = sparse.csr_array(np.diff(np.eye(size), axis=0))
    bend = sparse.csr_array(np.diff(np.eye(size), 2, axis=0))
    still, slope, bend = sparse.eye_array(size), slope.T @ slope, bend.T @ bend
    pure = _product(bend, still, still) + _product(still, bend, still) + _product(still, still, bend)
    mixed = _product(slope, slope, still) + _product(slope, still, slope) + _product(still, slope, slope)
    return ((pure + 2 * mixed) * cells).tocsr()  # 1/h⁴ for the differences, h³ for a node's volume


def solve(matrix: Matrix, right: Columns, size: int) -> Columns:
    """Return the three columns x with matrix · x = right. The matrix over a LUT's nodes is symmetric and positive.

    The method is conjugate gradients. Each residual is smoothed on grids of half the nodes, a quarter, and so on (one
    V-cycle). It takes some fifteen rounds at any size.

    References
    ----------
    O. Tatebe. The multigrid preconditioned conjugate gradient method. Copper Mountain Conference on Multigrid Methods,
    1993.
    """
    correct = _v_cycle(_levels(matrix, size))
    solution, residual = np.zeros_like(right), right
    corrected = correct(residual)
    direction, norm = corrected, (residual * corrected).sum(axis=0)
    enough = _TOLERANCE**2 * norm
    for _ in range(_MOST_ITERATIONS):
        if (norm <= enough).all():
            break
        image = matrix @ direction
        length = norm / np.maximum((direction * image).sum(axis=0), 1e-300)
        solution = solution + length * direction
        residual = residual - length * image
        corrected = correct(residual)
        before, norm = norm, (residual * corrected).sum(axis=0)
        direction = corrected + norm / np.maximum(before, 1e-300) * direction
    return solution


@dataclass(frozen=True, eq=False)
class _Level:
    """One grid: its matrix, the steps of its smoother, and the enlargement from the next coarser grid."""

    matrix: Matrix
    steps: Float64[np.ndarray, "n 1"]
    enlarge: Matrix


def _levels(matrix: Matrix, size: int) -> tuple[Sequence[_Level], Matrix]:
    """Return the grids from fine to coarse, and the matrix of the coarsest, which is solved directly."""
    levels: list[_Level] = []
    while size > _COARSEST:
        half = (size + 1) // 2
        enlarge = _enlargement(half, size)
        levels.append(_Level(matrix, _STEP / abs(matrix).sum(axis=1)[:, None], enlarge))
        matrix, size = (enlarge.T @ matrix @ enlarge).tocsr(), half
    return levels, matrix


def _v_cycle(grids: tuple[Sequence[_Level], Matrix]) -> Callable[[Columns], Columns]:
    levels, coarsest = grids
    factors = splu(coarsest.tocsc())

    def correct(residual: Columns, depth: int = 0) -> Columns:
        if depth == len(levels):
            return factors.solve(residual)
        level = levels[depth]
        solution = level.steps * residual
        for _ in range(_SWEEPS - 1):
            solution += level.steps * (residual - level.matrix @ solution)
        solution += level.enlarge @ correct(level.enlarge.T @ (residual - level.matrix @ solution), depth + 1)
        for _ in range(_SWEEPS):
            solution += level.steps * (residual - level.matrix @ solution)
        return solution

    return correct


def _enlargement(coarse: int, fine: int) -> Matrix:
    along = np.maximum(0, 1 - np.abs(np.linspace(0, coarse - 1, fine)[:, None] - np.arange(coarse)))
    line = sparse.csr_array(along)
    return _product(line, line, line)


def _product(red: Matrix, green: Matrix, blue: Matrix) -> Matrix:
    return sparse.kron(sparse.kron(red, green), blue, format="csr")
