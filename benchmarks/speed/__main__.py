"""Measure huegraft's speed and memory, each task in a process of its own, into bench.json, bench.md and bench.svg.

python -m benchmarks.speed                                  # all
python -m benchmarks.speed --jobs comparison,memory         # optimised stages against their plain versions
python -m benchmarks.speed --quick                          # does everything still run?
python -m benchmarks.speed --markdown docs/speed.md         # the page, and its chart into the folder images beside it

A run that was stopped goes on where it was, and runs of some jobs add up. Records are kept in OUTPUT/records and
serve as long as the sources, the packages and the machine stay the same. The page keeps what is written below the line
that says so.
"""

import argparse
import dataclasses
import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks.speed import child
from benchmarks.speed.chart import curves, speed_chart
from benchmarks.speed.jobs import JOBS, ROOT
from benchmarks.speed.measure import LONGEST
from benchmarks.speed.plan import SIZES, Options, Task, described, tasks
from benchmarks.speed.record import Record
from benchmarks.speed.store import Store
from benchmarks.speed.tables import report

from huegraft.evaluate import package
from huegraft.evaluate.chart import write_chart
from huegraft.evaluate.record import circumstances
from huegraft.io.folder import pictures_in

KEEP = "<!-- The command keeps what is written below this line. -->"


def main() -> None:
    """Run the tasks, write the files, and exit with 1 if a task failed."""
    arguments = _arguments()
    options = _options(arguments)
    header = {**circumstances(), "options": described(options)}
    store = Store(arguments.output / "records", options)
    fresh: dict[str, Record] = {}
    for task, record in measured(options, store, workers=2 if arguments.quick else 1):
        fresh[store.key(task)] = record
    records = _together(options, store, fresh)
    _write_json(arguments.output, header, records)
    _write_page(arguments.output / "bench.md", header, records, "bench.svg")
    if arguments.markdown is not None:
        _write_page(arguments.markdown, header, records, f"images/{arguments.markdown.stem}.svg")
    print("\n" + report(header, records))
    if failed := [record for record in records if record.error]:
        sys.exit(f"{len(failed)} tasks failed: " + "; ".join(f"{each.job} {each.labels}" for each in failed))


def measured(options: Options, store: Store, workers: int) -> Iterator[tuple[Task, Record]]:
    """Yield each task with its record; a peer that took more than a minute is spared the larger sizes."""
    slow: set[str] = set()

    def run(task: Task) -> tuple[Task, Record]:
        name = task.labels.get("name", "") if task.job == "peer" else ""
        if name in slow:
            return task, Record(task.job, dict(task.labels), dict(task.arguments), skipped=f"over {LONGEST:g} s before")
        start = time.perf_counter()
        kept = store.get(task)
        record = kept or child.run(task, options.threads, options.limit)
        if kept is None:
            store.put(task, record)
        if name and record.result.get("seconds") and record.median > LONGEST:
            slow.add(name)
        failed = f": {record.error}" if record.error else ""
        took = f"{time.perf_counter() - start:6.1f} s" if kept is None else "    kept"
        print(f"{took}  {task}{failed}", flush=True)
        return task, record

    with ThreadPoolExecutor(workers) as threads:
        yield from threads.map(run, tasks(options))


def _together(options: Options, store: Store, fresh: Mapping[str, Record]) -> list[Record]:
    """Return the records of this run and, of jobs that it does not run, those of earlier ones."""
    every = tasks(dataclasses.replace(options, jobs=()))
    found = (fresh.get(store.key(task)) or store.get(task) for task in every)
    return [record for record in found if record is not None]


def _write_json(folder: Path, header: dict[str, Any], records: Sequence[Record]) -> None:
    content = {**header, "records": [dataclasses.asdict(record) for record in records]}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "bench.json").write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _write_page(path: Path, header: dict[str, Any], records: Sequence[Record], chart: str) -> None:
    """Write the tables and the chart beside them; below the line `KEEP` a page that is there stays as it is."""
    _, line, own = path.read_text(encoding="utf-8").partition(KEEP) if path.is_file() else ("", "", "")
    lines = curves(records)
    if lines:
        write_chart(speed_chart(lines), path.parent / chart)
    text = report(header, records, chart if lines else None)
    path.write_text(f"{text}\n{line}{own}" if line else text, encoding="utf-8")


def _options(arguments: argparse.Namespace) -> Options:
    sizes = SIZES[:2] if arguments.quick else arguments.sizes
    return Options(
        sizes=sizes,
        repeats=1 if arguments.quick else arguments.repeats,
        quick=arguments.quick,
        threads=arguments.threads,
        photographs=package.NAMES if arguments.photos is None else _photographs(arguments.photos),
        jobs=arguments.jobs,
        limit=arguments.limit,
    )


def _photographs(folder: Path) -> Sequence[str]:
    paths, _ = pictures_in(folder)
    if not paths:
        sys.exit(f"there is no picture in {folder}")
    return [str(path.resolve()) for path in paths]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.speed", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", type=_sizes, default=SIZES, help="megapixels: 0.06,0.26,1")
    parser.add_argument("--repeats", type=int, default=5, help="of each call, after one to warm up")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--photos", type=Path, help="folder of the photographs that comparisons run over")
    parser.add_argument("--jobs", type=_jobs, default=(), help=f"only these: {','.join(JOBS)}")
    parser.add_argument("--limit", type=float, default=1200.0, help="seconds after which a task has failed")
    parser.add_argument("--quick", action="store_true", help="the two smallest sizes once, two tasks at a time")
    parser.add_argument("-o", "--output", type=Path, default=ROOT / "bench", help="folder of the files")
    parser.add_argument("--markdown", type=Path, help="write the page to this file as well")
    return parser.parse_args()


def _sizes(text: str) -> tuple[float, ...]:
    sizes = tuple(sorted(float(size) for size in text.split(",")))
    if not all(0.001 <= size <= 1000 for size in sizes):
        raise argparse.ArgumentTypeError(f"sizes are megapixels from 0.001 to 1000, got {text}")
    return sizes


def _jobs(text: str) -> tuple[str, ...]:
    names = tuple(text.split(","))
    for name in names:
        if name not in JOBS:
            raise argparse.ArgumentTypeError(f"unknown job {name!r}; known are {', '.join(JOBS)}")
    return names


if __name__ == "__main__":
    main()
