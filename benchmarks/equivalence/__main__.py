"""Hold the working tree against commit 82c4c6c, into equivalence.json and equivalence.md.

make benchmarks/equivalence/.venv
python -m benchmarks.equivalence                        # all, in half an hour
python -m benchmarks.equivalence --only pictures,others
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.equivalence import cases
from benchmarks.equivalence.cases import Case

ROOT = Path(__file__).resolve().parents[2]
BEFORE = Path(__file__).with_name(".venv") / "bin" / "python"
_COLOR_MATCHER = ROOT / "benchmarks" / "color_matcher"
_COMMAND_PAIRS = (("coffee", "rocket"), ("chelsea", "coffee"))
_PEAK = """
import atexit, pathlib
from huegraft.cli.main import main
status = pathlib.Path("/proc/self/status")
def peak():
    lines = status.read_text().splitlines() if status.exists() else []
    print(next((line.split()[1] for line in lines if line.startswith("VmHWM:")), 0))
atexit.register(peak)
main()
"""


class Side:
    """A version of huegraft in a process of its own that answers cases."""

    def __init__(self, python: Path | str, threads: int) -> None:
        program = [str(python), str(Path(__file__).with_name("side.py"))]
        self._process = subprocess.Popen(  # noqa: S603
            program, env=_environment(threads), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def answer(self, case: Case, output: Path | None = None) -> dict[str, Any]:
        """Run a case, its picture to a .npy file if one is named."""
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise RuntimeError("the process was begun without pipes")
        stdin.write(json.dumps(case.asked(output)) + "\n")
        stdin.flush()
        line = stdout.readline()
        if not line:
            raise RuntimeError(f"{self._process.args} ended at {case.name}")
        return json.loads(line)

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


def main() -> None:
    """Measure what is asked for and write both files."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", help=f"some of {','.join(_PARTS)}")
    parser.add_argument("--repeats", type=int, default=11)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("-o", "--output", type=Path, default=ROOT / "bench")
    options = parser.parse_args()
    if not BEFORE.exists():
        sys.exit(f"{BEFORE} is not there: make benchmarks/equivalence/.venv")
    chosen = options.only.split(",") if options.only else list(_PARTS)
    options.output.mkdir(parents=True, exist_ok=True)
    path = options.output / "equivalence.json"
    found: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cases.write_pictures(folder)
        for part in chosen:
            found[part] = _PARTS[part](folder, options.repeats, options.threads)
            path.write_text(json.dumps(found, indent=1) + "\n")
            print(_table(part, found[part]), flush=True)
    (options.output / "equivalence.md").write_text("\n".join(_table(part, found[part]) for part in found))


def pictures(folder: Path, _repeats: int, threads: int) -> list[dict[str, Any]]:
    """Compare the pictures of the pairs."""
    return _compared(cases.pairs(folder), folder, threads)


def others(folder: Path, _repeats: int, threads: int) -> list[dict[str, Any]]:
    """Compare one picture each of the other ways."""
    return _compared(cases.others(folder), folder, threads)


def warm(folder: Path, repeats: int, threads: int) -> list[dict[str, Any]]:
    """Time warm calls in turn, those of both commands' pairs and a frame of a film."""
    wanted = [case for case in cases.pairs(folder) if tuple(case.name.split()[1:]) in _COMMAND_PAIRS]
    rows: list[dict[str, Any]] = []
    for case in [*wanted, cases.frame(folder)]:
        sides = [Side(python, threads) for python in (BEFORE, sys.executable)]
        for side in sides:
            side.answer(case)
        answers = [[side.answer(case) for side in sides] for _ in range(repeats)]
        for side in sides:
            side.close()
        before, after = (statistics.median(pair[k]["seconds"] for pair in answers) for k in range(2))
        stages = {stage: round(seconds, 3) for stage, seconds in answers[-1][1]["stages"].items()}
        peaks = [round(answer["peak_bytes"] / 1e6) for answer in answers[-1]]
        rows.append({"case": case.name, "before, s": round(before, 3), "after, s": round(after, 3)}
                    | {"ratio": round(after / before, 3), "peak before, MB": peaks[0], "peak after, MB": peaks[1]}
                    | {"stages after": stages})  # fmt: skip
    return rows


