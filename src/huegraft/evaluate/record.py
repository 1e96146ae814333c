"""An evaluation as JSON: what was run, on what, and every figure."""

import dataclasses
import datetime
import json
import os
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import huegraft
from huegraft.evaluate.evaluation import Score
from huegraft.evaluate.methods.interface import package_version
from huegraft.evaluate.metrics import MEASURES
from huegraft.evaluate.plan import Plan
from huegraft.evaluate.statistics import Summary
from huegraft.io.atomic import written_whole

_PACKAGES = ("numpy", "scipy", "scikit-image", "torch", "POT")


def circumstances() -> dict[str, Any]:
    """Return when, where and with which versions the evaluation is made."""
    return {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "machine": f"{platform.system()} {platform.machine()}, {_processor()}, {os.cpu_count()} cores",
        "versions": {
            "huegraft": huegraft.__version__,
            "Python": platform.python_version(),
            **{name: package_version(name) for name in _PACKAGES},
        },
    }


def circumstances_line() -> str:
    """Return the circumstances as one line of text."""
    facts = circumstances()
    versions = ", ".join(f"{name} {version}" for name, version in facts["versions"].items())
    return f"{facts['date']}; {facts['machine']}; {versions}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or "unknown processor"


def write_record(path: Path, plan: Plan, scores: Sequence[Score], summaries: Sequence[Summary]) -> None:
    """Write everything but the pictures, as JSON.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    content = {
        **circumstances(),
        "baseline": plan.baseline,
        "measures": {name: measure.text for name, measure in MEASURES.items()},
        "sets": {name: dataclasses.asdict(description) for name, description in plan.sets.items()},
        "methods": {name: {"version": each.version, "settings": each.settings} for name, each in plan.methods.items()},
        "summaries": [dataclasses.asdict(summary) for summary in summaries],
        "scores": [
            {key: value for key, value in dataclasses.asdict(score).items() if key != "images"} for score in scores
        ],
    }
    with written_whole(path, replace=True) as temporary:
        temporary.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
