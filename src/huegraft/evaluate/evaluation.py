"""Run methods on cases, and measure the results. Results and measures that are in the cache are not made again."""

import hashlib
import itertools
import json
import shutil
import time
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np

from huegraft import color
from huegraft.errors import EvaluationError, HuegraftError
from huegraft.evaluate import metrics
from huegraft.evaluate.methods import Method, MethodResult
from huegraft.evaluate.methods.interface import digest_of_files, package_version
from huegraft.evaluate.metrics import averaged, measured
from huegraft.evaluate.metrics.difference import superpixel_chroma_error
from huegraft.evaluate.metrics.temporal import color_distribution_consistency, motion_between, warped_difference
from huegraft.evaluate.pairs import Case, Half, Pair
from huegraft.evaluate.plan import Plan
from huegraft.evaluate.sets import set_cases
from huegraft.io.atomic import written_whole
from huegraft.io.folder import folder_written_whole
from huegraft.io.image import read_picture, write_picture
from huegraft.report import colorfulness
from huegraft.stages import pool, prepare
from huegraft.types import AnyPicture

_DAMAGED = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile)  # what reading a damaged cache raises
_SCHEMA = 1  # of what the cache holds
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Score:
    """What one method scored on one case. `error` says why there are no measures; `images` are the result's files."""

    set: str
    case: str
    half: Half
    method: str
    measures: dict[str, float] = field(default_factory=dict)
    error: str | None = None
    images: tuple[Path, ...] = ()


def evaluate(
    plan: Plan,
    data: Path,
    cache: Path,
    *,
    half: Half | None = None,
    limit: int | None = None,
    progress: Progress = print,
) -> list[Score]:
    """Run every method of a plan on every case of the plan's sets whose mode the method has.

    Parameters
    ----------
    plan
        Sets and methods.
    data
        The folder below which the sets' files lie.
    cache
        A folder in which results and measures are kept, under the method, its version and settings, and the case's
        pixels. A run that was stopped goes on where it was.
    half
        Only the cases of this half.
    limit
        The most cases of each set.
    progress
        Called with a line of text before each step that takes time.

    Raises
    ------
    EvaluationError, FileError
        If a set has no cases or the cache cannot be written. An error that a method raises, or that keeps a case from
        being read, does not end the run; the scores hold it.
    """
    scores: list[Score] = []
    for name, description in plan.sets.items():
        cases = [case for case in set_cases(description, data, progress) if half in (None, case.half)]
        for case in cases[:limit]:
            progress(f"{name}/{case.name}")
            try:
                bench = _Bench(name, case, case.load(), cache, progress)
            except HuegraftError as error:
                scores += [Score(name, case.name, case.half, title, error=str(error)) for title in plan.methods]
                continue
            scores += [
                bench.score(title, method) for title, method in plan.methods.items() if bench.mode in method.modes
            ]
    if not scores:
        raise EvaluationError("there is no case to measure: choose other sets, or another half")
    return scores


