"""3-D lookup tables as .cube files (Adobe, Cube LUT Specification 1.0, 2013), as grading programs read them."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from huegraft.errors import LutError, LutFileError
from huegraft.io.atomic import check_file_writable, written_whole
from huegraft.lut.table import LARGEST, LONGEST, SMALLEST, Curves, Lut, as_title

_LARGEST_FILE = 2**27  # bytes; a table of 129 nodes takes half of it
_EXCERPT = 40  # letters of a wrong line that a message shows


def write_lut(path: str | Path, lut: Lut, *, replace: bool = False) -> None:
    """Write a LUT as a .cube file, whole or not at all.

    Parameters
    ----------
    path
        Ends in .cube.
    lut
        Written with seven decimals.
    replace
        Whether an existing file may be replaced.

    Raises
    ------
    LutError
        If the ending is another one.
    LutFileError
        If the file exists and `replace` is False, or cannot be written.

    Examples
    --------
    >>> import numpy as np
    >>> import huegraft
    >>> darker = huegraft.Lut(0.5 * np.stack(np.meshgrid([0, 1], [0, 1], [0, 1], indexing="ij"), axis=-1))
    >>> huegraft.write_lut("darker.cube", darker, replace=True)
    """
    path = Path(path)
    check_lut_writable(path, replace=replace)
    low, high = (" ".join(f"{value:.7g}" for value in color) for color in lut.domain)
    head = f'TITLE "{lut.title}"\nLUT_3D_SIZE {lut.size}\nDOMAIN_MIN {low}\nDOMAIN_MAX {high}\n'
    rows = lut.table.transpose(2, 1, 0, 3).reshape(-1, 3).tolist()  # red changes fastest
    content = head + "".join(f"{red:.7f} {green:.7f} {blue:.7f}\n" for red, green, blue in rows)
    try:
        with written_whole(path, replace=replace) as temporary:
            temporary.write_text(content, encoding="utf-8", newline="\n")
    except OSError as error:
        raise LutFileError(f"cannot write {path}: {error}") from error


def check_lut_writable(path: Path, *, replace: bool) -> None:
    """Raise now what writing to `path` would raise after the work is done; see `write_lut`."""
    if path.suffix.lower() != ".cube":
        raise LutError(f"a LUT is written as .cube, got {path.name!r}")
    check_file_writable(path, replace=replace, error=LutFileError)


def read_lut(path: str | Path) -> Lut:
    """Read a 3-D LUT from a .cube file.

    The reader understands comments, blank lines, DOMAIN_MIN, DOMAIN_MAX and LUT_3D_INPUT_RANGE. It refuses other
    keywords, because a keyword that is passed over may change what the numbers mean.

    Raises
    ------
    LutFileError
        If the file is missing, damaged, or holds a 1-D LUT. The message names the line.

    Examples
    --------
    >>> import numpy as np
    >>> import huegraft
    >>> darker = huegraft.Lut(0.5 * np.stack(np.meshgrid([0, 1], [0, 1], [0, 1], indexing="ij"), axis=-1))
    >>> huegraft.write_lut("half.cube", darker, replace=True)
    >>> huegraft.read_lut("half.cube").size
    2
    """
    read = _read(Path(path), curves=False)
    assert isinstance(read, Lut)  # noqa: S101 - the reader refuses curves
    return read


def read_lut_or_curves(path: str | Path) -> Lut | Curves:
    """Read a 3-D or a 1-D LUT from a .cube file.

    Raises
    ------
    LutFileError
        As `read_lut`, but for a 1-D LUT. A file with both kinds is refused.
    """
    return _read(Path(path), curves=True)


def _read(path: Path, *, curves: bool) -> Lut | Curves:
    try:
        if not path.is_file():
            raise LutFileError(f"there is no LUT file at {path}")
        length = path.stat().st_size
        if length > _LARGEST_FILE:
            raise LutFileError(f"{path} is too large for a LUT: {length} bytes, at most {_LARGEST_FILE} are read")
        text = path.read_text(encoding="utf-8-sig", errors="replace")
    except LutFileError:
        raise
    except OSError as error:
        raise LutFileError(f"cannot read {path}: {error}") from error
    reader = _Reader(curves=curves)
    for number, line in enumerate(text.split("\n"), start=1):
        try:
            reader.take(line.strip())
        except ValueError as error:
            raise LutFileError(f"{path}, line {number}: {error}") from error
    try:
        return reader.lut()
    except ValueError as error:
        raise LutFileError(f"{path}: {error}") from error


class _Reader:
    """The lines that were read so far. The methods raise ValueError, without file and line."""

    def __init__(self, *, curves: bool) -> None:
        self.title = ""
        self.size = self.colors = 0
        self.curves, self.is_curves = curves, False
        self.low, self.high = [0.0] * 3, [1.0] * 3
        self.rows: list[list[float]] = []

    def take(self, line: str) -> None:
        """Take one line in."""
        if not line or line.startswith("#"):
            return
        if line[0].isalpha():
            self._keyword(*line.split(maxsplit=1))
            return
        if not self.size:
            raise ValueError("expected LUT_3D_SIZE before the numbers")
        if len(self.rows) == self.colors:
            raise ValueError(f"expected {self.colors} colours for a size of {self.size}, got more")
        self.rows.append(_numbers(line, 3))

    def lut(self) -> Lut | Curves:
        """Return the LUT of all lines."""
        if not self.size:
            raise ValueError("expected LUT_3D_SIZE and a table, got neither; it is no .cube file of a 3-D LUT")
        if len(self.rows) != self.colors:
            raise ValueError(
                f"expected {self.colors} colours for a size of {self.size}, got {len(self.rows)}; the end is missing"
            )
        (r0, g0, b0), (r1, g1, b1) = self.low, self.high
        table, domain = np.array(self.rows, dtype=np.float32), ((r0, g0, b0), (r1, g1, b1))
        if self.is_curves:
            return Curves(table, domain)
        cube = table.reshape(self.size, self.size, self.size, 3)
        return Lut(cube.transpose(2, 1, 0, 3), self.title, domain)

    def _keyword(self, keyword: str, rest: str = "") -> None:
        match keyword:
            case "TITLE":
                self.title = as_title(rest.strip().strip('"'))
            case "LUT_1D_SIZE" if not self.curves:
                raise ValueError("expected a 3-D LUT, got a 1-D one (LUT_1D_SIZE); export it as a 3-D LUT")
            case "LUT_3D_SIZE" | "LUT_1D_SIZE":
                if self.size:
                    raise ValueError(f"{keyword} stands here after another size; expected one table")
                self.is_curves = keyword == "LUT_1D_SIZE"
                self.size = _size(rest, keyword, LONGEST if self.is_curves else LARGEST)
                self.colors = self.size if self.is_curves else self.size**3
            case "DOMAIN_MIN":
                self.low = _numbers(rest, 3)
            case "DOMAIN_MAX":
                self.high = _numbers(rest, 3)
            case "LUT_3D_INPUT_RANGE" | "LUT_1D_INPUT_RANGE":
                self.low, self.high = ([value] * 3 for value in _numbers(rest, 2))
            case _:
                raise ValueError(f"unknown keyword {keyword[:_EXCERPT]!r}")


def _size(text: str, keyword: str, largest: int) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 5 or not SMALLEST <= int(text) <= largest:
        raise ValueError(f"{keyword} must be from {SMALLEST} to {largest}, got {text[:_EXCERPT]!r}")
    return int(text)


def _numbers(text: str, count: int) -> list[float]:
    parts: Sequence[str] = text.split()
    try:
        numbers = [float(part) for part in parts]
    except ValueError:
        numbers = []
    if len(numbers) != count or not np.isfinite(numbers).all() or "_" in text:
        raise ValueError(f"expected {count} finite numbers, got {text[:_EXCERPT]!r}")
    return numbers
