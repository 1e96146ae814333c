"""Stages timed, announced, and looked up in the caller's cache before they are run."""

import time
from collections.abc import Callable, Generator, MutableMapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

import numpy as np

from huegraft.digest import digest
from huegraft.threads import by_caller, side_by_side

T = TypeVar("T")
Progress = Callable[[str], None]
Cache = MutableMapping[tuple[str, ...], Any]


class StageRunner:
    """Runs the stages of one call.

    Attributes
    ----------
    seconds : dict of stage to float
        Time spent in each stage that was run.
    """

    def __init__(self, device: str, progress: Progress | None, cache: Cache | None) -> None:
        self.seconds: dict[str, float] = {}
        self._device = device
        self._progress = progress
        self._cache = cache

    def run(
        self,
        stage: str,
        inputs: Sequence[np.ndarray],
        settings: Callable[[], tuple[str, ...]],
        compute: Callable[[], T],
    ) -> T:
        """Return what the cache holds for a stage, its inputs and its settings, or compute and keep it."""
        self._announce(stage)
        if self._cache is None:
            with self.clock(stage):
                return compute()
        key = (stage, self._device, *settings(), digest(inputs))
        if key not in self._cache:
            with self.clock(stage):
                self._cache[key] = compute()
        return self._cache[key]

    def side_by_side(self, *works: Callable[["StageRunner"], T]) -> list[T]:
        """Call functions side by side, each with a runner of its own; the time that passes is shared by their stages.

        Stages are announced by the calling thread. No cache is looked at, which is the caller's own.
        """
        runners = [StageRunner(self._device, self._progress, None) for _ in works]
        began = time.perf_counter()
        results = side_by_side(*(partial(work, runner) for work, runner in zip(works, runners, strict=True)))
        spent = sum(sum(runner.seconds.values()) for runner in runners)
        share = min(1.0, (time.perf_counter() - began) / max(spent, 1e-9))
        for runner in runners:
            for stage, seconds in runner.seconds.items():
                self.seconds[stage] = self.seconds.get(stage, 0.0) + share * seconds
        return results

    @contextmanager
    def announced(self, stage: str) -> Generator[None]:
        """Announce a stage that is not kept, and add the time spent to it."""
        self._announce(stage)
        with self.clock(stage):
            yield

    @contextmanager
    def clock(self, stage: str) -> Generator[None]:
        """Add the time spent to this stage, and take it off the stage around it."""
        began, inner = time.perf_counter(), sum(self.seconds.values())
        yield
        elapsed = time.perf_counter() - began - (sum(self.seconds.values()) - inner)
        self.seconds[stage] = self.seconds.get(stage, 0.0) + elapsed

    def _announce(self, stage: str) -> None:
        if self._progress is not None:
            by_caller(partial(self._progress, stage))
