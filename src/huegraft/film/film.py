"""Film: a source, its project, and the steps from one to a finished file."""

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from huegraft.errors import ArgumentError, FilmError
from huegraft.film.choices import Choices
from huegraft.film.chroma_track import ChromaTrack
from huegraft.film.compute import seconds_a_frame
from huegraft.film.grade_track import GradeTrack, read_grade_track
from huegraft.film.index import Index
from huegraft.film.numbered import is_pattern
from huegraft.film.opened_film import opened_source, project_named_after, shot_list_of
from huegraft.film.output import Output, planned, write_output
from huegraft.film.project import Project
from huegraft.film.reading import described
from huegraft.film.references import Ranked
from huegraft.film.render import Part
from huegraft.film.shot_jobs import compute_shots
from huegraft.film.shot_list import Reference, Shot, ShotList, check_shot_list, load_shot_list, save_shot_list
from huegraft.film.shots import find_shots
from huegraft.film.source import Source
from huegraft.graph import check_used, unused_settings
from huegraft.io.image import check_readable
from huegraft.request import Request
from huegraft.session import Session
from huegraft.settings import Mode
from huegraft.threads import thread_count

_STILL_SETTINGS: dict[Mode, tuple[str, ...]] = {
    "colorize": ("finish", "native", "upsample"),
    "transfer": ("fallback", "finish", "min_confidence", "native", "upsample"),
}
_KNOWN_FRAME = "ref_"  # ref_000040.png shows frame 40
_BYTES_A_KNOT = 200_000


@dataclass(frozen=True)
class Progress:
    """How far a film is.

    Attributes
    ----------
    step
        "index", "shots", "references", "colors", "render" or "report".
    done, frames
        Frames that are done, of how many; 0 if that is not known. In the steps "references" and "report" shots are
        counted.
    shot
        The id of a shot that is worked on; empty if none is.
    """

    step: str
    done: int
    frames: int
    shot: str = ""


Report = Callable[[Progress], None]


