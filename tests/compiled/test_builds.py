"""The loops give the same bytes whatever processor they are built for: no contraction, no reordering, fixed lanes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
SOURCES = HERE.parents[1] / "src" / "huegraft" / "compiled"
DIGESTS = json.loads((HERE / "digests.json").read_text())
LEVELS = {"x86_64": ("x86-64", "x86-64-v3", "x86-64-v4")}.get(os.uname().machine, ())


def runs(level):
    """Tell whether this machine runs code of a level, by the compiler's own question."""
    if level == "x86-64":
        return True
    flags = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    return {"x86-64-v3": " fma ", "x86-64-v4": " avx512vl "}[level] in flags.replace("\n", " ")


def digests(*arguments):
    program = [sys.executable, str(HERE / "run_loops.py"), *arguments]
    return json.loads(subprocess.run(program, capture_output=True, text=True, check=True).stdout)  # noqa: S603


def differing(found):
    return sorted(name for name in DIGESTS if found[name] != DIGESTS[name])


def test_the_installed_library():
    found = digests()
    assert found.keys() == DIGESTS.keys()
    assert differing(found) == []


@pytest.mark.parametrize("level", LEVELS)
def test_each_level(level, tmp_path, build_flags):
    if not runs(level):
        pytest.skip(f"this processor does not run {level}")
    library = tmp_path / "loops.so"
    sources = [str(path) for path in sorted(SOURCES.glob("*.c"))]
    compiler = os.environ.get("CC", "cc").split()
    command = [*compiler, *build_flags, "-DONE_LEVEL", f"-march={level}", *sources, "-o", str(library), "-lm"]
    subprocess.run(command, check=True)  # noqa: S603
    assert differing(digests(str(library))) == []
