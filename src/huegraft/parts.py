"""Parts: the regions of a request with their masks and references, and the superpixels that pins bind."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from huegraft.arrays import as_mask
from huegraft.digest import digest
from huegraft.errors import ArgumentError, PictureError
from huegraft.nodes import Choices, Node, Source, step
from huegraft.records import Encoded, Geometry, frozen_copy
from huegraft.request import Pin, Region, Request
from huegraft.shapes import Float64, Int32
from huegraft.stages.match import Features
from huegraft.stages.pool import pool
from huegraft.stages.prepare import Prepared, shrink
from huegraft.types import Mask, in_unit_range
from huegraft.views import View
from huegraft.windows import Frame

Places = tuple[tuple[tuple[float, float], tuple[float, float], int], ...]
"""For each pin the place in the target, the place in the reference, and the number of the reference."""


@dataclass(frozen=True, eq=False)
class Part:
    """A region with its mask and its references.

    Attributes
    ----------
    references
        The references as the region sees them. References that it does not use count nothing.
    joined
        The features of the references, with those of the surroundings.
    mask
        The mask of the target at full size, or None for everything.
    """

    references: Sequence[Node[Encoded]]
    joined: Sequence[Node[Features]]
    mask: Source[Mask] | None = None


def parts_of(
    request: Request,
    settings: Choices,
    frame: Frame,
    references: Sequence[Node[Encoded]],
    frames: Sequence[Frame],
    joined: Sequence[Node[Features]],
) -> list[Part]:
    """Return the regions of a request. A request without regions has one region of everything.

    Parameters
    ----------
    request, settings
        The request and its settings.
    frame, frames
        The frames of the target and of each reference. Masks have the size of the frame.
    references, joined
        The nodes of the references, and of their features with those of the surroundings.

    Raises
    ------
    PictureError
        If a mask is no mask, is 0 everywhere but in bars, or is not of its picture's size.
    """
    lending = list(references)
    for index, mask in enumerate(request.reference_masks):
        if mask is not None:
            role = "reference mask" if len(references) == 1 else f"mask of reference {index + 1}"
            lending[index] = masked(settings, lending[index], mask, frames[index], role)
    everywhere = None if request.target_mask is None else content_mask(request.target_mask, frame, "target mask")
    if not request.regions:
        return [Part(lending, joined, None if everywhere is None else mask_source(everywhere))]
    parts = list[Part]()
    for number, region in enumerate(request.regions, start=1):
        mask = everywhere
        if region.target_mask is not None:
            mask = content_mask(region.target_mask, frame, f"target mask of region {number}")
            mask = mask if everywhere is None else in_unit_range(mask) * in_unit_range(everywhere)
        of_region = _lending(region, number, settings, lending, frames)
        parts.append(Part(of_region, joined, None if mask is None else mask_source(mask)))
    return parts


def mask_source(mask: Mask) -> Source[Mask]:
    """Return a mask as a node. It is a copy, because a look that holds it must not change with the caller's array."""
    held = frozen_copy(mask)
    return Source(held, lambda: digest([held]))


def content_mask(mask: object, frame: Frame, role: str) -> Mask:
    """Return the part of a caller's mask that lies over the content of its picture.

    Raises
    ------
    PictureError
        If the mask is no mask, is 0 everywhere but in bars, or is not of the picture's full size.
    """
    part = np.ascontiguousarray(as_mask(mask, frame.size, role)[frame.window.crop()])
    if not part.any():
        raise PictureError(
            f"the {role} lies in the black bars of its picture only; bars=False (--no-bars) keeps the bars in"
        )
    return part


def places_of(pins: Sequence[Pin], frame: Frame, frames: Sequence[Frame]) -> Places:
    """Return the places that pins bind.

    Raises
    ------
    ArgumentError
        If a place lies outside its picture, or in a black bar of it.
    """
    for pin in pins:
        for place, of, role in ((pin.target, frame, "target"), (pin.reference, frames[pin.of], "reference")):
            check_place(place, of, "pin at", role)
    return tuple((pin.target, pin.reference, pin.of) for pin in pins)


