"""``huegraft film``."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from huegraft.batch.inputs import float_range_of
from huegraft.cli.cluster_options import (
    SchedulerOption,
    TlsCaOption,
    TlsCertOption,
    TlsKeyOption,
    WorkersOption,
    shot_computing,
    wants_cluster,
)
from huegraft.cli.film_commands import commands_command
from huegraft.cli.film_evaluate import evaluate_command
from huegraft.cli.film_options import (
    CodecOption,
    Fields,
    FieldsOption,
    FilmOptions,
    FpsOption,
    InputLutOption,
    KeepOption,
    OnlyOption,
    QualityOption,
    RangeOption,
    ReproducibleOption,
    ShareOption,
    ShotsOption,
    SiblingsOption,
    SteadyOption,
    film_settings,
    span_of,
)
from huegraft.cli.film_report import report_command
from huegraft.cli.film_running import (
    FilmArgument,
    OwnProjectOption,
    ProjectArgument,
    check_reading,
    film_room,
    print_facts,
    shown_film,
)
from huegraft.cli.film_suggest import suggest_command
from huegraft.cli.film_tidy import tidy_command
from huegraft.cli.options import film_setting_options, given_settings
from huegraft.cli.running import (
    DeviceOption,
    FloatRangeOption,
    ForceOption,
    JsonOption,
    LayerOption,
    Messages,
    ThreadsOption,
)
from huegraft.cluster.options import ClusterOptions
from huegraft.errors import ArgumentError, FilmError
from huegraft.film.wording import counted
from huegraft.settings import Mode
from huegraft.threads import set_threads

if TYPE_CHECKING:
    from huegraft.film.film import Film


app = typer.Typer(
    add_completion=False,
    help="Work on a film step by step. Each step goes on from what the project holds.",
    no_args_is_help=True,
)


@app.command("scan")
def scan_command(
    film: FilmArgument,
    project: OwnProjectOption = None,
    fps: FpsOption = None,
    input_lut: InputLutOption = None,
    fields: FieldsOption = None,
    float_range: FloatRangeOption = None,
    layer: LayerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Read a film once, and make its project: an index of all frames, and what their code values stand for."""
    messages = Messages()
    with _opened(film, project, fps, input_lut, fields, float_range, layer) as opened:
        for note in opened.notes():
            messages.print(note)
        facts = {"project": str(opened.project.folder)} | opened.facts()
    print_facts(messages, facts, as_json=as_json)


