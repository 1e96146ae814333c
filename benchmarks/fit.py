"""Measure, and fit, how well the fit tells pairs of one scene from strangers.

    python benchmarks/fit.py benchmarks/fit.toml benchmarks/kinds.toml --data DATA --half report
    python benchmarks/fit.py benchmarks/fit.toml benchmarks/kinds.toml --data DATA --half tune --fit

A true pair is a case of a set: two photographs that share a kind, or a picture and a view of it. Strangers are the
target of a case and the reference of another one that shares no kind with it. Strangers of photographs are drawn among
photographs, those of views among views, at most eight for each target, all of the same half. For each mode, and in
transfer also for the target as a base map shows it ("graded", what a solved look says): the area under the ROC curve
(AUC), its 95 % interval over 2000 draws of targets with replacement, and the shares of true pairs and of strangers that
hardly fit.
"""

import argparse
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

import huegraft
from huegraft.evaluate.pairs import Pair
from huegraft.evaluate.plan import read_plan
from huegraft.evaluate.sets import set_cases
from huegraft.request import Request
from huegraft.settings import Settings
from huegraft.stages.fit import HARDLY, fit_of

STRANGERS = 8
DRAWS = 2000
RIDGE = 0.001
LEAST_OF_SIMILARITY = 12.0
"""The least weight of the similarity where candidates are ranked: with less, halves of a picture fall behind."""


@dataclass(frozen=True)
class Trial:
    """One pair: how it was matched, where its target comes from, and what its fit is made from."""

    weights: str
    origin: str
    target: str
    true: bool
    figures: Mapping[str, float]


@dataclass(frozen=True)
class Scene:
    """A case: its pair, and what target and reference show."""

    name: str
    origin: str
    pair: Pair
    kinds: tuple[frozenset[str], frozenset[str]]

    @property
    def is_true(self) -> bool:
        """Whether target and reference share a kind."""
        return bool(self.kinds[0] & self.kinds[1])


def scenes(plan: Path, kinds: Path, data: Path, half: str) -> Iterator[Scene]:
    """Yield the cases of a half; of a name that is a folder's and shows a view of itself the target's kinds count."""
    shown = {role: {name: frozenset(each) for name, each in table.items()} for role, table in _tables(kinds).items()}
    for name, description in read_plan(plan, data).sets.items():
        views = getattr(description, "view_reference", True)
        for case in set_cases(description, data):
            if case.half == half:
                own = shown["target"].get(case.name) or shown["view"][case.name]
                other = own if views else shown["reference"][case.name]
                yield Scene(f"{name}/{case.name}", "views" if views else "photographs", case.load()[-1], (own, other))


def _tables(path: Path) -> Mapping[str, Mapping[str, Sequence[str]]]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def trials(found: Sequence[Scene], settings: Settings) -> Iterator[Trial]:
    """Match each target with its reference and with those of strangers."""
    for scene in found:
        strangers = [each for each in found if is_stranger(scene, each)]
        order = np.random.default_rng(list(scene.name.encode())).permutation(len(strangers))[:STRANGERS]
        true = [scene] if scene.is_true else []
        for each in [*true, *(strangers[place] for place in order)]:
            request = Request(scene.pair.mode, scene.pair.target, (each.pair.reference,), settings)
            for weights, figures in matched(request).items():
                yield Trial(weights, scene.origin, scene.name, each is scene, figures)
        print(scene.name, flush=True)


def is_stranger(scene: Scene, other: Scene) -> bool:
    """Tell whether another case's reference shows nothing of a kind with a target."""
    alike = scene.kinds[0] & other.kinds[1]
    return scene.pair.mode == other.pair.mode and scene.origin == other.origin and not alike and other is not scene


def matched(request: Request) -> dict[str, Mapping[str, float]]:
    """Return the figures of a target as it is, and in transfer as the base map shows it."""
    with huegraft.Session() as session:
        figures = {request.mode: session._match(request, None)}
        if request.mode == "transfer":
            with session._working(None):
                solving = session._solving(None)
                of_part, *_ = solving.graph(request)[0].fit.inputs
                (figures["graded"],) = solving.values([of_part])
    return figures


