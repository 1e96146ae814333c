"""Film: a source, its project, and the steps from one to a finished file."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from huegraft.errors import ArgumentError, FilmError
from huegraft.film.chroma_track import ChromaTrack
from huegraft.film.compute import ShotWork, seconds_a_frame
from huegraft.film.computing import ShotJob, compute_shots
from huegraft.film.decode import FilmFile
from huegraft.film.first_pass import FrameProgress
from huegraft.film.grade_track import GradeTrack, read_grade_track
from huegraft.film.index import Index
from huegraft.film.output import Output, planned, write_output
from huegraft.film.project import ENDING, Project
from huegraft.film.render import Part
from huegraft.film.sequence import Sequence as NumberedFrames
from huegraft.film.shot_list import Reference, Shot, ShotList, check_shot_list, load_shot_list, save_shot_list
from huegraft.film.shots import find_shots
from huegraft.film.source import Source
from huegraft.session import Session
from huegraft.settings import Mode
from huegraft.threads import thread_count

WORKING_PIXELS = 2**16
"""The working size that a film starts from, unless its settings name another one."""

_STILL_SETTINGS: dict[Mode, tuple[str, ...]] = {
    "colorize": ("finish", "native", "upsample"),
    "transfer": ("fallback", "finish", "min_confidence", "native", "upsample"),
}
_KNOWN_FRAME = "ref_"  # ref_000040.png shows frame 40


@dataclass(frozen=True)
class Progress:
    """How far a film is.

    Attributes
    ----------
    step
        "index", "shots", "colors" or "render".
    done, frames
        Frames that are done, of how many.
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

    def __init__(self, source: Source, project: Project, shots: ShotList, report: Report) -> None:
        self.source, self.project, self._report = source, project, report
        self._shots, self._closing = shots, ExitStack()

    @classmethod
    def open(
        cls, path: str | Path, project: str | Path | None = None, *, fps: Any = None, progress: Report = lambda _: None
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
        progress
            A function that is called with a :class:`Progress` while work goes on.

        Raises
        ------
        FilmError
            If the film or the project cannot be read, or the project is of another film.
        """
        path = Path(path)
        kept = Project.create(_named_after(path) if project is None else Path(project))
        with ExitStack() as stack:
            stack.enter_context(kept.locked())
            index = Index.load(kept.index) if kept.index.is_file() else None
            source = _opened(path, index, fps, lambda done, frames: progress(Progress("index", done, frames or 0)))
            stack.callback(source.close)
            if index is None:
                source.index.save(kept.index)
            film = cls(source, kept, _shot_list(kept, source), progress)
            film.save()
            film._closing = stack.pop_all()
        return film

    @classmethod
    def of_project(cls, project: str | Path, progress: Report = lambda _: None) -> Self:
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
        return cls.open(source["path"], folder, fps=source.get("fps"), progress=progress)

    @property
    def shots(self) -> ShotList:
        """The shot list. Assigning another one saves it."""
        return self._shots

    @shots.setter
    def shots(self, shots: ShotList) -> None:
        self._shots = shots
        self.save()

    def save(self) -> None:
        """Write the shot list."""
        save_shot_list(self.project.shot_list, self._shots)

    def find_shots(self) -> None:
        """Find the shots of the film, in place of those that the list has."""
        count = self.source.index.frames
        bounds = find_shots(self.source, progress=lambda done, _: self._report(Progress("shots", done, count)))
        self.shots = replace(
            self.shots, shots=tuple(Shot(f"s{number:04}", *each) for number, each in enumerate(bounds, start=1))
        )

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
        reading = self.source.reading
        if reading.assumed:
            said = ", ".join(f"{name} {getattr(reading, name)}" for name in reading.assumed)
            yield f"no tag says how the code values are to be read; taken are {said}"
        corrupt = int(self.source.index.corrupt.sum())
        if corrupt:
            yield f"{corrupt} of {self.source.index.frames} frames are damaged, and are carried over as they decode"
        yield from self.shots.not_used_yet()

    def facts(self, output: Output | None) -> dict[str, Any]:
        """Return what the film is, and what would be written."""
        index, source = self.source.index, self.source
        height, width = source.size
        facts: dict[str, Any] = {
            "film": str(source.path),
            "project": str(self.project.folder),
            "size": f"{width}x{height}",
        }
        facts |= {"frames": index.frames, "rate": str(index.rate), "variable": index.variable}
        facts |= {"duration": round(float(index.durations.sum() * index.time_base), 3), "layout": vars(source.format)}
        facts |= {"reading": _reading(source), "shots": len(self.shots.shots)}
        if output is None:
            return facts
        jobs = [self._job(shot) for shot in self.shots.shots if shot.kind == "picture"]
        todo = [job for job in jobs if not self.project.has(job.path)]
        frames = sum(job.frames for job in todo)
        facts |= planned(self.source, output) | {"shots_to_compute": len(todo), "frames_to_compute": frames}
        if todo:
            with Session(threads=1) as session:
                seconds = frames * seconds_a_frame(todo[0].work, session) / thread_count()
            track_bytes = frames * todo[0].work.settings.prepare.working_pixels
            facts |= {"seconds_about": round(seconds), "track_megabytes_about": round(track_bytes / 1e6, 1)}
        return facts

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
            ``ref_000040.png`` shows frame 40.
        settings
            The name of a preset as ``preset``, and settings that differ from it.

        Raises
        ------
        ArgumentError
            If a setting is for still pictures alone.
        FilmError
            If a reference cannot be read, or a setting is unknown or out of range.
        """
        still = sorted(set(settings) & set(_STILL_SETTINGS[mode]))
        if still:
            raise ArgumentError(f"{', '.join(still)}: for still pictures, and not for films in {mode}; leave it out")
        shots = replace(self.shots, mode=mode, settings={**self.shots.settings, **settings})
        if references:
            shots = replace(shots, references=self._references([Path(path) for path in references]))
        check_shot_list(shots)
        self.shots = shots

    def _references(self, paths: Sequence[Path]) -> tuple[Reference, ...]:
        """Return the records of pictures, and of those that keyframes name. Known pictures keep their records."""
        known = {reference.path: reference for reference in self.shots.references}
        named = {keyframe.reference for shot in self.shots.shots for keyframe in shot.keyframes}
        free = (f"r{number}" for number in itertools.count(1))
        ids = (name for name in free if name not in {reference.id for reference in known.values()})
        copies = {self.project.add_reference(path): path for path in paths}
        chosen = [known.get(copy) or Reference(next(ids), copy, _frame_shown(path)) for copy, path in copies.items()]
        others = [each for each in known.values() if each.id in named and each.path not in copies]
        return (*chosen, *others)

    def compute(self, shots: Sequence[Shot] | None = None, *, device: str = "cpu") -> int:
        """Compute the tracks of shots, by default of all, that are not there yet, and return how many were made.

        Raises
        ------
        FilmError
            If there are no references, or a frame or a track cannot be read or written.
        """
        chosen = [shot for shot in (self.shots.shots if shots is None else shots) if shot.kind == "picture"]
        jobs = [self._job(shot) for shot in chosen]
        keys = {job.id: job.path.stem for job in jobs}
        listed = (replace(shot, track=keys.get(shot.id, shot.track)) for shot in self.shots.shots)
        self.shots = replace(self.shots, shots=tuple(listed))
        missing = [job for job in jobs if not self.project.has(job.path)]
        if missing:
            compute_shots(missing, device, note=self.project.note, report=self._report_colors)
        return len(missing)

    def track(self, name: str) -> ChromaTrack | GradeTrack:
        """Return the track of a shot.

        Raises
        ------
        FilmError
            If there is no such shot, or it is not computed.
        """
        path = self._track_of(self.shots.shot(name))
        if path is None:
            raise FilmError(f"shot {name} is not computed yet")
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
        parts = self.parts(output.frames or (0, self.source.index.frames))
        return write_output(self.source, self.project, self.shots.mode, parts, output, self._report_render)

    def parts(self, frames: tuple[int, int]) -> list[Part]:
        """Return how frames of the film are rendered, without gaps. Only their shots have to be computed.

        Raises
        ------
        FilmError
            If a shot is not computed.
        """
        parts: list[Part] = []
        end = 0
        base = self.shots.settings_of(Shot("the film", 0, 1))
        for shot in self.shots.shots:
            if shot.start > end:
                parts.append(Part(end, shot.start, None, base))
            track = self._track_of(shot) if shot.kind == "picture" else None
            needed = shot.start < frames[1] and frames[0] < shot.stop
            if track is None and needed and shot.kind == "picture":
                raise FilmError(f"shot {shot.id} is not computed: huegraft film color {self.project.folder}")
            parts.append(Part(shot.start, shot.stop, track, self.shots.settings_of(shot)))
            end = shot.stop
        if end < self.source.index.frames:
            parts.append(Part(end, self.source.index.frames, None, base))
        return parts

    def _report_colors(self, done: int, frames: int, shot: str) -> None:
        self._report(Progress("colors", done, frames, shot))

    def _report_render(self, done: int, frames: int) -> None:
        self._report(Progress("render", done, frames))

    def _track_of(self, shot: Shot) -> Path | None:
        path = self.project.track(shot.track, self.shots.mode) if shot.track else None
        return path if path is not None and path.is_file() else None

    def _job(self, shot: Shot) -> ShotJob:
        references = self.shots.references_of(shot)
        if not references:
            raise FilmError(f"shot {shot.id} has no references: name one")
        paths = tuple(self.project.folder / reference.path for reference in references)
        settings = self.shots.settings_of(shot)
        work = ShotWork(self.source, shot.start, shot.stop, self.shots.mode, settings, paths)
        return ShotJob(shot.id, work, self.project.track(work.key, self.shots.mode))


def _opened(path: Path, index: Index | None, fps: Any, progress: FrameProgress) -> Source:
    if "%" in path.name or path.is_dir():
        return NumberedFrames(path, fps, index=index, progress=progress)
    if fps is not None:
        raise ArgumentError(f"fps would change nothing for the film file {path}; leave it out")
    return FilmFile(path, index=index, progress=progress)


def _named_after(path: Path) -> Path:
    """Return the project in the current folder that has the name of a film."""
    name = path.stem.partition("%")[0].rstrip("_-.") or path.absolute().parent.name
    return Path(f"{name}{ENDING}")


def _shot_list(project: Project, source: Source) -> ShotList:
    """Return the shot list of a project, or a new one.

    Raises
    ------
    FilmError
        If the shot list is of another film.
    """
    if project.shot_list.is_file():
        shots = load_shot_list(project.shot_list)
        if shots.source.get("index") == source.index.digest:
            return shots
        raise FilmError(
            f"{project.folder} is the project of another film, or {source.path} has changed; choose another project"
        )
    described: dict[str, Any] = {"path": str(source.path.absolute()), "stream": 0}
    if isinstance(source, NumberedFrames) and source.fps is not None:
        described["fps"] = str(source.fps)
    described |= {"frames": source.index.frames, "index": source.index.digest}
    settings = {"preset": "best", "working_pixels": WORKING_PIXELS}
    return ShotList("colorize", described, settings=settings, reading=_reading(source))


def _reading(source: Source) -> dict[str, Any]:
    """Return what the code values of a film stand for, for people to read."""
    reading = source.reading
    bars = None if reading.bars is None else list(reading.bars)
    return {**vars(reading), "assumed": list(reading.assumed), "bars": bars}


def _frame_shown(path: Path) -> int | None:
    """Return the frame that a reference shows by its name, such as ref_000040.png."""
    number = path.stem.removeprefix(_KNOWN_FRAME)
    return int(number) if number != path.stem and number.isdecimal() else None
