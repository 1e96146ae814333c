"""Look: the colours that a target takes, as a record. Rendering lays a look over a picture."""

from dataclasses import dataclass
from typing import Any, get_args

import numpy as np

from huegraft.compiled.grade import FlatGrade
from huegraft.errors import ArgumentError
from huegraft.records import Frozen
from huegraft.settings import Mode, Settings
from huegraft.shapes import Float16, Float32, Float64, Int32
from huegraft.stages.base import BaseMap
from huegraft.stages.fallback import LIGHTNESSES
from huegraft.stages.grade import Grade
from huegraft.stages.slic import Centres
from huegraft.stages.tone import Tone
from huegraft.types import Mask
from huegraft.windows import NO_BARS, Bars, Window

LOOK_SCHEMA = 2


@dataclass(frozen=True, eq=False)
class GradedLayer(Frozen):
    """The maps of colour of one region.

    Attributes
    ----------
    grade, base
        The base map with all that refines it, and the base map alone.
    displacement : (h, w, 3) float16, or None
        What is added where superpixels are pinned, in CIELAB.
    mask : (H, W), or None
        How far each pixel of the look's window takes new colours. With None every pixel takes them wholly.
    """

    grade: FlatGrade
    base: FlatGrade
    displacement: Float16[np.ndarray, "h w 3"] | None = None
    mask: Mask | None = None

    def check(self, size: tuple[int, int], _settings: Settings, _count: int) -> None:
        """Raise ArgumentError unless the arrays are what rendering expects at a working size."""
        for grade in (self.grade, self.base):
            _check_grade(grade)
        if self.displacement is not None:
            _check("displacement", self.displacement, np.float16, (*size, 3))


@dataclass(frozen=True, eq=False)
class FusedLayer(Frozen):
    """The fused colours of one region: chroma, a picture, or colours that rendering fuses.

    Attributes
    ----------
    chroma : (h, w, 2) float32, or None
        a*, b* at the working size.
    picture : (h, w, 3) float32, or None
        sRGB at the working size, if the finish is "rgb".
    colors : (n, 3) float64, or None
        sRGB of each superpixel, if the fusion is native.
    pinned : tuple of int
        The superpixels whose colours pins hold, for the native fusion.
    instead : (levels, 2) float32, FlatGrade, or None
        If the fallback is global, what pixels without trust get: chroma over the target's L*, or a map.
    mask : (H, W), or None
        How far each pixel of the look's window takes new colours. With None every pixel takes them wholly.
    """

    chroma: Float32[np.ndarray, "h w 2"] | None = None
    picture: Float32[np.ndarray, "h w 3"] | None = None
    colors: Float64[np.ndarray, "n 3"] | None = None
    pinned: tuple[int, ...] = ()
    instead: Any = None
    mask: Mask | None = None

    def check(self, size: tuple[int, int], settings: Settings, count: int) -> None:
        """Raise ArgumentError unless the arrays are what rendering expects at a working size and by the settings."""
        if (self.chroma is None) + (self.picture is None) + (self.colors is None) != 2:
            raise ArgumentError("a fused layer has either chroma, or a picture, or colors")
        if settings.finish.finish == "rgb" and self.chroma is not None:
            raise ArgumentError("chroma cannot be finished as rgb")
        if settings.finish.fallback == "global" and self.instead is None:
            raise ArgumentError("a layer with a global fallback needs the colours of this fallback")
        if not all(isinstance(pin, int) and 0 <= pin < count for pin in self.pinned):
            raise ArgumentError(f"pinned superpixels must be from 0 to {count - 1}, got {self.pinned}")
        if self.colors is not None:
            _check("colors", self.colors, np.float64, (count, 3))
        for name, channels in (("chroma", 2), ("picture", 3)):
            if getattr(self, name) is not None:
                _check(name, getattr(self, name), np.float32, (*size, channels))
        if isinstance(self.instead, FlatGrade):
            _check_grade(self.instead)
        elif self.instead is not None:
            _check("instead", self.instead, np.float32, (len(LIGHTNESSES), 2))


Layer = GradedLayer | FusedLayer


@dataclass(frozen=True, eq=False)
class WarmPart(Frozen):
    """What one region hands on to the next frame.

    Attributes
    ----------
    whitening : tuple of (c, k) float64
        The matrices that the features of each layer are multiplied by.
    base, shown
        In transfer the base map, and the grade under which the target was matched for the last time.
    """

    whitening: tuple[np.ndarray, ...] = ()
    base: BaseMap | None = None
    shown: Grade | None = None

    def check(self, *, graded: bool) -> None:
        """Raise ArgumentError unless the part is what solving expects of a graded part, or of a fused part."""
        for matrix in self.whitening:
            _check("whitening", matrix, np.float64, matrix.shape[:2])  # of flat pictures nothing is left
        if (self.base is None, self.shown is None) != (not graded, not graded):
            raise ArgumentError("a part of a grade has a base map and a grade, and a part of a fusion has neither")
        if self.base is not None and self.shown is not None:
            for base in (self.base, self.shown.base):
                shapes = {"tones": (2, -1), "matrix": (3, 3), "before": (3,), "after": (3,)}
                for name, shape in shapes.items():
                    _check(name, getattr(base, name), np.float64, shape)
            _check("coefficients", self.shown.coefficients, np.float64, (-1, 3))
            for lattice in (self.shown.by_color, self.shown.by_place):
                _check("lattice", lattice.values, np.float64, (3, -1, -1, -1))
            _check_grade(self.shown.flat())