def auc(fits: Iterable[float], strangers: Iterable[float]) -> float:
    """Return how often a true pair has a higher fit than strangers."""
    one, other = np.array(list(fits))[:, None], np.array(list(strangers))
    return float((one > other).mean() + (one == other).mean() / 2)


def interval(found: Sequence[Trial], figure: Callable[[Trial], float]) -> tuple[float, float]:
    """Return the 95 % interval of the AUC over draws of targets."""
    targets = sorted({trial.target for trial in found})
    numbers = {name: [[], []] for name in targets}
    for trial in found:
        numbers[trial.target][trial.true].append(figure(trial))
    generator, drawn = np.random.default_rng(0), []
    while len(drawn) < DRAWS:
        names = [targets[place] for place in generator.integers(len(targets), size=len(targets))]
        strangers, true = (np.concatenate([numbers[name][kind] for name in names]) for kind in (0, 1))
        if len(true) and len(strangers):
            drawn.append(auc(true, strangers))
    low, high = np.quantile(drawn, [0.025, 0.975])
    return float(low), float(high)


def print_table(found: Sequence[Trial]) -> None:
    """Print how well fit and figures tell true pairs from strangers."""
    print("| matched | pairs | true | strangers | AUC | similarity | layout | mean fits | hardly, true | strangers |")
    print("|---" * 10 + "|")
    for weights, origin in dict.fromkeys((trial.weights, trial.origin) for trial in found):
        group = [trial for trial in found if (trial.weights, trial.origin) == (weights, origin)]
        true, strangers = ([trial for trial in group if trial.true is kind] for kind in (True, False))

        def fit(trial: Trial) -> float:
            return fit_of(trial.figures, trial.weights)

        low, high = interval(group, fit)
        named = [[[each.figures[name] for each in kind] for kind in (true, strangers)] for name in true[0].figures]
        fits = [np.array([fit(trial) for trial in kind]) for kind in (true, strangers)]
        cells = [
            f"{auc(*fits):.2f} ({low:.2f} to {high:.2f})",
            *(f"{auc(*each):.2f}" for each in named),
            " and ".join(f"{each.mean():.2f}" for each in fits),
            *(f"{(each < HARDLY).mean():.0%}" for each in fits),
        ]
        print(f"| {weights} | {origin} | {len(true)} | {len(strangers)} | {' | '.join(cells)} |", flush=True)


def weights_of(found: Sequence[Trial], least: float) -> list[float]:
    """Fit the weights; true photographs, true views and the strangers of both count alike.

    The similarity, the first figure, gets the weight `least` or more.
    """
    known = np.array([(1.0, *trial.figures.values()) for trial in found])
    true = np.array([trial.true for trial in found], np.float64)
    groups = [(trial.origin, trial.true) for trial in found]
    counts = np.array([1 / groups.count(group) for group in groups])

    def loss(weights: np.ndarray) -> float:
        odds = known @ weights
        return float(counts @ (np.logaddexp(0, odds) - true * odds) + RIDGE * np.square(weights[1:]).sum())

    bounds = [(None, None), (least, None), *[(None, None)] * (known.shape[1] - 2)]
    return minimize(loss, np.zeros(known.shape[1]), bounds=bounds).x.round(2).tolist()


def main() -> None:
    """Print the table, and the weights if asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("plan", type=Path)
    parser.add_argument("kinds", type=Path)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--half", choices=("tune", "report"), required=True)
    parser.add_argument("--working-pixels", type=int, default=Settings().prepare.working_pixels)
    parser.add_argument("--fit", action="store_true")
    arguments = parser.parse_args()
    settings = huegraft.preset("best").replace(working_pixels=arguments.working_pixels)
    found = list(trials(list(scenes(arguments.plan, arguments.kinds, arguments.data, arguments.half)), settings))
    print_table(found)
    if arguments.fit:
        for weights in dict.fromkeys(trial.weights for trial in found):
            least = 0.0 if weights == "graded" else LEAST_OF_SIMILARITY
            print(weights, weights_of([trial for trial in found if trial.weights == weights], least))


if __name__ == "__main__":
    main()
