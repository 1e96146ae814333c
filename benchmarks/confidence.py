"""Measure, and fit, the confidence of the preset ``best`` on the sets of a plan.

    python benchmarks/confidence.py benchmarks/full.toml --data DATA --half report
    python benchmarks/confidence.py benchmarks/full.toml --data DATA --half tune --fit

For each set: Spearman's ρ over pixels between doubt and error (CIEDE2000), and the share of what an ordering by the
true error would win that keeping the surest 80 % of the pixels wins; both also for the baseline, the distance in
features alone; then the mean confidence beside the share of pixels within 5 CIEDE2000. No case is left out.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.stats import spearmanr
from sklearn.linear_model import LogisticRegression

import huegraft
from huegraft.color import ciede2000
from huegraft.evaluate.metrics.difference import lab
from huegraft.evaluate.pairs import Pair, eight_bits
from huegraft.evaluate.plan import read_plan
from huegraft.evaluate.sets import set_cases
from huegraft.stages.confidence import color_evidence, grade_evidence
from huegraft.stages.match import Attention

NEAR = 5.0
KEPT = 0.8
STRANGERS = 0.33
"""Weight, in fitting colourisation, of a case whose reference is another picture, without the right answer."""


@dataclass
class Sample:
    """One case: doubt, baseline, error and evidence of each pixel."""

    mode: str
    doubt: np.ndarray
    baseline: np.ndarray
    error: np.ndarray
    evidence: np.ndarray
    weight: float = 1.0


def sampled(pair: Pair, reference: np.ndarray, weight: float = 1.0) -> Sample:
    """Recolour, and gather what is known beside what is true."""
    settings = huegraft.preset("best").replace(caution=0.0, working_pixels=pair.target.shape[0] * pair.target.shape[1])
    encoded = huegraft.encode_reference(reference, settings, mode=pair.mode)
    recolor = huegraft.transfer if pair.mode == "transfer" else huegraft.colorize
    result = recolor(pair.target, encoded, settings)
    made = lab(eight_bits(result.image))
    attention = Attention(result.attention, result.attention_origin, result.similarity)
    if pair.mode == "colorize":
        target = huegraft.encode_reference(pair.target, settings, mode=pair.mode)
        evidence = color_evidence(attention, target, [encoded])[result.labels]
    else:
        evidence = grade_evidence(made.astype(np.float32), result.labels, attention, [encoded])
    error = ciede2000(made, lab(pair.truth))
    baseline = 1 - result.similarity[result.labels]
    return Sample(pair.mode, 1 - result.confidence, baseline, error, evidence.astype(np.float64), weight)


def recovered(doubt: np.ndarray, error: np.ndarray) -> float:
    """Return the share of the oracle's gain in mean error that the surest pixels win."""
    kept = int(KEPT * error.size)
    chosen = error.ravel()[np.argsort(doubt.ravel(), kind="stable")[:kept]].mean()
    oracle = np.sort(error.ravel())[:kept].mean()
    return float((error.mean() - chosen) / max(error.mean() - oracle, 1e-9))


def cases(plan_path: Path, data: Path, half: str) -> Iterator[tuple[str, str, list[Pair]]]:
    """Yield set, case and frames."""
    for name, description in read_plan(plan_path, data).sets.items():
        for case in set_cases(description, data):
            if case.half == half and (frames := case.load())[-1].truth is not None:
                yield name, case.name, frames


def weights_of(samples: list[Sample]) -> np.ndarray:
    """Fit the logistic regression to each sixteenth pixel, each case counting alike but for its weight."""
    every = slice(None, None, 16)
    evidence = np.concatenate([sample.evidence.reshape(-1, sample.evidence.shape[-1])[every] for sample in samples])
    near = np.concatenate([sample.error.ravel()[every] < NEAR for sample in samples])
    counts = [sample.error.ravel()[every].size for sample in samples]
    share = np.repeat([1000 * sample.weight / count for sample, count in zip(samples, counts, strict=True)], counts)
    model = LogisticRegression(C=1e6, fit_intercept=False, max_iter=1000)
    return model.fit(evidence, near, sample_weight=share).coef_[0]


def main() -> None:
    """Print the table, and the weights if asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("plan", type=Path)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--half", choices=("tune", "report"), required=True)
    parser.add_argument("--fit", action="store_true")
    arguments = parser.parse_args()
    samples: dict[str, list[Sample]] = {}
    strangers: list[Sample] = []
    before: dict[str, Pair] = {}
    for name, case, frames in cases(arguments.plan, arguments.data, arguments.half):
        pair = frames[-1]
        samples.setdefault(name, []).append(sampled(pair, pair.reference))
        print(f"{name}/{case}", flush=True)
        if arguments.fit and name in before and pair.mode == "colorize":
            strangers.append(sampled(pair, before[name].reference, STRANGERS))
        before[name] = pair
    print("\n| set | cases | ρ | ρ, distance | recovered | recovered, distance | mean confidence | within 5 |")
    print("|---|---|---|---|---|---|---|---|")
    for name, found in samples.items():
        figures = [
            [spearmanr(s.doubt, s.error, axis=None)[0] for s in found],
            [spearmanr(s.baseline, s.error, axis=None)[0] for s in found],
            [recovered(s.doubt, s.error) for s in found],
            [recovered(s.baseline, s.error) for s in found],
            [1 - s.doubt.mean() for s in found],
            [(s.error < NEAR).mean() for s in found],
        ]
        print(f"| {name} | {len(found)} | " + " | ".join(f"{np.mean(figure):.2f}" for figure in figures) + " |")
    if arguments.fit:
        for mode in ("colorize", "transfer"):
            fitted = [sample for found in [*samples.values(), strangers] for sample in found if sample.mode == mode]
            print(mode, weights_of(fitted).round(2).tolist())


if __name__ == "__main__":
    main()
