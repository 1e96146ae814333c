"""A task run in a process of its own."""

import datetime
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.speed.jobs import ROOT
from benchmarks.speed.plan import Task
from benchmarks.speed.record import Record

_THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def run(task: Task, threads: int, limit: float) -> Record:
    """Run a task on some threads; one that fails, or takes more than `limit` seconds, gives a record of its error."""
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    record = Record(task.job, dict(task.labels), dict(task.arguments), date=today)
    environment = os.environ | dict.fromkeys(_THREAD_VARIABLES, str(threads))
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "result.json"
        program = [sys.executable, "-m", "benchmarks.speed.jobs", task.job, json.dumps(record.arguments), str(output)]
        try:
            done = subprocess.run(  # noqa: S603
                program, cwd=ROOT, env=environment, capture_output=True, text=True, errors="replace", timeout=limit
            )
        except subprocess.TimeoutExpired:
            return record.but(error=f"not done after {limit:g} s")
        if done.returncode:
            last = "\n".join(done.stderr.strip().splitlines()[-5:])
            return record.but(error=f"ended with {done.returncode}: {last}")
        return record.but(result=json.loads(output.read_text(encoding="utf-8")))