@dataclass(frozen=True, eq=False)
class Warm(Frozen):
    """What a solved frame hands on to the next frame of the shot, so that this is solved faster and looks more alike.

    Attributes
    ----------
    fingerprint : str
        The fingerprint of the settings that the frame was solved with.
    centres : Centres
        The centres and identities of the superpixels. Those of the next frame begin there.
    parts : tuple of WarmPart
        One part for each region.
    bars : Bars
        The bars that were cut off the frame. They are cut off the next frame, too.
    """

    fingerprint: str
    centres: Centres
    parts: tuple[WarmPart, ...]
    bars: Bars = NO_BARS

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "bars", Bars(*self.bars))


@dataclass(frozen=True, eq=False)
class Look(Frozen):
    """The colours that a target takes. It can be pickled; :func:`huegraft.save_look` keeps it in a file.

    A look of the default working size takes less than 5 MB without masks, and each further region adds up to 2 MB. With
    ``finish="rgb"`` it takes 6 MB, and each further region adds 3 MB.

    Labels, confidence and the maps and masks of the layers show the target without its black bars: they cover
    `window`. The maps of a :class:`huegraft.Result` show the whole frame.

    Attributes
    ----------
    mode, settings
        The mode and the settings of the request. Settings that the backbone decides are filled in.
    labels : (h, w) int32
        The superpixels of the target at the working size.
    confidence : (h, w) float32
        The estimated probability that a new colour is right (decision 008).
    contributions : (references,) float64
        The share of the recoloured area that attends to each reference. The shares add up to 1.
    fit : float
        How likely the references show a scene like the target's, in [0, 1] (decision 013).
    tones : tuple of str
        The tone of the target, then of each reference: "color", "grey", or the cast of a grey picture, such as "sepia".
    layers : tuple of GradedLayer or FusedLayer
        One layer for each region.
    size : (H, W)
        The size of the target that the look was solved for.
    notes : tuple of str
        What the user should know about the look, one line for each thing.
    warm : Warm
        What the next frame of the same shot may begin with.
    key : str
        The key by which the session that solved the look finds the attention.
    bars : Bars
        The numbers of lines of the target that are black bars, at the top, the bottom, the left and the right. The bars
        stay as they are.
    """

    mode: Mode
    settings: Settings
    labels: Int32[np.ndarray, "h w"]
    confidence: Float32[np.ndarray, "h w"]
    contributions: Float64[np.ndarray, " references"]
    fit: float
    tones: tuple[Tone, ...]
    layers: tuple[Layer, ...]
    size: tuple[int, int]
    notes: tuple[str, ...]
    warm: Warm
    key: str
    bars: Bars = NO_BARS

    @property
    def window(self) -> Window:
        """The part of the target that the bars leave, in pixels of its full size."""
        return self.bars.window(self.size)

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "bars", Bars(*self.bars))
        size = (self.labels.shape[0], self.labels.shape[-1])
        _check("labels", self.labels, np.int32, size)
        _check("confidence", self.confidence, np.float32, size)
        if self.labels.min() < 0 or not self.layers or len(self.size) != 2:
            raise ArgumentError("a look has labels from 0 on, one layer or more, and a size of two numbers")
        if min(self.bars) < 0 or min(self.window.size) < 1:
            raise ArgumentError(f"bars of {tuple(self.bars)} lines leave nothing of {tuple(self.size)} pixels")
        if self.mode not in get_args(Mode) or not isinstance(self.settings, Settings) or not isinstance(self.key, str):
            raise ArgumentError("a look has a mode, settings, and a text as its key")
        if not isinstance(self.fit, float) or not 0 <= self.fit <= 1:
            raise ArgumentError(f"a fit must be a number in [0, 1], got {self.fit!r}")
        for layer in self.layers:
            layer.check(size, self.settings, int(self.labels.max()) + 1)
            if layer.mask is not None:
                _check("mask", layer.mask, layer.mask.dtype.type, self.window.size)
                if layer.mask.dtype.name not in ("float32", "uint8", "uint16"):
                    raise ArgumentError(f"a mask must be float32, uint8 or uint16, got {layer.mask.dtype}")
        if not isinstance(self.warm, Warm) or len(self.warm.parts) != len(self.layers):
            raise ArgumentError("a look hands on one part for each of its layers")
        for layer, part in zip(self.layers, self.warm.parts, strict=True):
            part.check(graded=isinstance(layer, GradedLayer))


def _check_grade(grade: FlatGrade) -> None:
    """Raise ArgumentError unless the numbers of a grade have the shapes that its loop expects."""
    shapes = {"tones": (2, -1), "matrix": (3, 3), "before": (3,), "after": (3,), "limits": (2, 3)}
    shapes |= {"coefficients": (10, 3), "by_color": (-1, -1, -1, 4), "by_place": (-1, -1, -1, 4)}
    shapes |= {"kept": (-1,)}
    for name, shape in shapes.items():
        _check(name, getattr(grade, name), np.float32, shape)


def _check(name: str, array: np.ndarray, dtype: type, shape: tuple[int, ...]) -> None:
    """Raise ArgumentError unless an array has a kind and a shape. In the shape -1 stands for any number but 0."""
    fits = array.ndim == len(shape) and all(
        found == wanted or (wanted == -1 and found > 0) for found, wanted in zip(array.shape, shape, strict=True)
    )
    if not fits or array.dtype != dtype:
        raise ArgumentError(
            f"{name} must be {np.dtype(dtype).name} of shape {shape}, got {array.dtype} of shape {array.shape}"
        )
