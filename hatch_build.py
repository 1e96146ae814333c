"""Compiles the loops in src/huegraft/compiled when a wheel is built or the package is installed in place.

Needs a C compiler: the one that CC names, or else cc.
"""

import os
import subprocess
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FOLDER = "src/huegraft/compiled"
FLAGS = [
    "-std=gnu11", "-O3", "-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math", "-fopenmp-simd", "-Wno-psabi",
    "-fPIC", "-shared",
]  # fmt: skip


class CompiledLoops(BuildHookInterface):
    """One shared library, called through ctypes, so that one wheel serves all versions of Python."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, and name the wheel after this platform."""
        folder = Path(self.root, FOLDER)
        sources = sorted(map(str, folder.glob("*.c")))
        compiler = os.environ.get("CC", "cc")
        try:
            made = folder / "loops.so.part"
            subprocess.run([*compiler.split(), *FLAGS, *sources, "-o", str(made), "-lm"], check=True)  # noqa: S603
            made.replace(folder / "loops.so")  # whole or not at all: a process may be reading the old one
        except FileNotFoundError:
            raise SystemExit(
                f"building huegraft needs a C compiler, and there is no {compiler!r}: install one (Debian, Ubuntu: "
                "apt install gcc libc6-dev; macOS: xcode-select --install), or name it: CC=..."
            ) from None
        except subprocess.CalledProcessError as error:
            raise SystemExit(
                f"{compiler!r} failed to compile {FOLDER} (exit code {error.returncode}), see above"
            ) from None
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{sysconfig.get_platform().replace('-', '_').replace('.', '_')}"