@app.command("shots")
def shots_command(
    film: FilmArgument,
    project: OwnProjectOption = None,
    fps: FpsOption = None,
    input_lut: InputLutOption = None,
    fields: FieldsOption = None,
    float_range: FloatRangeOption = None,
    layer: LayerOption = None,
    read: Annotated[
        Path | None,
        typer.Option(
            "--read",
            help="Take the shots of an EDL (CMX 3600) or a CSV. Shots that do not change keep what they have.",
            show_default=False,
        ),
    ] = None,
    write: Annotated[
        Path | None,
        typer.Option("--write", help="Write the shots as .edl (CMX 3600) or .csv.", show_default=False),
    ] = None,
    sheet: Annotated[
        Path | None,
        typer.Option(
            "--sheet", help="Write the first, middle and last frame of each shot as a PNG.", show_default=False
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", "-f", help="Find the shots anew, or replace the files that are written.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Find the shots of a film, and write them into shots.json, where people may edit them.

    With --read, --write or --sheet the shots that are there stay: they are read, written and shown.
    """
    film_room()
    from huegraft.film.contact_sheet import check_sheet, write_sheet
    from huegraft.film.shot_files import check_shot_file, clock_of, read_shot_file, write_shot_file
    from huegraft.film.shot_table import dropped_work

    messages = Messages()
    with _opened(film, project, fps, input_lut, fields, float_range, layer) as opened:
        source, there = opened.source, opened.listed.shots
        for file in (read, write):
            if file is not None:
                check_shot_file(file, source, exists_not=file is write and not force)
        if there and not any((read, write, sheet)) and not force:
            worked = ", ".join(dropped_work(there, []))
            lost = f"; the keyframes, settings or notes of {worked} would be lost" if worked else ""
            raise FilmError(f"{opened.project.shot_list} lists shots: --force finds them anew{lost}")
        if read is not None:
            new = read_shot_file(read, there, source)
            dropped = [] if force else dropped_work(there, new)
            if dropped:
                raise FilmError(
                    f"{read} lacks the shots {', '.join(dropped)}, whose keyframes, settings or notes would be lost; "
                    "--force takes the file all the same"
                )
            opened.listed = replace(opened.listed, shots=new)
            for note in opened.notes():
                messages.print(note)
        elif not there or not (write or sheet):
            opened.find_shots(anew=True)
        shots, scenes, written = opened.listed.shots, opened.listed.scenes(), list[Path]()
        if sheet is not None:
            check_sheet(sheet, shots, replace=force)
        if write is not None:
            write_shot_file(write, shots, source, replace=force)
            written.append(write)
        if sheet is not None:
            written += write_sheet(sheet, shots, source, clock_of(source), replace=force, told=opened.report_shots)
    facts = {
        "shots": [[shot.id, shot.start, shot.stop, shot.kind] for shot in shots],
        "scenes": scenes,
        "written": list(map(str, written)),
    }
    count = f"{counted(len(shots), 'shot')} {'is' if len(shots) == 1 else 'are'}"
    text = f"{count} in {', '.join(map(str, [opened.project.shot_list, *written]))}"
    print_facts(messages, facts, text, as_json=as_json)


@app.command("color")
@film_setting_options
def color_command(
    project: ProjectArgument,
    references: Annotated[
        list[Path] | None,
        typer.Option(
            "--reference",
            "-r",
            help="Picture that lends its colours, in place of those that the film has. May be repeated.",
            show_default=False,
        ),
    ] = None,
    add: Annotated[
        list[Path] | None,
        typer.Option(
            "--add",
            help="Picture that lends its colours, beside those that the film has. May be repeated.",
            show_default=False,
        ),
    ] = None,
    mode: Annotated[Mode | None, typer.Option("--mode", help="What to do with the film.", show_default=False)] = None,
    shots: ShotsOption = None,
    steady: SteadyOption = None,
    default: Annotated[
        list[str] | None,
        typer.Option(
            "--default",
            metavar="SETTING",
            help="Setting that was given before and goes back to its default, such as tau; all takes back every "
            "setting. May be repeated.",
            show_default=False,
        ),
    ] = None,
    siblings: SiblingsOption = None,
    share: ShareOption = False,
    device: DeviceOption = "cpu",
    threads: ThreadsOption = None,
    scheduler: SchedulerOption = None,
    workers: WorkersOption = None,
    tls_ca: TlsCaOption = None,
    tls_cert: TlsCertOption = None,
    tls_key: TlsKeyOption = None,
    as_json: JsonOption = False,
    **settings: Any,
) -> None:
    """Compute the colours of a film's shots. Colours that are there are not computed again.

    The project remembers settings that are given. --default takes them back.
    """
    film_room()
    from huegraft.film.film import Film

    set_threads(threads)
    cluster = ClusterOptions(scheduler, workers, tls_ca, tls_cert, tls_key)
    wants_cluster(cluster)
    changes, messages = given_settings(settings) | film_settings(steady, siblings), Messages()
    with shown_film(messages, project) as report, Film.of_project(project, share=share, progress=report) as film:
        if default:
            film.reset(None if "all" in default else [name.lstrip("-").replace("-", "_") for name in default])
        if references or mode or changes:
            film.use(mode or film.listed.mode, references or [], **changes)
        film.add_references(add or [])
        film.find_shots()
        for note in film.notes():
            messages.print(note)
        chosen = film.chosen(None if shots is None else span_of(shots, "--shots"), None)
        with shot_computing(cluster, messages, project, threads) as computing:
            made = film.compute(chosen, device=device, computing=computing)
        facts: dict[str, Any] = {"shots": len(chosen), "computed": made}
        facts["notes"] = list(film.notes_on_references(chosen))
    for note in facts["notes"]:
        messages.print(note)
    text = f"the colours of {facts['computed']} of {counted(facts['shots'], 'shot')} were computed"
    print_facts(messages, facts, text, as_json=as_json)


@app.command("render")
def render_command(
    project: ProjectArgument,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Film or numbered frames to write.", show_default=False)
    ],
    codec: CodecOption = None,
    quality: QualityOption = None,
    keep: KeepOption = None,
    reproducible: ReproducibleOption = False,
    frames: RangeOption = None,
    shots: ShotsOption = None,
    only: OnlyOption = None,
    fps: FpsOption = None,
    force: ForceOption = False,
    threads: ThreadsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write a film in its new colours. Segments that are there are not encoded again."""
    film_room()
    from huegraft.film.film import Film

    set_threads(threads)
    if shots is not None and frames is not None:
        raise ArgumentError("--shots and --range exclude each other; leave out one")
    if only is not None and frames is not None:
        raise ArgumentError("--only goes with whole shots: name them by --shots in place of --range")
    options = FilmOptions(
        None, False, None, None, None, codec, quality, keep, None, None, reproducible, frames, shots, False
    )
    messages, wanted = Messages(), replace(options.output(output, replace=force), only=only)
    with (
        shown_film(messages, project) as report,
        Film.of_project(project, fps=fps, share=only == "encode", progress=report) as film,
    ):
        chosen = film.chosen(None if shots is None else span_of(shots, "--shots"), wanted.frames)
        notes = film.write(wanted, chosen)
    for note in notes:
        messages.print(note)
    done = "what was missing is encoded" if only == "encode" else f"{output} written"
    print_facts(messages, {"output": str(output), "notes": list(notes)}, done, as_json=as_json)


app.command("commands")(commands_command)
app.command("evaluate")(evaluate_command)
app.command("report")(report_command)
app.command("suggest")(suggest_command)
app.command("tidy")(tidy_command)


@contextmanager
def _opened(
    path: Path,
    project: Path | None,
    fps: str | None,
    input_lut: Path | None,
    fields: Fields | None,
    float_range: str | None,
    layer: str | None,
) -> "Generator[Film]":
    film_room()
    from huegraft.film.film import Film
    from huegraft.film.opened_film import project_named_after

    reading: dict[str, Any] = {"float_range": float_range_of(float_range), "layer": layer}
    check_reading(path, reading)
    folder = project or project_named_after(path)
    with (
        shown_film(Messages(), folder) as report,
        Film.open(path, folder, fps=fps, input_lut=input_lut, fields=fields, **reading, progress=report) as film,
    ):
        yield film
