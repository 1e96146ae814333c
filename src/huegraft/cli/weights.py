"""``huegraft weights``: list, pull, verify, path."""

from typing import Annotated

import typer

from huegraft.errors import WeightsError
from huegraft.weights import catalogue
from huegraft.weights.fetch import pull

app = typer.Typer(help="Fetch and check published weights.", no_args_is_help=True, add_completion=False)
NameArgument = Annotated[
    str, typer.Argument(metavar="BACKBONE", help="Name of the backbone: vgg19_bn or vgg19.", show_default=False)
]
SourceOption = Annotated[
    str | None, typer.Option("--source", help="Name of the source. By default the first source of the list.")
]


@app.command("list")
def list_command() -> None:
    """List the published weights, and say which of them are here."""
    from rich.console import Console
    from rich.table import Table

    table = Table("backbone", "source", "licence", "MB", "hash", "here", box=None)
    for sources in catalogue.catalogue().values():
        for source in sources:
            here = "yes" if source.path.is_file() else "no"
            verified = "published" if source.is_verified else "unverified"
            table.add_row(source.backbone, source.source, source.licence, str(source.megabytes), verified, here)
    Console(markup=False, emoji=False, highlight=False).print(table)


@app.command("pull")
def pull_command(
    backbone: NameArgument,
    source: SourceOption = None,
    allow_unverified: Annotated[
        bool, typer.Option("--allow-unverified", help="Take a file whose hash is not published.")
    ] = False,
) -> None:
    """Fetch the weights of a backbone, check them, and print where they are. A fetch that was cut off goes on."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    chosen = catalogue.choose_source(backbone, source)
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(backbone, total=None)
        path = pull(
            chosen,
            allow_unverified=allow_unverified,
            progress=lambda done, total: progress.update(task, completed=done, total=total),
        )
    typer.echo(path)


@app.command("verify")
def verify_command(backbone: NameArgument, source: SourceOption = None) -> None:
    """Check the fetched weights of a backbone against their published hash."""
    chosen = catalogue.find_fetched(backbone, source)
    if not chosen.is_verified:
        raise WeightsError(f"{chosen.path} cannot be checked: no hash is published for {chosen.address}")
    try:
        catalogue.check(chosen, chosen.path)
    except WeightsError as error:
        again = f"`huegraft weights pull {backbone} --source {chosen.source}` fetches it anew"
        raise WeightsError(f"{error}; {again}") from error
    typer.echo(f"{chosen.path} has the published hash")


@app.command("path")
def path_command(backbone: NameArgument, source: SourceOption = None) -> None:
    """Print where a backbone's fetched weights are."""
    typer.echo(catalogue.find_fetched(backbone, source).path)
