"""Files of network weights."""

import pickle
import warnings
from collections.abc import Collection
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from huegraft.errors import WeightsError

_DAMAGE = (  # what safetensors and torch raise on bytes that are not theirs
    SafetensorError, pickle.UnpicklingError, RuntimeError, EOFError, OSError,
    ValueError, TypeError, KeyError, IndexError, AttributeError,
)  # fmt: skip


def read_tensors(path: str | Path, wanted: Collection[str]) -> dict[str, Tensor]:
    """Read those of the wanted tensors that a ``.safetensors``, ``.pth`` or ``.pt`` file holds, as float32.

    Raises
    ------
    WeightsError
        If the file is missing, of another kind or damaged, or a tensor is not of floating point.
    """
    path = Path(path)
    if not path.is_file():
        raise WeightsError(f"no file of weights at {path}")
    readers = {".safetensors": _read_safetensors, ".pth": _read_checkpoint, ".pt": _read_checkpoint}
    if path.suffix not in readers:
        raise WeightsError(f"expected weights in a {', '.join(readers)} file, got {path.name}")
    try:
        tensors = readers[path.suffix](path, wanted)
    except WeightsError:
        raise
    except _DAMAGE as error:
        what = f"{path} is damaged or no file of weights ({type(error).__name__})"
        remedy = "`huegraft weights pull` mends what it fetched, installing huegraft again what came with it"
        raise WeightsError(f"{what}; {remedy}") from error
    for name, tensor in tensors.items():
        if not tensor.is_floating_point():
            raise WeightsError(f"{path}: expected floating-point numbers in {name}, got {tensor.dtype}")
    return {name: tensor.detach().float() for name, tensor in tensors.items()}


def _read_safetensors(path: Path, wanted: Collection[str]) -> dict[str, Tensor]:
    with safe_open(path, framework="pt") as file:
        return {name: file.get_tensor(name) for name in file.keys() if name in wanted}  # noqa: SIM118 (no mapping)


def _read_checkpoint(path: Path, wanted: Collection[str]) -> dict[str, Tensor]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch warns of what it then refuses
        content = torch.load(path, map_location="cpu", weights_only=True)
    if not isinstance(content, dict):
        raise WeightsError(f"{path}: expected a mapping of names to tensors, got {type(content).__name__}")
    return {name: value for name, value in content.items() if name in wanted and isinstance(value, Tensor)}
