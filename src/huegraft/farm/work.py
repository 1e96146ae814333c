"""Work: the commands that a farm runs, in steps, and the command that joins what they made."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby


@dataclass(frozen=True)
class Step:
    """Commands that do not depend on each other.

    Attributes
    ----------
    name
        A word for people and for names of files.
    words
        The words of each command, but for the last one, which is the number of a unit.
    numbers
        The numbers of the units, rising.
    """

    name: str
    words: tuple[str, ...]
    numbers: tuple[int, ...]


@dataclass(frozen=True)
class Work:
    """What a farm does.

    Attributes
    ----------
    name
        A word for people.
    steps
        The steps that have units, in their order: each needs the ones before it.
    join
        The command that joins what the units made.
    threads
        The number of threads of each command; None where a command takes all cores.
    """

    name: str
    steps: tuple[Step, ...]
    join: tuple[str, ...]
    threads: int | None = None


def spans_of(numbers: Sequence[int]) -> str:
    """Return rising numbers as text.

    Examples
    --------
    >>> spans_of([1, 2, 3, 7, 9, 10])
    '1-3,7,9-10'
    """
    runs = (
        [number for _, number in run] for _, run in groupby(enumerate(numbers), lambda placed: placed[1] - placed[0])
    )
    return ",".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)
