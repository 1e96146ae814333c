"""What every method of an evaluation offers."""

import hashlib
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol, runtime_checkable

import numpy as np

from huegraft.evaluate.pairs import Pair, eight_bits
from huegraft.settings import Mode
from huegraft.shapes import Float64, Int32
from huegraft.types import AnyPicture


@dataclass(frozen=True, eq=False)
class MethodResult:
    """A method's answer to one frame.

    Attributes
    ----------
    image : (H, W, 3) float32
        sRGB in [0, 1], rounded to 8 bits, so that it is measured as a file would hold it.
    labels, colors : (h, w) int32 and (n, 3) float64, optional
        The superpixels of the target, and the colour that each attends to before the fusion.
    """

    image: AnyPicture
    labels: Int32[np.ndarray, "h w"] | None = None
    colors: Float64[np.ndarray, "n 3"] | None = None


@runtime_checkable
class Method(Protocol):
    """A way to recolour the frames of a case.

    Attributes
    ----------
    modes
        The modes that the method has.
    version
        A text that changes whenever the method's results may change.
    settings
        What else the method's results depend on, as plain values.
    """

    @property
    def modes(self) -> Sequence[Mode]: ...  # noqa: D102

    @property
    def version(self) -> str: ...  # noqa: D102

    @property
    def settings(self) -> dict[str, Any]: ...  # noqa: D102

    def __call__(self, frames: Sequence[Pair]) -> list[MethodResult]:
        """Return one answer for each frame. The frames of a case share mode and reference."""
        ...


@dataclass(frozen=True)
class Peer:
    """A method that is one function of the target and the reference.

    Attributes
    ----------
    function
        A function of two (H, W, 3) float32 arrays to one, all sRGB in [0, 1].
    modes
        The modes that the method has.
    modules, packages
        The modules of huegraft, beside the function's own, and the installed packages that its results depend on.
    """

    function: Callable[[AnyPicture, AnyPicture], AnyPicture]
    modes: tuple[Mode, ...] = ("transfer",)
    modules: tuple[ModuleType, ...] = ()
    packages: tuple[str, ...] = ()

    @property
    def version(self) -> str:
        """Digest of the sources, and the packages' versions."""
        sources = [Path(str(module.__file__)) for module in (sys.modules[self.function.__module__], *self.modules)]
        return " ".join([digest_of_files(sources), *(f"{name} {package_version(name)}" for name in self.packages)])

    @property
    def settings(self) -> dict[str, Any]:
        """The function's name: peers run as published."""
        return {"function": self.function.__name__}

    def __call__(self, frames: Sequence[Pair]) -> list[MethodResult]:
        """Recolour each frame alone."""
        return [MethodResult(eight_bits(self.function(frame.target, frame.reference))) for frame in frames]


def digest_of_files(paths: Sequence[Path]) -> str:
    """Return a short digest of the files' contents."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:12]


def package_version(name: str) -> str:
    """Return an installed package's version, "none" without it."""
    try:
        return version(name)
    except PackageNotFoundError:
        return "none"
