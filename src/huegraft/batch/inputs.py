"""Inputs: masks, regions, pins and options of reading, as texts of the command line and of settings files."""

import math
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from huegraft.errors import ArgumentError
from huegraft.io.image import read_mask
from huegraft.io.interpretation import FloatRange, check_float_range
from huegraft.request import Pin, Region

_REGION = "TARGET_MASK:REFERENCE_MASK or TARGET_MASK:REFERENCE_MASK:NUMBER of the reference; either mask may be empty"
_PIN = "X,Y:X,Y or X,Y:X,Y:NUMBER, pixels of the target, pixels of the reference, and which reference, from 1"


@dataclass(frozen=True)
class Inputs:
    """The inputs of a run beside pictures and settings.

    Attributes
    ----------
    target_mask, reference_masks
        The mask files. A reference without a mask has "".
    regions
        Each region is ``TARGET_MASK:REFERENCE_MASK`` or ``TARGET_MASK:REFERENCE_MASK:NUMBER``: two files, and the
        number of the reference from 1.
    pins
        Each pin is ``X,Y:X,Y`` or ``X,Y:X,Y:NUMBER``: pixels of the target, then of the reference.
    float_range
        What the floats of files stand for: "light", or the number that stands for white.
    layer
        The layer that is taken of OpenEXR files with several layers.
    """

    target_mask: str | None = None
    reference_masks: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    pins: tuple[str, ...] = ()
    float_range: str | None = None
    layer: str | None = None

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> "Inputs":
        """Return the inputs in a mapping, with lists as tuples.

        Raises
        ------
        ArgumentError
            If a value is of another kind, or a region or a pin cannot be one.
        """
        single = {name: values.get(name) for name in ("target_mask", "float_range", "layer")}
        lists = {name: values.get(name) for name in ("reference_masks", "regions", "pins")}
        for value in (*single.values(), *(each for texts in lists.values() for each in (texts or ()))):
            if not isinstance(value, str | None):
                raise ArgumentError(f"masks, regions, pins and options of reading must be texts, got {value!r}")
        if any(isinstance(texts, str) for texts in lists.values()):
            raise ArgumentError("reference masks, regions and pins must be lists of texts, got one text")
        given: dict[str, Any] = {name: value or None for name, value in single.items()}
        given |= {name: tuple(each or "" for each in texts or ()) for name, texts in lists.items()}
        inputs = cls(**given)
        inputs.reading()
        for text in inputs.regions:
            _parts_of_region(text)
        for text in inputs.pins:
            _pin(text)
        return inputs

    def or_else(self, other: "Inputs") -> "Inputs":
        """Return these inputs, filled up from other inputs where they are not given."""
        return replace(other, **{name: value for name, value in vars(self).items() if value})

    def with_paths(self, change: Callable[[str], str]) -> "Inputs":
        """Return these inputs with each path of a file changed."""

        def changed(path: str | None) -> str:
            return change(path) if path else ""

        def region(text: str) -> str:
            target, reference, number = _parts_of_region(text)
            return ":".join([changed(target), changed(reference), *([str(number)] if number else [])])

        return replace(
            self,
            target_mask=changed(self.target_mask) or None,
            reference_masks=tuple(map(changed, self.reference_masks)),
            regions=tuple(map(region, self.regions)),
        )

    def below(self, folder: Path) -> "Inputs":
        """Return these inputs with paths below a folder, for paths that are relative to it."""
        return self.with_paths(lambda path: str(folder / path))

    def relative_to(self, folder: Path) -> "Inputs":
        """Return these inputs with paths relative to a folder."""
        return self.with_paths(lambda path: os.path.relpath(path, folder))

    @property
    def paths(self) -> list[Path]:
        """All files that the inputs name."""
        found = list[Path]()

        def noted(path: str) -> str:
            found.append(Path(path))
            return path

        self.with_paths(noted)
        return found

    def reading(self) -> dict[str, Any]:
        """Return the options of reading as :func:`huegraft.read_picture` takes them.

        Raises
        ------
        ArgumentError
            If the range is no range.
        """
        return {"float_range": float_range_of(self.float_range), "layer": self.layer}

    def check_numbers(self, count: int) -> None:
        """Raise ArgumentError if a region or a pin names a reference that there is not, counted from 1."""
        regions = [("region", text, _parts_of_region(text)[2]) for text in self.regions]
        pins = [("pin", text, _pin(text).of + 1) for text in self.pins]
        for kind, text, number in regions + pins:
            if number is not None and number > count:
                there = "there is 1 reference" if count == 1 else f"there are {count} references"
                raise ArgumentError(f"the {kind} {text!r} names reference {number}, and {there}, counted from 1")

    def controls(self) -> dict[str, Any]:
        """Read the masks, and return them, the regions and the pins as a :class:`huegraft.Request` takes them.

        Raises
        ------
        PictureFileError
            If a mask cannot be read.
        """
        return {
            "target_mask": _mask(self.target_mask),
            "reference_masks": tuple(map(_mask, self.reference_masks)),
            "regions": tuple(map(_region, self.regions)),
            "pins": tuple(map(_pin, self.pins)),
        }


def float_range_of(text: str | None) -> FloatRange:
    """Return the range that a text names.

    Raises
    ------
    ArgumentError
        If the text names no range.
    """
    if text is None or text == "light":
        return text
    try:
        number = float(text)
        check_float_range(number)
    except ValueError as error:
        raise ArgumentError(f'float-range must be a number above 0 or "light", got {text!r}') from error
    return number


def _mask(path: str | None) -> Any:
    return read_mask(path) if path else None


def _parts_of_region(text: str) -> tuple[str, str, int | None]:
    target, reference, number = [*text.split(":"), "", ""][:3]
    if text.count(":") > 2 or not (target or reference or number) or not (number.isdecimal() or not number):
        raise ArgumentError(f"region must be {_REGION}, got {text!r}")
    if number and int(number) < 1:
        raise ArgumentError(f"references are counted from 1, got the region {text!r}")
    return target, reference, int(number) if number else None


def _region(text: str) -> Region:
    target, reference, number = _parts_of_region(text)
    return Region(_mask(target), _mask(reference), None if number is None else number - 1)


def _pin(text: str) -> Pin:
    try:
        places: Sequence[str] = text.split(":")
        target, reference, number = places if len(places) == 3 else [*places, "1"]
        (x, y), (there_x, there_y) = (map(float, place.split(",")) for place in (target, reference))
        index = int(number) - 1
        if not all(map(math.isfinite, (x, y, there_x, there_y))):
            raise ValueError
    except ValueError as error:
        raise ArgumentError(f"pin must be {_PIN}, got {text!r}") from error
    if index < 0:
        raise ArgumentError(f"references are counted from 1, got the pin {text!r}")
    return Pin((x, y), (there_x, there_y), index)
