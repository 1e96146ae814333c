"""Similarity: cosines between super-features, and the attention that they make (equations 1 to 3 and 7).

The functions take and give arrays alone. ``training/attention.py`` has the same functions with their derivatives, and
tests hold the two to each other.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np

from huegraft.blas import blas_on_one_thread
from huegraft.compiled.attention import softmax
from huegraft.shapes import Float64
from huegraft.threads import in_blocks, matmul

T = TypeVar("T")
_SMALLEST_NORM = 1e-8
_SMALLEST_SHARE = 1e-4  # share of the largest variance below which a component is noise

Layer = tuple[Float64[np.ndarray, "n_t _"], Float64[np.ndarray, "n_r _"]]
"""The super-features of the target's and of the references' superpixels in one layer."""

Directions = tuple[Float64[np.ndarray, "n_t _"], Float64[np.ndarray, "n_r _"]]
"""Rows for the target's and the references' superpixels in one layer. Their products are the cosines of equation 2."""

Prior = tuple[Float64[np.ndarray, " n_t"], Float64[np.ndarray, " n_r"], float]
"""A number for each superpixel of both sides, and the factor of the square of their difference in the logits."""


def directions(
    target: Float64[np.ndarray, "n_t c"],
    reference: Float64[np.ndarray, "n_r c"],
    *,
    standardize: bool = False,
    whitening: Float64[np.ndarray, "c k"] | None = None,
) -> Directions:
    """Return the directions whose products are the cosines M_l (equation 2), in [-1, 1].

    The super-features of the target are centred by their mean, and those of all references together by their own mean.
    A superpixel whose centred norm is below 1e-8 gets M = 0. With `standardize` each channel is first divided by its
    deviation over both sides, and both sides count alike. With a `whitening` the super-features are multiplied by it
    instead.
    """
    if whitening is not None:
        target, reference = matmul(target, whitening), matmul(reference, whitening)
    elif standardize:
        deviation = _joint_deviation(target, reference)
        target, reference = target / deviation, reference / deviation
    return _centred_directions(target), _centred_directions(reference)


def all_directions(
    layers: Sequence[Layer], *, standardize: bool = False, whitening: Sequence[Float64[np.ndarray, "_ _"]] = ()
) -> list[Directions]:
    """Return the directions of each layer's super-features. The layers are worked on side by side."""

    def of_layer(layer: int) -> Directions:
        return directions(*layers[layer], standardize=standardize, whitening=whitening[layer] if whitening else None)

    return _layer_by_layer(of_layer, len(layers))


def whitenings(layers: Sequence[Layer], exponent: float) -> tuple[Float64[np.ndarray, "_ _"], ...]:
    """Return matrices that turn each layer's features to principal components divided by a power of their deviations.

    The components are those of both sides together, each side centred by its own mean (Kessy, Lewin, Strimmer 2018,
    doi:10.1080/00031305.2016.1277159). With an exponent of 1 it is PCA whitening.
    """
    return tuple(_layer_by_layer(lambda layer: _whitening(*layers[layer], exponent), len(layers)))


def _layer_by_layer(make: Callable[[int], T], count: int) -> list[T]:
    found: dict[int, T] = {}

    def work(start: int, stop: int) -> None:
        for layer in range(start, stop):
            found[layer] = make(layer)

    with blas_on_one_thread():
        in_blocks(work, count)
    return [found[layer] for layer in range(count)]


def weighted_similarity(layers: Sequence[Directions], layer_weights: Sequence[float]) -> Float64[np.ndarray, "n_t n_r"]:
    """Return Σ_l w_l M_l, as one product."""
    own, others = zip(*layers, strict=True)
    weighted = [layer * weight for layer, weight in zip(own, layer_weights, strict=True)]
    return matmul(np.concatenate(weighted, axis=1), np.concatenate(others, axis=1).T)


def merged_before(
    weighted: Float64[np.ndarray, "n_t n_r"],
    tau: float,
    log_prior: Float64[np.ndarray, " n_r"],
    prior: Prior | None = None,
) -> Float64[np.ndarray, "n_t n_r"]:
    """Return equation (7), A = softmax_j(Σ_l w_l M_l / τ + prior), of `weighted_similarity`."""
    own, others, fall = prior or (None, None, 0.0)
    return softmax(weighted, tau, log_prior, own, others, fall)


def merged_after(
    layers: Sequence[Directions],
    layer_weights: Sequence[float],
    tau: float,
    log_prior: Float64[np.ndarray, " n_r"],
    prior: Prior | None = None,
) -> tuple[Float64[np.ndarray, "n_t n_r"], Float64[np.ndarray, "n_t n_r"]]:
    """Return equations (1) and (3), A = Σ_l w_l softmax_j(M_l / τ + prior) / Σ_l w_l, and Σ_l w_l M_l."""
    own, others, fall = prior or (None, None, 0.0)
    merged = weighted = np.zeros((len(layers[0][0]), len(layers[0][1])))
    for weight, (ours, theirs) in zip(layer_weights, layers, strict=True):
        layer_similarity = matmul(ours, theirs.T)
        merged = merged + weight * softmax(layer_similarity, tau, log_prior, own, others, fall)
        weighted = weighted + weight * layer_similarity
    return merged / sum(layer_weights), weighted


def _whitening(
    target: Float64[np.ndarray, "n_t c"], reference: Float64[np.ndarray, "n_r c"], exponent: float
) -> Float64[np.ndarray, "c k"]:
    centred = np.concatenate([features - features.mean(axis=0) for features in (target, reference)])
    variances, components = np.linalg.eigh(matmul(centred.T, centred) / len(centred))
    kept = variances > _SMALLEST_SHARE * max(variances[-1], _SMALLEST_NORM**2)
    return components[:, kept] * variances[kept] ** (-exponent / 2)


def _centred_directions(features: Float64[np.ndarray, "n c"]) -> Float64[np.ndarray, "n c"]:
    centred = features - features.mean(axis=0)
    norm = np.sqrt(np.einsum("nc,nc->n", centred, centred))[:, None]
    return np.where(norm < _SMALLEST_NORM, 0.0, centred / np.maximum(norm, _SMALLEST_NORM))


def _joint_deviation(
    target: Float64[np.ndarray, "n_t c"], reference: Float64[np.ndarray, "n_r c"]
) -> Float64[np.ndarray, " c"]:
    mean = (target.mean(axis=0) + reference.mean(axis=0)) / 2
    variance = (np.square(target - mean).mean(axis=0) + np.square(reference - mean).mean(axis=0)) / 2
    deviation = np.sqrt(variance)
    return np.where(deviation < _SMALLEST_NORM, 1.0, deviation)
