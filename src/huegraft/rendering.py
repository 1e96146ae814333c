"""Rendering: a look is laid over its target, whole or in windows, at full size or smaller."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from huegraft.compiled.color import lab_picture
from huegraft.compiled.grade import FlatGrade
from huegraft.compiled.shrink import shrink_areas
from huegraft.errors import ArgumentError, PictureError
from huegraft.fusing import fused_picture
from huegraft.look import FusedLayer, GradedLayer, Layer, Look
from huegraft.picture import Picture
from huegraft.shapes import Bool, Float32
from huegraft.stages import composite
from huegraft.stages.alpha import hides, seen_through
from huegraft.stages.bars import without_bars
from huegraft.stages.composite import Finished, KeptLuminance, WindowColors
from huegraft.stages.fallback import lightness_colors, trust_in, with_fallback
from huegraft.stages.finish import enlarged_colors, graded_colors, under_lightness
from huegraft.stages.guided import guided_lines
from huegraft.stages.prepare import as_seen, shrink, visible
from huegraft.stages.segment import enlarged_labels
from huegraft.types import FloatPicture, Mask, at_depth, in_unit_range
from huegraft.windows import Window


@dataclass(frozen=True, eq=False)
class Rendering:
    """A target, or a window of it, under a look.

    Attributes
    ----------
    image : (H, W, 3) array, or Picture
        The target, or the window, in its new colours. It is of the target's kind.
    clipped : (H, W) bool
        The pixels whose new colour lay outside the output's gamut, and was clipped or compressed.
    """

    image: Any
    clipped: Bool[np.ndarray, "H W"]


def rendered(
    look: Look, target: Picture, size: tuple[int, int] | None = None, window: tuple[int, int, int, int] | None = None
) -> tuple[Picture, Bool[np.ndarray, "H W"]]:
    """Return a window of the target under a look, and where it was clipped. The arguments are those of a session.

    Raises
    ------
    PictureError
        If the target is not of the size that the look was solved for.
    ArgumentError
        If the window lies outside the output.
    """
    check_size(size)
    output = target if size is None else shrunk(target, _fitting(target.size, size))
    return rendered_smaller(look, target, output, window)


def rendered_smaller(
    look: Look, target: Picture, output: Picture, window: tuple[int, int, int, int] | None = None
) -> tuple[Picture, Bool[np.ndarray, "H W"]]:
    """Return what `rendered` returns, for callers that have the target at the size of the output.

    Parameters
    ----------
    look, target, window
        As for `rendered`.
    output
        The target as `shrunk` makes it, or the target itself.
    """
    if target.size != look.size:
        raise PictureError(f"the look was solved for a target of {look.size} pixels, got one of {target.size}")
    asked = Window.whole(output.size) if window is None else _checked(window, output.size)
    alpha = None if output.alpha is None else output.alpha[asked.crop()]
    finished = _finished(look, target, output, asked)
    return replace(output, pixels=finished.image, alpha=alpha, notes=()), finished.clipped


def _finished(look: Look, target: Picture, output: Picture, asked: Window) -> Finished:
    """Return a window of the output. Bars stay as they are, and the content has the colours of the look."""
    if not any(look.bars):
        return _content(look, target, output, asked)
    place = _place(look, output.size)
    part, there = asked.within(place), place.within(asked)
    image, clipped = np.array(output.pixels[asked.crop()]), np.zeros(asked.size, np.bool_)
    if part is not None and there is not None:
        content = without_bars(target, look.bars)
        finished = _content(look, content, shrunk(content, place.size), part)
        image[there.crop()], clipped[there.crop()] = finished.image, finished.clipped
    return Finished(image, clipped)


def _content(look: Look, target: Picture, output: Picture, part: Window) -> Finished:
    """Return a window of the output under the look. Target and output have no bars here."""
    seen = _Seen(look, target)
    layers = [_layer(look, each, seen, output) for each in look.layers]
    return composite.composite(output, layers, look.settings.finish, _kept_luminance(look), part)


def _place(look: Look, size: tuple[int, int]) -> Window:
    """Return the part of an output that is not all bar. It has at least a line, and is no larger than the content."""
    sides = (look.window[:2], look.window[2:])
    places: list[int] = []
    for (start, stop), new, old in zip(sides, size, look.size, strict=True):
        first = start * new // old
        places += [first, min(-(-stop * new // old), first + stop - start)]
    return Window(*places)


def check_size(size: Any) -> None:
    """Raise ArgumentError unless a size is None, or the greatest height and width."""
    if size is not None and not (_are_whole(size, 2) and min(size) >= 1):
        raise ArgumentError(f"size must be the greatest height and width, 1 or more, got {size}")


def _are_whole(numbers: Any, count: int) -> bool:
    sequence = isinstance(numbers, list | tuple) and len(numbers) == count
    return sequence and all(isinstance(number, int | np.integer) for number in numbers)


class _Seen:
    """The target at the working size. It is made when it is first needed."""

    def __init__(self, look: Look, target: Picture) -> None:
        self._look, self._target = look, target
        self._seen: FloatPicture | None = None

    def __call__(self) -> FloatPicture:
        if self._seen is None:
            size = (self._look.labels.shape[0], self._look.labels.shape[1])
            self._seen = as_seen(visible(self._target, size)[0], self._look.mode)
        return self._seen


def _layer(look: Look, layer: Layer, seen: _Seen, output: Picture) -> composite.Layer:
    """Return a region's new colours, and the share that each pixel takes by strength, mask and fallback."""
    settings, size = look.settings.finish, output.size
    share = None
    if layer.mask is not None or settings.strength < 1:
        share = _share(None if layer.mask is None else _fitted_mask(layer.mask, size), settings.strength)
    placed = composite.Layer(_colors(look, layer, seen, output), share)
    if settings.fallback == "none":
        return placed
    trust = trust_in(look.confidence, seen(), size, settings.min_confidence)
    return with_fallback(placed, trust, settings.fallback, _instead(look, layer, size))


