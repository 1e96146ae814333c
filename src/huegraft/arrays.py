"""The boundary to callers' arrays: NumPy and Torch pictures in, the same kind out."""

import sys
from os import PathLike
from typing import TYPE_CHECKING, Any, TypeGuard

import numpy as np

from huegraft.errors import PictureError
from huegraft.picture import Picture
from huegraft.types import Mask, Pixels

if TYPE_CHECKING:
    from torch import Tensor

    Array = np.ndarray | Tensor
else:
    Array = Any


def as_source(picture: Any, role: str) -> Picture:
    """Return a caller's picture, an array or a Picture, as a Picture.

    Raises
    ------
    PictureError
        If it is neither, or its pixels are not of shape (H, W, 3), or empty.
    """
    if not isinstance(picture, Picture):
        return Picture(as_picture(picture, role))
    shape = picture.pixels.shape
    if len(shape) != 3 or shape[2] != 3 or 0 in shape:
        raise PictureError(f"the {role} must have pixels of shape (H, W, 3), got {shape}")
    return picture


def as_picture(array: Any, role: str) -> Pixels:
    """Return a caller's picture as (H, W, 3). A grey picture gets three equal channels. A copy is made only if needed.

    Parameters
    ----------
    array
        (H, W, 3) or (H, W), sRGB: float32 or float64 in [0, 1], uint8 or uint16; NumPy or Torch, on any device.
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


def as_mask(array: Any, size: tuple[int, int] | None, role: str = "mask") -> Mask:
    """Return a caller's mask, (H, W) in [0, 1], bool, or whole numbers that stand for [0, 1].

    Raises
    ------
    PictureError
        If it is anything else, not of `size` where that is known, or 0 everywhere.
    """
    if _is_tensor(array) and str(array.dtype) == "torch.bool":
        array = array.float()
    elif isinstance(array, np.ndarray) and array.dtype == np.bool_:
        array = array.astype(np.float32)
    mask = _checked(array, role, "(H, W)" if size is None else f"{size}")
    if mask.ndim != 2 or (size is not None and mask.shape != size):
        raise PictureError(f"the {role} must be of its picture's size {size or '(H, W)'}, got {mask.shape}")
    if not mask.any():
        raise PictureError(f"the {role} is 0 everywhere; it must be above 0 somewhere")
    return mask


def like(array: Array, values: np.ndarray, *, copy: bool = True) -> Any:
    """Return `values` as the kind of array that `array` is: NumPy, or Torch on its device."""
    if not _is_tensor(array):
        return values.copy() if copy else values
    import torch

    return torch.from_numpy(values.copy() if copy or not values.flags.writeable else values).to(array.device)


def _is_tensor(array: Any) -> "TypeGuard[Tensor]":
    """Tell whether a value is a tensor of Torch. If Torch is not loaded, there is none."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(array, torch.Tensor)


def _checked(array: Any, role: str, shape: str) -> np.ndarray:
    if not (isinstance(array, np.ndarray) or _is_tensor(array)):
        hint = "; call its as_float()" if hasattr(array, "as_float") else ""
        if isinstance(array, str | PathLike):
            hint = f"; {'read_mask' if 'mask' in role else 'read_picture'} reads a file"
        raise PictureError(f"the {role} must be a NumPy or Torch array {shape}, got {type(array).__name__}{hint}")
    pixels = array
    if _is_tensor(array):
        if str(array.layout) != "torch.strided":
            raise PictureError(f"the {role} must be a dense tensor, got one of layout {array.layout}")
        if str(array.dtype) != "torch.bfloat16":  # which NumPy lacks
            pixels = array.detach().cpu().numpy()
    if isinstance(pixels, np.ndarray) and not pixels.dtype.isnative:
        pixels = pixels.astype(pixels.dtype.newbyteorder("="))
    if pixels.dtype not in (np.float32, np.float64, np.uint8, np.uint16):
        raise PictureError(
            f"the {role} must be float32 or float64 in [0, 1], uint8 or uint16, got {array.dtype}; divide by the "
            "number that stands for 1"
        )
    if pixels.size == 0:
        raise PictureError(f"the {role} is empty: its shape is {pixels.shape}")
    if pixels.dtype in (np.uint8, np.uint16):
        return np.ascontiguousarray(pixels)
    least, greatest = pixels.min(), pixels.max()
    if not (np.isfinite(least) and np.isfinite(greatest)):
        raise PictureError(f"the {role} holds NaN or infinite values")
    if least < 0 or greatest > 1:
        raise PictureError(
            f"the {role} must lie in [0, 1], got {least:.9g} to {greatest:.9g}; clip or divide its values first"
        )
    return np.ascontiguousarray(pixels, dtype=np.float32)
