"""The boundary to callers' arrays: NumPy and Torch pictures in, the same kind out."""

from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Float32
from torch import Tensor

from huegraft.errors import PictureError
from huegraft.types import FloatPicture

Array = np.ndarray | Tensor


def as_picture(array: Any, role: str) -> FloatPicture:
    """Return a caller's picture as (H, W, 3) float32, grey ones with three equal channels.

    Parameters
    ----------
    array
        (H, W, 3) or (H, W), float32 or float64, sRGB in [0, 1]; NumPy or Torch, on any device.
    role
        What the picture is, for the message.

    Raises
    ------
    PictureError
        If it is anything else, empty, or holds NaN or values outside [0, 1].
    """
    pixels = _checked(array, role, "(H, W, 3) or (H, W)")
    if pixels.ndim == 2:
        return np.repeat(pixels[..., None], 3, axis=2)
    if pixels.ndim != 3 or pixels.shape[2] != 3:
        hint = "; take the alpha channel off first" if pixels.ndim == 3 and pixels.shape[2] in (2, 4) else ""
        raise PictureError(f"the {role} must be of shape (H, W, 3) or (H, W), got {pixels.shape}{hint}")
    return pixels


def as_mask(array: Any, size: tuple[int, int]) -> Float32[np.ndarray, "h w"]:
    """Return a caller's mask, (H, W) in [0, 1] or bool, as float32.

    Raises
    ------
    PictureError
        If it is anything else, not of `size`, or 0 everywhere.
    """
    if isinstance(array, np.ndarray | Tensor) and array.dtype in (np.bool_, torch.bool):
        array = array.astype(np.float32) if isinstance(array, np.ndarray) else array.float()
    mask = _checked(array, "mask", f"{size}")
    if mask.shape != size:
        raise PictureError(f"the mask must be of its picture's size {size}, got {mask.shape}")
    if not mask.any():
        raise PictureError("the mask is 0 everywhere; it must leave some of its picture")
    return mask


def like(array: Array, tensor: Tensor) -> Any:
    """Return a copy of `tensor` as the kind of array that `array` is: NumPy, or Torch on its device."""
    if isinstance(array, Tensor):
        return tensor.to(array.device, copy=True)
    return tensor.cpu().numpy().copy()


def _checked(array: Any, role: str, shape: str) -> Float[np.ndarray, "..."]:
    if not isinstance(array, np.ndarray | Tensor):
        hint = "; call its as_float()" if hasattr(array, "as_float") else ""
        raise PictureError(f"the {role} must be a NumPy or Torch array {shape}, got {type(array).__name__}{hint}")
    if isinstance(array, Tensor) and array.layout != torch.strided:
        raise PictureError(f"the {role} must be a dense tensor, got one of layout {array.layout}")
    if array.dtype not in (np.float32, np.float64, torch.float32, torch.float64):
        raise PictureError(
            f"the {role} must be float32 or float64 in [0, 1], got {array.dtype}; divide whole numbers by their maximum"
        )
    pixels = array.detach().cpu().numpy() if isinstance(array, Tensor) else array
    if pixels.size == 0:
        raise PictureError(f"the {role} is empty: its shape is {pixels.shape}")
    if not np.isfinite(pixels).all():
        raise PictureError(f"the {role} holds NaN or infinite values")
    if pixels.min() < 0 or pixels.max() > 1:
        raise PictureError(
            f"the {role} must lie in [0, 1], got {pixels.min():.9g} to {pixels.max():.9g}; clip or divide first"
        )
    return np.array(pixels, dtype=np.float32)