def check_place(place: Sequence[float], frame: Frame, what: str, role: str) -> None:
    """Raise ArgumentError unless a place, (x, y), lies in the content of a picture."""
    (x, y), (height, width), window = place, frame.size, frame.window
    if not (0 <= x < width and 0 <= y < height):
        raise ArgumentError(f"the {what} {x:g},{y:g} lies outside the {role} of {width}×{height} pixels")
    if not (window.left <= x < window.right and window.top <= y < window.bottom):
        raise ArgumentError(
            f"the {what} {x:g},{y:g} lies in a black bar of the {role}; bars=False (--no-bars) keeps bars in"
        )


@step(None)
def pinned(
    _settings: View, geometry: Geometry, references: Sequence[Encoded], places: Places
) -> tuple[list[int], list[int]]:
    """Return the superpixel of the target that each pin binds, and the superpixel among those of all references.

    Raises
    ------
    ArgumentError
        If two pins bind one superpixel.
    """
    first = np.cumsum([0, *(each.count for each in references)])
    rows = [geometry.superpixel_at(target) for target, _, _ in places]
    columns = [int(first[of]) + references[of].geometry.superpixel_at(there) for _, there, of in places]
    twice = [places[index][0] for index, row in enumerate(rows) if row in rows[:index]]
    if twice:
        raise ArgumentError(
            f"the pin at {twice[0][0]:g},{twice[0][1]:g} binds a superpixel that another pin binds already"
        )
    return rows, columns


@step(None)
def within(_settings: View, picture: Encoded, mask: Mask, role: str) -> Encoded:
    """Return an encoded picture in which each superpixel counts by the mean of a mask over it.

    Raises
    ------
    PictureError
        If no superpixel counts.
    """
    validity = picture.validity * superpixel_weights(mask, picture.labels, role)
    if not validity.any():
        raise PictureError(f"the {role} and the other mask of the picture do not overlap")
    return replace(picture, validity=validity)


@step(None)
def weights(_settings: View, ready: Prepared, geometry: Geometry, mask: Mask | None) -> Float64[np.ndarray, " n"]:
    """Return how much each superpixel of the target counts by its mask and its alpha. Without both it counts 1."""
    weights = np.ones(geometry.count)
    if ready.opacity is not None:
        weights = pool(ready.opacity[..., None], geometry.labels, geometry.count)[:, 0].clip(0, 1)
    if mask is not None:
        weights = weights * superpixel_weights(mask, geometry.labels, "target mask")
    if not weights.any():
        raise PictureError("the target mask covers nothing that the target's alpha shows")
    return weights


@step(None)
def _lending_nothing(_settings: View, picture: Encoded) -> Encoded:
    return replace(picture, validity=np.zeros(picture.count))


def superpixel_weights(mask: Mask, labels: Int32[np.ndarray, "h w"], role: str) -> Float64[np.ndarray, " n"]:
    """Return the mean of a mask over each superpixel.

    Raises
    ------
    PictureError
        If the mean is 0 in all superpixels.
    """
    size = (labels.shape[0], labels.shape[1])
    means = pool(shrink(mask[..., None], size), labels, int(labels.max()) + 1)[:, 0].clip(0, 1)
    if not means.any():
        raise PictureError(f"the {role} leaves nothing of its picture; masks that are multiplied have to overlap")
    return means


def masked(settings: Choices, picture: Node[Encoded], mask: object, frame: Frame, role: str) -> Node[Encoded]:
    """Return a picture in which each superpixel counts by the mean of a caller's mask over it."""
    return within(settings, picture, mask_source(content_mask(mask, frame, role)), role)


def _lending(
    region: Region,
    number: int,
    settings: Choices,
    references: Sequence[Node[Encoded]],
    frames: Sequence[Frame],
) -> list[Node[Encoded]]:
    """Return the references as a region sees them. References that it does not use count nothing."""
    index = 0 if region.reference is None and region.reference_mask is not None else region.reference
    if index is None:
        return list(references)
    taken = references[index]
    if region.reference_mask is not None:
        role = f"reference mask of region {number}"
        taken = masked(settings, taken, region.reference_mask, frames[index], role)
    return [taken if other == index else _lending_nothing(settings, each) for other, each in enumerate(references)]
