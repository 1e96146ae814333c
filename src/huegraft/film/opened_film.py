"""Opened film: its source and its shot list, from the project if that knows them, else made."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from huegraft.errors import ArgumentError, FilmError, LutFileError
from huegraft.film.decode import FilmFile
from huegraft.film.film_settings import FIRST_SETTINGS
from huegraft.film.first_pass import FrameProgress
from huegraft.film.index import Index
from huegraft.film.input_lut import InputLut
from huegraft.film.labels import timecode_of
from huegraft.film.numbered import is_pattern
from huegraft.film.project import ENDING, Project
from huegraft.film.reading import corrected, described
from huegraft.film.sequence import Sequence as NumberedFrames
from huegraft.film.shot_list import ShotList
from huegraft.film.shot_list_file import load_shot_list
from huegraft.film.source import Source
from huegraft.io.interpretation import FloatRange


def project_named_after(path: Path) -> Path:
    """Return the project in the current folder that has the name of a film."""
    name = path.stem.partition("%")[0].rstrip("_-.") or path.absolute().parent.name
    return Path(f"{name}{ENDING}")


@dataclass(frozen=True)
class SourceOptions:
    """How a film is read.

    Attributes
    ----------
    fps
        Frames a second of numbered frames.
    input_lut
        A .cube file that brings the R′G′B′ of the film to BT.709, or "none".
    float_range, layer
        As :func:`huegraft.read_picture` takes them, for numbered frames.
    fields
        "progressive" takes the frames as progressive, whatever flags and pictures say.
    """

    fps: Any = None
    input_lut: str | Path | None = None
    float_range: FloatRange = None
    layer: str | None = None
    fields: Literal["progressive"] | None = None

    def or_known(self, project: Project) -> "SourceOptions":
        """Return the options, and where one is not given the one that the project knows.

        Raises
        ------
        FilmError
            If the shot list of the project is damaged, or its index was made with another range or layer.
        LutFileError
            If the LUT that the project knows is not there.
        """
        if not project.shot_list.is_file():
            return self
        known = load_shot_list(project.shot_list).source
        for name in ("float_range", "layer"):
            given, before = getattr(self, name), known.get(name)
            if given not in (None, before):
                raise FilmError(
                    f"{project.folder} was made with {name} {before}, got {given}; --force makes the project anew"
                )
        lut = known.get("input_lut")
        if lut is not None and self.input_lut is None and not Path(lut).is_file():
            raise LutFileError(
                f"{project.folder} is of a film behind the LUT {lut}, which is not there; huegraft film scan FILM "
                f"-p {project.folder} --input-lut FILE.cube says where it is now, and --input-lut none takes it off"
            )
        return SourceOptions(
            **{name: known.get(name) if value is None else value for name, value in vars(self).items()}
        )

    @property
    def lut_path(self) -> Path | None:
        """The whole path of the LUT; None where there is none."""
        return None if self.input_lut is None or str(self.input_lut) == "none" else Path(self.input_lut).absolute()

    def lut(self) -> InputLut | None:
        """Read the LUT; None where there is none.

        Raises
        ------
        LutFileError
            If the LUT cannot be read.
        """
        return None if self.lut_path is None else InputLut.read(self.lut_path)


def opened_source(
    path: Path,
    project: Project,
    options: SourceOptions,
    lut: InputLut | None,
    progress: FrameProgress,
    *,
    anew: bool = False,
) -> FilmFile | NumberedFrames:
    """Open a film with the index of its project, or with a new one. A new one is not saved yet.

    Frames of numbered pictures come through the LUT. A film file is only allowed any transfer curve.

    Raises
    ------
    ArgumentError
        If an option changes nothing for the film, or the rate is none.
    FilmError
        If the film cannot be read, or is another one than that of the project.
    """
    known = project.index.is_file() and project.shot_list.is_file() and not anew
    index = Index.load(project.index) if known else None
    if is_pattern(path) or path.is_dir():
        return NumberedFrames(
            path,
            options.fps,
            index=index,
            progress=progress,
            float_range=options.float_range,
            layer=options.layer,
            lut=lut,
            progressive=options.fields == "progressive",
        )
    if options.fps is not None:
        raise ArgumentError(f"fps would change nothing for the film file {path}, which has its own; leave it out")
    if options.float_range is not None or options.layer is not None:
        raise ArgumentError(f"--float-range and --layer are for numbered frames, and {path} is a film file")
    return FilmFile(
        path, index=index, progress=progress, any_curve=lut is not None, progressive=options.fields == "progressive"
    )


def shot_list_of(project: Project, source: Source, options: SourceOptions, *, anew: bool = False) -> ShotList:
    """Return the shot list of a project, or a new one. What people corrected in its reading goes to the source.

    Raises
    ------
    FilmError
        If the shot list is damaged or of another film, or the reading holds what cannot be.
    """
    facts: dict[str, Any] = {"path": str(source.path.absolute()), "stream": 0}
    if isinstance(source, NumberedFrames) and source.fps is not None:
        facts["fps"] = str(source.fps)
    if options.lut_path is not None:
        facts["input_lut"] = str(options.lut_path)
    timecode = None if isinstance(source, NumberedFrames) else timecode_of(source.path)
    if timecode is not None:
        facts["timecode"] = timecode
    facts |= {
        name: value for name in ("float_range", "layer", "fields") if (value := getattr(options, name)) is not None
    }
    facts |= {"frames": source.index.frames, "index": source.index.digest}
    if anew or not project.shot_list.is_file():
        return ShotList("colorize", facts, settings=FIRST_SETTINGS, reading=described(source.reading))
    shots = load_shot_list(project.shot_list)
    known = shots.source.get("index") == facts["index"] or "fps" in facts
    if shots.source.get("frames") != facts["frames"] or not known:
        raise FilmError(
            f"{project.folder} is the project of another film, or {source.path} has changed; choose another project"
        )
    before, said = dict(shots.source), dict(shots.reading)
    behind_lut = before.pop("input_lut", None) is not None
    if isinstance(source, NumberedFrames) and behind_lut != ("input_lut" in facts):
        said = {"bars": said.get("bars")}  # the layout may be another one
    source.reading = corrected(source.reading, said, source.size)
    return replace(shots, source=before | facts, reading=described(source.reading))
