"""Extras: packages that only some users need, and what to install where one is missing."""

from collections.abc import Generator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from huegraft.errors import MissingExtraError

if TYPE_CHECKING:
    from huegraft.setting_groups import FeatureSettings
    from huegraft.settings import Settings

_NAMES = {"scipy": "SciPy", "skimage": "scikit-image", "torch": "Torch"}
_CHECKPOINTS = (".pth", ".pt")


def require(extra: str, what: str, *modules: str) -> None:
    """Raise unless the modules that something needs can be imported.

    Parameters
    ----------
    extra
        That brings them: ``bench``, ``formats``, ``lut``, ``paper`` or ``torch``.
    what
        Needs them, for the message.
    modules
        As they are imported.

    Raises
    ------
    MissingExtraError
        If one is missing; the message names the line of pip.

    Examples
    --------
    >>> require("lut", "fitting a LUT", "numpy")
    """
    missing = [_NAMES.get(module, module) for module in modules if find_spec(module) is None]
    if missing:
        raise MissingExtraError(f'{what} needs {" and ".join(missing)}: pip install "huegraft[{extra}]"')


@contextmanager
def imports(extra: str, what: str) -> Generator[None]:
    """Raise a MissingExtraError in place of the error of an import within."""
    try:
        yield
    except ModuleNotFoundError as error:
        require(extra, what, (error.name or "").partition(".")[0])
        raise


def check_extras(settings: "Settings", device: str = "cpu") -> None:
    """Raise a MissingExtraError if these settings or this device need what is not installed; no file is read."""
    checkpoint = _checkpoint(settings.features)
    if settings.segment.slic == "scikit-image":
        require("paper", "the setting slic='scikit-image'", "skimage", *(["torch"] if checkpoint else []))
    if checkpoint:
        require("torch", f"the file of weights {checkpoint}", "torch")
    if device != "cpu":
        require("torch", f"the device {device!r}", "torch")


def _checkpoint(features: "FeatureSettings") -> str | None:
    """Return the name of the file of weights if only Torch reads it."""
    if features.weights is not None:
        path = Path(features.weights)
    elif features.backbone.startswith("vgg"):
        from huegraft.weights.catalogue import catalogue

        sources = catalogue().get(features.backbone, [])
        here = [source for source in sources if source.path.is_file()]
        path = next((source.path for source in here or sources), Path())
    else:
        return None
    return path.name if path.suffix in _CHECKPOINTS else None
