"""``huegraft film commands``."""

from pathlib import Path
from typing import Annotated

import typer

from huegraft.cli.farm_options import ProgramOption, print_commands, program_of, whole
from huegraft.cli.film_options import (
    CodecOption,
    FilmOptions,
    KeepOption,
    QualityOption,
    ReproducibleOption,
)
from huegraft.cli.film_running import ProjectArgument, film_room, shown_film
from huegraft.cli.running import DeviceOption, JsonOption, Messages
from huegraft.farm.folder import Engine, write_commands
from huegraft.farm.work import Step, Work


def commands_command(
    project: ProjectArgument,
    folder: Annotated[
        Path, typer.Option("--output", "-o", help="Folder that the commands are written into.", show_default=False)
    ],
    engine: Annotated[Engine, typer.Option("--for", help="What runs the commands.")] = "shell",
    film_file: Annotated[
        Path | None,
        typer.Option(
            "--film",
            help="Film or numbered frames that the last command writes. By default PROJECT.mkv beside the project.",
            show_default=False,
        ),
    ] = None,
    codec: CodecOption = None,
    quality: QualityOption = None,
    keep: KeepOption = None,
    reproducible: ReproducibleOption = False,
    program: ProgramOption = None,
    force: Annotated[
        bool, typer.Option("--force", "-f", help="Replace commands that are there, and let the film be replaced.")
    ] = False,
    device: DeviceOption = "cpu",
    threads: Annotated[
        int | None,
        typer.Option("--threads", min=1, max=1024, help="Number of CPU threads of each command. By default all cores."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Write commands for the machines of a farm: one for the colours of each shot, one to encode it, one to join all.

    What each shot takes its colours from is decided now, so that no command has to wait for another one.
    """
    film_room()
    from huegraft.film.film import Film
    from huegraft.film.output import check_output

    words, messages = program_of(program), Messages()
    written = project.with_suffix(".mkv") if film_file is None else film_file
    options = FilmOptions(
        None, False, None, None, None, codec, quality, keep, None, None, reproducible, None, None, False
    )
    with shown_film(messages, project) as report, Film.of_project(project, progress=report) as film:
        check_output(options.output(written, replace=force), film.source)
        film.find_shots()
        film.prepare(device=device)
        for note in (*film.notes(), *film.notes_on_references()):
            messages.print(note)
        shots = list(enumerate(film.listed.shots, start=1))
    shared = [] if threads is None else ["--threads", str(threads)]
    color = [*words, "film", "color", whole(project), "--share", *shared]
    color += [] if device == "cpu" else ["--device", device]
    render = [*words, "film", "render", whole(project), "-o", whole(written), "--force", *shared]
    given = {"--codec": codec, "--quality": quality, "--keep": keep}
    render += [word for name, value in given.items() if value is not None for word in (name, str(value))]
    render += ["--reproducible"] if reproducible else []
    steps = (
        Step("colors", (*color, "--shots"), tuple(number for number, shot in shots if shot.kind == "picture")),
        Step("segments", (*render, "--only", "encode", "--shots"), tuple(number for number, _ in shots)),
    )
    work = Work("film", tuple(step for step in steps if step.numbers), (*render, "--only", "join"), threads)
    files = write_commands(folder, work, engine, replace=force)
    print_commands(messages, folder, work, engine, files, as_json=as_json)
