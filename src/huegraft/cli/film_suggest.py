"""``huegraft film suggest``."""

from pathlib import Path
from typing import Annotated

import typer

from huegraft.cli.film_options import ShotsOption, span_of
from huegraft.cli.film_running import ProjectArgument, film_room, print_facts, shown_film
from huegraft.cli.running import DeviceOption, JsonOption, Messages, ThreadsOption
from huegraft.errors import FilmError
from huegraft.io.folder import pictures_in
from huegraft.threads import set_threads


def suggest_command(
    project: ProjectArgument,
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Folder of candidate references.", show_default=False)
    ],
    top: Annotated[int, typer.Option("--top", min=1, help="Number of pictures for each shot.")] = 3,
    shots: ShotsOption = None,
    device: DeviceOption = "cpu",
    threads: ThreadsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Rank the pictures of a folder for each shot, by how likely they show its scene."""
    film_room()
    from huegraft.film.film import Film

    set_threads(threads)
    if not folder.is_dir():
        raise FilmError(f"there is no folder {folder}; expected one that holds pictures")
    (paths, others), messages = pictures_in(folder), Messages()
    if others is not None:
        messages.print(others)
    if not paths:
        raise FilmError(f"{folder} holds no pictures that are read")
    with shown_film(messages, project) as report, Film.of_project(project, progress=report) as film:
        film.find_shots()
        chosen = film.chosen(None if shots is None else span_of(shots, "--shots"), None)
        found = film.suggest(paths, chosen, device=device, left_out=messages.print)
    facts = {
        name: [{"picture": each.id, "fit": round(each.fit, 4)} for each in best[:top]] for name, best in found.items()
    }
    lines = (f"{name}  {each['fit']:.2f}  {each['picture']}" for name, best in facts.items() for each in best)
    print_facts(messages, facts, "\n".join(lines), as_json=as_json)
