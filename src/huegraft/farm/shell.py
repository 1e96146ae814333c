"""Shell: commands one a line, and a script that runs several at a time."""

import shlex
from collections.abc import Iterable, Sequence

from huegraft.errors import ArgumentError
from huegraft.farm.work import Step, Work

ABOUT_UNITS = """
Each command may run again at any time: what is made already is not made again, and a file appears whole or not at all.
A command that fails ends with an exit code other than 0, and says why. The joining command refuses to begin while a
unit is missing, and names it. All machines have to see the same files under the same paths, and need the same version
of huegraft.
"""
"""What people should know of the units, whatever runs them."""

_START = "#!/usr/bin/env bash\n"


def shell_files(work: Work) -> dict[str, str]:
    """Return the files for a shell by their names.

    Raises
    ------
    ArgumentError
        If a path holds a line break.
    """
    steps = "\n".join(f"each {units_name(step)}" for step in work.steps)
    run = f"""{_START}# Runs the units, JOBS of them at a time, and joins what they made: bash run.sh [JOBS]
set -euo pipefail
cd -- "$(dirname -- "${{BASH_SOURCE[0]}}")"
jobs="${{1:-1}}"

# Runs each line of a file as a command. After a command that fails the other ones run all the same.
each() {{
    tr '\\n' '\\0' <"$1" | xargs -0 -n 1 -P "$jobs" bash -c
}}

{steps}
bash join.sh
"""
    readme = f"""Commands of huegraft for a {work.name}: {counts(work)}.

    bash run.sh 4

runs the units on this machine, 4 at a time, and joins what they made.
{_threads(work)}
The files of units hold one command a line. GNU parallel runs them on other machines, too:

{_lines(f"    parallel --jobs 4 --joblog {each.name}.log < {units_name(each)}" for each in work.steps)}
    bash join.sh

A step has to be whole before the next one begins.
{ABOUT_UNITS}"""
    return units_files(work) | {"run.sh": run, "README.txt": readme}


def units_files(work: Work) -> dict[str, str]:
    """Return the files that hold the commands of each step, one a line, and the script that joins."""
    files = {
        units_name(step): _lines(_line([*step.words, str(number)]) for number in step.numbers) + "\n"
        for step in work.steps
    }
    join = f"{_START}# Joins what the units made. It refuses if one is missing, and names it.\nset -euo pipefail\n"
    return files | {"join.sh": f"{join}exec {_line(work.join)}\n"}


def units_name(step: Step) -> str:
    """Return the name of the file that holds the commands of a step."""
    return f"units_{step.name}.txt"


def counts(work: Work) -> str:
    """Return how many units each step has, in words."""
    return ", ".join(f"{len(step.numbers)} of {step.name}" for step in work.steps)


def _line(words: Sequence[str]) -> str:
    for word in words:
        if "\n" in word:
            raise ArgumentError(f"a command stands on one line, and {word!r} holds a line break; rename the file")
    return shlex.join(words)


def _lines(lines: Iterable[str]) -> str:
    return "\n".join(lines)


def _threads(work: Work) -> str:
    if work.threads is None:
        return "Each unit takes all cores, so that more than one at a time helps little: --threads limits them.\n"
    return f"Each unit takes {work.threads} of the cores.\n"
