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

    A :class:`huegraft.Session` is quicker for many calls on the same pictures, and for the frames of a film: it
    remembers what it has computed.

    Parameters
    ----------
    target, reference, target_mask, reference_masks, regions, pins
        As in a :class:`huegraft.Request`.
    settings
        By default ``Settings()``.
    device
        The device that runs a backbone of Torch: "cpu" or "cuda". Everything else runs on the CPU.
    progress
        A function that is called with the name of each stage as the stage begins.
    **changes
        Single settings to change, such as ``tau=0.02``.

    Returns
    -------
    Result
        A result holds NumPy arrays for a NumPy target, and Torch tensors for a Torch target. Its image has the target's
        kind of numbers. For a :class:`huegraft.Picture` its image is a Picture, and its other arrays are NumPy arrays.

    Raises
    ------
    PictureError, ArgumentError, BackboneError, WeightsError, MissingExtraError, EncodedMismatchError
        As :meth:`huegraft.Session.solve`.
    SettingsError
        If a setting is unknown or out of range, or if a setting that is given by name would change nothing.

    References
    ----------
    Leduc, Carrillo, Papadakis. Non-local matching of superpixel-based deep features for color transfer and
    colorization. 2024. hal-04394848, equations (1) to (6).

    Examples
    --------
    >>> import numpy as np
    >>> import huegraft
    >>> target, reference = np.random.default_rng(0).random((2, 24, 32, 3), np.float32)
    >>> result = huegraft.transfer(target, reference, strength=0.5)
    >>> result.image.shape, result.image.dtype, result.confidence.shape
    ((24, 32, 3), dtype('float32'), (24, 32))
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

    Parameters, result and errors are those of :func:`transfer`. The colours of a colour target are ignored.

    Examples
    --------
    >>> import numpy as np
    >>> import huegraft
    >>> random = np.random.default_rng(0)
    >>> grey, reference = random.random((24, 32), np.float32), random.random((24, 32, 3), np.float32)
    >>> huegraft.colorize(grey, reference).image.shape
    (24, 32, 3)
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
    """Encode a reference once, and use it for many targets.

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
        If the mask is 0 everywhere or of another size; otherwise as :func:`transfer`.

    Examples
    --------
    >>> import numpy as np
    >>> import huegraft
    >>> target, reference = np.random.default_rng(0).random((2, 24, 32, 3), np.float32)
    >>> encoded = huegraft.encode_reference(reference, mode="colorize")
    >>> pictures = [huegraft.colorize(each, encoded).image for each in (target, target[::2])]
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
