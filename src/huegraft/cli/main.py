"""The command ``huegraft``."""

import signal
import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import NoReturn

import typer

from huegraft import __version__
from huegraft.cli.batch import batch_command
from huegraft.cli.evaluate import evaluate_command
from huegraft.cli.explain import explain_command
from huegraft.cli.lut import lut_command
from huegraft.cli.recolor import recolor_command
from huegraft.cli.running import message_console
from huegraft.cli.suggest import suggest_command
from huegraft.cli.sweep import sweep_command
from huegraft.cli.weights import app as weights_app
from huegraft.errors import ArgumentError, HuegraftError

app = typer.Typer(
    name="huegraft",
    help="Give a picture the colours of another one.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("batch")(batch_command)
app.command("explain")(explain_command)
app.command("sweep")(sweep_command)
app.command("lut")(lut_command)
app.command("suggest")(suggest_command)
app.command("evaluate")(evaluate_command)
app.add_typer(weights_app, name="weights")
app.command("transfer", help="Give a colour picture the colours of another one.")(recolor_command("transfer"))
app.command("colorize", help="Give a greyscale picture the colours of another one.")(recolor_command("colorize"))


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"huegraft {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: bool = typer.Option(False, "--version", callback=_print_version, is_eager=True, help="Print the version."),
) -> None:
    """Give a picture the colours of another one."""


def _exit(number: int, _frame: object) -> NoReturn:
    sys.exit(128 + number)


@contextmanager
def _signals_as_exits() -> Generator[None]:
    """Let Ctrl-C and SIGTERM leave through every ``finally``, so that no half-written file stays, and say nothing."""
    before = {number: signal.signal(number, _exit) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def main() -> None:
    """Run the command line: exit code 0 when done, 2 for bad usage, 128 + n on signal n, 1 for anything else."""
    try:
        with _signals_as_exits():
            app()
    except (HuegraftError, OSError, MemoryError, RuntimeError) as error:  # the machine's own limits among them
        message_console().print(f"error: {str(error) or type(error).__name__}")
        sys.exit(2 if isinstance(error, ArgumentError) else 1)
