"""Run designs on clips, and measure what comes out. Figures that are in the cache are not made again."""

import hashlib
import json
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np

from huegraft.errors import EvaluationError, HuegraftError
from huegraft.evaluate import metrics
from huegraft.evaluate.films.clips import Clip, Library
from huegraft.evaluate.films.designs import BASELINES, COLORINGS, GRADINGS, designs_of
from huegraft.evaluate.films.footage import Footage, codes
from huegraft.evaluate.films.measures import Chroma, Truth, measured
from huegraft.evaluate.films.sheet import write_sheet
from huegraft.evaluate.films.shown import shown
from huegraft.evaluate.grades import RandomGrade, view
from huegraft.evaluate.methods.interface import digest_of_files
from huegraft.evaluate.methods.ours import OwnMethod
from huegraft.evaluate.pairs import Half
from huegraft.film.planes import PlaneFormat, Planes
from huegraft.film.reading import Reading
from huegraft.film.shot_work import Lender, ShotWork
from huegraft.io.atomic import written_whole
from huegraft.io.image import write_picture
from huegraft.session import Session
from huegraft.settings import Mode, Settings, preset
from huegraft.types import AnyPicture

_SCHEMA = 1  # of what the cache holds
Progress = Callable[[str], None]


@dataclass(frozen=True)
class FilmScore:
    """What one design scored on one clip. `error` says why there are no measures."""

    clip: str
    half: Half | None
    keyframes: int
    design: str
    measures: dict[str, float] = field(default_factory=dict)
    error: str | None = None


@dataclass(frozen=True)
class FilmEvaluation:
    """What an evaluation of films measures.

    Attributes
    ----------
    library
        Where clips come from, and how large and how long they are.
    clips
        The clips.
    mode
        "colorize" or "transfer".
    designs
        The names of the designs. Those that others are compared with are always among them.
    keyframes
        How many frames of each scene are references: 1, 3 or both. A transfer has one, a view of the first frame of
        the scene under the grade.
    threads
        How many threads solve a frame.
    """

    library: Library
    clips: Sequence[Clip]
    mode: Mode = "colorize"
    designs: tuple[str, ...] = ()
    keyframes: tuple[int, ...] = (1, 3)
    threads: int | None = None

    @property
    def names(self) -> list[str]:
        """The names of the designs that are run, in their own order."""
        known = designs_of(self.mode)
        for name in self.designs:
            if name not in known:
                raise EvaluationError(f"there is no design {name!r} of {self.mode}; known are {', '.join(known)}")
        wanted = {*self.designs, *BASELINES[self.mode]}
        return [name for name in known if not self.designs or name in wanted]

    @property
    def settings(self) -> Settings:
        """The settings of all designs: the frames are solved at their own size."""
        return preset("best").replace(working_pixels=self.library.pixels)

    @cached_property
    def version(self) -> str:
        """A text that changes whenever figures may change."""
        folders = Path(__file__).parent, Path(str(metrics.__file__)).parent
        own = digest_of_files(sorted(file for folder in folders for file in folder.glob("*.py")))
        return f"{OwnMethod(self.settings).version} films {own} OpenCV {cv2.__version__}"

    def run(self, output: Path, *, sheets: bool = False, progress: Progress = print) -> list[FilmScore]:
        """Run every design on every clip.

        Parameters
        ----------
        output
            A folder. Figures are kept in its folder cache, so a run that was stopped goes on where it was.
        sheets
            Whether contact sheets are written into the folder sheets of the output.
        progress
            Called with a line of text before each step that takes time.

        Raises
        ------
        EvaluationError
            If no clip is there, or a design is unknown. An error of a design or a clip does not end the run; the scores
            hold it.
        """
        names, scores = self.names, list[FilmScore]()
        (output / "cache" / "results").mkdir(parents=True, exist_ok=True)
        for clip in self.clips:
            if missing := self.library.missing(clip):
                progress(f"{clip.name} is left out: {', '.join(missing)} is not installed; --data names its folder")
                continue
            try:
                bench = _Bench(self, clip, self.library.footage(clip), output, progress)
            except HuegraftError as error:
                scores += [FilmScore(clip.name, clip.half, 0, name, error=str(error)) for name in names]
                continue
            for count in bench.counts:
                scores += bench.scores(count, names, sheets=sheets)
        if not scores:
            raise EvaluationError("there is no clip to measure: install the packages that bring them, or name a film")
        return scores


@dataclass(frozen=True)
class _Frames:
    """What a shot's work takes its frames from: frames of a footage in grey or in colour."""

    footage: Footage
    mode: Mode
    reading: Reading

    def frames(self, start: int, stop: int) -> Iterator[Planes]:
        for number in range(start, stop):
            if self.mode == "colorize":
                yield Planes(PlaneFormat("grey", 8), (self.footage.grey(number),))
            else:
                frame, grain = self.footage.truth[number], self.footage.grain_of(number)
                planes = tuple(codes(frame[..., channel] + grain) for channel in range(3))
                yield Planes(PlaneFormat("rgb", 8), planes)


