"""The record of a benchmark: one entry a task, found again by its labels."""

import dataclasses
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Record:
    """What a task gave: its `result`, or the `error` that it ended with, or why it was `skipped`; and on which day."""

    job: str
    labels: dict[str, Any]
    arguments: dict[str, Any]
    result: dict[str, Any] = field(default_factory=dict)
    error: str | None = None
    skipped: str | None = None
    date: str = ""

    def but(self, **changes: Any) -> "Record":
        """Return a copy with some fields changed."""
        return dataclasses.replace(self, **changes)

    @property
    def median(self) -> float:
        """The median of its seconds."""
        return statistics.median(self.result["seconds"])


def found(records: Sequence[Record], job: str, **labels: Any) -> list[Record]:
    """Return the records of a job that have results and these labels."""
    return [
        record for record in records if record.job == job and record.result and labels.items() <= record.labels.items()
    ]


def one(records: Sequence[Record], job: str, **labels: Any) -> Record | None:
    """Return the one such record, or None."""
    fitting = found(records, job, **labels)
    return fitting[0] if fitting else None


def ratios(record: Record) -> list[float]:
    """Return optimised ÷ plain of each repeat of a comparison."""
    pairs = zip(record.result["optimised_seconds"], record.result["plain_seconds"], strict=True)
    return [optimised / plain for optimised, plain in pairs]


def memory_ratio(records: Sequence[Record], name: str) -> float | None:
    """Return optimised ÷ plain of the peaks of memory, above what the processes held before."""
    sides = [one(records, "memory", name=name, side=side) for side in ("optimised", "plain")]
    above = [side.result["peak_bytes"] - side.result["before_bytes"] for side in sides if side is not None]
    return above[0] / above[1] if len(above) == 2 and above[1] > 0 else None
