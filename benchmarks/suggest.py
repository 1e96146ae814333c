"""Measure how ``huegraft suggest`` ranks, on the sets of a plan.

    python benchmarks/suggest.py benchmarks/suggest.toml --data DATA --half report

The candidates of a case are its own reference (of a clip: its first frame and four others), the four halves of that, a
picture with another one beside it where the set ``distractor`` has one, and up to eight references of other cases.
The target is recoloured by each; its error is the median CIEDE2000 to the truth. For each set: Spearman's ρ between
fit and error over a case's candidates, also among the other cases' references alone; how often the first is within
10 % of the best; its error beside those of the best and of one drawn at random; the same for the similarity, of which
the fit is made, and for the intersection of histograms. No case is left out.
"""

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.stats import spearmanr

import huegraft
from huegraft.color import ciede2000
from huegraft.evaluate.metrics.difference import lab
from huegraft.evaluate.pairs import Pair, eight_bits, grey
from huegraft.evaluate.plan import read_plan
from huegraft.evaluate.sets import set_cases
from huegraft.settings import Settings

STRANGERS = 8
OTHER_FRAMES = 4
DISTRACTOR = "distractor"

Cases = dict[tuple[str, str], list[Pair]]


@dataclass
class Trial:
    """One candidate for one case: what is said about it, and what came of it."""

    set_name: str
    case: str
    kind: str
    scores: dict[str, float]
    error: float


def loaded(plan: Path, data: Path, half: str) -> Cases:
    """Return the frames of each case that has a truth, by set and name."""
    found: Cases = {}
    for name, description in read_plan(plan, data).sets.items():
        for case in set_cases(description, data):
            if case.half == half and (frames := list(case.load()))[-1].truth is not None:
                found[name, case.name] = frames
    return found


def candidates(key: tuple[str, str], cases: Cases) -> Iterator[tuple[str, np.ndarray]]:
    """Yield kind and picture of each candidate of a case."""
    name, case = key
    frames = cases[key]
    own = frames[-1].reference
    yield "own", own
    if len(frames) > 1:
        earlier = frames[: len(frames) // 2]
        yield from (("frame", frame.truth) for frame in earlier[:: -(-len(earlier) // OTHER_FRAMES)])
    else:
        height, width = (side // 2 for side in own.shape[:2])
        parts = (own[:, :width], own[:, width:], own[:height], own[height:])
        yield from (("half of it", np.ascontiguousarray(part)) for part in parts)
    if (DISTRACTOR, case) in cases and frames[-1].mode == "colorize":
        yield "beside another", cases[DISTRACTOR, case][-1].reference
    rest = {each[1]: pairs[-1].reference for each, pairs in cases.items() if is_stranger(each, key, cases)}
    order = np.random.default_rng(list(f"{name}/{case}".encode())).permutation(sorted(rest))
    yield from (("another picture", rest[str(each)]) for each in order[:STRANGERS])


def is_stranger(each: tuple[str, str], key: tuple[str, str], cases: Cases) -> bool:
    """Tell whether a case is of another picture, and for the same mode."""
    return each[1] != key[1] and each[0] != DISTRACTOR and cases[each][-1].mode == cases[key][-1].mode


def tried(key: tuple[str, str], cases: Cases, settings: Settings) -> Iterator[Trial]:
    """Rate each candidate of a case, and recolour by it."""
    pair = cases[key][-1]
    recolor = huegraft.transfer if pair.mode == "transfer" else huegraft.colorize
    truth = lab(pair.truth)
    for kind, picture in candidates(key, cases):
        encoded = huegraft.encode_reference(picture, settings, mode=pair.mode)
        (suggestion,) = huegraft.suggest(pair.target, [encoded], settings, mode=pair.mode)
        result = recolor(pair.target, encoded, settings)
        error = ciede2000(lab(eight_bits(result.image)), truth)
        scores = {
            "fit": suggestion.fit,
            "similarity": suggestion.figures["similarity"],
            "histogram": intersection(pair.target, picture if pair.mode == "transfer" else grey(picture)),
        }
        yield Trial(*key, kind, scores, float(np.median(error)))


def intersection(first: np.ndarray, second: np.ndarray) -> float:
    """Return how far the histograms of two pictures, 8 × 8 × 8 sRGB colours, overlap."""
    counts = []
    for picture in (first, second):
        bins = np.clip(picture.reshape(-1, 3) * 8, 0, 7).astype(int) @ [64, 8, 1]
        counts.append(np.bincount(bins, minlength=512) / len(bins))
    return float(np.minimum(*counts).sum())


def by(trials: list[Trial], key: Callable[[Trial], str]) -> dict[str, list[Trial]]:
    """Return the trials by a key, in their order."""
    groups: dict[str, list[Trial]] = {}
    for trial in trials:
        groups.setdefault(key(trial), []).append(trial)
    return groups


def correlation(trials: list[Trial], score: str) -> float:
    """Return Spearman's ρ between a score and the error, turned so that 1 is best."""
    return -float(spearmanr([trial.scores[score] for trial in trials], [trial.error for trial in trials])[0])


def print_ranking(trials: list[Trial]) -> None:
    """Print, for each set, how well the scores order the candidates of a case."""
    names = list(trials[0].scores)
    both = [f"{what}, {name}" for what in ("ρ", "ρ of others", "first within 10 %") for name in names]
    errors = ["best", *(f"first by {name}" for name in names), "at random"]
    print("| set | cases | " + " | ".join([*both, *errors]) + " |\n" + "|---" * (2 + len(both) + len(errors)) + "|")
    for set_name, group in by(trials, lambda trial: trial.set_name).items():
        cases = list(by(group, lambda trial: trial.case).values())
        others = [[trial for trial in case if trial.kind == "another picture"] for case in cases]
        firsts = {name: [max(case, key=lambda t, n=name: t.scores[n]).error for case in cases] for name in names}
        best = [min(trial.error for trial in case) for case in cases]
        figures = [np.mean([correlation(case, name) for case in cases]) for name in names]
        figures += [np.mean([correlation(case, name) for case in others]) for name in names]
        figures += [np.mean(np.array(firsts[name]) <= 1.1 * np.array(best)) for name in names]
        figures += [np.mean(best), *(np.mean(firsts[name]) for name in names)]
        figures += [np.mean([np.mean([trial.error for trial in case]) for case in cases])]
        print(f"| {set_name} | {len(cases)} | " + " | ".join(f"{figure:.2f}" for figure in figures) + " |", flush=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("plan", type=Path)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--half", choices=("tune", "report"), required=True)
    parser.add_argument("--working-pixels", type=int, default=Settings().prepare.working_pixels)
    arguments = parser.parse_args()
    settings = huegraft.preset("best").replace(working_pixels=arguments.working_pixels)
    cases = loaded(arguments.plan, arguments.data, arguments.half)
    trials: list[Trial] = []
    for key in cases:
        if key[0] != DISTRACTOR:
            trials += tried(key, cases, settings)
            print("/".join(key), flush=True)
    print_ranking(trials)


if __name__ == "__main__":
    main()
