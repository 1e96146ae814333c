"""The command ``huegraft``."""

import sys

import typer
from rich.console import Console

from huegraft import __version__
from huegraft.cli.recolor import recolor_command
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


def main() -> None:
    """Run the command line: exit code 0 when done, 2 for bad usage, 1 for anything else."""
    try:
        app()
    except HuegraftError as error:
        Console(stderr=True, highlight=False, soft_wrap=True, markup=False).print(f"error: {error}")
        sys.exit(2 if isinstance(error, ArgumentError) else 1)
