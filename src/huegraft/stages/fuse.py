"""Fuse: carry the colours of superpixels to pixels by Mahalanobis weights (equations 4 to 6).

Rows of A sum to 1, so equation (4) is Î(p) = Σ_i d(p, i) C(i) / Σ_i d(p, i) with C = A Ī_R: the reference's superpixels
never meet the pixels. The smallest q(p, ·) is taken off before the exponential, which changes nothing in the quotient
and keeps it from underflowing.

On the CPU the superpixels that cannot matter to a pixel are left out, with a bound on the error (decision 009).
"""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Bool, Float, Float32, Float64, Int, Int32, Int64
from torch import Tensor

from huegraft.compiled.fusion import SIGMA_FLOOR, VectorMoments, fuse_bounded, vector_moments
from huegraft.setting_groups import FuseSettings
from huegraft.stages.pool import moments, pixel_positions, position_sides

_SCT_RADIUS = 0.3
_LOWEST_EXPONENT = -100.0  # e^-100 beside 1 is lost in float64, and exp is slow where it underflows
_ELEMENTS_AT_ONCE = 2**17


@runtime_checkable
class ColorModel(Protocol):
    """What colour each target superpixel gives to a pixel."""

    def blend(self, weights: Float64[Tensor, "p n"], pixels: Float64[Tensor, "p 3"]) -> Float64[Tensor, "p 3"]:
        """Return Σ_i weights(p, i) m_i(pixels(p)), m_i the colour that superpixel i gives to an sRGB colour."""
        ...


@dataclass(frozen=True, eq=False)
class ConstantColors:
    """One colour a superpixel, C(i) = Σ_j A(i, j) Ī_R(j): equation (4)."""

    colors: Float64[Tensor, "n 3"]

    def blend(self, weights: Float64[Tensor, "p n"], pixels: Float64[Tensor, "p 3"]) -> Float64[Tensor, "p 3"]:
        """Return Σ_i weights(p, i) C(i), whatever the pixel's own colour."""
        return weights @ self.colors


def fuse(
    target: Float32[np.ndarray, "h w 3"],
    labels: Int32[np.ndarray, "h w"],
    model: ColorModel,
    settings: FuseSettings,
    device: torch.device | str = "cpu",
) -> Float32[np.ndarray, "h w 3"]:
    """Return the fused picture Î, sRGB in [0, 1].

    Parameters
    ----------
    target
        The prepared target, sRGB in [0, 1]; grey in colourisation.
    labels
        The target's superpixels, contiguous from 0.
    model
        What colour each superpixel gives.
    settings
        The weights d(p, i), and the tolerance of leaving out small ones: the error in each channel against
        :func:`fuse_dense`. They are left out on the CPU, with constant colours and weights "eq5".
    device
        Where the model is.
    """
    if torch.device(device).type != "cpu" or settings.fusion != "eq5" or not isinstance(model, ConstantColors):
        of_all = torch.tensor(target, device=device), torch.tensor(labels, device=device)
        return fuse_dense(*of_all, model, settings).cpu().numpy()
    target, labels = np.ascontiguousarray(target), np.ascontiguousarray(labels)
    sides = position_sides(labels.shape[0], labels.shape[1], settings.positions)
    of_vectors = vector_moments(target, labels, int(labels.max()) + 1, sides)
    return fuse_bounded(target, sides, _table(of_vectors, model.colors, settings), settings.sigma_g, settings.tolerance)