class _Bench:
    """One case, on which methods are tried."""

    def __init__(self, set_name: str, case: Case, frames: Sequence[Pair], cache: Path, progress: Progress) -> None:
        self._set, self._case, self._frames, self._cache, self._progress = set_name, case, frames, cache, progress
        self._digest = hashlib.sha256("".join(frame.digest() for frame in frames).encode()).hexdigest()
        self.mode = frames[0].mode

    def score(self, title: str, method: Method) -> Score:
        if title == "truth" and self._frames[0].truth is None:
            return Score(self._set, self._case.name, self._case.half, title)
        try:
            folder = self._recolored(title, method)
            try:
                measures = self._measured(folder)
            except _DAMAGED:
                shutil.rmtree(folder)
                folder = self._recolored(title, method)
                measures = self._measured(folder)
        except Exception as error:  # whatever a method raises, the others go on
            text = str(error) if isinstance(error, HuegraftError) else f"{type(error).__name__}: {error}"
            return Score(self._set, self._case.name, self._case.half, title, error=text)
        images = tuple(sorted(folder.glob("*.png")))
        return Score(self._set, self._case.name, self._case.half, title, measures, images=images)

    def _recolored(self, title: str, method: Method) -> Path:
        """Return the folder of the method's results, made now if it is not there."""
        identity = json.dumps([_SCHEMA, method.version, method.settings, self._digest], sort_keys=True)
        key = hashlib.sha256(identity.encode()).hexdigest()[:32]
        folder = self._cache / "results" / key
        if not folder.is_dir():
            self._progress(f"{self._set}/{self._case.name}: {title}")
            began = time.perf_counter()
            results = method(self._frames)
            seconds = (time.perf_counter() - began) / len(results)
            folder.parent.mkdir(parents=True, exist_ok=True)
            with folder_written_whole(folder, replace=False) as temporary:
                _write(temporary, results, seconds)
        return folder

    def _measured(self, folder: Path) -> dict[str, float]:
        file = folder / "measures.json"
        whole = all((folder / f"{number:04}.png").is_file() for number in range(len(self._frames)))
        if file.is_file() and whole:
            found = json.loads(file.read_text())
            if found["version"] == _metrics_version():
                return found["measures"]
        images, superpixels, seconds = _read(folder, len(self._frames))
        frames = [measured(pair, image) for pair, image in zip(self._frames, images, strict=True)]
        for pair, measures, parts in zip(self._frames, frames, superpixels, strict=True):
            if parts is not None and pair.truth is not None:
                measures["superpixel_chroma_error"] = superpixel_chroma_error(*parts, pair.truth)
        measures = {**averaged(frames), **self._temporal(images), "seconds": seconds}
        with written_whole(file, replace=True) as temporary:
            temporary.write_text(json.dumps({"version": _metrics_version(), "measures": measures}))
        return measures

    def _temporal(self, images: Sequence[AnyPicture]) -> dict[str, float]:
        consistency = color_distribution_consistency(images)
        if consistency is None:
            return {}
        warped = warped_difference(images, self._motion)
        return {"cdc": consistency} if warped is None else {"cdc": consistency, "warped_difference": warped}

    @cached_property
    def _motion(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """The flow of the clip itself, which is the same for every method."""
        file = self._cache / "motion" / f"{self._digest[:32]}.npz"
        if not file.is_file():
            self._progress(f"{self._set}/{self._case.name}: motion")
            frames = [frame.target if frame.truth is None else frame.truth for frame in self._frames]
            pairs = [motion_between(*each) for each in itertools.pairwise(frames)]
            flows, visible = (np.stack(each) for each in zip(*pairs, strict=True))
            file.parent.mkdir(parents=True, exist_ok=True)
            with written_whole(file, replace=True) as temporary, temporary.open("wb") as stream:
                np.savez(stream, flows=flows, visible=visible)
        with file.open("rb") as stream, np.load(stream) as content:
            return list(zip(content["flows"], content["visible"], strict=True))


def _write(folder: Path, results: Sequence[MethodResult], seconds: float) -> None:
    for number, result in enumerate(results):
        write_picture(folder / f"{number:04}.png", result.image)
        if result.labels is not None and result.colors is not None:
            np.savez_compressed(folder / f"{number:04}.npz", labels=result.labels, colors=result.colors)
    facts = {"seconds": seconds, "superpixels": all(result.labels is not None for result in results)}
    (folder / "run.json").write_text(json.dumps(facts))


def _read(folder: Path, count: int) -> tuple[list[AnyPicture], list[tuple[np.ndarray, np.ndarray] | None], float]:
    facts = json.loads((folder / "run.json").read_text())
    images, superpixels = [], []
    for path in (folder / f"{number:04}.png" for number in range(count)):
        images.append(read_picture(path).as_float())
        superpixels.append(_superpixels(path.with_suffix(".npz")) if facts["superpixels"] else None)
    return images, superpixels, facts["seconds"]


def _superpixels(path: Path) -> tuple[np.ndarray, np.ndarray]:
    with path.open("rb") as stream, np.load(stream) as content:  # a damaged file that np.load opened would stay open
        return content["colors"], content["labels"]


def _metrics_version() -> str:
    sources = [Path(str(module.__file__)) for module in (color, colorfulness, pool, prepare)]
    own = digest_of_files([*sorted(Path(metrics.__file__).parent.glob("*.py")), *sources])
    return f"{own} scikit-image {package_version('scikit-image')}"
