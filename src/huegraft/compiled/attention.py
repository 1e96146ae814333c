"""Loops over all pairs of superpixels: softmax, geometric median, Gaussians of distances."""

from ctypes import c_double, c_float, c_int64

import numpy as np

from huegraft.blas import blas_on_one_thread
from huegraft.compiled.library import array, function
from huegraft.shapes import Float32, Float64
from huegraft.threads import in_blocks

_ROWS = 128
_PRODUCT_ROWS = 128
_COLUMNS, _FEW = 64, 512
_NOTHING = 1e-15  # processors are slow with products of smaller numbers
_NODES_APART, _FARTHEST_NODE = 0.65, 3.3  # in radii
_LOWEST_EXPONENT = -40.0  # e^-40 beside 1 is nothing, and processors are not slow with it yet

_softmax = function(
    "attention_softmax", array(np.float64, 2), c_int64, c_double, array(np.float64, 1), array(np.float64, 1),
    array(np.float64, 1), c_double, c_int64, c_int64, array(np.float64, 2),
)  # fmt: skip
_dots = function(
    "attention_dots", array(np.float64, 2), array(np.float64, 2), c_int64, c_int64, c_int64, array(np.float64, 1)
)
_median = function(
    "attention_median", array(np.float64, 2), array(np.float32, 1), array(np.float32, 1), c_int64, c_int64, c_float,
    c_int64, c_int64, array(np.float32, 1), array(np.float64, 1), array(np.float64, 2),
)  # fmt: skip
_near = function(
    "attention_near", array(np.float32, 2), c_int64, c_int64, c_float, c_float, c_int64, c_int64, array(np.float32, 2)
)
_near_distances = function(
    "attention_near_distances", array(np.float32, 2), c_int64, c_int64, c_float, c_float, array(np.float64, 2), c_int64,
    c_int64, c_int64, array(np.float32, 1), array(np.float64, 1), array(np.float64, 1),
)  # fmt: skip
_returns = function(
    "attention_returns", array(np.float64, 2), array(np.int64, 2), array(np.float32, 3), c_int64, c_int64, c_int64,
    c_int64, c_int64, c_float, c_int64, c_int64, array(np.float32, 2), array(np.float64, 1),
)  # fmt: skip


def softmax(
    similarity: Float64[np.ndarray, "n m"],
    tau: float,
    log_prior: Float64[np.ndarray, " m"],
    own: Float64[np.ndarray, " n"] | None = None,
    others: Float64[np.ndarray, " m"] | None = None,
    fall: float = 0.0,
) -> Float64[np.ndarray, "n m"]:
    """Return softmax_j(M(i, j) / τ + log_prior(j) − fall (own(i) − others(j))²). A log_prior of −∞ gives 0."""
    own = np.zeros(similarity.shape[0]) if own is None else np.ascontiguousarray(own)
    others = np.zeros(similarity.shape[1]) if others is None else np.ascontiguousarray(others)
    weights = np.empty_like(similarity)

    def work(first: int, last: int) -> None:
        _softmax(similarity, similarity.shape[1], 1 / tau, log_prior, own, others, fall, first, last, weights)

    in_blocks(work, len(similarity), block=_ROWS)
    return weights


def row_dots(one: Float64[np.ndarray, "n m"], other: Float64[np.ndarray, "n m"]) -> Float64[np.ndarray, " n"]:
    """Return the products of rows, Σ_j one(i, j) other(i, j)."""
    dots = np.empty(len(one))
    in_blocks(lambda first, last: _dots(one, other, one.shape[1], first, last, dots), len(one), block=_ROWS)
    return dots


def median_weights(
    attention: Float64[np.ndarray, "n m"],
    places: Float64[np.ndarray, "m 2"],
    rounds: int,
    least: float,
    out: Float64[np.ndarray, "n m"] | None = None,
) -> Float64[np.ndarray, "n m"]:
    """Return attention(i, j) / |places(j) − median(i)|, with rows divided by their sums.

    Parameters
    ----------
    attention
        The attention, whose rows sum to 1.
    places
        The points whose geometric median, weighted by a row, is sought by Weiszfeld's rounds in single precision.
    rounds
        The number of rounds.
    least
        The distance below which all points count alike.
    out
        The array that the result is written to. It may be `attention` itself.
    """
    x, y = np.ascontiguousarray(places.T, dtype=np.float32)
    weights = np.empty_like(attention) if out is None else out

    def work(first: int, last: int) -> None:
        room = np.empty(attention.shape[1], np.float32), np.empty(attention.shape[1])
        _median(attention, x, y, attention.shape[1], rounds, least, first, last, *room, weights)

    in_blocks(work, len(attention), block=_ROWS)
    return weights


