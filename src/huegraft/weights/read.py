"""Files of network weights."""

import pickle
import warnings
from collections.abc import Collection
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open

from huegraft.errors import MissingExtraError, WeightsError
from huegraft.extras import require

_DAMAGE = (  # what safetensors and torch raise on bytes that are not theirs
    SafetensorError, pickle.UnpicklingError, RuntimeError, EOFError, OSError,
    ValueError, TypeError, KeyError, IndexError, AttributeError,
)  # fmt: skip


def read_tensors(path: str | Path, wanted: Collection[str]) -> dict[str, np.ndarray]:
    """Read the wanted tensors that a ``.safetensors``, ``.pth`` or ``.pt`` file holds, as float32.

    Raises
    ------
    WeightsError
        If the file is missing, of another kind or damaged, or if a tensor does not hold floats.
    """
    path = Path(path)
    if not path.is_file():
        raise WeightsError(f"there is no file of weights at {path}")
    readers = {".safetensors": _read_safetensors, ".pth": _read_checkpoint, ".pt": _read_checkpoint}
    if path.suffix not in readers:
        raise WeightsError(f"expected weights in a {', '.join(readers)} file, got {path.name}")
    try:
        tensors = readers[path.suffix](path, wanted)
    except (WeightsError, MissingExtraError):
        raise
    except _DAMAGE as error:
        what = f"{path} is damaged or no file of weights ({type(error).__name__})"
        remedy = (
            "`huegraft weights pull` mends a file that it fetched; installing huegraft again mends a file that came "
            "with it"
        )
        raise WeightsError(f"{what}; {remedy}") from error
    for name, tensor in tensors.items():
        if not np.issubdtype(tensor.dtype, np.floating):
            raise WeightsError(f"{path}: expected floating-point numbers in {name}, got {tensor.dtype}")
    return {name: tensor.astype(np.float32) for name, tensor in tensors.items()}


def _read_safetensors(path: Path, wanted: Collection[str]) -> dict[str, np.ndarray]:
    with safe_open(path, framework="np") as file:
        names = [name for name in file.keys() if name in wanted]  # noqa: SIM118 (no mapping)
        for name in names:
            if file.get_slice(name).get_dtype() == "BF16":
                raise WeightsError(f"{path}: {name} is of bfloat16, which NumPy lacks; convert it to float32")
        return {name: file.get_tensor(name) for name in names}


def _read_checkpoint(path: Path, wanted: Collection[str]) -> dict[str, np.ndarray]:
    require("torch", f"the file of weights {path.name}", "torch")
    import torch  # here: these files are pickles that only Torch reads

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch warns of what it then refuses
        content = torch.load(path, map_location="cpu", weights_only=True)
    if not isinstance(content, dict):
        raise WeightsError(f"{path}: expected a mapping of names to tensors, got {type(content).__name__}")
    found = {name: value for name, value in content.items() if name in wanted and isinstance(value, torch.Tensor)}
    return {
        name: (value.float() if value.is_floating_point() else value).detach().numpy() for name, value in found.items()
    }
