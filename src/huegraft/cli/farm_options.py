"""What the commands that write commands for a farm share."""

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from huegraft.cli.film_running import print_facts
from huegraft.cli.running import Messages
from huegraft.errors import ArgumentError
from huegraft.farm.folder import Engine
from huegraft.farm.work import Work

ProgramOption = Annotated[
    str | None,
    typer.Option(
        "--program",
        help="How huegraft is called on the machines that run the commands, such as /opt/huegraft/bin/huegraft or "
        r'"apptainer exec huegraft.sif huegraft". \[default: huegraft]',
        show_default=False,
    ),
]


def program_of(text: str | None) -> list[str]:
    """Return the words by which huegraft is called.

    Raises
    ------
    ArgumentError
        If there are none, or a quotation mark is not closed.
    """
    try:
        words = ["huegraft"] if text is None else shlex.split(text)
    except ValueError as error:
        raise ArgumentError(f"--program must be words as a shell takes them, got {text!r}: {error}") from error
    if not words:
        raise ArgumentError("--program must name a program, got nothing")
    return words


def whole(path: Path) -> str:
    """Return a whole path: commands may run in any folder, and no whole path looks like an option."""
    return str(path.absolute())


def print_commands(
    messages: Messages, folder: Path, work: Work, engine: Engine, written: Sequence[Path], *, as_json: bool
) -> None:
    """Say which commands are written."""
    units = {step.name: len(step.numbers) for step in work.steps}
    facts = {"folder": str(folder), "engine": engine, "units": units, "written": list(map(str, written))}
    said = ", ".join(f"{count} units of {name}" for name, count in units.items())
    print_facts(messages, facts, f"{said}; {folder / 'README.txt'} says how to run them", as_json=as_json)
