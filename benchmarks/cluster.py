"""What a cluster costs: the overhead of a task, and two workers against two separate processes on the same pictures.

    python benchmarks/cluster.py [-o cluster.json] [--tasks 10000] [--pictures 24]

It needs the extras cluster and bench, and a machine with two idle cores.
"""

import argparse
import json
import pickle
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TextIO, cast

import numpy as np
from PIL import Image
from skimage import data

import huegraft
from huegraft.batch.job import Job
from huegraft.batch.runner import run_batch
from huegraft.cluster.connection import Cluster, Unit, connected
from huegraft.cluster.options import ClusterOptions
from huegraft.cluster.pictures import PictureWorkers
from huegraft.cluster.task import nothing

SEPARATE = """
import pickle, sys
from huegraft.batch.worker import Worker
from huegraft.batch.runner import run_batch
if __name__ == "__main__":
    with Worker("cpu", 1, None) as worker:
        jobs = pickle.load(open(sys.argv[1], "rb"))
        run_batch(jobs[:1], worker, resume=False, replace=True)
        print("ready", flush=True)
        sys.stdin.readline()
        run_batch(jobs, worker, resume=False, replace=True)
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("-o", "--output", type=Path)
    parser.add_argument("--tasks", type=int, default=10_000, help="how many empty tasks")
    parser.add_argument("--pictures", type=int, default=24, help="how many pictures, an even number")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, connected(ClusterOptions(workers=2), 2, print) as cluster:
        facts = {"seconds_a_task": overhead(cluster, Path(folder), asked.tasks)}
        facts |= efficiency(cluster, Path(folder), asked.pictures)
    text = json.dumps(facts, indent=2)
    print(text)
    if asked.output:
        asked.output.write_text(text + "\n")


def overhead(cluster: Cluster, folder: Path, tasks: int) -> float:
    """Return the seconds that one of many empty tasks takes, from submitting all to hearing of the last."""
    with cluster.run([("transfer", huegraft.preset("best"))], folder, [], "cpu") as running:
        began = time.perf_counter()
        for _ in running.results(nothing, [Unit(1, ())] * tasks, lambda *_: None):
            pass
        return (time.perf_counter() - began) / tasks


def efficiency(cluster: Cluster, folder: Path, pictures: int) -> dict[str, float]:
    """Return the seconds of the same pictures by two workers and by two separate processes, all of them started."""
    jobs = made_jobs(folder, pictures)
    engine = PictureWorkers(cluster, "cpu", None)
    run_batch(jobs[:2], engine, resume=False, replace=True)  # the workers load the package
    began = time.perf_counter()
    run_batch(jobs, engine, resume=False, replace=True)
    by_workers = time.perf_counter() - began
    by_processes = separate(folder, [jobs[::2], jobs[1::2]])
    return {"workers": by_workers, "processes": by_processes, "efficiency": by_processes / by_workers}


def separate(folder: Path, shares: list[list[Job]]) -> float:
    """Return the seconds that separate processes take, each for its share of the jobs."""
    processes = list[subprocess.Popen[str]]()
    for number, share in enumerate(shares):
        path = folder / f"{number}.pickle"
        path.write_bytes(
            pickle.dumps([replace(job, output=folder / f"alone{number}" / job.output.name) for job in share])
        )
        command = [sys.executable, "-c", SEPARATE, str(path)]
        processes.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))  # noqa: S603
    for process in processes:
        cast("TextIO", process.stdout).readline()
    began = time.perf_counter()
    for process in processes:
        cast("TextIO", process.stdin).write("\n")
        cast("TextIO", process.stdin).flush()
    for process in processes:
        process.wait()
    return time.perf_counter() - began


def made_jobs(folder: Path, pictures: int) -> list[Job]:
    """Return jobs for parts of a photograph, and the colours of another one."""
    photograph, reference = data.astronaut(), folder / "reference.png"
    Image.fromarray(data.coffee()).save(reference)
    jobs = list[Job]()
    for number in range(pictures):
        target = folder / f"{number:03}.png"
        Image.fromarray(np.ascontiguousarray(np.roll(photograph, 16 * number, axis=1))).save(target)
        jobs.append(Job("transfer", target, (reference,), folder / "out" / target.name, huegraft.preset("best")))
    return jobs


if __name__ == "__main__":
    main()
