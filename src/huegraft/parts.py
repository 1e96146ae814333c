"""Parts: the regions of a run made ready, and pins found in the superpixels."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from huegraft.arrays import as_mask
from huegraft.controls import Controls, Pin, Region
from huegraft.errors import ArgumentError, PictureError
from huegraft.shapes import Float64, Int32
from huegraft.stages.pool import pool
from huegraft.stages.prepare import shrink
from huegraft.types import Encoded, Mask, in_unit_range


@dataclass(frozen=True, eq=False)
class Part:
    """A region made ready: the references as it sees them, and the target's mask at full size, None for everything."""

    references: Sequence[Encoded]
    target_mask: Mask | None = None

    def weights(self, labels: Int32[np.ndarray, "h w"]) -> Float64[np.ndarray, " n"]:
        """Return the mean of the target's mask over each of its superpixels, 1 without a mask.

        Raises
        ------
        PictureError
            If it is 0 everywhere.
        """
        if self.target_mask is None:
            return np.ones(int(labels.max()) + 1)
        return _superpixel_weights(self.target_mask, labels, "target mask")

    def within(self, target: Encoded) -> Encoded:
        """Return the encoded target with its superpixels counting as the mask says."""
        return target if self.target_mask is None else masked(target, self.target_mask, "target mask")


def parts_of(
    controls: Controls, size: tuple[int, int], references: Sequence[Encoded], sizes: Sequence[tuple[int, int] | None]
) -> list[Part]:
    """Return the regions of a run: one, of everything, without any.

    Parameters
    ----------
    controls
        As the caller gave them.
    size
        (H, W) of the target.
    references, sizes
        Encoded references, and (H, W) of each; None where only its encoding is known.

    Raises
    ------
    PictureError
        If a mask is none, is 0 everywhere or not of its picture's size.
    ArgumentError
        If masks or regions name references that there are not.
    """
    if len(controls.reference_masks) > len(references):
        raise ArgumentError(f"{len(controls.reference_masks)} reference masks are too many for {len(references)}")
    lending = list(references)
    for index, mask in enumerate(controls.reference_masks):
        if mask is not None:
            lending[index] = masked(references[index], as_mask(mask, sizes[index], "reference mask"), "reference mask")
    everywhere = None if controls.target_mask is None else as_mask(controls.target_mask, size, "target mask")
    if not controls.regions:
        return [Part(lending, everywhere)]
    parts = list[Part]()
    for number, region in enumerate(controls.regions, start=1):
        mask = everywhere
        if region.target_mask is not None:
            mask = as_mask(region.target_mask, size, f"target mask of region {number}")
            mask = mask if everywhere is None else in_unit_range(mask) * in_unit_range(everywhere)
        parts.append(Part(_lending(region, number, lending, sizes), mask))
    return parts


def masked(picture: Encoded, mask: Mask, role: str) -> Encoded:
    """Return an encoded picture of which each superpixel counts by the mean of a mask over it.

    Raises
    ------
    PictureError
        If no superpixel of it counts.
    """
    validity = picture.validity * _superpixel_weights(mask, picture.labels, role)
    if not validity.any():
        raise PictureError(f"the {role} leaves nothing of what the picture's other mask leaves")
    return replace(picture, validity=validity)


def _superpixel_weights(mask: Mask, labels: Int32[np.ndarray, "h w"], role: str) -> Float64[np.ndarray, " n"]:
    size = (labels.shape[0], labels.shape[1])
    if mask.shape[0] < size[0] or mask.shape[1] < size[1]:
        raise PictureError(f"the {role} must be of its picture's size, got {mask.shape} for one of {size} or more")
    means = pool(shrink(mask[..., None], size), labels, int(labels.max()) + 1)[:, 0].clip(0, 1)
    if not means.any():
        raise PictureError(f"the {role} leaves nothing of its picture; masks that are multiplied have to overlap")
    return means


def _lending(
    region: Region, number: int, references: Sequence[Encoded], sizes: Sequence[tuple[int, int] | None]
) -> list[Encoded]:
    """Return the references as a region sees them: those it does not take count nothing."""
    index = region.reference
    if index is not None and not 0 <= index < len(references):
        raise ArgumentError(f"region {number} names reference {index}; there are {len(references)}, counted from 0")
    if index is None and region.reference_mask is not None:
        if len(references) > 1:
            raise ArgumentError(f"region {number} has a reference mask: say of which of {len(references)} references")
        index = 0
    if index is None:
        return list(references)
    role = f"reference mask of region {number}"
    taken = references[index]
    if region.reference_mask is not None:
        taken = masked(taken, as_mask(region.reference_mask, sizes[index], role), role)
    return [
        taken if other == index else replace(each, validity=np.zeros(each.count))
        for other, each in enumerate(references)
    ]


def pinned_superpixels(
    pins: Sequence[Pin],
    size: tuple[int, int],
    labels: np.ndarray,
    references: Sequence[Encoded],
    sizes: Sequence[tuple[int, int] | None],
) -> tuple[list[int], list[int]]:
    """Return which superpixel of the target each pin binds, and to which of all references' together.

    Raises
    ------
    ArgumentError
        If a place lies outside its picture, a reference is not there, or two pins bind one superpixel.
    """
    first = np.cumsum([0, *(each.count for each in references)])
    rows, columns = list[int](), list[int]()
    for pin in pins:
        if not 0 <= pin.of < len(references):
            raise ArgumentError(f"a pin names reference {pin.of}; there are {len(references)}, counted from 0")
        rows.append(_superpixel_at(pin.target, size, labels, "target"))
        there = references[pin.of].labels
        known = sizes[pin.of] or (there.shape[0], there.shape[1])
        columns.append(int(first[pin.of]) + _superpixel_at(pin.reference, known, there, "reference"))
    twice = [pins[index].target for index, row in enumerate(rows) if row in rows[:index]]
    if twice:
        raise ArgumentError(f"the pin at {twice[0][0]:g},{twice[0][1]:g} binds a superpixel that another one binds")
    return rows, columns


def _superpixel_at(place: tuple[float, float], size: tuple[int, int], labels: np.ndarray, role: str) -> int:
    x, y = place
    height, width = size
    if not (0 <= x < width and 0 <= y < height):
        raise ArgumentError(f"the pin at {x:g},{y:g} lies outside the {role} of {width}×{height} pixels")
    return int(labels[int(y * labels.shape[0] / height), int(x * labels.shape[1] / width)])
