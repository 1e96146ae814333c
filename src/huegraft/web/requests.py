"""Requests: what a client asks for, as the method takes it."""

from collections.abc import Callable

import numpy as np

from huegraft.request import Pin, Region, Request
from huegraft.types import at_depth, in_unit_range
from huegraft.web.masks import mask_of
from huegraft.web.schemas import Mask, ResultRequest
from huegraft.web.storage import Storage


def request_of(storage: Storage, target: str, wanted: ResultRequest) -> Request:
    """Return the request for a target, with all pictures and masks.

    Raises
    ------
    Problem
        If there is no such picture, or a mask is of another size.
    ArgumentError
        If regions or pins do not fit the references.
    """
    references = [storage.pixels(each) for each in wanted.references]

    def filled(mask: Mask | None, size: Callable[[], tuple[int, int]]) -> np.ndarray | None:
        return None if mask is None else filled_mask(storage, mask, size())

    def of_target() -> tuple[int, int]:
        return storage.pixels(target).size

    def of_reference(number: int | None) -> Callable[[], tuple[int, int]]:
        return lambda: references[number or 0].size

    return Request(
        wanted.mode,
        storage.pixels(target),
        tuple(references),
        wanted.all_settings(),
        target_mask=filled(wanted.target_mask, of_target),
        reference_masks=tuple(filled(each, of_reference(n)) for n, each in enumerate(wanted.reference_masks)),
        regions=tuple(
            Region(
                filled(each.target_mask, of_target),
                filled(each.reference_mask, of_reference(each.reference)),
                each.reference,
            )
            for each in wanted.regions
        ),
        pins=tuple(Pin(each.target, each.reference, each.of) for each in wanted.pins),
    )


def filled_mask(storage: Storage, mask: Mask, size: tuple[int, int]) -> np.ndarray:
    """Return a mask as an array: the uploaded picture with the strokes laid over it."""
    if mask.picture is None:
        return mask_of(mask.strokes, size)
    uploaded = storage.mask(mask.picture)
    if uploaded.dtype == np.float32:  # a recipe keeps masks as PNG
        uploaded = at_depth(uploaded.clip(0, 1), np.dtype(np.uint16))
    if uploaded.shape != size or not mask.strokes:
        return uploaded  # a mask of another size is refused by the method
    return mask_of(mask.strokes, size, in_unit_range(uploaded))
