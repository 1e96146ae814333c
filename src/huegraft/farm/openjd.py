"""Open Job Description: a job template of the version 2023-09, whose steps have a space of units."""

import json
from collections.abc import Sequence
from typing import Any
from unicodedata import category

from huegraft.errors import ArgumentError
from huegraft.farm.shell import ABOUT_UNITS, counts
from huegraft.farm.work import Work, spans_of

_UNIT = "{{Task.Param.Unit}}"


def openjd_files(work: Work) -> dict[str, str]:
    """Return the files for Open Job Description by their names.

    Raises
    ------
    ArgumentError
        If a path holds what a template gives a meaning.
    """
    steps: list[dict[str, Any]] = []
    for step in work.steps:
        space = {"taskParameterDefinitions": [{"name": "Unit", "type": "INT", "range": spans_of(step.numbers)}]}
        steps.append(_step(work, step.name, [*_literal(step.words), _UNIT], steps) | {"parameterSpace": space})
    steps.append(_step(work, "join", _literal(work.join), steps))
    job = {"specificationVersion": "jobtemplate-2023-09", "name": f"huegraft {work.name}", "steps": steps}
    readme = f"""Commands of huegraft for a {work.name}: {counts(work)}.

job.json is a job template of Open Job Description 2023-09. Schedulers that know it, such as AWS Deadline Cloud, take it
as it is. On this machine openjd-cli runs it:

    openjd check job.json
    openjd run job.json
{ABOUT_UNITS}"""
    return {"job.json": json.dumps(job, indent=2, ensure_ascii=False) + "\n", "README.txt": readme}


def _step(work: Work, name: str, words: Sequence[str], before: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return a step that runs a command once the step before it is done."""
    step: dict[str, Any] = {"name": name}
    if before:
        step["dependencies"] = [{"dependsOn": before[-1]["name"]}]
    if work.threads is not None:
        step["hostRequirements"] = {"amounts": [{"name": "amount.worker.vcpu", "min": work.threads}]}
    command, *arguments = words
    return step | {"script": {"actions": {"onRun": {"command": command, "args": arguments}}}}


def _literal(words: Sequence[str]) -> list[str]:
    """Return words that a template takes as they are."""
    for word in words:
        if "{{" in word or any(category(letter) in ("Cc", "Cs") for letter in word):
            raise ArgumentError(
                f"a job template gives '{{{{' and characters of control a meaning of their own, and {word!r} holds "
                "one; rename the file, or take --for shell"
            )
    return list(words)
