"""Request: what one call asks for."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, get_args

from huegraft.errors import ArgumentError, SettingsError
from huegraft.settings import Mode, Settings


@dataclass(frozen=True, eq=False)
class Region:
    """A part of the target that takes its colours from a part of the references.

    Attributes
    ----------
    target_mask : (H, W) array, optional
        How far each pixel takes new colours: values in [0, 1], bool, or whole numbers that stand for [0, 1]. With None
        every pixel takes new colours wholly.
    reference_mask : array of the same kind, optional
        Which part of the reference lends its colours, and how readily. With None all of the reference lends its
        colours.
    reference : int, optional
        The only reference that the region uses, counted from 0. It has to be given if there are several references and
        the region has a reference mask.

    Examples
    --------
    >>> import numpy as np
    >>> import huegraft
    >>> target, reference = np.random.default_rng(0).random((2, 24, 32, 3), np.float32)
    >>> left = np.zeros((24, 32), bool)
    >>> left[:, :16] = True
    >>> result = huegraft.transfer(target, reference, regions=[huegraft.Region(left)])
    >>> bool((result.image[:, 16:] == target[:, 16:]).all())  # nothing changes outside the region
    True
    """

    target_mask: Any = None
    reference_mask: Any = None
    reference: int | None = None


@dataclass(frozen=True)
class Pin:
    """A place of the target that takes the colour of a place of a reference.

    Attributes
    ----------
    target, reference : (x, y)
        The two places, in pixels from the top left corner of the full-size pictures. The superpixels at these places
        are bound to each other.
    of : int
        The reference, counted from 0.

    Examples
    --------
    >>> import numpy as np
    >>> import huegraft
    >>> target, reference = np.random.default_rng(0).random((2, 24, 32, 3), np.float32)
    >>> pinned = huegraft.transfer(target, reference, pins=[huegraft.Pin(target=(20, 10), reference=(5, 5))])
    """

    target: tuple[float, float]
    reference: tuple[float, float]
    of: int = 0

    def __post_init__(self) -> None:
        for place in (self.target, self.reference):
            if len(place) != 2 or not all(isinstance(number, int | float) for number in place):
                raise ArgumentError(f"a pin's places must be (x, y) in pixels, got {place!r:.80}")


@dataclass(frozen=True, eq=False)
class Request:
    """Everything that decides a result. It can be pickled.

    Attributes
    ----------
    mode : "transfer" or "colorize"
        "transfer" for a target that has colours of its own, "colorize" for a target that has none.
    target : (H, W, 3) or (H, W) array, or Picture
        The picture to change. An array is sRGB: float32 in [0, 1], uint8 or uint16; NumPy or Torch. A Picture comes
        from :func:`huegraft.read_picture`, at its own depth and in its own colour space. The array is never changed.
    references : tuple of arrays of the same kind, Pictures, or Encoded
        The pictures that the colours come from. Several references are matched as one. A single reference, region or
        pin need not be in a tuple.
    settings : Settings
        All settings.
    target_mask : (H, W) array in [0, 1], bool, or whole numbers that stand for [0, 1]; optional
        How far each pixel takes new colours. Only what lies in the mask is fitted to the references. Pixels where the
        mask is 0 are copied.
    reference_masks : tuple of such arrays or None
        How readily each reference lends its colours. The logarithm of a superpixel's mean weight is added to the logits
        of the superpixel.
    regions : tuple of Region
        Parts of the target, each with its own part of the references. Regions that overlap are mixed. Nothing changes
        outside all regions.
    pins : tuple of Pin
        Places that are bound by hand. Superpixels that look like a pinned superpixel follow it softly.

    Raises
    ------
    ArgumentError
        If the mode is unknown, there is no reference, or there are more masks than references.
    SettingsError
        If `settings` is something else.

    Examples
    --------
    >>> import numpy as np
    >>> picture = np.zeros((4, 4, 3), np.float32)
    >>> Request("colorize", picture, (picture,), Settings().replace(tau=0.02)).settings.match.tau
    0.02
    """

    mode: Mode
    target: Any
    references: tuple[Any, ...]
    settings: Settings = field(default_factory=Settings)
    target_mask: Any = None
    reference_masks: tuple[Any, ...] = ()
    regions: tuple[Region, ...] = ()
    pins: tuple[Pin, ...] = ()

    def __post_init__(self) -> None:
        check_mode(self.mode)
        if not isinstance(self.settings, Settings):
            raise SettingsError(f"settings must be huegraft.Settings, got {type(self.settings).__name__}")
        references = self.references if isinstance(self.references, list | tuple) else (self.references,)
        if not references:
            raise ArgumentError("expected at least one reference, got none")
        object.__setattr__(self, "references", tuple(references))
        for name, kind in (("reference_masks", None), ("regions", Region), ("pins", Pin)):
            given = getattr(self, name)
            object.__setattr__(self, name, (given,) if kind is not None and isinstance(given, kind) else tuple(given))
        if len(self.reference_masks) > len(references):
            raise ArgumentError(f"{len(self.reference_masks)} reference masks are too many for {len(references)}")
        _check_numbers(self.regions, self.pins, len(references))


def check_request(request: Any) -> None:
    """Raise ArgumentError if a request is none."""
    if not isinstance(request, Request):
        raise ArgumentError(f"request must be a huegraft.Request, got {type(request).__name__}")


def check_mode(mode: str) -> None:
    """Raise ArgumentError if a mode is none."""
    if mode not in get_args(Mode):
        raise ArgumentError(f"mode must be 'transfer' or 'colorize', got {mode!r}")


def _check_numbers(regions: Sequence[Region], pins: Sequence[Pin], count: int) -> None:
    """Raise ArgumentError if a region or a pin names a reference that there is not."""
    for given, kind in ((regions, Region), (pins, Pin)):
        for each in given:
            if not isinstance(each, kind):
                raise ArgumentError(f"expected a huegraft.{kind.__name__}, got {each!r:.80}")
    there = "there is 1 reference" if count == 1 else f"there are {count} references"
    for number, region in enumerate(regions, start=1):
        if region.reference is not None and not 0 <= region.reference < count:
            raise ArgumentError(f"region {number} names reference {region.reference}; {there}, counted from 0")
        if region.reference is None and region.reference_mask is not None and count > 1:
            raise ArgumentError(f"region {number} has a reference mask: name its reference, one of {count}")
    for pin in pins:
        if not 0 <= pin.of < count:
            raise ArgumentError(f"a pin names reference {pin.of}; {there}, counted from 0")
