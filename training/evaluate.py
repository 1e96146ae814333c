"""Hold the built-in backbone against the others on the sets of evaluation.toml.

    python -m training.evaluate --data DATA -o FOLDER

DATA is the folder that holds the sets' data/ and weights/. Prints, for each set and each other backbone, the chroma
error of superpixels before the fusion and the CIEDE2000 of the result: medians over the cases, how much lower the
built-in backbone's is, and the median paired difference with its bootstrap interval of 95 %. FOLDER keeps the results,
for a run that goes on.
"""

import argparse
from pathlib import Path

from huegraft.evaluate.evaluation import evaluate
from huegraft.evaluate.plan import read_plan
from huegraft.evaluate.statistics import Summary, summarize

PLAN = Path(__file__).with_name("evaluation.toml")
_BUILTIN = "builtin"
_MEASURES = ("superpixel_chroma_error", "ciede2000_median", "ciede2000_mean")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--half", choices=("tune", "report"), default="report")
    options = parser.parse_args()
    plan = read_plan(PLAN, options.data)
    scores = evaluate(plan, options.data, options.output / "cache", half=options.half, progress=print)
    print("| set | measure | builtin | other | of the other | change | paired difference | better : worse |")
    print("|---|---|---|---|---|---|---|---|")
    for other in [method for method in plan.methods if method != _BUILTIN]:
        rows = {(summary.set, summary.method): summary for summary in summarize(scores, other)}
        for name in dict.fromkeys(score.set for score in scores):
            _print_rows(rows[name, _BUILTIN], rows[name, other])


def _print_rows(own: Summary, other: Summary) -> None:
    for measure in _MEASURES:
        if measure in own.comparisons:
            ours, theirs, against = own.spreads[measure].median, other.spreads[measure].median, own.comparisons[measure]
            difference = f"{against.difference:+.2f} ({against.low:+.2f} to {against.high:+.2f})"
            cells = (own.set, measure, f"{ours:.2f}", other.method, f"{theirs:.2f}", f"{ours / theirs - 1:+.0%}")
            print(f"| {' | '.join(cells)} | {difference} | {against.wins} : {against.losses} |")


if __name__ == "__main__":
    main()
