"""Make strips of pictures: the target, the reference, what each method makes of them, and the truth where it is known.

python -m benchmarks.strips benchmarks/pairs.toml --data DATA -o docs/images/pairs    # one file for each case
python -m benchmarks.strips benchmarks/full.toml --data DATA --case relight/rocket --case colorize/chelsea \
    --method "paper, vgg19" --method best -o docs/images/evaluation_strip.jpg         # one file of all rows

Only photographs of packages are shown: sets that are made from photographs take those in place of the plan's own.
"""

import argparse
import dataclasses
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from huegraft.evaluate.made import MadeSet
from huegraft.evaluate.methods.ours import OwnMethod
from huegraft.evaluate.pairs import Pair
from huegraft.evaluate.plan import Plan, chosen, read_plan
from huegraft.evaluate.sets import PairedSet, set_cases
from huegraft.report.drawing import as_image, contact_sheet
from huegraft.types import AnyPicture

_QUALITY = 85
Row = list[tuple[str, AnyPicture]]


def main() -> None:
    """Write the strips."""
    arguments = _arguments()
    plan = chosen(read_plan(arguments.plan, arguments.data), None, arguments.method)
    titles = arguments.method or ordered(plan)
    pairs = dict(package_pairs(plan, arguments.data, arguments.case))
    if arguments.output.suffix == ".jpg":
        write_strip([strip(plan, titles, pair) for pair in pairs.values()], arguments.height, arguments.output)
        return
    for name, pair in pairs.items():
        write_strip([strip(plan, titles, pair)], arguments.height, arguments.output / f"{file_stem(name)}.jpg")


def ordered(plan: Plan) -> list[str]:
    """Return the methods of a plan, those by others first."""
    return sorted(plan.methods, key=lambda title: isinstance(plan.methods[title], OwnMethod))


def package_pairs(plan: Plan, data: Path, names: Sequence[str] | None) -> Iterator[tuple[str, Pair]]:
    """Yield SET/CASE and the pair of the named cases, or of all; every photograph comes inside a package."""
    if names is None:
        names = [f"{name}/{case.name}" for name in plan.sets for case in set_cases(_of_packages(plan, name), data)]
    for name in names:
        set_name, _, case_name = name.partition("/")
        cases = {case.name: case for case in set_cases(_of_packages(plan, set_name), data)}
        if case_name not in cases:
            sys.exit(f"{set_name} has no case {case_name!r}; known are {', '.join(cases)}")
        yield name, cases[case_name].load()[-1]


def _of_packages(plan: Plan, name: str) -> MadeSet | PairedSet:
    description = plan.sets.get(name)
    if isinstance(description, MadeSet):
        return dataclasses.replace(description, photographs="package")
    if isinstance(description, PairedSet) and description.photographs == "package":
        return description
    sys.exit(f"the plan has no set {name!r} that photographs of packages can show")


def strip(plan: Plan, titles: Sequence[str], pair: Pair) -> Row:
    """Return the labelled pictures of a pair, methods in the order of the titles."""
    row = [("target", pair.target), ("reference", pair.reference)]
    for title in titles:
        method = plan.methods[title]
        if pair.mode in method.modes:
            row.append((title, method([pair])[0].image))
    return row if pair.truth is None else [*row, ("truth", pair.truth)]


def write_strip(rows: Sequence[Row], height: int, path: Path) -> None:
    """Write rows of pictures of one height as JPEG."""
    path.parent.mkdir(parents=True, exist_ok=True)
    as_image(contact_sheet(rows, height)).save(path, quality=_QUALITY, optimize=True, progressive=True)
    print(f"{path}: {path.stat().st_size / 1000:.0f} kB", flush=True)


def file_stem(name: str) -> str:
    """Return the name of a case, SET/CASE, as part of a file's name."""
    return name.replace("/", "_").replace(" ", "_")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.strips", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("plan", type=Path, help="TOML file of sets and methods, as of huegraft evaluate")
    parser.add_argument("--data", type=Path, default=Path(), help="folder of the plan's files, weights among them")
    parser.add_argument("--case", action="append", metavar="SET/CASE", help="only this case; may be repeated")
    parser.add_argument("--method", action="append", help="only this method; may be repeated")
    parser.add_argument("--height", type=int, default=190, help="of each picture, in pixels")
    parser.add_argument("-o", "--output", type=Path, required=True, help="a .jpg for all cases, or a folder")
    return parser.parse_args()


if __name__ == "__main__":
    main()
