"""Shot tables: shots as lines of a file that other programs read and write, and how they come back into a shot list."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import count, pairwise
from typing import Any, get_args

from huegraft.errors import FilmError
from huegraft.film.shot_list import Kind, Shot
from huegraft.film.timecode import count_of, is_drop_frame, timecode_after

_COLUMNS = "id", "in", "out", "kind", "dissolve", "timecode in", "timecode out", "note"


@dataclass(frozen=True)
class Clock:
    """How frames of a film are named by timecode.

    Attributes
    ----------
    rate
        Frames a second, as the film has them.
    first
        The timecode of the first frame.
    frames
        How many frames the film has.
    """

    rate: Fraction
    first: str
    frames: int

    @property
    def drop(self) -> bool:
        """Whether numbers of frames are left out."""
        return is_drop_frame(self.first, self.rate)

    def timecode(self, frame: int) -> str:
        """Return the timecode of a frame."""
        timecode = timecode_after(self.first, frame, self.rate)
        if timecode is None:
            raise FilmError(f"the film's first timecode {self.first!r} is none; expected one such as 01:00:00:00")
        return timecode

    def frame(self, timecode: str, *, drop: bool, first: str | None = None) -> int | None:
        """Return the number of the frame of a timecode, counted from the first one; None if it is no timecode."""
        place = count_of(timecode, self.rate, drop=drop)
        start = count_of(first or self.first, self.rate, drop=drop)
        day = count_of("24:00:00:00", self.rate, drop=drop) or 1
        return None if place is None or start is None else (place - start) % day


@dataclass(frozen=True)
class Row:
    """A shot as a line of a table.

    Attributes
    ----------
    start, stop
        The first frame, and the frame after the last one.
    id, kind, note
        As of a shot; None where the table does not say.
    dissolve
        Frames of the dissolve into the next shot, in whose middle the shot ends; 0 for a cut.
    line
        Where the shot stands in its file, counted from 1; None where that is not known.
    """

    start: int
    stop: int
    id: str | None = None
    kind: str | None = None
    note: str | None = None
    dissolve: int = 0
    line: int | None = field(default=None, compare=False)

    @property
    def named(self) -> str:
        """The shot, for messages."""
        place = "" if self.line is None else f"line {self.line}: "
        return f"{place}the shot of the frames {self.start} to {self.stop}"


def rows_of(shots: Sequence[Shot]) -> list[Row]:
    """Return shots as lines of a table."""
    return [Row(shot.start, shot.stop, shot.id, shot.kind, shot.note, dissolve_of(shot)) for shot in shots]


def dissolve_of(shot: Shot) -> int:
    """Return how many frames the dissolve into the next shot has; 0 for a cut."""
    into = shot.rest.get("into")
    frames = into.get("dissolve", 0) if isinstance(into, dict) else 0
    return frames if isinstance(frames, int) and frames > 0 else 0


def shots_of(rows: Sequence[Row], known: Sequence[Shot], frames: int) -> tuple[Shot, ...]:
    """Return the shots of a table. Shots that the film had keep their ids, keyframes and settings.

    A shot is the one of its id, or of the same frames where the table names no id. Other shots are new.

    Parameters
    ----------
    rows
        The lines of the table, in any order.
    known
        The shots that the film had.
    frames
        How many frames the film has.

    Raises
    ------
    FilmError
        If shots overlap or lie outside the film, an id is there twice, or a kind is unknown.
    """
    rows = sorted(rows, key=lambda row: row.start)
    _check(rows, frames)
    by_id, by_frames = {shot.id: shot for shot in known}, {(shot.start, shot.stop): shot for shot in known}
    named = {row.id for row in rows if row.id}
    free = _free_ids({*by_id, *named})
    shots = list[Shot]()
    for row in rows:
        old = by_id.get(row.id) if row.id else by_frames.get((row.start, row.stop))
        if old is None or (not row.id and old.id in named):
            old = Shot(row.id or next(free), row.start, row.stop)
        rest = {name: value for name, value in old.rest.items() if name != "into" or row.dissolve == dissolve_of(old)}
        if row.dissolve:
            rest["into"] = {"dissolve": row.dissolve}
        note = old.note if row.note is None else row.note
        shots.append(replace(old, start=row.start, stop=row.stop, kind=row.kind or old.kind, note=note, rest=rest))
    return tuple(shots)


def dropped_work(before: Sequence[Shot], after: Sequence[Shot]) -> list[str]:
    """Return the ids of shots that another list lacks and that hold work of people: keyframes, settings or notes."""
    kept = {shot.id for shot in after}
    worked = (shot for shot in before if shot.keyframes or shot.settings or shot.note or shot.same_as)
    return [shot.id for shot in worked if shot.id not in kept]


def _check(rows: Sequence[Row], frames: int) -> None:
    for row in rows:
        if not 0 <= row.start < row.stop <= frames:
            raise FilmError(f"{row.named}: expected 0 <= in < out <= {frames}")
        if row.kind is not None and row.kind not in get_args(Kind):
            raise FilmError(f"{row.named} is of the kind {row.kind!r}; expected one of {', '.join(get_args(Kind))}")
    for one, other in pairwise(rows):
        if other.start < one.stop:
            raise FilmError(f"{one.named} and {other.named} overlap; expected shots that follow one another")
    ids = dict[str, Row]()
    for row in rows:
        if row.id and ids.setdefault(row.id, row) is not row:
            raise FilmError(f"{ids[row.id].named} and {row.named} are both called {row.id}; expected each id once")


def _free_ids(taken: set[str]) -> Iterator[str]:
    numbers = [int(name[1:]) for name in taken if name[:1] == "s" and name[1:].isdecimal()]
    return (name for number in count(max(numbers, default=0) + 1) if (name := f"s{number:04}") not in taken)


def csv_of(rows: Sequence[Row], clock: Clock | None) -> str:
    """Return a table of shots as CSV; without a clock its columns of timecode are empty."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for row in rows:
        timecodes = ("", "") if clock is None else (clock.timecode(row.start), clock.timecode(row.stop))
        writer.writerow([row.id, row.start, row.stop, row.kind, row.dissolve or "", *timecodes, row.note])
    return out.getvalue()


def rows_of_csv(text: str) -> list[Row]:
    """Return the shots of a CSV. It needs the columns "in" and "out", which are numbers of frames.

    Raises
    ------
    FilmError
        If a column or a number is missing.
    """
    text = text.removeprefix("\ufeff")
    first_line = text.partition("\n")[0]
    separator = max(",;\t", key=first_line.count)
    reader = csv.DictReader(io.StringIO(text), delimiter=separator)
    names = {name.strip().lower(): name for name in reader.fieldnames or ()}
    lacking = [name for name in ("in", "out") if name not in names]
    if lacking:
        raise FilmError(f'expected a CSV with the columns "in" and "out" in its first line; it lacks {lacking[0]!r}')

    def said(line: dict[str, Any], name: str) -> str | None:
        return (line[names[name]] or "").strip() if name in names else None

    rows = list[Row]()
    for line in reader:
        try:
            start, stop = int(said(line, "in") or ""), int(said(line, "out") or "")
            dissolve = int(said(line, "dissolve") or 0)
        except ValueError as error:
            raise FilmError(f"line {reader.line_num}: expected numbers of frames ({error})") from error
        kind = _lower(said(line, "kind"))
        rows.append(Row(start, stop, said(line, "id") or None, kind, said(line, "note"), dissolve, reader.line_num))
    if not rows:
        raise FilmError("it has no shots; expected a line for each shot below the first line")
    return rows


def _lower(text: str | None) -> str | None:
    return text.lower() if text else None