class Film:
    """A film that takes colours. Every step goes on from what the project holds.

    Use :meth:`open`.
    """

    def __init__(self, source: Source, project: Project, shots: ShotList, report: Report, *, saving: bool) -> None:
        self.source, self.project, self._report, self._saving = source, project, report, saving
        self._shots, self._closing = shots, ExitStack()

    @classmethod
    def open(
        cls,
        path: str | Path,
        project: str | Path | None = None,
        *,
        fps: Any = None,
        anew: bool = False,
        saving: bool = True,
        progress: Report = lambda _: None,
    ) -> Self:
        """Open a film and its project. The first time every frame is read, and the project is made.

        Parameters
        ----------
        path
            A film file, a folder of numbered frames, or a pattern of them such as ``frames/%05d.png``.
        project
            The folder of the project. By default it lies in the current folder, under the name of the film.
        fps
            Frames a second of numbered frames.
        anew
            Whether the film is looked at without what the project holds. Nothing is saved until `begin_anew` is called.
        saving
            Whether changes of the shot list are saved.
        progress
            A function that is called with a :class:`Progress` while work goes on.

        Raises
        ------
        FilmError
            If the film or the project cannot be read, the project is of another film, or another process works on it.
        """
        path = Path(path)
        folder = project_named_after(path) if project is None else Path(project)
        with ExitStack() as stack:
            kept = stack.enter_context(Project.locked_at(folder, path))
            source = opened_source(
                path, kept, fps, lambda done, frames: progress(Progress("index", done, frames or 0)), anew=anew
            )
            stack.callback(source.close)
            film = cls(source, kept, shot_list_of(kept, source, anew=anew), progress, saving=saving and not anew)
            film._save_with_index()
            film._closing = stack.pop_all()
        return film

    @classmethod
    def of_project(cls, project: str | Path, *, fps: Any = None, progress: Report = lambda _: None) -> Self:
        """Open the film that a project is of.

        Raises
        ------
        FilmError
            If there is no project, or its film is not where it was.
        """
        folder = Path(project)
        if not (folder / "shots.json").is_file():
            raise FilmError(f"there is no film project at {folder}: huegraft film scan FILM makes one")
        source = load_shot_list(folder / "shots.json").source
        path = Path(source["path"])
        if not is_pattern(path) and not path.exists():
            raise FilmError(
                f"the film {source['path']} is not there; huegraft film scan FILM -p {folder} says where it is now"
            )
        return cls.open(path, folder, fps=fps or source.get("fps"), progress=progress)

    @property
    def shots(self) -> ShotList:
        """The shot list. Assigning another one checks and saves it."""
        return self._shots

    @shots.setter
    def shots(self, shots: ShotList) -> None:
        check_shot_list(shots)
        self._shots = shots
        self.save()

    def save(self) -> None:
        """Write the shot list if it has changed and changes are saved."""
        path = self.project.shot_list
        if self._saving and (not path.is_file() or load_shot_list(path) != self._shots):
            save_shot_list(path, self._shots)

    def _save_with_index(self) -> None:
        """Write the index first, which changes no more while the film is open, and then the shot list."""
        path = self.project.index
        if self._saving and (not path.is_file() or Index.load(path).digest != self.source.index.digest):
            self.source.index.save(path)
        self.save()

    def begin_anew(self, references: Sequence[Path]) -> None:
        """Delete what the project made before, and save from now on.

        Parameters
        ----------
        references
            The pictures that will lend their colours.

        Raises
        ------
        FilmError
            If a reference lies in the project, or the project's shot list is none of huegraft's.
        """
        folder = self.project.folder.resolve()
        inside = [path for path in references if path.resolve().is_relative_to(folder)]
        if inside:
            raise FilmError(f"{inside[0]} lies in the project that is made anew; copy it to another place first")
        old = load_shot_list(self.project.shot_list).references if self.project.shot_list.is_file() else ()
        self.project.clear([reference.path for reference in old])
        self._saving = True
        self._save_with_index()

    def close(self) -> None:
        """Close the film's file, and let other processes work on the project."""
        self._closing.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def use(self, mode: Mode, references: Sequence[str | Path], **settings: Any) -> None:
        """Choose what is done to the whole film.

        Parameters
        ----------
        mode
            "colorize" or "transfer".
        references
            The pictures that lend their colours. They are copied into the project. A picture called
            ``ref_000040.png`` shows frame 40. Without references those of the project stay.
        settings
            The name of a preset as ``preset``, and settings that differ from it.

        Raises
        ------
        ArgumentError
            If a setting is for still pictures alone, or has no effect.
        FilmError
            If a reference cannot be copied, or a setting is unknown or out of range.
        PictureFileError
            If a reference is no picture.
        """
        shots = replace(self.shots, mode=mode, settings={**self.shots.settings, **settings})
        check_film_settings(shots, settings)
        paths = [Path(path) for path in references]
        check_readable(paths)
        self.shots = replace(shots, references=self._references(paths) if paths else shots.references)

    def find_shots(self) -> None:
        """Find the shots of the film, in place of those that the list has."""
        count = self.source.index.frames
        bounds = find_shots(self.source, progress=lambda done, _: self._report(Progress("shots", done, count)))
        numbered = enumerate(bounds, start=1)
        self.shots = replace(self.shots, shots=tuple(Shot(f"s{number:04}", *each) for number, each in numbered))

    def chosen(self, numbers: tuple[int, int] | None, frames: tuple[int, int] | None) -> list[Shot]:
        """Return shots by their numbers, counted from 1, or by frames that they have; by default all.

        Raises
        ------
        ArgumentError
            If there are no such shots.
        """
        shots = list(self.shots.shots)
        if numbers is not None:
            first, stop = numbers
            if not 1 <= first < stop <= len(shots) + 1:
                raise ArgumentError(f"the film has shots 1 to {len(shots)}, got {first} to {stop - 1}")
            shots = shots[first - 1 : stop - 1]
        if frames is not None:
            shots = [shot for shot in shots if shot.start < frames[1] and frames[0] < shot.stop]
        return shots

    def notes(self) -> Iterator[str]:
        """Yield a line for each thing that the user should know before the work begins."""
        reading, index = self.source.reading, self.source.index
        if reading.assumed:
            said = ", ".join(f"{name} {getattr(reading, name)}" for name in reading.assumed)
            yield f"no tag says how the code values are to be read; taken are {said}"
        if reading.bars is not None:
            left, top, width, height = described(reading)["bars"]
            yield f"black bars stay as they are: the picture is {width}x{height} at {left},{top}"
        corrupt = int(index.corrupt.sum())
        if corrupt:
            yield f"{corrupt} of {index.frames} frames are damaged, and are carried over as they decode"
        elif index.damaged:
            yield f"the film is damaged: what could be read are {index.frames} frames"
        yield from self.shots.not_used_yet()

    def notes_on_references(self, shots: Sequence[Shot] | None = None) -> Iterator[str]:
        """Yield a line for each shot whose references fit badly, or disagree. They are known once it is computed."""
        names = [shot.id for shot in _pictures(self.shots.shots if shots is None else shots)]
        return self._choices.notes([self.shots.shot(name) for name in names])

    def facts(self, output: Output | None = None, shots: Sequence[Shot] = ()) -> dict[str, Any]:
        """Return what the film is and, with an output, what would be computed of shots and written."""
        index, source = self.source.index, self.source
        height, width = source.size
        facts: dict[str, Any] = {"film": str(source.path), "size": f"{width}x{height}", "frames": index.frames}
        facts |= {"rate": str(index.rate), "variable": index.variable}
        facts |= {"duration": round(float(index.durations.sum() * index.time_base), 3), "layout": vars(source.format)}
        facts |= {"reading": described(source.reading), "shots": len(self.shots.shots)}
        if output is None:
            return facts
        todo = [job for job in map(self._choices.job, _pictures(shots)) if not self.project.has(job.path)]
        frames = sum(job.frames for job in todo)
        facts |= planned(self.source, output) | {"shots_to_compute": len(todo), "frames_to_compute": frames}
        if todo:
            work = todo[0].work
            with Session(threads=1) as session:
                seconds = frames * seconds_a_frame(work, session) / thread_count()
            each = work.settings.prepare.working_pixels if work.mode == "colorize" else _BYTES_A_KNOT / work.spacing
            facts |= {"seconds_of_colors_about": round(seconds), "track_megabytes_about": round(frames * each / 1e6, 1)}
        return facts

    def compute(self, shots: Sequence[Shot] | None = None, *, device: str = "cpu") -> int:
        """Compute the tracks of shots, by default of all, that are not there yet, and return how many were made.

        Raises
        ------
        FilmError
            If there are no references, or a frame or a track cannot be read or written.
        """
        wanted = _pictures(self.shots.shots if shots is None else shots)
        self.shots = self._choices.ranked(wanted, device, self._report_references)
        jobs = [self._choices.job(self.shots.shot(shot.id)) for shot in wanted]
        keys = {job.id: job.path.stem for job in jobs}
        listed = (replace(shot, track=keys.get(shot.id, shot.track)) for shot in self.shots.shots)
        self.shots = replace(self.shots, shots=tuple(listed))
        missing = [job for job in jobs if not self.project.has(job.path)]
        if missing:
            compute_shots(missing, device, note=self.project.note, report=self._report_colors)
        return len(missing)

    def suggest(
        self, pictures: Sequence[Path], shots: Sequence[Shot] | None = None, *, device: str = "cpu"
    ) -> dict[str, list[Ranked]]:
        """Return for each shot, by default for all, the pictures in the order in which they suit it, the best first.

        The id of a picture is its path.

        Raises
        ------
        PictureFileError
            If a file is no picture.
        FilmError
            If frames cannot be read.
        """
        check_readable(pictures)
        wanted = _pictures(self.shots.shots if shots is None else shots)
        return self._choices.suggested({str(path): path for path in pictures}, wanted, device, self._report_references)

    def track(self, name: str) -> ChromaTrack | GradeTrack:
        """Return the track of a shot.

        Raises
        ------
        FilmError
            If there is no such shot, or it is not computed.
        """
        path = self._choices.computed(self.shots.shot(name))
        return ChromaTrack(path) if self.shots.mode == "colorize" else read_grade_track(path)

    def render(self, output: Output, shots: Sequence[Shot] | None = None) -> tuple[str, ...]:
        """Write the film in its new colours, and return what the output could not hold.

        Parameters
        ----------
        output
            What is written.
        shots
            Shots that follow one another. Only they are written.

        Raises
        ------
        FilmError
            If the output cannot be written, or shots are not computed.
        """
        if shots and len(shots) < len(self.shots.shots) and output.frames is None:
            output = replace(output, frames=(shots[0].start, shots[-1].stop))
        parts = self.parts(output.span(self.source))
        return write_output(self.source, self.project, self.shots.mode, parts, output, self._report_render)

    def parts(self, frames: tuple[int, int]) -> list[Part]:
        """Return how the frames of a span are rendered, without gaps.

        Raises
        ------
        FilmError
            If a shot that has frames of the span is not computed.
        """
        parts: list[Part] = []
        end, last = 0, self.source.index.frames
        base = self.shots.settings_of()
        for shot in self.chosen(None, frames):
            if shot.start > end:
                parts.append(Part(end, shot.start, None, base))
            track = self._choices.computed(shot) if shot.kind == "picture" else None
            parts.append(Part(shot.start, shot.stop, track, self.shots.settings_of(shot)))
            end = shot.stop
        return [*parts, Part(end, last, None, base)] if end < last else parts

    def _references(self, paths: Sequence[Path]) -> tuple[Reference, ...]:
        """Return the records of pictures, and of those that keyframes name. Known pictures keep their records."""
        known = {reference.path: reference for reference in self.shots.references}
        named = {keyframe.reference for shot in self.shots.shots for keyframe in shot.keyframes}
        taken = {reference.id for reference in known.values()}
        free = (name for number in itertools.count(1) if (name := f"r{number}") not in taken)
        copies = {self.project.add_reference(path): path for path in paths}
        chosen = [known.get(copy) or Reference(next(free), copy, _frame_shown(path)) for copy, path in copies.items()]
        others = [each for each in known.values() if each.id in named and each.path not in copies]
        return (*chosen, *(replace(each, scope="shots") for each in others))

    @property
    def _choices(self) -> Choices:
        return Choices(self.source, self.project, self.shots)

    def _report_references(self, done: int, shots: int, shot: str) -> None:
        self._report(Progress("references", done, shots, shot))

    def _report_colors(self, done: int, frames: int, shot: str) -> None:
        self._report(Progress("colors", done, frames, shot))

    def _report_render(self, done: int, frames: int) -> None:
        self._report(Progress("render", done, frames))


def check_film_settings(shots: ShotList, names: Iterable[str]) -> None:
    """Raise ArgumentError if settings cannot serve a film, or one of those named changes nothing.

    Raises
    ------
    FilmError
        If a setting is unknown or out of range.
    """
    settings, mode = shots.settings_of(), shots.mode
    still = sorted(set(names) & set(_STILL_SETTINGS[mode]))
    if still:
        raise ArgumentError(f"{', '.join(still)}: for still pictures, and not for films in {mode}; leave it out")
    if mode == "transfer" and settings.grade.base == "none":
        raise ArgumentError("a film's transfer needs a base map, whose grade is interpolated; leave out base none")
    unused = unused_settings(Request(mode, None, (None,), settings))
    check_used(set(names) & set(unused), unused)


def _pictures(shots: Sequence[Shot]) -> list[Shot]:
    return [shot for shot in shots if shot.kind == "picture"]


def _frame_shown(path: Path) -> int | None:
    """Return the frame that a reference shows by its name, such as ref_000040.png."""
    number = path.stem.removeprefix(_KNOWN_FRAME)
    return int(number) if number != path.stem and number.isdecimal() else None