def near_means(
    places: Float64[np.ndarray, "n d"], radius: float, values: Float64[np.ndarray, "n c"]
) -> Float64[np.ndarray, "n c"]:
    """Return Σ_j g(i, j) values(j), in single precision. g is the Gaussian of the distance between two places."""
    along, summed = _along(places), np.ascontiguousarray(values, dtype=np.float32)
    sums = np.empty(values.shape, np.float32)

    def work(first: int, last: int) -> None:
        rows = np.empty((last - first, len(places)), np.float32)
        _near(along, len(places), len(along), -1 / (2 * radius**2), _LOWEST_EXPONENT, first, last, rows)
        np.matmul(rows, summed, out=sums[first:last])

    with blas_on_one_thread():
        in_blocks(work, len(places), block=_PRODUCT_ROWS)
    return sums.astype(np.float64)


def near_returns(
    attention: Float64[np.ndarray, "n m"], places: Float64[np.ndarray, "n 2"], radius: float
) -> Float64[np.ndarray, " n"]:
    """Return Σ_j g(i, j) Σ_k A(i, k) A(j, k) / Σ_l A(l, k), g as in `near_means`. It is wrong by some 1e-5 of it.

    A Gaussian of a distance is the integral of two narrower ones, exp(−|p − x|² / r²) exp(−|q − x|² / r²), over x. The
    integral is summed over a grid of nodes x. Each place is near to few nodes, so this takes a tenth of the arithmetic.
    For few places it saves nothing, and the sums are taken as they are written.
    """
    if len(places) <= _FEW:
        return _near_returns_of_few(attention, places, radius)
    step, reach = _NODES_APART * radius, _FARTHEST_NODE * radius
    reached = int(2 * reach / step) + 1
    origin = places.min(axis=0) - reach
    begins = np.ceil((places - reach - origin) / step).astype(np.int64)
    down, across = (int(last) + reached for last in begins.max(axis=0))
    at = origin[:, None] + step * (begins[..., None] + np.arange(reached))
    falls = np.exp(-np.square((places[..., None] - at) / radius))
    falls = (falls / np.sqrt(np.square(falls).sum(axis=2, keepdims=True))).astype(np.float32)  # g(i, i) = 1
    count, columns = attention.shape
    parts = np.empty((-(-columns // _COLUMNS), count))

    def work(first: int, last: int) -> None:
        nodes = np.empty((down * across, _COLUMNS), np.float32)
        rules = reached, count, columns, down * across, across, _NOTHING, first, last
        _returns(attention, begins, falls, *rules, nodes, parts[first // _COLUMNS])

    in_blocks(work, columns, block=_COLUMNS)
    return parts.sum(axis=0)


def _near_returns_of_few(
    attention: Float64[np.ndarray, "n m"], places: Float64[np.ndarray, "n 2"], radius: float
) -> Float64[np.ndarray, " n"]:
    back = attention / np.maximum(attention.sum(axis=0), 1e-12)
    there, back = (np.maximum(each.astype(np.float32), np.float32(_NOTHING)) for each in (attention, back))
    along, near = _along(places), np.empty((len(places), len(places)), np.float32)
    _near(along, len(places), 2, -1 / (2 * radius**2), _LOWEST_EXPONENT, 0, len(places), near)
    return row_dots((there @ back.T).astype(np.float64), near.astype(np.float64))


def near_mean_distances(
    places: Float64[np.ndarray, "n d"], radius: float, colors: Float64[np.ndarray, "n c"]
) -> Float64[np.ndarray, " n"]:
    """Return Σ_j g(i, j) |colors(i) − colors(j)| / Σ_j g(i, j), g as in `near_means`."""
    along, channels, means = _along(places), np.ascontiguousarray(colors.T), np.empty(len(places))

    def work(first: int, last: int) -> None:
        room = np.empty(len(places), np.float32), np.empty(len(places))
        rules = len(places), len(along), -1 / (2 * radius**2), _LOWEST_EXPONENT
        _near_distances(along, *rules, channels, len(channels), first, last, *room, means)

    in_blocks(work, len(places), block=_ROWS)
    return means


def _along(places: Float64[np.ndarray, "n d"]) -> Float32[np.ndarray, "d n"]:
    return np.ascontiguousarray(places.T, dtype=np.float32)
