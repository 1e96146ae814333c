"""Extras: packages that only some users need, and what to install where one is missing."""

from collections.abc import Generator
from contextlib import contextmanager
from importlib.util import find_spec

from huegraft.errors import MissingExtraError

_NAMES = {
    "matplotlib": "Matplotlib",
    "ot": "POT",
    "scipy": "SciPy",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "torch": "Torch",
}


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
    missing = [_NAMES.get(module, module) for module in modules if not _is_there(module)]
    if missing:
        raise MissingExtraError(f'{what} needs {" and ".join(missing)}: pip install "huegraft[{extra}]"')


@contextmanager
def imports(extra: str, what: str) -> Generator[None]:
    """Raise a MissingExtraError in place of the error of an import within."""
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name:
            require(extra, what, error.name.partition(".")[0])
        raise


def _is_there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ValueError:  # it was made by hand, as stand-ins for tests are
        return True
