"""Extras: packages that only some users need, and the message that says what to install if one is missing."""

from collections.abc import Generator
from contextlib import contextmanager
from importlib.util import find_spec

from huegraft.errors import MissingExtraError

_NAMES = {
    "cv2": "opencv-python-headless",
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
        The extra that brings the modules, such as ``film``.
    what
        The thing that needs the modules, for the message.
    modules
        The modules by the names under which they are imported.

    Raises
    ------
    MissingExtraError
        If a module is missing. The message names the line of pip.

    Examples
    --------
    >>> require("lut", "fitting a LUT", "numpy")
    """
    missing = [_NAMES.get(module, module) for module in modules if not _is_there(module)]
    if missing:
        raise MissingExtraError(f'{what} needs {" and ".join(missing)}: pip install "huegraft[{extra}]"')


@contextmanager
def imports(extra: str, what: str) -> Generator[None]:
    """Raise a MissingExtraError in place of the error of an import inside."""
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
