"""Hold the built-in backbone against the others on the sets of evaluation.toml.

    python -m training.evaluate --data DATA -o FOLDER

DATA is the folder that holds the sets' data/ and weights/. Prints, for each set, the chroma error of superpixels before
the fusion and the CIEDE2000 of the result, medians over the cases, and what each backbone is ahead of each other:
the median paired difference with its bootstrap interval of 95 %. FOLDER keeps the results, for a run that goes on.
"""

import argparse
from pathlib import Path

from huegraft.evaluate.plan import read_plan
from huegraft.evaluate.run import evaluate
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
    print("| set | measure | builtin | other | of the other | difference | interval | better : worse |")
    print("|---|---|---|---|---|---|---|---|")
    for other in plan.methods:
        rows = {(summary.set, summary.method): summary for summary in summarize(scores, other)}
        for name in plan.sets:
            if other != _BUILTIN:
                _print_rows(rows[name, _BUILTIN], rows[name, other])


def _print_rows(own: Summary, other: Summary) -> None:
    for measure in _MEASURES:
        if measure in own.comparisons:
            ours, theirs, against = own.spreads[measure].median, other.spreads[measure].median, own.comparisons[measure]
            interval = f"{against.low:+.2f} to {against.high:+.2f}"
            cells = (own.set, measure, f"{ours:.2f}", other.method, f"{theirs:.2f}")
            record = f"{against.wins} : {against.losses}"
            print(
                f"| {' | '.join(cells)} | {ours / theirs - 1:+.0%} {against.difference:+.2f} | {interval} | {record} |"
            )


if __name__ == "__main__":
    main()
