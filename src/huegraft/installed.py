"""Whether what some settings and a device need is installed: asked before anything is read or computed."""

from pathlib import Path

from huegraft.extras import require
from huegraft.setting_groups import FeatureSettings
from huegraft.settings import Settings

_CHECKPOINTS = (".pth", ".pt")


def check_installed(settings: Settings, device: str = "cpu") -> None:
    """Raise a MissingExtraError if these settings or this device need what is not installed; no file is read."""
    checkpoint = _checkpoint(settings.features)
    if settings.segment.slic == "scikit-image":
        require("paper", "the setting slic='scikit-image'", "skimage", *(["torch"] if checkpoint else []))
    if checkpoint:
        require("torch", f"the file of weights {checkpoint}", "torch")
    if device.partition(":")[0] == "cuda":
        require("torch", f"the device {device!r}", "torch")


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