def fuse_dense(
    target: Float[Tensor, "h w 3"], labels: Int[Tensor, "h w"], model: ColorModel, settings: FuseSettings
) -> Float[Tensor, "h w 3"]:
    """Return what :func:`fuse` does, from the weights of all superpixels: on any device, for any model."""
    height, width = labels.shape
    pixels = target.double().flatten(0, 1)
    weights = _Weights(target, labels.long(), settings)
    chunk = max(1, _ELEMENTS_AT_ONCE // weights.count)
    fused = torch.empty_like(pixels)
    for start in range(0, len(pixels), chunk):
        chosen = slice(start, start + chunk)
        d = weights(chosen)
        fused[chosen] = model.blend(d, pixels[chosen]) / d.sum(dim=1, keepdim=True)
    return fused.clamp(0, 1).to(target.dtype).reshape(height, width, 3)


def _table(
    of_vectors: VectorMoments, colors: Float64[Tensor, "n 3"], settings: FuseSettings
) -> Float64[np.ndarray, "_ n"]:
    """Return what :func:`fuse_bounded` wants to know of superpixels."""
    space = _whitening(torch.from_numpy(of_vectors.space), settings.delta_s, settings.epsilon).numpy()
    color = _whitening(torch.from_numpy(of_vectors.color), settings.delta_c, settings.epsilon).numpy()
    mean = of_vectors.mean.T
    rows = [*mean[:3], space[0, 0], *space[1], color[0, 0], *colors.numpy().T]
    return np.stack(rows if of_vectors.grey else [*rows, *mean[3:], *color[1, :2], *color[2]])


class _Weights:
    """d(p, i) of equation (5), scaled to 1 at its largest i, for one slice of pixels at a time."""

    def __init__(self, target: Float[Tensor, "h w 3"], labels: Int64[Tensor, "h w"], settings: FuseSettings) -> None:
        self.count = int(labels.max()) + 1
        self._labels = labels.flatten()
        self._sigma_g = settings.sigma_g
        height, width = labels.shape
        positions = pixel_positions(height, width, settings.positions, target.device)
        colors = target.double()
        space, color = moments(positions, labels, self.count), moments(colors, labels, self.count)
        self._vectors = torch.cat([positions, colors], dim=-1).flatten(0, 1)
        self._centres = torch.cat([space.mean, color.mean], dim=1).T.contiguous()
        self._whiten_space = _whitening(space.covariance, settings.delta_s, settings.epsilon)
        self._whiten_color = _whitening(color.covariance, settings.delta_c, settings.epsilon)
        self._near = _near_centres(space.mean) if settings.fusion == "sct" else None

    def __call__(self, chosen: slice) -> Float64[Tensor, "p n"]:
        distance = self._mahalanobis(chosen)
        if self._near is not None:
            distance.masked_fill_(~self._near[self._labels[chosen]], torch.inf)
        lowest = distance.amin(dim=1, keepdim=True)
        sigma_g = lowest + SIGMA_FLOOR if self._sigma_g is None else self._sigma_g
        return distance.sub_(lowest).div_(sigma_g).neg_().clamp_(min=_LOWEST_EXPONENT).exp_()

    def _mahalanobis(self, chosen: slice) -> Float64[Tensor, "p n"]:
        """Return q(p, i) = |W (V(p) − V̄(i))|², W that of superpixel i (eq5) or of the pixel's own (sct)."""
        space, color = self._whiten_space, self._whiten_color
        if self._near is not None:
            space, color = (whiten[..., self._labels[chosen], None] for whiten in (space, color))
        vectors = self._vectors[chosen]
        difference = [torch.sub(vectors[:, c, None], self._centres[c]) for c in range(5)]
        return _squared_norm(space, difference[:2]).add_(_squared_norm(color, difference[2:]))


def _squared_norm(
    whiten: Float64[Tensor, "d d *n"], difference: list[Float64[Tensor, "p n"]]
) -> Float64[Tensor, "p n"]:
    """Return |W v|² of lower triangular W, one component after the other so that all stays in cache."""
    total = torch.zeros_like(difference[0])
    for row in range(len(difference)):
        component = whiten[row, 0] * difference[0]
        for column in range(1, row + 1):
            component.addcmul_(whiten[row, column], difference[column])
        total.addcmul_(component, component)
    return total


def _whitening(covariance: Float64[Tensor, "n d d"], delta: float, epsilon: float) -> Float64[Tensor, "d d n"]:
    """Return, superpixels last, the lower triangular W_i with W_iᵀ W_i = (δ² Cov_i + ε·1)⁻¹ (equation 6)."""
    identity = torch.eye(covariance.shape[-1], dtype=covariance.dtype, device=covariance.device)
    factor = torch.linalg.cholesky(delta**2 * covariance + epsilon * identity)
    whiten = torch.linalg.solve_triangular(factor, identity.expand_as(factor), upper=False)
    return whiten.permute(1, 2, 0).contiguous()


def _near_centres(centres: Float64[Tensor, "n 2"]) -> Bool[Tensor, "n n"]:
    """Tell which superpixels have their centres nearer than 0.3 to each other (Giraud 2017, published code)."""
    squared = (centres[:, None] - centres[None]).square().sum(dim=-1)
    return squared < _SCT_RADIUS**2
