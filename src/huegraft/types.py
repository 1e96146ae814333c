"""The records that pass between stages and out to callers."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any, Protocol, get_args, runtime_checkable

import numpy as np

from huegraft.errors import ArgumentError
from huegraft.settings import Mode, Settings
from huegraft.shapes import Float, Float16, Float32, Float64, Int32, UInt8, UInt16

ENCODED_SCHEMA = 1
_LARGEST_HALF = 65504

FloatPicture = Float[np.ndarray, "h w 3"]
"""sRGB in [0, 1]."""

Pixels = Float32[np.ndarray, "H W c"] | UInt8[np.ndarray, "H W c"] | UInt16[np.ndarray, "H W c"]
"""Values in [0, 1], or whole numbers that stand for them, from 0 to the greatest of their kind."""

Native = Pixels | Float16[np.ndarray, "H W c"]
"""What files hold: the same, and half floats. Floats of files may lie outside [0, 1]."""

Mask = Float32[np.ndarray, "H W"] | UInt8[np.ndarray, "H W"] | UInt16[np.ndarray, "H W"]
"""How much each pixel counts, in [0, 1] or as whole numbers that stand for that."""

AnyPicture = Float[np.ndarray, "_ _ 3"]
"""The same where several pictures of different sizes meet in one signature."""


def in_unit_range(pixels: Native) -> Float32[np.ndarray, "H W c"]:
    """Return the values that pixels of any depth stand for, whole numbers in [0, 1]; float32 ones are not copied."""
    if np.issubdtype(pixels.dtype, np.floating):
        return np.ascontiguousarray(pixels, dtype=np.float32)
    return pixels.astype(np.float32, order="C") / np.float32(np.iinfo(pixels.dtype).max)


def at_depth(values: Float32[np.ndarray, "H W c"], dtype: np.dtype) -> Native:
    """Return values as pixels of another depth, whole numbers of those in [0, 1], rounded to the nearest."""
    if dtype == np.float32:
        return values
    if dtype == np.float16:
        return values.clip(-_LARGEST_HALF, _LARGEST_HALF).astype(dtype)
    return np.rint(values * np.float32(np.iinfo(dtype).max)).astype(dtype)


def _freeze(array: np.ndarray) -> np.ndarray:
    array = np.array(array, order="C")
    array.setflags(write=False)
    return array


@dataclass(frozen=True, eq=False)
class Encoded:
    """A picture as the matching sees it: superpixels with their raw features. Immutable; made once, used often.

    Attributes
    ----------
    mode : "transfer" or "colorize"
        What it was encoded for.
    fingerprint : str
        The settings and the backbone it was made with, as JSON; those of a run have to equal it.
    labels : (h, w) int32
        Superpixel of each pixel at the working size, contiguous from 0.
    features : mapping of layer name to (n, c) float64
        Raw super-features F_l: the mean of each feature map over each superpixel (section 2.1.3).
    areas : (n,) float64
        Pixels of each superpixel, P_i.
    positions : (n, 2) float64
        Mean (y/h, x/w) of each superpixel, pixel centres at half-integers, so in (0, 1).
    color_mean : (n, 3) float64
        Mean original sRGB colour, Ī(i), in [0, 1]; in colourisation too.
    color_covariance : (n, 3, 3) float64
        Population covariance of the original sRGB colour.
    validity : (n,) float64
        Mean of the picture's mask over each superpixel, in [0, 1]; 1 without a mask.
    """

    mode: Mode
    fingerprint: str
    labels: Int32[np.ndarray, "h w"]
    features: Mapping[str, Float64[np.ndarray, "n c"]]
    areas: Float64[np.ndarray, " n"]
    positions: Float64[np.ndarray, "n 2"]
    color_mean: Float64[np.ndarray, "n 3"]
    color_covariance: Float64[np.ndarray, "n 3 3"]
    validity: Float64[np.ndarray, " n"]

    def __post_init__(self) -> None:
        for entry in fields(self):
            value = getattr(self, entry.name)
            if isinstance(value, np.ndarray):
                object.__setattr__(self, entry.name, _freeze(value))
        frozen = {layer: _freeze(array) for layer, array in self.features.items()}
        object.__setattr__(self, "features", MappingProxyType(frozen))
        self._check()

    def _check(self) -> None:
        if self.mode not in get_args(Mode):
            raise ArgumentError(f"mode must be one of {', '.join(get_args(Mode))}, got {self.mode!r}")
        count = len(self.areas) if self.areas.ndim == 1 else 0
        shapes = {"areas": (), "positions": (2,), "color_mean": (3,), "color_covariance": (3, 3), "validity": ()}
        arrays = {name: (getattr(self, name), shape) for name, shape in shapes.items()}
        arrays |= {layer: (array, array.shape[1:]) for layer, array in self.features.items() if array.ndim == 2}
        for name, (array, shape) in arrays.items():
            if array.shape != (count, *shape) or array.dtype != np.float64 or not np.isfinite(array).all():
                raise ArgumentError(
                    f"{name} must hold finite float64 numbers of shape {(count, *shape)}, one row for each superpixel, "
                    f"got {array.dtype} of shape {array.shape}"
                )
        if len(arrays) < len(shapes) + len(self.features):
            raise ArgumentError("each layer of features must be of shape (superpixels, channels)")
        labels = self.labels
        numbered = labels.ndim == 2 and labels.dtype == np.int32 and labels.size and labels.min() >= 0
        if not numbered or labels.max() != count - 1 or not np.bincount(labels.ravel()).all():
            raise ArgumentError(
                f"labels must be int32 (h, w) from 0 to {count - 1}, one for each of {count} superpixels"
            )

    @property
    def count(self) -> int:
        """Number of superpixels, N."""
        return len(self.areas)


@runtime_checkable
class EncodedStore(Protocol):
    """Where a run finds encoded pictures again; :class:`huegraft.EncodedCache` is one, a folder."""

    def find(self, key: str) -> Encoded | None:
        """Return what is kept under a key, 64 hexadecimal digits, or None."""
        ...

    def keep(self, key: str, encoded: Encoded) -> None:
        """Keep an encoded picture under a key."""
        ...


@dataclass(frozen=True, eq=False)
class Result:
    """What a transfer or a colourisation gives.

    Arrays are NumPy arrays where the target was one, Torch tensors where it was one.

    Attributes
    ----------
    image : (H, W, 3), or Picture
        The target in its new colours at its own size: float32 sRGB in [0, 1], or the target's whole numbers. For a
        :class:`huegraft.Picture` one like it: its depth, colour space, alpha and metadata.
    labels : (h, w) int32
        Superpixels of the target at the working size, S_T.
    attention : (n_t, n_r) float64
        A(i, j), balance and median included; each row sums to 1. With several references their superpixels follow each
        other.
    attention_origin : (n_r,) int64
        Which of the references column j belongs to.
    contributions : (references,) float64
        The share of the recoloured area that attends to each reference; together 1.
    similarity : (n_t,) float64
        How like each superpixel is what it attends to, Σ_j A(i, j) M(i, j), in [-1, 1].
    confidence : (h, w) float32
        The estimated probability that the new colour, before `lightness`, `vividness` and `caution` change it, is
        within 5 CIEDE2000 of the right one; in colourisation one number a superpixel. Its level is calibrated for the
        preset ``best`` with its own backbone; elsewhere it is an order (decision 008).
    working_image : (h, w, 3) float32
        At the working size: the fused picture Î before finishing, or with a base map the finished one.
    clipped_share : float
        Share of the pixels of `image` that lay outside its gamut (sRGB's, but for a `Picture` of another one), and were
        clipped or compressed.
    seconds : mapping of stage to float
        Time spent in each stage.
    settings : Settings
        The settings used.
    """

    image: Any
    labels: Any
    attention: Any
    attention_origin: Any
    contributions: Any
    similarity: Any
    confidence: Any
    working_image: Any
    clipped_share: float
    settings: Settings
    seconds: Mapping[str, float] = field(default_factory=dict)
