"""Facts: what a film is, and what the work on it will take."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from huegraft.film.compute import seconds_a_frame
from huegraft.film.reading import described
from huegraft.film.shot_list import ShotList
from huegraft.film.shot_work import ShotWork
from huegraft.film.source import Source
from huegraft.film.steady_grade import MOST_LOOKED_AT
from huegraft.film.wording import counted
from huegraft.session import Session
from huegraft.settings import Mode
from huegraft.threads import thread_count

_BYTES_OF_GRADE, _BYTES_OF_OWN_GRADE = 80_000, 190_000  # of a shot, and of a single frame, which has places


def film_notes(source: Source, shots: ShotList) -> Iterator[str]:
    """Yield a line for each thing that the user should know before the work begins."""
    reading, index, found = source.reading, source.index, shots.reading
    if found["assumed"]:
        said = ", ".join(f"{name} {found[name]}" for name in found["assumed"])
        yield f"no tag says how the code values are to be read; taken are {said}"
    if reading.lut:
        yield f"the film is seen and written through {shots.source['input_lut']}: its output is BT.709"
    if reading.bars is not None:
        left, top, width, height = described(reading)["bars"]
        yield f"black bars stay as they are: the picture is {width}x{height} at {left},{top}"
    corrupt = int(index.corrupt.sum())
    if corrupt:
        are, decode = ("is", "it decodes") if corrupt == 1 else ("are", "they decode")
        yield f"{corrupt} of {counted(index.frames, 'frame')} {are} damaged, and {are} carried over as {decode}"
    elif index.damaged:
        yield f"the film is damaged: {counted(index.frames, 'frame')} could be read"
    for each in shots.references:
        if each.frame is not None and each.frame >= index.frames:
            yield (
                f"reference {each.id} ({Path(each.path).name}) names frame {each.frame}, but the film has frames 0 to "
                f"{index.frames - 1}: it is taken as any other picture"
            )
    last = {each.frame: each.id for each in shots.candidates() if each.frame is not None and each.frame < index.frames}
    for each in shots.candidates():
        if each.frame in last and last[each.frame] != each.id:
            yield (
                f"references {each.id} and {last[each.frame]} both show frame {each.frame}: {last[each.frame]}, which "
                "was given last, is taken"
            )
    yield from _not_colored(index.frames, shots)
    yield from shots.not_used_yet()


def film_facts(source: Source, shots: ShotList) -> dict[str, Any]:
    """Return what a film is, by names."""
    index = source.index
    height, width = source.size
    facts: dict[str, Any] = {"film": str(source.path), "size": f"{width}x{height}", "frames": index.frames}
    facts |= {"rate": str(index.rate), "variable": index.variable}
    facts |= {"duration": round(float(index.durations.sum() * index.time_base), 3), "layout": vars(source.format)}
    facts |= {"reading": dict(shots.reading), "shots": len(shots.shots)}
    if source.reading.lut:
        facts["input_lut"] = shots.source["input_lut"]
    return facts


def work_facts(todo: Sequence[ShotWork]) -> dict[str, Any]:
    """Return how many shots and frames there are to compute, and about how long that takes and what it holds."""
    frames = sum(work.stop - work.start for work in todo)
    facts: dict[str, Any] = {"shots_to_compute": len(todo), "frames_to_compute": frames}
    if todo:
        work = todo[0]
        with Session(threads=1) as session:
            seconds = frames * seconds_a_frame(work, session) / thread_count()
        each = work.settings.prepare.working_pixels if work.mode == "colorize" else _bytes_of_grades(work)
        facts |= {"seconds_of_colors_about": round(seconds), "track_megabytes_about": round(frames * each / 1e6, 1)}
    return facts


def _bytes_of_grades(work: ShotWork) -> float:
    """Return about how many bytes a frame of a shot takes in a track of grades."""
    if work.steady == "none":
        return _BYTES_OF_OWN_GRADE
    frames = work.stop - work.start
    return min(MOST_LOOKED_AT, frames) * _BYTES_OF_GRADE / frames


def _not_colored(frames: int, shots: ShotList) -> Iterator[str]:
    """Yield a line for the frames that are in no shot, and for those whose shot is no picture."""
    if not shots.shots:
        return
    without = frames - sum(shot.stop - shot.start for shot in shots.shots)
    if without:
        yield _appearing(without, "no shot", shots.mode)
    for kind in dict.fromkeys(shot.kind for shot in shots.shots if shot.kind != "picture"):
        count = sum(shot.stop - shot.start for shot in shots.shots if shot.kind == kind)
        yield _appearing(count, f"shots of the kind {kind}", shots.mode)


def _appearing(frames: int, where: str, mode: Mode) -> str:
    are, appear, as_is = ("is", "appears", "as it is") if frames == 1 else ("are", "appear", "as they are")
    return f"{counted(frames, 'frame')} {are} in {where}, and {appear} {'grey' if mode == 'colorize' else as_is}"
