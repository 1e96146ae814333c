"""Film: a source, its project, and the steps from one to a finished file."""

import dataclasses
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self

from huegraft.errors import ArgumentError, FilmError
from huegraft.film.choices import Choices
from huegraft.film.chroma import Keep
from huegraft.film.chroma_track import ChromaTrack
from huegraft.film.editing import Editing, FilmShot, Shots
from huegraft.film.facts import film_facts, film_notes, work_facts
from huegraft.film.film_settings import check_film_settings, reset_settings
from huegraft.film.film_state import FilmState, film_of, open_film
from huegraft.film.grade_track import GradeTrack, read_grade_track
from huegraft.film.opened_film import SourceOptions, project_named_after
from huegraft.film.output import Output, check_output, planned, write_output
from huegraft.film.ranking import Ranked
from huegraft.film.references import check_shapes, with_picture, with_references
from huegraft.film.render import Part
from huegraft.film.shot_jobs import ShotComputing, ShotJob, compute_shots
from huegraft.film.shot_list import Shot, ShotList
from huegraft.film.shots import find_shots
from huegraft.film.siblings import with_scenes
from huegraft.io.image import check_readable
from huegraft.io.interpretation import FloatRange
from huegraft.request import check_mode
from huegraft.settings import Mode


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
PicturesArgument = str | Path | Iterable[str | Path]
"""The file of a picture, or the files of several."""
ShotsArgument = str | Shot | FilmShot | Iterable[str | Shot | FilmShot] | None
"""Shots, their records or their ids; None for all."""