@dataclass(frozen=True, eq=False)
class _Bench:
    """One clip, on which designs are tried."""

    evaluation: FilmEvaluation
    clip: Clip
    footage: Footage
    output: Path
    progress: Progress

    @property
    def counts(self) -> list[int]:
        """How many keyframes a scene may have."""
        if self.evaluation.mode == "transfer":
            return [1]
        return [count for count in self.evaluation.keyframes if count in self.footage.keyframes]

    def scores(self, count: int, names: Sequence[str], *, sheets: bool) -> list[FilmScore]:
        """Return the scores of designs with a number of keyframes."""
        name = re.sub(r"[^\w.]+", "_", self.clip.name)
        sheet = self.output / "sheets" / f"{name}_{self.evaluation.mode}_{count}.png"
        drawn = sheets and not sheet.is_file()
        pictures, scores = dict[str, Sequence[AnyPicture]](), list[FilmScore]()
        truth = self._truth(count)
        for name in names:
            file = self.output / "cache" / "results" / f"{self._key(name, count)}.json"
            measures, error = _kept(file), None
            if measures is None or drawn:
                self.progress(f"{self.clip.name}, keyframes {count}: {name}")
                try:
                    shown_frames, chroma, spent = self._recolored(name, count, truth)
                    measures = {**measured(truth, shown_frames, chroma), **spent}
                except Exception as caught:  # whatever a design raises, the others go on
                    error = str(caught) if isinstance(caught, HuegraftError) else f"{type(caught).__name__}: {caught}"
                    measures = {}
                else:
                    pictures[name] = shown_frames
                    _keep(file, measures)
            known = {key: value for key, value in measures.items() if value is not None}
            scores.append(FilmScore(self.clip.name, self.clip.half, count, name, known, error))
        if drawn and pictures:
            write_sheet(sheet, truth.frames, pictures)
        return scores

    def _key(self, name: str, count: int) -> str:
        parts = [_SCHEMA, name, count, self.evaluation.mode, self.evaluation.version, self.footage.digest]
        identity = json.dumps([*parts, self.evaluation.settings.to_dict()], sort_keys=True)
        return hashlib.sha256(identity.encode()).hexdigest()[:32]

    def _truth(self, count: int) -> Truth:
        footage = self.footage
        if self.evaluation.mode == "transfer":
            frames = [self._grade(frame) for frame in footage.truth]
            return Truth(frames, footage.motions, still=footage.still, passes=footage.passes)
        keyframes = frozenset(footage.keyframes[count])
        return Truth(footage.truth, footage.motions, keyframes, footage.still, footage.passes)

    @cached_property
    def _grade(self) -> RandomGrade:
        return RandomGrade.drawn(self._rng())

    def _rng(self) -> np.random.Generator:
        return np.random.default_rng([*hashlib.sha256(self.clip.name.encode()).digest()])

    def _recolored(
        self, name: str, count: int, truth: Truth
    ) -> tuple[list[AnyPicture], list[Chroma] | None, dict[str, float]]:
        """Return the frames of a design, their a*, b* if it is a colourisation, and the time that it took."""
        mode = self.evaluation.mode
        source = _Frames(self.footage, mode, Reading("bt709" if mode == "colorize" else "rgb", "pc"))
        with TemporaryDirectory() as folder, Session(threads=self.evaluation.threads) as session:
            lenders = self._lenders(Path(folder), count, truth)
            works = [
                ShotWork(source, *shot, mode, self.evaluation.settings, _of_shot(lenders, *shot, mode))  # pyright: ignore[reportArgumentType]
                for shot in self.footage.shots
            ]
            cpu, wall = time.process_time(), time.perf_counter()
            if mode == "colorize":
                chroma = [colors.chroma for work in works for colors in COLORINGS[name](work, session)]
                pictures = list[AnyPicture]()
            else:
                chroma, pictures = None, [each for work in works for each in GRADINGS[name](work, session)]
            cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        if chroma is not None:
            pictures = [shown(self.footage.luma(number), each) for number, each in enumerate(chroma)]
        frames = len(truth.frames)
        return pictures, chroma, {"cpu_ms": 1000 * cpu / frames, "fps": frames / wall}

    def _lenders(self, folder: Path, count: int, truth: Truth) -> list[Lender]:
        """Return the references: keyframes, or in a transfer views of frames of the truth."""
        lenders = [Lender(folder / f"{number}.png", number) for number in self.footage.keyframes[count]]
        for each in lenders:
            frame = truth.frames[each.frame or 0]
            write_picture(each.path, frame if self.evaluation.mode == "colorize" else view(frame, self._rng()))
        return lenders


def _of_shot(lenders: Sequence[Lender], start: int, stop: int, mode: Mode) -> tuple[Lender, ...]:
    """Return the references that belong to frames of a shot. A shot that has none takes all of them as any pictures."""
    own = [each for each in lenders if each.frame is not None and start <= each.frame < stop]
    return tuple(own) if own and mode == "colorize" else tuple(Lender(each.path) for each in own or lenders)


def _kept(file: Path) -> dict[str, float | None] | None:
    try:
        return json.loads(file.read_text())
    except (OSError, ValueError):
        return None


def _keep(file: Path, measures: dict[str, float | None]) -> None:
    with written_whole(file, replace=True) as temporary:
        temporary.write_text(json.dumps(measures))
