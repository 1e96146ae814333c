"""Edit decision lists of the form CMX 3600: shots as events, read and written."""

import re
from collections.abc import Sequence
from dataclasses import replace

from huegraft.errors import FilmError
from huegraft.film.shot_table import Clock, Row
from huegraft.film.wording import counted

_REEL, _BLACK = "AX", "BL"
_EVENT = re.compile(
    r"(?P<number>\d+)\s+(?P<reel>\S+)\s+(?P<tracks>\S+)\s+(?P<kind>C|D|W\d+|K\s*[BO]?)\s*(?P<length>\d+)?\s+"
    r"(?P<times>\d\d:\d\d:\d\d[:;.]\d\d(?:\s+\d\d:\d\d:\d\d[:;.]\d\d){3})\s*(?P<more>.*)"
)
_REMARK = re.compile(r"\*\s*SHOT (ID|KIND|NOTE):\s*(.*)")
_MOST = 99  # events and frames have few digits


def edl_of(rows: Sequence[Row], clock: Clock, title: str) -> str:
    """Return shots as an edit decision list, of which source and record are the film itself.

    A dissolve is an event of its own kind. Ids, kinds and notes are remarks.

    Parameters
    ----------
    rows
        The shots in their order.
    clock
        The timecodes of the film.
    title
        The name of the film.

    Raises
    ------
    FilmError
        If timecode cannot count the film's frames.
    """
    if round(clock.rate) > _MOST:
        raise FilmError(f"timecode counts at most {_MOST} frames a second, and the film has {clock.rate}; choose .csv")
    lines = [f"TITLE: {title}", f"FCM: {'DROP FRAME' if clock.drop else 'NON-DROP FRAME'}", ""]
    for number, row in enumerate(rows, start=1):
        before = rows[number - 2] if number > 1 and rows[number - 2].stop == row.start else None
        dissolve = before.dissolve if before is not None else 0
        following = number < len(rows) and rows[number].start == row.stop
        start, stop = row.start - dissolve // 2, row.stop - (row.dissolve // 2 if following else 0)
        if dissolve:
            lines.append(_event(number, _reel(rows[number - 2]), "C", (start, start), clock))
        lines.append(_event(number, _reel(row), f"D    {dissolve:03}" if dissolve else "C", (start, stop), clock))
        said = {"ID": row.id, "KIND": None if row.kind == "picture" else row.kind, "NOTE": row.note}
        lines += [f"* SHOT {name}: {' '.join(value.split())}" for name, value in said.items() if value]
    return "\n".join(lines) + "\n"


def rows_of_edl(text: str, clock: Clock) -> list[Row]:
    """Return the shots of an edit decision list: the events of its picture, by their record times.

    A dissolve, or a wipe, becomes a cut in its middle, and is kept as a dissolve. An event of the reel BL is black.

    Parameters
    ----------
    text
        The list.
    clock
        The timecodes of the film. If an event lies outside the film, the first frame is taken to have the full hour of
        the first event.

    Raises
    ------
    FilmError
        If the list has no events of pictures, or a line that begins like one is none.
    """
    events, drop = list[tuple[re.Match[str], dict[str, str]]](), clock.drop
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), start=1):
        found, remark = _EVENT.fullmatch(line.strip()), _REMARK.fullmatch(line.strip())
        if found:
            events.append((found, {}))
        elif remark and events:
            events[-1][1][remark[1]] = remark[2].strip()
        elif line.strip().upper().startswith("FCM:"):
            drop = "NON" not in line.upper()
        elif re.match(r"\s*\d{3,}\s+\S+\s+\S+\s+[CDWK]", line):
            raise FilmError(f"line {number} is no event of CMX 3600: expected four timecodes, got {line.strip()!r:.90}")
    pictures = [(found, remarks) for found, remarks in events if _is_picture(found)]
    if not pictures:
        raise FilmError("the list has no events of pictures; expected lines such as 001 AX V C and four timecodes")
    rows = list[Row]()
    for place, (found, remarks) in zip(_in_frames(pictures, clock, drop=drop), pictures, strict=True):
        start, stop, dissolve = place
        kind = remarks.get("KIND") or ("black" if found["reel"].upper() == _BLACK else None)
        if dissolve and rows and rows[-1].stop == start:
            start, rows[-1] = _dissolved(rows[-1], start, dissolve, kind, own="ID" in remarks)
        if stop > start:  # else it is what a dissolve comes from
            rows.append(Row(start, stop, remarks.get("ID"), kind, remarks.get("NOTE")))
    return rows


def _dissolved(before: Row, start: int, frames: int, kind: str | None, *, own: bool) -> tuple[int, Row]:
    """Return where a shot begins after a dissolve, and the shot before it. Fades belong to the shot that is seen."""
    if own or "black" not in (before.kind, kind):
        cut = start + frames // 2
        return cut, replace(before, stop=cut, dissolve=frames)
    return (start + frames, replace(before, stop=start + frames)) if kind == "black" else (start, before)


def _in_frames(
    events: Sequence[tuple[re.Match[str], dict[str, str]]], clock: Clock, *, drop: bool
) -> list[tuple[int, int, int]]:
    """Return for each event its first frame, the frame after its last one, and the frames of its dissolve."""
    hour = f"{events[0][0]['times'].split()[2][:2]}:00:00:00"
    for first in (clock.first, hour):
        places = list[tuple[int, int, int]]()
        for event, _ in events:
            start, stop = (clock.frame(time, drop=drop, first=first) for time in event["times"].split()[2:])
            if start is None or stop is None:
                raise FilmError(f"the film's first timecode {first!r} is none; expected one such as 01:00:00:00")
            places.append((start, stop, 0 if event["kind"] == "C" else int(event["length"] or 0)))
        if all(0 <= start <= stop <= clock.frames for start, stop, _ in places):
            return places
    raise FilmError(
        f"events lie outside the film, which has {counted(clock.frames, 'frame')} from {clock.first} on (or from "
        f"{hour}), with {clock.rate} a second; expected the list of this film, at its rate"
    )


def _event(number: int, reel: str, kind: str, frames: tuple[int, int], clock: Clock) -> str:
    start, stop = map(clock.timecode, frames)
    return f"{number:03}  {reel:<8} V     {kind:<8} {start} {stop} {start} {stop}"


def _reel(row: Row) -> str:
    return _BLACK if row.kind == "black" else _REEL


def _is_picture(event: re.Match[str]) -> bool:
    tracks = event["tracks"].upper()
    return ("V" in tracks or tracks == "B") and not event["kind"].startswith("K")