def commands(folder: Path, repeats: int, threads: int) -> list[dict[str, Any]]:
    """Time whole commands in turn, color-matcher's beside them where it is installed."""
    rows: list[dict[str, Any]] = []
    peer = _COLOR_MATCHER / ".venv" / "bin" / "python"
    for mode in cases.MODES:
        for pair in _COMMAND_PAIRS:
            files = [str(folder / f"{name}.png") for name in (*pair, "output")]
            arguments = [mode, *files[:2], "-o", files[2], "--force", "--threads", str(threads)]
            programs = {
                "before": [str(BEFORE), "-m", "huegraft", *arguments],
                "after": [sys.executable, "-m", "huegraft", *arguments],
            }
            if peer.exists() and mode == "transfer":
                programs["color-matcher"] = [str(peer), str(_COLOR_MATCHER / "match.py"), "hm-mvgd-hm", *files]
            spent: dict[str, list[tuple[float, float]]] = {name: [] for name in programs}
            for turn in range(repeats + 1):
                for name, program in programs.items():
                    seconds = _timed(program, threads)
                    if turn:  # the first fills the caches of Python's own files
                        spent[name].append(seconds)
            row: dict[str, Any] = {"case": f"{mode} {' '.join(pair)}"}
            for name, each in spent.items():
                wall, cpu = (round(statistics.median(seconds), 3) for seconds in zip(*each, strict=True))
                row |= {f"{name}, s": wall, f"{name}, CPU s": cpu}
            row["ratio"] = round(row["after, s"] / row["before, s"], 3)
            if "color-matcher" in spent:
                row["÷ color-matcher"] = round(row["after, s"] / row["color-matcher, s"], 2)
            for name, python in (("before", BEFORE), ("after", sys.executable)):
                printed = _run([str(python), "-c", _PEAK, *arguments], threads).split()[-1]
                row[f"{name}, peak MB"] = round(int(printed) * 1024 / 1e6)
            rows.append(row)
    return rows


def imports(_folder: Path, repeats: int, threads: int) -> list[dict[str, Any]]:
    """Time Python alone, ``import huegraft``, and with it the first touch of a name."""
    rows: list[dict[str, Any]] = []
    for code in ("pass", "import huegraft", "import huegraft; huegraft.transfer; huegraft.read_picture"):
        seconds = {
            name: statistics.median(_timed([str(python), "-c", code], threads)[0] for _ in range(repeats))
            for name, python in (("before", BEFORE), ("after", sys.executable))
        }
        rows.append({"code": code} | {f"{name}, s": round(each, 3) for name, each in seconds.items()})
    return rows


def _compared(wanted: Sequence[Case], folder: Path, threads: int) -> list[dict[str, Any]]:
    sides = [Side(python, threads) for python in (BEFORE, sys.executable)]
    outputs = [folder / f"{name}.npy" for name in ("before", "after")]
    rows: list[dict[str, Any]] = []
    for case in wanted:
        answers = [side.answer(case, output) for side, output in zip(sides, outputs, strict=True)]
        before, after = (_eight_bits(np.load(output)) for output in outputs)
        apart = np.abs(before.astype(np.int16) - after)
        seconds = [round(answer["seconds"], 2) for answer in answers]
        rows.append({"case": case.name, "differ, %": round(100 * float((apart > 0).mean()), 4)}
                    | {"by more than 1, %": round(100 * float((apart > 1).mean()), 4), "most": int(apart.max())}
                    | {"before, s": seconds[0], "after, s": seconds[1]})  # fmt: skip
    for side in sides:
        side.close()
    shares = [row["differ, %"] for row in rows]
    rows.append({"case": "median", "differ, %": round(statistics.median(shares), 4)})
    return rows


def _eight_bits(pixels: np.ndarray) -> np.ndarray:
    if pixels.dtype == np.uint8:
        return pixels
    values = pixels / 65535 if pixels.dtype == np.uint16 else pixels
    return np.rint(255 * np.clip(values, 0, 1)).astype(np.uint8)


def _timed(program: Sequence[str], threads: int) -> tuple[float, float]:
    """Return the wall and the CPU seconds of a whole process."""
    began, before = time.perf_counter(), os.times()
    _run(program, threads)
    after = os.times()
    cpu = after.children_user - before.children_user + after.children_system - before.children_system
    return time.perf_counter() - began, cpu


def _run(program: Sequence[str], threads: int) -> str:
    return subprocess.run(program, check=True, capture_output=True, text=True, env=_environment(threads)).stdout  # noqa: S603


def _environment(threads: int) -> dict[str, str]:
    """Return the environment of both sides; Python may write its compiled files, as it does for users."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"OMP_NUM_THREADS": str(threads)}


def _table(part: str, rows: Sequence[dict[str, Any]]) -> str:
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = [f"## {part}", "", f"| {' | '.join(names)} |", f"|{'---|' * len(names)}"]
    lines += [f"| {' | '.join(str(row.get(name, '')) for name in names)} |" for row in rows]
    return "\n".join(lines) + "\n"


_PARTS: dict[str, Callable[[Path, int, int], list[dict[str, Any]]]] = {
    part.__name__: part for part in (pictures, others, warm, commands, imports)
}

if __name__ == "__main__":
    main()
