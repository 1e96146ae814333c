"""Shot files: the shots of a film written into, and read from, edit decision lists and CSV."""

from collections.abc import Sequence
from pathlib import Path

from huegraft.errors import FilmError
from huegraft.film.edl import edl_of, rows_of_edl
from huegraft.film.labels import first_timecode
from huegraft.film.numbered import is_pattern
from huegraft.film.opening import opened_source as opened_container
from huegraft.film.shot_list import Shot
from huegraft.film.shot_table import Clock, csv_of, rows_of, rows_of_csv, shots_of
from huegraft.film.source import Source
from huegraft.film.streams import film_streams
from huegraft.io.atomic import written_whole

ENDINGS = ".edl", ".csv"


def check_shot_file(path: Path, source: Source, *, exists_not: bool = False) -> None:
    """Raise FilmError unless the ending of a file is known, and an EDL can tell the film's frames by timecode.

    With `exists_not`, a file that exists is an error too.
    """
    if exists_not and path.exists():
        raise FilmError(f"{path} exists; choose another file, or replace it with --force")
    if path.suffix.lower() not in ENDINGS:
        raise FilmError(f"{path.name} must end in .edl (CMX 3600) or .csv, got {path.suffix or 'no ending'!r}")
    if path.suffix.lower() == ".edl" and clock_of(source) is None:
        raise FilmError(
            f"{source.path} has no constant rate, so an EDL, which counts by timecode, cannot name its frames; choose "
            "the ending .csv, whose shots are numbers of frames, or give numbered frames a rate with --fps"
        )


def clock_of(source: Source) -> Clock | None:
    """Return how timecode names the frames of a film; None where its rate varies, or numbered frames have none."""
    if source.index.variable or (is_numbered(source) and getattr(source, "fps", None) is None):
        return None
    return Clock(source.index.rate, first_timecode_of(source) or "00:00:00:00", source.index.frames)


def first_timecode_of(source: Source) -> str | None:
    """Return the timecode of a film file's first frame, if the file says it."""
    if is_numbered(source):
        return None
    with opened_container(source.path) as container:
        return first_timecode(container, film_streams(container)[getattr(source, "stream", 0)])


def is_numbered(source: Source) -> bool:
    """Tell whether a film is numbered pictures."""
    return is_pattern(source.path) or source.path.is_dir()


def write_shot_file(path: Path, shots: Sequence[Shot], source: Source, *, replace: bool = False) -> None:
    """Write shots as an EDL or as CSV, as the ending of the file says.

    Raises
    ------
    FilmError
        If the ending is another one, the film has no constant rate for an EDL, or the file cannot be written.
    """
    check_shot_file(path, source)
    clock, rows = clock_of(source), rows_of(shots)
    if path.suffix.lower() == ".csv" or clock is None:
        text = csv_of(rows, clock)
    else:
        text = edl_of(rows, clock, source.path.name)
    try:
        with written_whole(path, replace=replace) as temporary:
            temporary.write_text(text, encoding="utf-8", newline="")
    except FileExistsError as error:
        raise FilmError(f"{path} exists; choose another file, or replace it with --force") from error
    except OSError as error:
        raise FilmError(f"cannot write {path}: {error}") from error


def read_shot_file(path: Path, known: Sequence[Shot], source: Source) -> tuple[Shot, ...]:
    """Return the shots of an EDL or a CSV. Those that the film had keep their ids, keyframes and settings.

    Raises
    ------
    FilmError
        If the file cannot be read, is no such list, or names frames that the film has not.
    """
    check_shot_file(path, source)
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise FilmError(f"cannot read {path}: {error}") from error
    clock = clock_of(source)
    try:
        rows = rows_of_csv(text) if path.suffix.lower() == ".csv" or clock is None else rows_of_edl(text, clock)
        return shots_of(rows, known, source.index.frames)
    except FilmError as error:
        raise FilmError(f"{path}: {error}") from error