class Film:
    """A film that takes colours. Every step goes on from what the project holds.

    Use :meth:`open`.

    Attributes
    ----------
    source : Source
        The film's frames, its index and its reading.
    project : Project
        The folder that holds the index, the shot list, the references, the tracks and the segments.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> import huegraft
    >>> folder = Path(tempfile.mkdtemp())
    >>> colors = np.random.default_rng(0).random((24, 32, 3), np.float32)
    >>> grey = colors.mean(axis=2, keepdims=True).repeat(3, axis=2)
    >>> for name, picture in [("reference", colors), *((f"{number:03}", grey) for number in range(4))]:
    ...     lost = huegraft.write_picture(folder / f"{name}.png", picture)
    >>> with huegraft.Film.open(folder / "%03d.png", folder / "film.huegraft", fps=24) as film:
    ...     film.use("colorize", [folder / "reference.png"])
    ...     film.find_shots()
    ...     film.shots["s0001"].keyframes.add(0, folder / "reference.png")
    ...     for shot in film.shots:
    ...         computed = film.compute(shot)
    ...     with film.track("s0001") as track:
    ...         chroma, confidence = track[2]
    ...     notes = film.render(folder / "colored.mkv", codec="ffv1")
    >>> computed, chroma.shape, (folder / "colored.mkv").is_file()
    (1, (24, 32, 2), True)
    """

    def __init__(self, state: FilmState, report: Report, *, share: bool) -> None:
        self.source, self.project = state.source, state.project
        self._state, self._report, self._share = state, report, share

    @classmethod
    def open(
        cls,
        path: str | Path,
        project: str | Path | None = None,
        *,
        fps: Any = None,
        input_lut: str | Path | None = None,
        float_range: FloatRange = None,
        layer: str | None = None,
        fields: Literal["progressive"] | None = None,
        anew: bool = False,
        saving: bool = True,
        share: bool = False,
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
        input_lut
            A .cube file that brings the R′G′B′ of the film to BT.709. By default the one that the project knows;
            "none" takes it off.
        float_range, layer
            As :func:`huegraft.read_picture` takes them, for numbered frames.
        fields
            "progressive" takes frames as progressive that are flagged or look as if they were of two fields.
        anew
            Whether the film is looked at without what the project holds. Nothing is saved until `begin_anew` is called.
        saving
            Whether changes of the shot list are saved.
        share
            Whether other processes may work on other shots while `compute` runs. They all have to open the film in this
            way. No two of them compute one shot.
        progress
            A function that is called with a :class:`Progress` while work goes on.

        Raises
        ------
        FilmError
            If the film or the project cannot be read, the project is of another film, or another process works on it.
        LutFileError
            If the LUT is not there or cannot be read.
        """
        path = Path(path)
        folder = project_named_after(path) if project is None else Path(project)
        options = SourceOptions(fps, input_lut, float_range, layer, fields)

        def report_index(done: int, frames: int | None) -> None:
            progress(Progress("index", done, frames or 0))

        return cls(
            open_film(path, folder, options, report_index, anew=anew, saving=saving, share=share), progress, share=share
        )

    @classmethod
    def of_project(
        cls, project: str | Path, *, fps: Any = None, share: bool = False, progress: Report = lambda _: None
    ) -> Self:
        """Open the film that a project is of. `share` is that of `open`.

        Raises
        ------
        FilmError
            If there is no project, or its film is not where it was.
        """
        folder = Path(project)
        return cls.open(film_of(folder), folder, fps=fps, share=share, progress=progress)

    @property
    def shots(self) -> Shots:
        """The shots. Changing one of them changes the project."""
        return Shots(Editing(lambda: self.listed, self._state.change, self._reference_of_shots))

    @property
    def listed(self) -> ShotList:
        """The shot list as a record. Assigning another one checks and saves it."""
        return self._state.shots

    @listed.setter
    def listed(self, shots: ShotList) -> None:
        self._state.change(shots)

    def _reference_of_shots(self, path: Path) -> str:
        check_readable([path])
        self.listed, name = with_picture(self.listed, self.project, path, "shots")
        return name

    def begin_anew(self, references: Sequence[Path]) -> None:
        """Delete what the project made before, as :meth:`huegraft.film.film_state.FilmState.begin_anew` does."""
        self._state.begin_anew(references)

    def close(self) -> None:
        """Close the film's file, and let other processes work on the project. The film then serves no more."""
        self._state.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def use(self, mode: Mode, references: PicturesArgument = (), **settings: Any) -> None:
        """Choose what is done to the whole film.

        Parameters
        ----------
        mode
            "colorize" or "transfer".
        references
            The file of a picture that lends its colours, or the files of several. They are copied into the project. A
            picture called ``ref_000040.png`` shows frame 40, whose shape it has; frames count from 0. Without
            references those of the project stay.
        settings
            The name of a preset as ``preset``, and settings that differ from it. With ``steady`` "motion", the
            default, the colours of a colourised shot are averaged along the motion, and a recoloured shot has one
            grade. With "none" each frame is solved alone.

        Raises
        ------
        ArgumentError
            If a setting is for still pictures alone, or has no effect.
        FilmError
            If a reference cannot be copied, or is not of the shape of the frame of its name; or a setting is unknown or
            out of range.
        PictureFileError
            If a reference is no picture.
        """
        check_mode(mode)
        shots = dataclasses.replace(self.listed, mode=mode, settings={**self.listed.settings, **settings})
        check_film_settings(shots, settings)
        paths = _paths(references)
        check_readable(paths)
        check_shapes(paths, self.source)
        self.listed = with_references(shots, self.project, paths) if paths else shots

    def reset(self, names: Iterable[str] | None = None) -> None:
        """Take settings of the whole film back to those that a film begins with. Settings of single shots stay.

        Parameters
        ----------
        names
            The settings, by their names; None for all.

        Raises
        ------
        SettingsError
            If a setting is unknown.
        """
        self.listed = dataclasses.replace(self.listed, settings=reset_settings(self.listed.settings, names))

    def add_references(self, references: PicturesArgument) -> None:
        """Add pictures that lend their colours to those that the film has. They are copied into the project.

        Raises
        ------
        FilmError
            If a picture cannot be copied, or is not of the shape of the frame of its name.
        PictureFileError
            If a file is no picture.
        """
        paths = _paths(references)
        check_readable(paths)
        check_shapes(paths, self.source)
        listed = self.listed
        for path in paths:
            listed, _ = with_picture(listed, self.project, path, "film")
        self.listed = listed

    def find_shots(self, *, anew: bool = False, scenes: bool = True) -> None:
        """Find the shots of the film, unless the list has some.

        Parameters
        ----------
        anew
            Whether shots are found in place of those that the list has. What was set for those is lost.
        scenes
            Whether siblings are found now. Otherwise they are found before the colours are computed.
        """
        self._state.check_open()
        if self.listed.shots and not anew:
            return
        found = find_shots(self.source, progress=self.report_shots)
        self.listed = dataclasses.replace(self.listed, shots=found)
        if scenes:
            self._find_scenes("cpu")

    def _find_scenes(self, device: str) -> None:
        """Find the siblings of shots whose scene is not known yet."""
        if self.listed.siblings_setting() == "agree":
            self.listed = with_scenes(self.listed, self.source, device, self._report_references)

    def report_shots(self, done: int, count: int | None) -> None:
        """Tell how far work on the list of shots is."""
        self._report(Progress("shots", done, count or 0))

    def chosen(self, numbers: tuple[int, int] | None, frames: tuple[int, int] | None) -> list[Shot]:
        """Return shots by their numbers, counted from 1, or by frames that they have; by default all.

        Raises
        ------
        ArgumentError
            If there are no such shots.
        """
        shots = list(self.listed.shots)
        if numbers is not None:
            first, stop = numbers
            if not 1 <= first < stop <= len(shots) + 1:
                raise ArgumentError(f"the film has shots 1 to {len(shots)}, got {first} to {stop - 1}")
            shots = shots[first - 1 : stop - 1]
        if frames is not None:
            shots = [shot for shot in shots if shot.start < frames[1] and frames[0] < shot.stop]
        return shots

    def notes(self) -> list[str]:
        """Return a line for each thing that the user should know before the work begins."""
        return list(film_notes(self.source, self.listed))

    def notes_on_references(self, shots: ShotsArgument = None) -> list[str]:
        """Return a line for each shot whose references fit badly, or disagree. They are known once it is computed."""
        return list(self._choices.notes(_pictures(self._records(shots))))

    def facts(self) -> dict[str, Any]:
        """Return what the film is, by names."""
        return film_facts(self.source, self.listed)

    def planned(self, output: Output, shots: Sequence[Shot]) -> dict[str, Any]:
        """Return what the film is, what would be computed of shots, and what would be written."""
        todo = [job.work for job in map(self._choices.job, _pictures(shots)) if not self.project.has(job.path)]
        return self.facts() | planned(self.source, output) | work_facts(todo)

    def compute(
        self,
        shots: ShotsArgument = None,
        *,
        device: str = "cpu",
        progress: Report | None = None,
        computing: ShotComputing = compute_shots,
    ) -> int:
        """Compute the tracks of shots that are not there yet, and return how many were made.

        Parameters
        ----------
        shots
            A shot or several; by default all. Only pictures are coloured.
        device
            The device that runs a backbone of Torch.
        progress
            A function that is called with a :class:`Progress` while the work goes on. By default that of `open`.
        computing
            What computes the tracks. By default it is this process.

        Raises
        ------
        FilmError
            If there are no references, or a frame or a track cannot be read or written.
        """
        wanted = _pictures(self._records(shots))
        with self._reporting(progress):
            return self._compute(wanted, device, computing)

    def prepare(self, shots: ShotsArgument = None, *, device: str = "cpu") -> None:
        """Decide what each shot takes its colours from, without computing them. `compute` then finds it decided.

        Parameters
        ----------
        shots, device
            As for `compute`.

        Raises
        ------
        FilmError
            If there are no references, or a frame cannot be read.
        """
        self._jobs(_pictures(self._records(shots)), device)

    def _jobs(self, wanted: Sequence[Shot], device: str) -> list[ShotJob]:
        """Return how shots are computed, and say so in the shot list."""
        self._find_scenes(device)
        self.listed = self._choices.ranked(wanted, device, self._report_references)
        jobs = [self._choices.job(self.listed.shot(shot.id)) for shot in wanted]
        keys = {job.id: job.path.stem for job in jobs}
        listed = (dataclasses.replace(shot, track=keys.get(shot.id, shot.track)) for shot in self.listed.shots)
        self.listed = dataclasses.replace(self.listed, shots=tuple(listed))
        return jobs

    def _compute(self, wanted: Sequence[Shot], device: str, computing: ShotComputing) -> int:
        jobs = {job.path: job for job in self._jobs(wanted, device)}

        def missing() -> list[Path]:
            return [path for path in jobs if not self.project.has(path)]

        with self._state.claimed(missing) if self._share else nullcontext(missing()) as paths:
            todo = [jobs[path] for path in paths]
            if todo:
                self._report_colors(0, sum(job.frames for job in todo), todo[0].id)
                computing(todo, device, note=self.project.note, report=self._report_colors)
        return len(paths)

    def suggest(
        self,
        pictures: PicturesArgument,
        shots: ShotsArgument = None,
        *,
        device: str = "cpu",
        left_out: Callable[[str], None] | None = None,
        progress: Report | None = None,
    ) -> dict[str, list[Ranked]]:
        """Return for each shot, by its id, the pictures in the order in which they suit it, the best first.

        The id of a picture is its path.

        Parameters
        ----------
        pictures
            The files of the pictures.
        left_out
            A function that is called with a line for each picture that cannot be read, which is then left out. By
            default such a picture is an error.
        shots, device, progress
            As for `compute`.

        Raises
        ------
        PictureFileError
            If a file is no picture.
        FilmError
            If frames cannot be read, or no picture can be.
        """
        files = {str(path): path for path in _paths(pictures)}
        if left_out is None:
            check_readable(list(files.values()))
        wanted = _pictures(self._records(shots))
        with self._reporting(progress):
            return self._choices.suggested(files, wanted, device, self._report_references, left_out)

    def unused_files(self, *, segments: bool = False) -> list[Path]:
        """Return the files that the project made and no longer needs.

        These are the tracks that no shot uses, as the shot list stands, and the references that it does not name.

        Parameters
        ----------
        segments
            Whether the encoded segments count, too. The next rendering encodes them anew.
        """
        self._state.check_open()
        used = {self.project.folder / each.path for each in self.listed.references}
        for shot in self.listed.shots:
            used.add(self.project.track(shot.track, self.listed.mode))
        for shot in _pictures(self.listed.shots):
            with suppress(FilmError):  # it has no references
                used.add(self._choices.job(shot).path)
        folders = ("refs", "tracks", "segments") if segments else ("refs", "tracks")
        return [path for path in self.project.own(*folders) if path not in used]

    def track(self, shot: str | Shot | FilmShot) -> ChromaTrack | GradeTrack:
        """Return the track of a shot, which is given by itself or by its id.

        Raises
        ------
        FilmError
            If there is no such shot, or it is not computed.
        """
        (record,) = self._records(shot)
        path = self._choices.computed(record)
        return ChromaTrack(path) if self.listed.mode == "colorize" else read_grade_track(path)

    def render(
        self,
        path: str | Path,
        *,
        codec: str | None = None,
        quality: float | None = None,
        keep: Keep = "luma",
        reproducible: bool = False,
        frames: tuple[int, int] | None = None,
        replace: bool = False,
        progress: Report | None = None,
    ) -> tuple[str, ...]:
        """Write the film in its new colours, and return what the output could not hold, a line for each thing.

        Parameters
        ----------
        path
            A film file, or a pattern of numbered frames such as ``graded/%05d.tif``.
        codec
            A name of :data:`huegraft.film.codecs.CODECS`. By default x264 for 8 bits and for MP4 and MOV, and ffv1
            for more bits in MKV.
        quality
            The quality in the codec's own numbers.
        keep
            What a colourised frame keeps: its "luma", or its "lightness" as stills do.
        reproducible
            Whether the encoder has to give the same bytes on each run.
        frames : (start, stop), or None
            The frames to write, without the end; None for all.
        replace
            Whether an existing output may be replaced.
        progress
            As for `compute`.

        Raises
        ------
        ArgumentError
            If an option does not fit the output, or the film has no such frames.
        FilmError
            If the output cannot be written, or shots are not computed.
        """
        self._state.check_open()
        output = Output(Path(path), codec, quality, keep, reproducible, frames, replace)
        check_output(output, self.source)
        with self._reporting(progress):
            return self.write(output)

    def write(self, output: Output, shots: Sequence[Shot] | None = None) -> tuple[str, ...]:
        """Write an output that was checked, and return what it could not hold.

        Parameters
        ----------
        output
            What is written.
        shots
            Shots that follow one another. Only they are written. If they are only encoded, frames that are in no shot
            count with the shot before them, and those at the beginning with the first one.
        """
        if shots and len(shots) < len(self.listed.shots) and output.frames is None:
            frames = shots[0].start, shots[-1].stop
            output = dataclasses.replace(
                output, frames=self._up_to_next(*frames) if output.only == "encode" else frames
            )
        start, stop = output.span(self.source)
        parts = self.parts((start, stop))
        self._report_render(0, stop - start, "")
        return write_output(self.source, self.project, self.listed.mode, parts, output, self._report_render)

    def _up_to_next(self, start: int, stop: int) -> tuple[int, int]:
        """Return the frames of shots up to the next shot, and of the first ones from the beginning of the film on."""
        before = any(shot.start < start for shot in self.listed.shots)
        after = [shot.start for shot in self.listed.shots if shot.start >= stop]
        return start if before else 0, min(after, default=self.source.index.frames)

    def parts(self, frames: tuple[int, int]) -> list[Part]:
        """Return how the frames of a span are rendered, without gaps.

        Raises
        ------
        FilmError
            If a shot that has frames of the span is not computed.
        """
        parts: list[Part] = []
        end, last = 0, self.source.index.frames
        base = self.listed.settings_of()
        chosen = self.chosen(None, frames)
        tracks = self._choices.tracks(_pictures(chosen))
        for shot in chosen:
            if shot.start > end:
                parts.append(Part(end, shot.start, None, base))
            parts.append(Part(shot.start, shot.stop, tracks.get(shot.id), self.listed.settings_of(shot), shot.id))
            end = shot.stop
        return [*parts, Part(end, last, None, base)] if end < last else parts

    def _records(self, shots: ShotsArgument) -> list[Shot]:
        """Return what the shot list says now of a shot or of several."""
        self._state.check_open()
        if shots is None:
            if not self.listed.shots:
                raise FilmError("the film has no shots yet: find_shots, or huegraft film shots, finds them")
            return list(self.listed.shots)
        several = [shots] if isinstance(shots, str | Shot | FilmShot) else shots
        return [self.listed.shot(each if isinstance(each, str) else each.id) for each in several]

    @contextmanager
    def _reporting(self, progress: Report | None) -> Generator[None]:
        before = self._report
        self._report = before if progress is None else progress
        try:
            yield
        finally:
            self._report = before

    @property
    def _choices(self) -> Choices:
        return Choices(self.source, self.project, self.listed)

    def _report_references(self, done: int, shots: int, shot: str) -> None:
        self._report(Progress("references", done, shots, shot))

    def _report_colors(self, done: int, frames: int, shot: str) -> None:
        self._report(Progress("colors", done, frames, shot))

    def _report_render(self, done: int, frames: int, shot: str) -> None:
        self._report(Progress("render", done, frames, shot))


def _paths(pictures: PicturesArgument) -> list[Path]:
    return [Path(path) for path in ([pictures] if isinstance(pictures, str | Path) else pictures)]


def _pictures(shots: Sequence[Shot]) -> list[Shot]:
    return [shot for shot in shots if shot.kind == "picture"]
