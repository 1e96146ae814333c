"""The two ways of ``huegraft evaluate`` in a blind study: to make the page, and to count the votes."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import typer

from huegraft.errors import FileError
from huegraft.evaluate.blind.strengths import rankings
from huegraft.evaluate.blind.study import made_study, read_key
from huegraft.evaluate.blind.table import agreements, ranking_json, ranking_markdown, ranking_tables
from huegraft.evaluate.blind.votes import read_votes
from huegraft.evaluate.evaluation import Score
from huegraft.evaluate.plan import Plan
from huegraft.evaluate.table import print_tables
from huegraft.io.atomic import written_whole

_KEY = "blind_key.json"


def write_study(
    plan: Plan, data: Path, scores: Sequence[Score], count: int, output: Path, *, force: bool, as_json: bool
) -> None:
    """Write the page and its key.

    Raises
    ------
    FileError
        If the folder holds another study and `force` is False, because the votes on that study would be lost.
    """
    study = made_study(plan, data, scores, count)
    page, key = output / "blind.html", output / _KEY
    if key.exists() and not force and read_key(key).study != study.key["study"]:
        raise FileError(f"{key} belongs to a study of other pictures; name a new folder, or replace it with --force")
    for path, text in ((key, json.dumps(study.key, indent=1, ensure_ascii=False) + "\n"), (page, study.page)):
        with written_whole(path, replace=True) as temporary:
            temporary.write_text(text, encoding="utf-8")
    if as_json:
        facts = {"study": study.key["study"], "questions": len(study.key["questions"])}
        json.dump(facts | {"page": str(page), "key": str(key)}, sys.stdout, indent=2)
        typer.echo()
    else:
        typer.echo(f"{len(study.key['questions'])} questions are in {page}; do not give {key} to the people who vote")


def count_votes(files: Sequence[Path], output: Path, markdown_file: Path | None, *, as_json: bool) -> None:
    """Read votes, write the table and print it."""
    key = read_key(output / _KEY)
    found = rankings(read_votes(files, key))
    texts = [(output / "blind.json", ranking_json(key.study, found))]
    if markdown_file is not None:
        texts.append((markdown_file, ranking_markdown(key.study, found)))
    for path, text in texts:
        with written_whole(path, replace=True) as temporary:
            temporary.write_text(text, encoding="utf-8")
    if as_json:
        sys.stdout.write(texts[0][1])
    else:
        print_tables(ranking_tables(found))
        for line in agreements(found):
            typer.echo(line)
