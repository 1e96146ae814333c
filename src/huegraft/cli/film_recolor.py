"""Films in ``huegraft transfer`` and ``huegraft colorize``."""

import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from huegraft.cli.cluster_options import shot_computing, wants_cluster
from huegraft.cli.film_options import FilmOptions, span_of
from huegraft.cli.film_running import check_reading, film_room, print_facts, shown_film
from huegraft.cli.running import (
    Messages,
)
from huegraft.cluster.options import ClusterOptions
from huegraft.errors import ArgumentError, FilmError, HuegraftError
from huegraft.film.numbered import is_pattern
from huegraft.film.wording import counted
from huegraft.io.image import check_readable
from huegraft.settings import Mode

if TYPE_CHECKING:
    from huegraft.film.project import Project


def recolor_film(
    mode: Mode,
    target: Path,
    references: Sequence[Path],
    output: Path,
    options: FilmOptions,
    settings: Mapping[str, Any],
    reading: Mapping[str, Any],
    *,
    device: str,
    threads: int | None,
    cluster: ClusterOptions,
    force: bool,
    as_json: bool,
) -> None:
    """Do all steps of a film, from its index to the finished file.

    Parameters
    ----------
    reading
        The options of reading numbered frames, as :func:`huegraft.read_picture` takes them.
    threads
        How many threads each worker of a cluster takes for a shot.
    cluster
        The workers that compute the shots, if any are asked for.

    Raises
    ------
    FilmError
        If a step fails, or a project is there and neither `resume` nor `force` is asked for.
    """
    film_room()
    from huegraft.film.film import Film
    from huegraft.film.film_settings import check_film_settings
    from huegraft.film.film_state import BEFORE
    from huegraft.film.output import check_output
    from huegraft.film.project import Project
    from huegraft.film.shot_list import ShotList

    if options.shots is not None and options.range is not None:
        raise ArgumentError("--shots and --range exclude each other; leave out one")
    shots = None if options.shots is None else span_of(options.shots, "--shots")
    if mode == "transfer" and options.keep is not None:
        raise ArgumentError("--keep would change nothing in a transfer; leave it out")
    messages, wanted = Messages(), options.output(output, replace=force)
    check_output(wanted)
    wants_cluster(cluster)
    check_film_settings(ShotList(mode, {}, settings=dict(settings)), settings)
    check_readable(references)
    check_reading(target, reading)
    folder, began = options.project or _beside(output), time.perf_counter()
    exists, is_new = (folder / "shots.json").exists(), not folder.exists()
    if exists and not options.resume and not force and not options.dry_run:
        raise FilmError(f"{folder} exists: --resume goes on with it, and --force makes it anew")
    with ExitStack() as stack:
        if options.dry_run and not (exists and options.resume):
            folder = Path(stack.enter_context(TemporaryDirectory())) / folder.name
        report = stack.enter_context(shown_film(messages, folder, "the same command with --resume"))
        anew = exists and not options.resume and not options.dry_run
        with _discarded_if_refused(Project(folder), is_new=is_new):
            film = stack.enter_context(
                Film.open(
                    target,
                    folder,
                    fps=options.fps,
                    input_lut=options.input_lut,
                    fields=options.fields,
                    **reading,
                    anew=anew,
                    saving=not options.dry_run,
                    progress=report,
                )
            )
            check_output(wanted, film.source)
            if anew:
                film.begin_anew(references)
                messages.print(f"the project is made anew; its shot list is kept as {folder / BEFORE}")
            film.use(mode, references, **settings)
            film.find_shots(scenes=not options.dry_run)
            chosen = film.chosen(shots, wanted.frames)
        for note in film.notes():
            messages.print(note)
        if options.dry_run:
            print_facts(messages, film.planned(wanted, chosen), as_json=as_json)
            return
        with shot_computing(cluster, messages, folder, threads) as computing:
            made = film.compute(chosen, device=device, computing=computing)
        notes = (*film.notes_on_references(chosen), *film.write(wanted, chosen))
    for note in notes:
        messages.print(note)
    facts = {"output": str(output), "project": str(folder), "frames": film.source.index.frames, "shots": len(chosen)}
    facts |= {"computed": made, "seconds": round(time.perf_counter() - began, 2), "notes": list(notes)}
    text = f"{output} written in {facts['seconds']} s; the colours of {counted(len(chosen), 'shot')} are in {folder}"
    print_facts(messages, facts, text, as_json=as_json)


@contextmanager
def _discarded_if_refused(project: "Project", *, is_new: bool) -> Generator[None]:
    """Leave no project behind that was made for a command that cannot be done."""
    try:
        yield
    except HuegraftError:
        if is_new:
            project.discard()
        raise


def _beside(output: Path) -> Path:
    """Return the folder of the project beside an output. Frames out/a_%05d.tif have the project out/a.huegraft."""
    if is_pattern(output):
        folder, name = output.parent.resolve(), output.name.partition("%")[0].rstrip("_-.")
        return folder / f"{name}.huegraft" if name else folder.with_name(f"{folder.name}.huegraft")
    return output.with_suffix(".huegraft")
