"""The options of clusters, and the work on their workers."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from huegraft.cluster.options import ClusterOptions
from huegraft.errors import ArgumentError
from huegraft.extras import require

if TYPE_CHECKING:
    from huegraft.batch.runner import Engine
    from huegraft.cli.running import Messages
    from huegraft.film.shot_jobs import ShotComputing
    from huegraft.records import EncodedStore

_PANEL = "Clusters"

SchedulerOption = Annotated[
    str | None,
    typer.Option(
        "--scheduler",
        metavar="ADDRESS",
        help="Let the workers of a scheduler of dask.distributed do the work, such as tcp://host:8786.",
        rich_help_panel=_PANEL,
        show_default=False,
    ),
]
WorkersOption = Annotated[
    int | None,
    typer.Option(
        "--workers",
        min=1,
        max=1024,
        help="Let so many processes of this machine do the work.",
        rich_help_panel=_PANEL,
        show_default=False,
    ),
]
TlsCaOption = Annotated[
    Path | None,
    typer.Option(
        "--tls-ca",
        metavar="FILE",
        help="Certificate of the authority that a scheduler at tls://host:8786 is known by.",
        rich_help_panel=_PANEL,
        show_default=False,
    ),
]
TlsCertOption = Annotated[
    Path | None,
    typer.Option(
        "--tls-cert",
        metavar="FILE",
        help="Certificate that this machine shows to the scheduler.",
        rich_help_panel=_PANEL,
        show_default=False,
    ),
]
TlsKeyOption = Annotated[
    Path | None,
    typer.Option(
        "--tls-key", metavar="FILE", help="Key of this certificate.", rich_help_panel=_PANEL, show_default=False
    ),
]


def refuse_for_stills(options: ClusterOptions) -> None:
    """Raise ArgumentError if an option of clusters is given, which would change nothing for a single picture."""
    if options.given:
        raise ArgumentError(f"{', '.join(options.given)} would change nothing for a single picture; leave it out")


def wants_cluster(options: ClusterOptions) -> bool:
    """Tell whether workers of a cluster are asked for.

    Raises
    ------
    ArgumentError
        If the options exclude each other.
    MissingExtraError
        If dask.distributed is not installed.
    """
    options.check()
    if not options.given:
        return False
    require("cluster", ", ".join(options.given), "distributed")
    return True


@contextmanager
def picture_engine(
    options: ClusterOptions, messages: "Messages", device: str, threads: int | None, store: "EncodedStore | None"
) -> "Generator[Engine]":
    """Give what runs the jobs of a batch: a process of this machine, or the workers that are asked for."""
    if not wants_cluster(options):
        from huegraft.batch.worker import Worker

        with Worker(device, threads, store) as worker:
            yield worker
        return
    from huegraft.cluster.connection import connected
    from huegraft.cluster.pictures import PictureWorkers

    with connected(options, threads, messages.print) as cluster:
        yield PictureWorkers(cluster, device, store)


@contextmanager
def shot_computing(
    options: ClusterOptions, messages: "Messages", project: Path, threads: int | None
) -> "Generator[ShotComputing]":
    """Give what computes the shots of a film: this process, or the workers that are asked for."""
    if not wants_cluster(options):
        from huegraft.film.shot_jobs import compute_shots

        yield compute_shots
        return
    from huegraft.cluster.connection import connected
    from huegraft.cluster.shots import ShotWorkers

    with connected(options, threads, messages.print) as cluster:
        yield ShotWorkers(cluster, project)
