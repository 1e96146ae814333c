"""The records that pass between stages and out to callers: plain values that never change and can be pickled."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from types import MappingProxyType
from typing import Any, Protocol, get_args, runtime_checkable

import numpy as np

from huegraft.digest import digest
from huegraft.errors import ArgumentError
from huegraft.settings import Mode, Settings
from huegraft.shapes import Float32, Float64, Int32, Int64
from huegraft.windows import NO_BARS, Bars, Frame, Window

ENCODED_SCHEMA = 3


def frozen(array: np.ndarray) -> np.ndarray:
    """Return an array that nobody can write to. It is a copy, unless the given array is of this kind already."""
    if not array.flags.writeable and array.flags.c_contiguous and array.base is None:
        return array
    array = np.array(array, order="C")
    array.setflags(write=False)
    return array


def frozen_copy(array: np.ndarray) -> np.ndarray:
    """Return a copy, which nobody can write to, of an array that a caller may go on using."""
    array = np.array(array, order="C")
    array.setflags(write=False)
    return array


def _held(value: Any) -> Any:
    """Return a value as a frozen record holds it. Arrays, tuples of arrays and mappings are frozen, too."""
    if isinstance(value, np.ndarray):
        return frozen(value)
    if type(value) is tuple:
        return tuple(map(_held, value))
    return MappingProxyType({key: _held(each) for key, each in value.items()}) if isinstance(value, Mapping) else value


def arrays_in(value: Any) -> Iterator[np.ndarray]:
    """Yield the arrays that a record, a mapping or a sequence holds, however deep."""
    if isinstance(value, np.ndarray):
        yield value
    elif dataclasses.is_dataclass(value):
        for entry in dataclasses.fields(value):
            yield from arrays_in(getattr(value, entry.name, None))
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from arrays_in(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from arrays_in(each)


class Frozen:
    """A frozen dataclass whose arrays nobody can write to. This holds for copies and after pickling, too."""

    def __init_subclass__(cls) -> None:
        cls.__repr__ = Frozen.__repr__  # or a dataclass would make one that prints every number

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            object.__setattr__(self, name, _held(value))

    def __repr__(self) -> str:
        parts = [f"{entry.name}={_short(getattr(self, entry.name))}" for entry in dataclasses.fields(self)]  # pyright: ignore[reportArgumentType]
        return f"{type(self).__name__}({', '.join(parts)})"

    @cached_property
    def digest(self) -> str:
        """The digest of all that the record holds."""
        return digest([np.frombuffer(_plain_text(self).encode(), np.uint8), *arrays_in(self)])

    def __reduce__(self) -> tuple[Any, ...]:
        values = {entry.name: getattr(self, entry.name) for entry in dataclasses.fields(self)}  # pyright: ignore[reportArgumentType]
        plain = {name: dict(value) if isinstance(value, MappingProxyType) else value for name, value in values.items()}
        return partial(type(self), **plain), ()


@dataclass(frozen=True, eq=False)
class Geometry(Frozen):
    """Where the superpixels of a picture are.

    Attributes
    ----------
    labels : (h, w) int32
        The superpixel of each pixel at the working size. The numbers are contiguous from 0.
    areas : (n,) float64
        The number of pixels of each superpixel, P_i.
    positions : (n, 2) float64
        The mean (y/h, x/w) of each superpixel. Pixel centres lie at half-integers, so the means lie in (0, 1).
    centres : (n, 5) float32
        The centre at which SLIC left each superpixel: (y/h, x/w), then L*, a*, b*.
    ids : (n,) int64
        The identities of the superpixels. They go on from frame to frame of a film.
    window : Window
        The part of the full-size picture that the labels cover, in its pixels.
    following : int
        The next identity, which no superpixel has had yet.
    bars : Bars
        The lines of the full-size picture that the window leaves out on each side.
    """

    labels: Int32[np.ndarray, "h w"]
    areas: Float64[np.ndarray, " n"]
    positions: Float64[np.ndarray, "n 2"]
    centres: Float32[np.ndarray, "n 5"]
    ids: Int64[np.ndarray, " n"]
    window: Window
    following: int
    bars: Bars = NO_BARS

    def __post_init__(self) -> None:
        super().__post_init__()
        count = self.count
        _check_rows(count, areas=(self.areas, ()), positions=(self.positions, (2,)))
        labels = self.labels
        numbered = labels.ndim == 2 and labels.dtype == np.int32 and labels.size and labels.min() >= 0
        counted = np.bincount(labels.ravel()) if numbered and labels.max() == count - 1 else np.zeros(1)
        if not counted.all():
            raise ArgumentError(
                f"labels must be int32 (h, w) from 0 to {count - 1}, one for each of {count} superpixels"
            )
        if (counted != self.areas).any():
            raise ArgumentError("areas must be the numbers of pixels of the superpixels")
        found = self.centres.shape, self.centres.dtype, self.ids.shape, self.ids.dtype
        if found != ((count, 5), np.float32, (count,), np.int64) or not np.isfinite(self.centres).all():
            raise ArgumentError(
                f"centres (float32, finite) and ids (int64) must have one row for each of {count} superpixels"
            )
        if len(np.unique(self.ids)) < count or self.ids.max() >= self.following:
            raise ArgumentError(f"ids must be distinct and below {self.following}, the following one")
        if min(self.window) < 0 or min(self.window.size) < 1:
            raise ArgumentError(f"the window must hold a pixel or more, got {tuple(self.window)}")
        if any(self.bars) and (min(self.bars) < 0 or self.frame.window != self.window):
            raise ArgumentError(f"bars of {tuple(self.bars)} lines do not leave the window {tuple(self.window)}")

    @property
    def frame(self) -> Frame:
        """The full size of the picture, and its bars."""
        return Frame((self.window.bottom + self.bars.bottom, self.window.right + self.bars.right), self.bars)

    @property
    def count(self) -> int:
        """Number of superpixels, N."""
        return len(self.areas) if self.areas.ndim == 1 else 0

    def superpixel_at(self, place: Sequence[float]) -> int:
        """Return the superpixel at (x, y) in pixels of the full-size picture."""
        return superpixel_at(place, self.labels, self.window)


def superpixel_at(place: Sequence[float], labels: Int32[np.ndarray, "h w"], window: Window) -> int:
    """Return the superpixel at (x, y), in pixels of a full-size picture, whose window the labels cover."""
    (height, width), (rows, columns) = window.size, labels.shape
    x, y = place[0] - window.left, place[1] - window.top
    return int(labels[int(y * rows / height), int(x * columns / width)])


@dataclass(frozen=True, eq=False)
class Description(Frozen):
    """What the superpixels of a picture look like to a backbone.

    Attributes
    ----------
    backbone : str
        The name of the backbone, which stands for its weights.
    features : mapping of layer name to (n, c) float64
        Raw super-features F_l: the mean of each feature map over each superpixel (section 2.1.3).
    """

    backbone: str
    features: Mapping[str, Float64[np.ndarray, "n c"]]


@dataclass(frozen=True, eq=False)
class Colors(Frozen):
    """The colours of the superpixels of a picture. A colourisation has them, too.

    Attributes
    ----------
    mean : (n, 3) float64
        Mean original sRGB colour, Ī(i), in [0, 1].
    covariance : (n, 3, 3) float64
        Population covariance of the original sRGB colour.
    """

    mean: Float64[np.ndarray, "n 3"]
    covariance: Float64[np.ndarray, "n 3 3"]


@dataclass(frozen=True, eq=False)
class Encoded(Frozen):
    """A picture as the matching sees it: superpixels with their raw features. It is immutable, made once, used often.

    The arrays of its parts have names of their own, too: ``encoded.labels``, ``encoded.color_mean``.

    Attributes
    ----------
    mode : "transfer" or "colorize"
        The mode that it was encoded for.
    fingerprint : str
        The settings and the backbone that it was made with, as JSON. A request has to have the same.
    geometry, description, colors
        Where its superpixels are, what they look like to the backbone, and their colours.
    validity : (n,) float64
        The mean of the picture's mask over each superpixel, in [0, 1]. Without a mask it is 1.
    """

    mode: Mode
    fingerprint: str
    geometry: Geometry
    description: Description
    colors: Colors
    validity: Float64[np.ndarray, " n"]

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.mode not in get_args(Mode):
            raise ArgumentError(f"mode must be one of {', '.join(get_args(Mode))}, got {self.mode!r}")
        if ((self.validity < 0) | (self.validity > 1)).any():
            raise ArgumentError("validity must lie in [0, 1]")
        if any(array.ndim != 2 for array in self.features.values()):
            raise ArgumentError("each layer of features must be of shape (superpixels, channels)")
        _check_rows(
            self.count,
            validity=(self.validity, ()),
            color_mean=(self.color_mean, (3,)),
            color_covariance=(self.color_covariance, (3, 3)),
            **{layer: (array, array.shape[1:]) for layer, array in self.features.items()},
        )

    @property
    def labels(self) -> Int32[np.ndarray, "h w"]:
        """Those of the geometry."""
        return self.geometry.labels

    @property
    def areas(self) -> Float64[np.ndarray, " n"]:
        """Those of the geometry."""
        return self.geometry.areas

    @property
    def positions(self) -> Float64[np.ndarray, "n 2"]:
        """Those of the geometry."""
        return self.geometry.positions

    @property
    def features(self) -> Mapping[str, Float64[np.ndarray, "n c"]]:
        """Those of the description."""
        return self.description.features

    @property
    def color_mean(self) -> Float64[np.ndarray, "n 3"]:
        """Mean colours."""
        return self.colors.mean

    @property
    def color_covariance(self) -> Float64[np.ndarray, "n 3 3"]:
        """Covariances of colours."""
        return self.colors.covariance

    @property
    def count(self) -> int:
        """Number of superpixels, N."""
        return self.geometry.count


def _short(value: Any) -> str:
    """Return a value as a record shows it. Arrays are shown by their kind and their shape."""
    if isinstance(value, np.ndarray):
        return f"{value.dtype} {value.shape}"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{key!r}: {_short(each)}' for key, each in value.items())}}}"
    return f"({', '.join(map(_short, value))})" if type(value) is tuple else repr(value)


def _plain_text(value: Any) -> str:
    """Return the content of a record as text, without its arrays."""
    if isinstance(value, np.ndarray):
        return "array"
    if dataclasses.is_dataclass(value):
        parts = [f"{entry.name}={_plain_text(getattr(value, entry.name))}" for entry in dataclasses.fields(value)]
        return f"{type(value).__name__}({','.join(parts)})"
    if isinstance(value, Mapping):
        return f"{{{','.join(f'{key}:{_plain_text(each)}' for key, each in value.items())}}}"
    return f"[{','.join(map(_plain_text, value))}]" if isinstance(value, list | tuple) else repr(value)


def _check_rows(count: int, **arrays: tuple[np.ndarray, tuple[int, ...]]) -> None:
    """Raise unless each array holds finite float64 numbers, one row of the given shape for each superpixel."""
    for name, (array, shape) in arrays.items():
        if array.shape != (count, *shape) or array.dtype != np.float64 or not np.isfinite(array).all():
            raise ArgumentError(
                f"{name} must hold finite float64 numbers of shape {(count, *shape)}, one row for each superpixel, "
                f"got {array.dtype} of shape {array.shape}"
            )


@runtime_checkable
class EncodedStore(Protocol):
    """A store in which a session finds encoded pictures again. :class:`huegraft.EncodedCache` is a folder of them."""

    def find(self, key: str) -> Encoded | None:
        """Return what is kept under a key, 64 hexadecimal digits, or None."""
        ...

    def keep(self, key: str, encoded: Encoded) -> None:
        """Keep an encoded picture under a key."""
        ...


@dataclass(frozen=True, eq=False)
class Result:
    """The result of a transfer or of a colourisation.

    Its arrays are NumPy arrays for a NumPy target, and Torch tensors for a Torch target.

    Attributes
    ----------
    image : (H, W, 3), or Picture
        The target in its new colours at its own size: float32 sRGB in [0, 1], or the target's whole numbers. For a
        target that is a :class:`huegraft.Picture` it is a Picture with the same depth, colour space, alpha and
        metadata.
    labels : (h, w) int32
        The superpixels of the target at the working size, S_T. The label is -1 in black bars that were cut off. This
        map and the maps `confidence` and `working_image` show the whole frame.
    attention : (n_t, n_r) float64
        The attention A(i, j), after balance and median. Each row sums to 1. The superpixels of several references
        follow each other.
    attention_origin : (n_r,) int64
        The reference that column j belongs to.
    contributions : (references,) float64
        The share of the recoloured area that attends to each reference. The shares add up to 1.
    fit : float
        How likely the references show a scene like the target's, in [0, 1]. The fit depends on what the matching shows
        before anything is recoloured. It is calibrated for the preset ``best``. With other settings it only gives an
        order (decision 013).
    similarity : (n_t,) float64
        How similar each superpixel is to what it attends to, Σ_j A(i, j) M(i, j), in [-1, 1].
    confidence : (h, w) float32
        The estimated probability that the new colour lies within 5 CIEDE2000 of the right colour. The new colour is
        meant before `lightness`, `vividness` and `caution` change it. In colourisation there is one number for each
        superpixel. The level is calibrated for the preset ``best`` with its own backbone. With other settings it only
        gives an order (decision 008). The confidence is 1 in black bars, which stay as they are.
    working_image : (h, w, 3) float32
        A picture at the working size: with a base map the finished picture, otherwise the fused picture Î before
        finishing. Black bars are black.
    clipped_share : float
        The share of the pixels of `image` that lay outside its gamut and were clipped or compressed. The gamut is that
        of sRGB, or that of a `Picture` in another colour space.
    seconds : mapping of stage to float
        The time that each stage took. Stages that a session remembered do not run, and are not listed.
    settings : Settings
        The settings of the call.
    notes : tuple of str
        What the user should know about the result, one line for each thing.
    look : Look
        The colours as a record of their own. :meth:`huegraft.Session.render` lays them over a target.
    """

    image: Any
    labels: Any
    attention: Any
    attention_origin: Any
    contributions: Any
    fit: float
    similarity: Any
    confidence: Any
    working_image: Any
    clipped_share: float
    settings: Settings
    seconds: Mapping[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    look: Any = None
