"""What is measured: tasks in their order."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any

from benchmarks.speed.comparisons import COMPARISONS
from benchmarks.speed.pictures import TARGET

from huegraft.evaluate import package

SIZES = (0.06, 0.26, 1.0, 4.0, 12.0, 24.0, 100.0)
WORKING_SIZE = 0.26
PEERS = ("histogram matching", "optimal transport", "color-matcher hm-mvgd-hm", "color-matcher mkl")
_NAMED = {0.06: 2**16, WORKING_SIZE: 2**18}


@dataclass(frozen=True)
class Options:
    """What to measure, and how often.

    Attributes
    ----------
    sizes
        Megapixels, increasing.
    quick
        Only to see that everything runs: whole calls not warmed up, all else at the smallest size.
    photographs
        Names of photographs that come inside packages, or paths: what comparisons on every photograph run over.
    jobs
        Kinds of tasks to run, by default all.
    limit
        Seconds after which a task has failed.
    """

    sizes: Sequence[float] = SIZES
    repeats: int = 5
    quick: bool = False
    threads: int = 2
    photographs: Sequence[str] = package.NAMES
    jobs: Sequence[str] = ()
    limit: float = 1200.0

    @property
    def side_sizes(self) -> Sequence[float]:
        """The sizes for all but whole calls."""
        return self.sizes[:1] if self.quick else self.sizes


@dataclass(frozen=True)
class Run:
    """A way to call huegraft, by the built-in network: mode, preset, sizes it is run at, and its reference's size."""

    mode: str
    preset: str = "best"
    least: float = 0.0
    most: float = float("inf")
    small_reference: bool = False


RUNS: Mapping[str, Run] = MappingProxyType(
    {
        "transfer, best": Run("transfer"),
        "transfer, best, reference of 0.26 MP": Run("transfer", least=1.0, small_reference=True),
        "colorize, best": Run("colorize"),
        "transfer, the paper's way": Run("transfer", preset="paper", most=WORKING_SIZE),
    }
)


WAYS: Mapping[str, tuple[str, Mapping[str, Any]]] = MappingProxyType(
    {
        **{
            f"huegraft {run}": ("whole", {"run": run})
            for run in ("transfer, best", "colorize, best", "transfer, the paper's way")
        },
        **{name: ("peer", {"name": name}) for name in PEERS},
    }
)
"""What the small table and the chart compare: the job and the labels of its records."""


@dataclass(frozen=True)
class Task:
    """One job in a process of its own; `labels` find its record again and are not passed to it."""

    job: str
    arguments: Mapping[str, Any]
    labels: Mapping[str, Any]

    def __str__(self) -> str:
        named = (f"{value:g} MP" if key == "size" else str(value) for key, value in self.labels.items())
        return " ".join([self.job, *named])


def pixels_of(size: float) -> int:
    """Return the pixels of a size in megapixels; 0.06 and 0.26 stand for 2¹⁶ and 2¹⁸."""
    return _NAMED.get(size, round(size * 1e6))


def tasks(options: Options) -> list[Task]:
    """Return all tasks."""
    kinds = (_once, _whole, _codecs, _comparisons, _peers)
    every = [task for kind in kinds for task in kind(options)]
    return [task for task in every if not options.jobs or task.job in options.jobs]


def _once(options: Options) -> Iterator[Task]:
    size = min(WORKING_SIZE, options.side_sizes[-1])
    yield Task("command", {"pixels": pixels_of(size), "repeats": options.repeats}, {"size": size})
    yield Task("machine", {}, {})


def _whole(options: Options) -> Iterator[Task]:
    for name, run in RUNS.items():
        for size in options.sizes:
            if run.least <= size <= run.most:
                pixels = pixels_of(size)
                arguments = {"mode": run.mode, "preset": run.preset, "pixels": pixels}
                arguments["reference_pixels"] = 2**18 if run.small_reference else pixels
                arguments |= {"repeats": options.repeats, "warm_up": not options.quick}
                yield Task("whole", arguments, {"run": name, "size": size})


def _codecs(options: Options) -> Iterator[Task]:
    for size in options.side_sizes:
        yield Task("codecs", {"pixels": pixels_of(size), "repeats": min(3, options.repeats)}, {"size": size})


def _comparisons(options: Options) -> Iterator[Task]:
    for name, comparison in COMPARISONS.items():
        pixels = min(comparison.pixels, pixels_of(options.side_sizes[-1]))
        sources = options.photographs if comparison.every_photograph and not options.quick else [TARGET]
        for source in sources:
            same = {"name": name, "source": source, "pixels": pixels}
            yield Task("comparison", {**same, "repeats": options.repeats}, {"name": name, "source": source})
        for side in ("plain", "optimised"):
            if options.quick and name != next(iter(COMPARISONS)):
                continue
            same = {"name": name, "source": sources[0], "pixels": pixels, "side": side}
            yield Task("memory", same, {"name": name, "side": side})


def _peers(options: Options) -> Iterator[Task]:
    for name in PEERS:
        for size in options.side_sizes:
            arguments = {"name": name, "pixels": pixels_of(size), "repeats": min(3, options.repeats)}
            yield Task("peer", arguments, {"name": name, "size": size})


def described(options: Options) -> dict[str, Any]:
    """Return the options as plain values."""
    return {**asdict(options), "sizes": list(options.sizes), "photographs": list(options.photographs)}
