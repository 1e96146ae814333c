"""Tables: files of a batch with commas, semicolons or tabs between the columns."""

import codecs
import csv
import io
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import zip_longest
from pathlib import Path

from huegraft.errors import SettingsFileError

COLUMNS = ("target", "reference", "output", "target_mask", "reference_mask")
SEVERAL = ";"
"""The separator of several references, or of their masks, within a cell."""
_OF_SEVERAL = ("reference", "reference_mask")
_SEPARATORS = (",", ";", "\t")
_LARGEST = 2**26  # bytes: a million lines
_SHOWN = 40  # the most names of columns, and the most letters of a name, in a message


def rows_of(table: Path, say: Callable[[str], None]) -> list[dict[str, str]]:
    """Return the rows of a table by the names of its columns. Its paths are those below the table's folder.

    Parameters
    ----------
    table
        A CSV file in UTF-8, or in UTF-16 with a byte order mark. Its first line names the columns: any of `COLUMNS`, in
        small letters or capitals. This line also shows what separates the columns.
    say
        A function that is called with a line about the columns that are not used.

    Raises
    ------
    SettingsFileError
        If the table cannot be read, is no such table, or has a line without a target.
    """
    try:
        text = _text(table)
        separator, header = _header(table, text)
        columns = [_column(name) for name in header]
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
        lines = filter(_is_filled, reader)
        next(lines)
        rows = [_row(line, columns, reader.line_num) for line in lines]
    except csv.Error as error:
        raise SettingsFileError(f"{table} is no table of files: {error}") from error
    if not rows or not all(row["target"] for row in rows):
        raise SettingsFileError(f"{table} must name a target in each line")
    if unused := [name.strip() for name, column in zip(header, columns, strict=True) if column not in (*COLUMNS, "")]:
        say(f"columns not used: {', '.join(unused)}")
    return [{column: _below(table.parent, text, column) for column, text in row.items()} for row in rows]


def _text(table: Path) -> str:
    try:
        if table.stat().st_size > _LARGEST:
            raise SettingsFileError(f"{table} is too large to be a table of files")
        content = table.read_bytes()
    except SettingsFileError:
        raise
    except FileNotFoundError as error:
        raise SettingsFileError(f"cannot read {table}: there is no folder and no CSV file of that name") from error
    except OSError as error:
        raise SettingsFileError(f"cannot read {table}: {error}") from error
    is_utf_16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = content.decode("utf-16" if is_utf_16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise SettingsFileError(
            f"{table} is no table of files in UTF-8: line {line} has other bytes; save it as CSV in UTF-8"
        ) from error
    if "\0" in text:
        raise SettingsFileError(f"{table} is no table of files: it holds a character of code 0")
    return text


def _header(table: Path, text: str) -> tuple[str, list[str]]:
    """Return the separator of the columns, and their names."""

    def header(separator: str) -> list[str]:
        return next(filter(_is_filled, csv.reader(io.StringIO(text, newline=""), delimiter=separator)), [])

    headers = {separator: header(separator) for separator in _SEPARATORS}
    for separator, found in headers.items():
        count = Counter(map(_column, found))
        if not count["target"]:
            continue
        if twice := [name for name in COLUMNS if count[name] > 1]:
            raise SettingsFileError(f"{table} has the column {twice[0]} {count[twice[0]]} times; leave one")
        return separator, found
    found = [name.strip()[:_SHOWN] for name in max(headers.values(), key=len)[:_SHOWN]]
    raise SettingsFileError(
        f"{table} must begin with a line of column names, target and any of {', '.join(COLUMNS[1:])}, "
        f"got {', '.join(found) or 'nothing'}"
    )


def _is_filled(line: Sequence[str]) -> bool:
    return any(map(str.strip, line))


def _column(name: str) -> str:
    return "_".join(name.casefold().split())


def _row(line: Sequence[str], columns: Sequence[str], number: int) -> dict[str, str]:
    """Return the cells of the known columns. A spreadsheet may write fewer cells, or further empty ones."""
    if any(further := line[len(columns) :]):
        raise csv.Error(
            f"line {number} has more columns than the first: {', '.join(further)}; a cell that holds what "
            'separates the columns needs quotes around it, as "a.jpg;b.jpg"'
        )
    return {column: text.strip() for column, text in zip_longest(columns, line, fillvalue="") if column in COLUMNS}


def _below(folder: Path, text: str, column: str) -> str:
    paths = text.split(SEVERAL) if column in _OF_SEVERAL else [text]
    return SEVERAL.join(str(folder / path.strip()) if path.strip() else "" for path in paths)
