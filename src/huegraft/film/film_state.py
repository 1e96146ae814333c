"""Film state: a film's source, its project and its shot list, from opening to closing."""

import shutil
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from huegraft.errors import FilmError, HuegraftError
from huegraft.film.decode import FilmFile
from huegraft.film.first_pass import FrameProgress
from huegraft.film.index import Index
from huegraft.film.input_lut import ThroughLut
from huegraft.film.numbered import is_pattern
from huegraft.film.opened_film import SourceOptions, opened_source, shot_list_of
from huegraft.film.project import Project
from huegraft.film.shot_list import ShotList, check_shot_list
from huegraft.film.shot_list_file import load_shot_list, save_shot_list
from huegraft.film.source import Source

BEFORE = "shots.before.json"
"""A copy of the shot list that a project had before it was made anew."""


@dataclass
class FilmState:
    """An open film and its project, which no other process works on.

    Attributes
    ----------
    source, project
        The film and its project.
    shots
        The shot list as it stands.
    saving
        Whether changes are saved.
    closing
        What is closed with the film.
    is_open
        Whether the film is still open.
    """

    source: Source
    project: Project
    shots: ShotList
    saving: bool
    closing: ExitStack
    is_open: bool = True

    def change(self, shots: ShotList) -> None:
        """Take another shot list and save it.

        Raises
        ------
        FilmError
            If the film is closed, or the list cannot be followed or written.
        """
        self.check_open()
        check_shot_list(shots)
        self.shots = shots
        self._save_shots()

    def save(self) -> None:
        """Write what has changed: the index first, which changes no more while the film is open, then the shot list."""
        path = self.project.index
        if self.saving and (not path.is_file() or Index.load(path).digest != self.source.index.digest):
            self.source.index.save(path)
        self._save_shots()

    def _save_shots(self) -> None:
        path = self.project.shot_list
        if self.saving and (not path.is_file() or load_shot_list(path) != self.shots):
            save_shot_list(path, self.shots)

    def begin_anew(self, references: Sequence[Path]) -> None:
        """Delete what the project made before, and save from now on. A copy of its shot list stays.

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
        before = self.project.shot_list
        inside = [path for path in references if path.resolve().is_relative_to(folder)]
        if inside:
            raise FilmError(f"{inside[0]} lies in the project that is made anew; copy it to another place first")
        if before.is_file():
            load_shot_list(before)  # a file of somebody else is refused
            shutil.copyfile(before, before.with_name(BEFORE))
        self.project.clear()
        self.saving = True
        self.save()

    @contextmanager
    def claimed(self, missing: Callable[[], list[Path]]) -> Generator[list[Path]]:
        """Give missing files to this process, and let others work, as :meth:`Project.claimed` does.

        Afterwards the shot list is read again: another process may have changed it.
        """
        with self.project.claimed(missing) as paths:
            yield paths
        self.shots = load_shot_list(self.project.shot_list)

    def check_open(self) -> None:
        """Raise FilmError if the film is closed."""
        if not self.is_open:
            raise FilmError(f"the film of {self.project.folder} is closed; open it again")

    def close(self) -> None:
        """Close the film's file, and let other processes work on the project."""
        self.is_open = False
        self.closing.close()


def open_film(
    path: Path, folder: Path, options: SourceOptions, progress: FrameProgress, *, anew: bool, saving: bool, share: bool
) -> FilmState:
    """Open a film and its project. The project is made if there is none, and is left out again if that fails.

    Parameters
    ----------
    path
        The film.
    folder
        The folder of the project.
    options
        How the film is read.
    progress
        A function that is called with the frames that are read, of how many.
    anew
        Whether the film is looked at without what the project holds. Nothing is saved until `begin_anew` is called.
    saving
        Whether changes are saved.
    share
        Whether other processes are waited for, as :meth:`huegraft.film.project.Project.locked` says.

    Raises
    ------
    FilmError, LutFileError
        As :meth:`huegraft.Film.open`.
    """
    is_new = not folder.exists()
    try:
        with ExitStack() as stack:
            project = stack.enter_context(Project.locked_at(folder, path, share=share))
            source, shots = _opened(path, project, options, progress, stack, anew=anew)
            film = FilmState(source, project, shots, saving and not anew, stack)
            film.save()
            film.closing = stack.pop_all()
            return film
    except HuegraftError:
        if is_new:
            Project(folder).discard()
        raise


def film_beside(folder: Path) -> FilmState:
    """Open the film of a project beside the process that works on it. Nothing of the project is made or changed.

    Raises
    ------
    FilmError, LutFileError
        If there is no project, or its film cannot be read.
    """
    with ExitStack() as stack:
        project = Project(folder)
        source, shots = _opened(film_of(folder), project, SourceOptions(), lambda *_: None, stack, anew=False)
        return FilmState(source, project, shots, saving=False, closing=stack.pop_all())


def _opened(
    path: Path, project: Project, options: SourceOptions, progress: FrameProgress, closing: ExitStack, *, anew: bool
) -> tuple[Source, ShotList]:
    """Open a film, which is closed at the end, and return its source and its shot list."""
    options = options if anew else options.or_known(project)
    lut = options.lut()
    source = opened_source(path, project, options, lut, progress, anew=anew)
    closing.callback(source.close)
    shots = shot_list_of(project, source, options, anew=anew)
    return ThroughLut(source, lut) if lut and isinstance(source, FilmFile) else source, shots


def film_of(folder: Path) -> Path:
    """Return the film that a project is of.

    Raises
    ------
    FilmError
        If there is no project, or its film is not where it was.
    """
    if not (folder / "shots.json").is_file():
        raise FilmError(f"there is no film project at {folder}: huegraft film scan FILM makes one")
    path = Path(load_shot_list(folder / "shots.json").source["path"])
    if not is_pattern(path) and not path.exists():
        raise FilmError(f"the film {path} is not there; huegraft film scan FILM -p {folder} says where it is now")
    return path
