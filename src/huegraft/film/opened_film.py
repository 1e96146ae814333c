"""Opened film: its source and its shot list, from the project if that knows them, else made."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from huegraft.errors import ArgumentError, FilmError
from huegraft.film.decode import FilmFile
from huegraft.film.first_pass import FrameProgress
from huegraft.film.index import Index
from huegraft.film.input_lut import InputLut
from huegraft.film.numbered import is_pattern
from huegraft.film.project import ENDING, Project
from huegraft.film.reading import corrected, described
from huegraft.film.sequence import Sequence as NumberedFrames
from huegraft.film.shot_list import ShotList, load_shot_list
from huegraft.film.source import Source

WORKING_PIXELS = 2**16
"""The working size that a film starts from, unless its settings name another one."""


def project_named_after(path: Path) -> Path:
    """Return the project in the current folder that has the name of a film."""
    name = path.stem.partition("%")[0].rstrip("_-.") or path.absolute().parent.name
    return Path(f"{name}{ENDING}")


def opened_source(
    path: Path,
    project: Project,
    fps: Any,
    progress: FrameProgress,
    *,
    lut: InputLut | None = None,
    anew: bool = False,
) -> FilmFile | NumberedFrames:
    """Open a film with the index of its project, or with a new one. A new one is not saved yet.

    Frames of numbered pictures come through the LUT. A film file is only allowed any transfer curve.

    Raises
    ------
    ArgumentError
        If the rate is none, or the film has one of its own.
    FilmError
        If the film cannot be read, or is another one than that of the project.
    """
    known = project.index.is_file() and project.shot_list.is_file() and not anew
    index = Index.load(project.index) if known else None
    if is_pattern(path) or path.is_dir():
        return NumberedFrames(path, fps, index=index, progress=progress, lut=lut)
    if fps is not None:
        raise ArgumentError(f"fps would change nothing for the film file {path}, which has its own; leave it out")
    return FilmFile(path, index=index, progress=progress, any_curve=lut is not None)


def input_lut_of(project: Project, path: str | Path | None, *, anew: bool = False) -> InputLut | None:
    """Return the LUT that a film comes through: the one of a path, else the one that the project knows, else None.

    Raises
    ------
    FilmError
        If the shot list of the project is damaged.
    LutFileError
        If the LUT cannot be read.
    """
    if path is None and not anew and project.shot_list.is_file():
        path = load_shot_list(project.shot_list).source.get("input_lut")
    return None if path is None else InputLut.read(Path(path).absolute())


def shot_list_of(project: Project, source: Source, *, lut: InputLut | None = None, anew: bool = False) -> ShotList:
    """Return the shot list of a project, or a new one. What people corrected in its reading goes to the source.

    Raises
    ------
    FilmError
        If the shot list is damaged or of another film, or the reading holds what cannot be.
    """
    facts: dict[str, Any] = {"path": str(source.path.absolute()), "stream": 0}
    if isinstance(source, NumberedFrames) and source.fps is not None:
        facts["fps"] = str(source.fps)
    if lut is not None:
        facts["input_lut"] = str(lut.path)
    facts |= {"frames": source.index.frames, "index": source.index.digest}
    if anew or not project.shot_list.is_file():
        settings = {"preset": "best", "working_pixels": WORKING_PIXELS}
        return ShotList("colorize", facts, settings=settings, reading=described(source.reading))
    shots = load_shot_list(project.shot_list)
    known = shots.source.get("index") == facts["index"] or "fps" in facts
    if shots.source.get("frames") != facts["frames"] or not known:
        raise FilmError(
            f"{project.folder} is the project of another film, or {source.path} has changed; choose another project"
        )
    source.reading = corrected(source.reading, dict(shots.reading), source.size)
    return replace(shots, source={**shots.source, **facts}, reading=described(source.reading))
