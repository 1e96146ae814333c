"""The whole method in one call: a session that remembers nothing."""

from collections.abc import Mapping, Sequence
from typing import Any

from huegraft.arrays import Array
from huegraft.call import Progress
from huegraft.graph import check_used, unused_in_encoding, unused_settings
from huegraft.picture import Picture
from huegraft.records import Encoded, Result
from huegraft.request import Pin, Region, Request, check_mode
from huegraft.session import Session
from huegraft.settings import Mode, Settings, changed

Reference = Array | Picture | Encoded
References = Reference | Sequence[Reference]


def transfer(
    target: Array | Picture,
    reference: References,
    settings: Settings | None = None,
    *,
    target_mask: Array | None = None,
    reference_masks: Sequence[Array | None] = (),
    regions: Sequence[Region] = (),
    pins: Sequence[Pin] = (),
    device: Any = "cpu",
    progress: Progress | None = None,
    **changes: Any,
) -> Result:
    """Give a colour picture the colours of another one.

    For many calls on the same pictures, or on frames of a film, take a :class:`huegraft.Session`: it remembers.

    Parameters
    ----------
    target, reference, target_mask, reference_masks, regions, pins
        As in a :class:`huegraft.Request`.
    settings
        By default ``Settings()``.
    device
        Where a backbone of Torch makes its feature maps: "cpu", "cuda". All else runs on the CPU.
    progress
        Called with the name of each stage as it begins.
    **changes
        Single settings to change: ``tau=0.02``.

    Returns
    -------
    Result
        NumPy arrays for a NumPy target, Torch tensors for a Torch one; its picture of the target's kind of numbers.
        NumPy arrays for a Picture, with a Picture.

    Raises
    ------
    PictureError, ArgumentError, BackboneError, WeightsError, MissingExtraError, EncodedMismatchError
        As :meth:`huegraft.Session.solve`.
    SettingsError
        If a setting is unknown or out of range, or one given by name changes nothing here.

    References
    ----------
    Leduc, Carrillo, Papadakis. Non-local matching of superpixel-based deep features for color transfer and
    colorization. 2024. hal-04394848, equations (1) to (6).
    """
    request = _request("transfer", target, reference, settings, changes, target_mask, reference_masks, regions, pins)
    with Session(max_bytes=0, device=device) as session:
        return session.run(request, progress=progress)


def colorize(
    target: Array | Picture,
    reference: References,
    settings: Settings | None = None,
    *,
    target_mask: Array | None = None,
    reference_masks: Sequence[Array | None] = (),
    regions: Sequence[Region] = (),
    pins: Sequence[Pin] = (),
    device: Any = "cpu",
    progress: Progress | None = None,
    **changes: Any,
) -> Result:
    """Give a greyscale picture the colours of another one, equations (2) and (4) to (7).

    Parameters, result and errors are those of :func:`transfer`. The colours of a colour target are not looked at.
    """
    request = _request("colorize", target, reference, settings, changes, target_mask, reference_masks, regions, pins)
    with Session(max_bytes=0, device=device) as session:
        return session.run(request, progress=progress)


def encode_reference(
    reference: Array | Picture,
    settings: Settings | None = None,
    *,
    mode: Mode = "transfer",
    mask: Array | None = None,
    device: Any = "cpu",
    progress: Progress | None = None,
    **changes: Any,
) -> Encoded:
    """Encode a reference once, to be used for many targets.

    Parameters
    ----------
    reference, settings, mode, mask, progress
        As for :meth:`huegraft.Session.encode`.
    device, **changes
        As for :func:`transfer`.

    Raises
    ------
    ArgumentError
        If `mode` is unknown.
    PictureError
        If the mask is 0 everywhere or of another size; else as :func:`transfer`.
    """
    check_mode(mode)
    chosen = changed(settings, changes)
    check_used(changes, unused_in_encoding(mode, chosen))
    with Session(max_bytes=0, device=device) as session:
        return session.encode(reference, chosen, mode, mask=mask, progress=progress)


def _request(
    mode: Mode, target: Any, reference: Any, settings: Settings | None, changes: Mapping[str, Any], *controls: Any
) -> Request:
    request = Request(mode, target, reference, changed(settings, changes), *controls)
    check_used(changes, unused_settings(request))
    return request
