"""An evaluation of films as JSON: what was run, on what, and every figure."""

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path

from huegraft.evaluate.films.evaluation import FilmEvaluation, FilmScore
from huegraft.evaluate.films.measures import MEASURES
from huegraft.evaluate.films.table import FilmSummary
from huegraft.evaluate.record import circumstances
from huegraft.io.atomic import written_whole


def write_record(
    path: Path, evaluation: FilmEvaluation, scores: Sequence[FilmScore], summaries: Sequence[FilmSummary]
) -> None:
    """Write all figures.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    library = evaluation.library
    content = {
        **circumstances(),
        "version": evaluation.version,
        "mode": evaluation.mode,
        "pixels": library.pixels,
        "frames": library.frames,
        "threads": evaluation.threads,
        "measures": {name: measure.text for name, measure in MEASURES.items()},
        "left_out": {clip.name: missing for clip in evaluation.clips if (missing := library.missing(clip))},
        "summaries": [dataclasses.asdict(each) for each in summaries],
        "scores": [dataclasses.asdict(each) for each in scores],
    }
    with written_whole(path, replace=True) as temporary:
        temporary.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
