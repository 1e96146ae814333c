"""Records kept as files, one for each task, so that a run that was stopped goes on where it was."""

import dataclasses
import hashlib
import json
from functools import cached_property
from pathlib import Path
from typing import Any

from benchmarks.speed.jobs import ROOT
from benchmarks.speed.plan import Options, Task
from benchmarks.speed.record import Record

import huegraft
from huegraft.evaluate.methods.interface import digest_of_files
from huegraft.evaluate.record import circumstances
from huegraft.io.atomic import written_whole

_MEASURING = ("comparisons", "jobs", "measure", "pictures", "time_color_matcher")
"""Modules of this folder that a figure depends on; the others choose tasks and show records."""


class Store:
    """Records of tasks, found again as long as sources, packages, machine and threads are the same.

    Those of a quick run, which works on two tasks at a time, serve quick runs alone.
    """

    def __init__(self, folder: Path, options: Options) -> None:
        self._folder, self._options = folder, options

    def key(self, task: Task) -> str:
        """Return what tells a task, on these sources and this machine, from any other."""
        run = [self._version, self._options.threads, self._options.quick]
        identity = [run, task.job, dict(task.arguments), dict(task.labels)]
        return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:32]

    def get(self, task: Task) -> Record | None:
        """Return the record of a task, None if there is none that can be read."""
        try:
            return Record(**json.loads(self._file(task).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def put(self, task: Task, record: Record) -> None:
        """Keep a record, but for an error or a program that is not installed: such tasks are tried again."""
        if record.error is None and "missing" not in record.result:
            self._folder.mkdir(parents=True, exist_ok=True)
            with written_whole(self._file(task), replace=True) as temporary:
                temporary.write_text(json.dumps(dataclasses.asdict(record), ensure_ascii=False), encoding="utf-8")

    def _file(self, task: Task) -> Path:
        return self._folder / f"{self.key(task)}.json"

    @cached_property
    def _version(self) -> list[Any]:
        package = Path(huegraft.__file__).parent
        sources = [path for ending in ("py", "c", "h", "safetensors") for path in package.rglob(f"*.{ending}")]
        measuring = [Path(__file__).with_name(f"{name}.py") for name in _MEASURING]
        plain = [*(ROOT / "benchmarks").glob("plain_*.py")]
        facts = circumstances()
        return [digest_of_files(sorted([*sources, *measuring, *plain])), facts["machine"], facts["versions"]]