def _share(mask: Mask | None, strength: float) -> composite.WindowShare:
    def share(_old: FloatPicture, window: Window) -> Float32[np.ndarray, "h w"]:
        if mask is None:
            return np.full(window.size, np.float32(strength))
        return in_unit_range(mask[window.crop()]) * np.float32(strength)

    return share


def _colors(look: Look, layer: Layer, seen: _Seen, output: Picture) -> WindowColors:
    size, settings = output.size, look.settings
    if isinstance(layer, GradedLayer):
        displacement = None if layer.displacement is None else _fitted(layer.displacement.astype(np.float32), size)
        return graded_colors(layer.grade, size, settings.grade.lightness, displacement)
    picture = layer.picture
    chroma = layer.chroma
    if layer.colors is not None:
        picture = _natively_fused(look, layer, seen, output)
        chroma = np.ascontiguousarray(lab_picture(picture)[..., 1:])
    if settings.finish.finish == "rgb" or chroma is None:
        assert picture is not None  # noqa: S101 - a fused layer has one of the three
        return enlarged_colors(_fitted(picture, size), size)
    if settings.finish.upsample == "guided" and layer.colors is None and look.labels.shape != look.window.size:
        chroma = guided_lines(chroma, lab_picture(seen())[..., 0])
    return under_lightness(_fitted(chroma, size), size, look.mode)


def _natively_fused(look: Look, layer: FusedLayer, seen: _Seen, output: Picture) -> FloatPicture:
    """Return the picture fused at the output's size, or at the working size if that is larger."""
    assert layer.colors is not None  # noqa: S101
    if any(new < old for new, old in zip(output.size, look.labels.shape, strict=True)):
        return fused_picture(seen(), look.labels, layer.colors, layer.pinned, look.settings.fuse)
    labels = enlarged_labels(look.labels, output.size)
    full = as_seen(visible(output, output.size)[0], look.mode)
    return fused_picture(full, labels, layer.colors, layer.pinned, look.settings.fuse)


def _instead(look: Look, layer: Layer, size: tuple[int, int]) -> WindowColors | None:
    """Return the one map of all colours for pixels without trust if the fallback is "global", else None."""
    if look.settings.finish.fallback != "global":
        return None
    if isinstance(layer, GradedLayer):
        return graded_colors(layer.base, size, look.settings.grade.lightness)
    if isinstance(layer.instead, FlatGrade):
        return graded_colors(layer.instead, size, lightness=0)
    return lightness_colors(layer.instead)


def _kept_luminance(look: Look) -> KeptLuminance | None:
    """Return which luminance the finished picture keeps."""
    if isinstance(look.layers[0], GradedLayer):
        return None if look.settings.grade.lightness else "color"
    if look.settings.finish.finish == "rgb":
        return None
    return "grey" if look.mode == "colorize" else "color"


def _fitting(size: tuple[int, int], most: tuple[int, int]) -> tuple[int, int]:
    """Return a size shrunk, if needed, to fit into another size."""
    scale = min(1.0, *(limit / own for limit, own in zip(most, size, strict=True)))
    height, width = (max(1, round(own * scale)) for own in size)
    return height, width


def shrunk(target: Picture, size: tuple[int, int]) -> Picture:
    """Return the target at a size no larger than its own."""
    if target.size == size:
        return target
    height, width = size
    if target.alpha is None or not hides(target.alpha):
        values = shrink_areas(target.pixels, (height, width))
    else:
        values, _ = seen_through(target.pixels, target.alpha, (height, width), in_unit_range)
    alpha = None if target.alpha is None else _fitted_mask(target.alpha, (height, width))
    return replace(target, pixels=at_depth(values, target.pixels.dtype), alpha=alpha)


def _fitted(values: Float32[np.ndarray, "h w c"], size: tuple[int, int]) -> Float32[np.ndarray, "h2 w2 c"]:
    """Return values shrunk to a size. Smaller values stay as they are, and are enlarged where they are used."""
    height, width = (min(new, old) for new, old in zip(size, values.shape, strict=False))
    return shrink_areas(values, (height, width)) if (height, width) != values.shape[:2] else values


def _fitted_mask(mask: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    return mask if mask.shape == size else at_depth(shrink(mask[..., None], size), mask.dtype)[..., 0]


def _checked(window: Any, size: tuple[int, int]) -> Window:
    if _are_whole(window, 4):
        top, bottom, left, right = map(int, window)
        if 0 <= top < bottom <= size[0] and 0 <= left < right <= size[1]:
            return Window(top, bottom, left, right)
    raise ArgumentError(f"the window must be (top, bottom, left, right) within {size} pixels, got {window}")
