"""``huegraft film tidy``."""

from typing import Annotated, Any

import typer

from huegraft.cli.film_running import ProjectArgument, film_room, print_facts, shown_film
from huegraft.cli.running import JsonOption, Messages


def tidy_command(
    project: ProjectArgument,
    segments: Annotated[
        bool,
        typer.Option("--segments", help="Count encoded segments, too: the next film render encodes them anew."),
    ] = False,
    force: Annotated[bool, typer.Option("--force", "-f", help="Delete what is listed.")] = False,
    as_json: JsonOption = False,
) -> None:
    """List the tracks that no shot uses and the stored references that no list names. --force deletes them."""
    film_room()
    from huegraft.film.film import Film

    messages = Messages()
    with shown_film(messages, project) as report, Film.of_project(project, progress=report) as film:
        sizes = {path: path.stat().st_size for path in film.unused_files(segments=segments)}
        if force:
            film.project.delete(sizes)
    total = sum(sizes.values())
    facts: dict[str, Any] = {
        "files": [{"file": path.relative_to(project).as_posix(), "bytes": size} for path, size in sizes.items()],
        "bytes": total,
        "deleted": force,
    }
    lines = [f"{size / 1e6:9.1f} MB  {path}" for path, size in sizes.items()]
    if not sizes:
        lines.append(f"{project} holds nothing that is not used")
    elif force:
        lines.append(f"deleted: {total / 1e6:.1f} MB")
    else:
        lines.append(f"not used: {total / 1e6:.1f} MB; --force deletes them")
    print_facts(messages, facts, "\n".join(lines), as_json=as_json)
