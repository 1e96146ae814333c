"""The command ``huegraft``. A subcommand is loaded when it is called: each needs its own part of the package."""

import signal
import sys
from collections.abc import Generator
from contextlib import contextmanager
from importlib import import_module
from typing import Any, NoReturn

import typer
from typer.core import TyperGroup

from huegraft import __version__
from huegraft.errors import ArgumentError, HuegraftError

_COMMANDS = {
    "transfer": "recolor:transfer",
    "colorize": "recolor:colorize",
    "explain": "explain:explain_command",
    "sweep": "sweep:sweep_command",
    "suggest": "suggest:suggest_command",
    "lut": "lut:lut_command",
    "batch": "batch:batch_command",
    "units": "units:app",
    "film": "film:app",
    "serve": "serve:serve_command",
    "evaluate": "evaluate:evaluate_command",
    "weights": "weights:app",
}
"""The subcommands in the order of the help, and the module of each in this folder."""


class _Commands(TyperGroup):
    """The subcommands."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.commands = dict.fromkeys(_COMMANDS)  # typer suggests one of these names for a mistyped one

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse what stands before the name of the subcommand; an option of the subcommand there is met with its place.

        Raises
        ------
        ArgumentError
            If an option of a subcommand stands before the name of the subcommand.
        """
        name = next((each for each in args if each in _COMMANDS), None)
        if name and args[0].startswith("-") and args[0] not in ("-h", "--help", "--version"):
            option = args[0].partition("=")[0]
            raise ArgumentError(f"the option {option} stands before the command; options follow it: huegraft {name} …")
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of the subcommands."""
        return list(_COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Load a subcommand. Return None if no subcommand has this name."""
        if cmd_name not in _COMMANDS:
            return None
        module, name = _COMMANDS[cmd_name].split(":")
        found = getattr(import_module(f"huegraft.cli.{module}"), name)
        if not isinstance(found, typer.Typer):
            single = typer.Typer(add_completion=False)
            single.command(cmd_name)(found)
            found = single
        command = typer.main.get_command(found)
        command.name = cmd_name
        return command


app = typer.Typer(
    name="huegraft",
    cls=_Commands,
    help="Give a picture the colours of another one.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


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
        with _signals_as_exits():  # from the start: most of the package is loaded below
            from huegraft.blas import share_one_heap

            share_one_heap()
            app()
    except (HuegraftError, OSError, MemoryError, RuntimeError) as error:  # the machine's own limits among them
        typer.echo(f"error: {str(error) or type(error).__name__}", err=True)
        sys.exit(2 if isinstance(error, ArgumentError) else 1)
