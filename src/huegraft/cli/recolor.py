"""``huegraft transfer`` and ``huegraft colorize``."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from huegraft.batch.inputs import Inputs
from huegraft.batch.job import Done, Job, report, run_job
from huegraft.cli.cluster_options import (
    SchedulerOption,
    TlsCaOption,
    TlsCertOption,
    TlsKeyOption,
    WorkersOption,
    refuse_for_stills,
)
from huegraft.cli.film_options import (
    CodecOption,
    DryRunOption,
    FieldsOption,
    FilmOptions,
    FpsOption,
    InputLutOption,
    KeepOption,
    ProjectOption,
    QualityOption,
    RangeOption,
    ReproducibleOption,
    ResumeOption,
    ShotsOption,
    SiblingsOption,
    SteadyOption,
    film_settings,
    is_film,
    refuse_for_films,
)
from huegraft.cli.film_recolor import recolor_film
from huegraft.cli.inputs import (
    PinOption,
    PresetNameOption,
    ReferenceMaskOption,
    RegionOption,
    SaveSettingsOption,
    SettingsFileOption,
    TargetMaskOption,
    saved_settings,
    started_with,
)
from huegraft.cli.options import given_settings, setting_options
from huegraft.cli.running import (
    CacheOption,
    CacheSizeOption,
    DeviceOption,
    FloatRangeOption,
    ForceOption,
    JsonOption,
    LayerOption,
    Messages,
    TargetArgument,
    ThreadsOption,
    check_options,
    opened_session,
    shown_progress,
)
from huegraft.cluster.options import ClusterOptions
from huegraft.io.formats import WRITTEN
from huegraft.io.image import check_writable
from huegraft.settings import Mode
from huegraft.threads import set_threads


def _recolor_command(mode: Mode) -> Callable[..., None]:
    """Return the command that runs one mode of the method on files."""

    @setting_options
    def command(
        target: TargetArgument,
        references: Annotated[
            list[Path],
            typer.Argument(
                metavar="REFERENCE...",
                help="The references: the pictures whose colours the target takes.",
                show_default=False,
            ),
        ],
        output: Annotated[
            Path,
            typer.Option(
                "--output",
                "-o",
                help=f"Picture to write: {' '.join(WRITTEN)}; of a film, a film or a pattern such as out/%05d.png",
                show_default=False,
            ),
        ],
        target_mask: TargetMaskOption = None,
        reference_masks: ReferenceMaskOption = None,
        regions: RegionOption = None,
        pins: PinOption = None,
        float_range: FloatRangeOption = None,
        layer: LayerOption = None,
        force: ForceOption = False,
        as_json: JsonOption = False,
        preset_name: PresetNameOption = None,
        settings_file: SettingsFileOption = None,
        save_settings_file: SaveSettingsOption = None,
        device: DeviceOption = "cpu",
        threads: ThreadsOption = None,
        cache: CacheOption = None,
        cache_size: CacheSizeOption = None,
        project: ProjectOption = None,
        resume: ResumeOption = False,
        fps: FpsOption = None,
        input_lut: InputLutOption = None,
        fields: FieldsOption = None,
        codec: CodecOption = None,
        quality: QualityOption = None,
        keep: KeepOption = None,
        steady: SteadyOption = None,
        siblings: SiblingsOption = None,
        reproducible: ReproducibleOption = False,
        frames: RangeOption = None,
        shots: ShotsOption = None,
        dry_run: DryRunOption = False,
        scheduler: SchedulerOption = None,
        workers: WorkersOption = None,
        tls_ca: TlsCaOption = None,
        tls_cert: TlsCertOption = None,
        tls_key: TlsKeyOption = None,
        **settings: Any,
    ) -> None:
        written = (codec, quality, keep, steady, siblings, reproducible, frames, shots, dry_run)
        film = FilmOptions(project, resume, fps, input_lut, fields, *written)
        inputs = {"target_mask": target_mask, "reference_masks": reference_masks, "regions": regions, "pins": pins}
        reading = {"float_range": float_range, "layer": layer}
        cluster = ClusterOptions(scheduler, workers, tls_ca, tls_cert, tls_key)
        messages = Messages()
        set_threads(threads)
        if is_film(target, output):
            others = {"settings": settings_file, "save_settings": save_settings_file, "cache": cache}
            refuse_for_films(inputs | others | {"cache_size": cache_size})
            changes = given_settings(settings) | ({} if preset_name is None else {"preset": preset_name})
            changes |= film_settings(steady, siblings)
            options = Inputs.of(reading).reading()
            recolor_film(
                mode,
                target,
                references,
                output,
                film,
                changes,
                options,
                device=device,
                threads=threads,
                cluster=cluster,
                force=force,
                as_json=as_json,
            )
            return
        film.refuse_for_stills()
        refuse_for_stills(cluster)
        start = started_with(messages, mode, preset_name, settings_file, given_settings(settings), inputs | reading)
        job = Job(mode, target, tuple(references), output, start.settings, start.inputs)
        check_writable(output, replace=force)
        check_options([target, *references], **start.inputs.reading())
        with (
            saved_settings(save_settings_file, mode, start, replace=force),
            opened_session(messages, device, cache, cache_size) as session,
            shown_progress(messages) as progress,
        ):
            done = run_job(job, session, replace=force, progress=progress)
        for note in done.notes:
            messages.print(note)
        if as_json:
            json.dump(report(job, done), sys.stdout, indent=2)
            sys.stdout.write("\n")
        else:
            messages.print(_summary(job, done))

    return command


transfer = _recolor_command("transfer")
transfer.__doc__ = "Give a colour picture or a film the colours of another picture."
colorize = _recolor_command("colorize")
colorize.__doc__ = "Give a greyscale picture or film the colours of another picture."


def _summary(job: Job, done: Done) -> str:
    text = f"{job.output} written in {sum(done.result.seconds.values()):.1f} s"
    if len(job.references) == 1:
        return text
    shares = zip(job.references, done.result.contributions, strict=True)
    return f"{text}; colours from " + ", ".join(f"{path} {share:.0%}" for path, share in shares)
