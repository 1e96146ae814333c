"""Requests: what a client asks for, as the method takes it."""

from collections.abc import Callable

import numpy as np

from huegraft.request import Pin, Region, Request
from huegraft.types import at_depth, in_unit_range
from huegraft.web.masks import check_strokes, mask_of
from huegraft.web.problems import Problem
from huegraft.web.schemas import Mask, ResultRequest
from huegraft.web.storage import Storage

Size = tuple[int, int]


def check_pictures(storage: Storage, target: str, wanted: ResultRequest) -> None:
    """Raise now what making the request for a target would raise later, without making its masks.

    Raises
    ------
    Problem
        If there is no such picture, a mask is of another size, or a pin lies outside its picture.
    ArgumentError
        If regions or pins do not fit the references.
    """

    def checked(mask: Mask | None, size: Callable[[], Size]) -> np.ndarray | None:
        if mask is not None:
            check_strokes(mask.strokes, size())
            if mask.picture is not None and storage.mask(mask.picture).shape != size():
                raise Problem(
                    422,
                    "mask-size",
                    f"A mask must have the size of its picture, {size()[1]}×{size()[0]} pixels.",
                )
        return None if mask is None else _SOME_MASK

    request = _request_of(storage, target, wanted, checked)
    for pin in wanted.pins:
        for place, size in ((pin.target, request.target.size), (pin.reference, request.references[pin.of].size)):
            check_inside(place, size)


def check_inside(place: tuple[float, float], size: Size) -> None:
    """Raise a problem unless a place, (x, y), lies inside a picture."""
    if not (place[0] < size[1] and place[1] < size[0]):
        raise Problem(
            422, "outside", f"({place[0]:g}, {place[1]:g}) lies outside the picture of {size[1]}×{size[0]} pixels."
        )


def request_of(storage: Storage, target: str, wanted: ResultRequest) -> Request:
    """Return the request for a target, with all pictures and masks. Raise as `check_pictures`."""

    def filled(mask: Mask | None, size: Callable[[], Size]) -> np.ndarray | None:
        return None if mask is None else filled_mask(storage, mask, size())

    return _request_of(storage, target, wanted, filled)


def filled_mask(storage: Storage, mask: Mask, size: Size) -> np.ndarray:
    """Return a mask as an array: the uploaded picture with the strokes laid over it."""
    if mask.strokes:
        return storage.masks.find((mask.model_dump_json(), size), lambda: _drawn(storage, mask, size), _bytes)
    return _uploaded(storage, mask.picture) if mask.picture else np.zeros(size, np.uint8)


def _bytes(array: np.ndarray) -> int:
    return array.nbytes


def _drawn(storage: Storage, mask: Mask, size: Size) -> np.ndarray:
    under = None if mask.picture is None else in_unit_range(_uploaded(storage, mask.picture))
    return mask_of(mask.strokes, size, under)


def _uploaded(storage: Storage, picture: str) -> np.ndarray:
    uploaded = storage.mask(picture)
    if uploaded.dtype == np.float32:  # a recipe keeps masks as PNG
        uploaded = at_depth(uploaded.clip(0, 1), np.dtype(np.uint16))
    return uploaded


def _request_of(
    storage: Storage,
    target: str,
    wanted: ResultRequest,
    filled: Callable[[Mask | None, Callable[[], Size]], np.ndarray | None],
) -> Request:
    references = [storage.pixels(each) for each in wanted.references]
    pixels = storage.pixels(target)

    def of_target() -> Size:
        return pixels.size

    def of_reference(number: int | None) -> Callable[[], Size]:
        return lambda: references[min(number or 0, len(references) - 1)].size  # too large a number is refused below

    return Request(
        wanted.mode,
        pixels,
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


_SOME_MASK = np.ones((1, 1), np.uint8)
