"""Checks whether settings can run on a device here. They are made before anything is read or computed."""

from pathlib import Path

from huegraft.backbones.registry import CPU_ALONE, check_cpu, check_known
from huegraft.errors import ArgumentError, WeightsError
from huegraft.extras import require
from huegraft.setting_groups import FeatureSettings
from huegraft.settings import Settings

_CHECKPOINTS = (".pth", ".pt")


def check_runnable(settings: Settings, device: str = "cpu") -> None:
    """Raise if the device or the backbone is unknown, or if something that they need is missing. No file is read.

    Raises
    ------
    ArgumentError
        If the device is neither "cpu" nor "cuda", with or without a number.
    BackboneError
        If the backbone is unknown, or runs on the CPU alone and another device is asked for.
    MissingExtraError
        If a package of an extra is missing.
    WeightsError
        If the file of weights that the settings name is missing.
    """
    kind, _, number = device.partition(":")
    if kind not in ("cpu", "cuda") or (number and not number.isdecimal()):
        raise ArgumentError(f"device must be 'cpu' or 'cuda', got {device!r}")
    features = settings.features
    check_known(features.backbone)
    if features.backbone in CPU_ALONE:
        check_cpu(features.backbone, kind)
    checkpoint = _checkpoint(features)
    if settings.segment.slic == "scikit-image":
        require("paper", "the setting slic='scikit-image'", "skimage")
    if checkpoint:
        extra = "paper" if settings.segment.slic == "scikit-image" else "torch"
        require(extra, f"the file of weights {checkpoint}", "torch")
    if kind == "cuda":
        require("torch", f"the device {device!r}", "torch")
    if features.weights is not None and not Path(features.weights).is_file():
        raise WeightsError(f"there is no file of weights at {features.weights}")


def checked_device(settings: Settings, device: str) -> str:
    """Return the name of a device, after a check that the settings can run on it.

    Raises
    ------
    ArgumentError
        If Torch sees no CUDA, or no device of this number, and as `check_runnable` does.
    """
    check_runnable(settings, device)
    if device.partition(":")[0] == "cpu":
        return "cpu"
    import torch

    if not torch.cuda.is_available():
        raise ArgumentError(f"device {device!r} is asked for, but torch sees no CUDA here; use device='cpu'")
    number, count = device.partition(":")[2], torch.cuda.device_count()
    if number and int(number) >= count:
        raise ArgumentError(f"device {device!r} is asked for, but torch sees {count} CUDA devices, counted from 0")
    return device


def _checkpoint(features: FeatureSettings) -> str | None:
    """Return the name of the file of weights if only Torch reads it."""
    if features.weights is not None:
        path = Path(features.weights)
    elif features.backbone.startswith("vgg"):
        from huegraft.weights.catalogue import catalogue  # here: it takes a hundredth of a second to load

        sources = catalogue().get(features.backbone, [])
        here = [source for source in sources if source.path.is_file()]
        path = next((source.path for source in here or sources), Path())
    else:
        return None
    return path.name if path.suffix in _CHECKPOINTS else None
