"""Call: one call on a session. It makes the values of nodes, announces stages and takes their time."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from huegraft.memory import Memory
from huegraft.nodes import Node, Source
from huegraft.records import arrays_in
from huegraft.threads import by_caller, check_cancelled, side_by_side

Progress = Callable[[str], None]
"""A function that is called with the name of each stage as the stage begins."""


class Call:
    """Makes the values of nodes for one caller.

    A value is held no longer than the nodes that are still to be made from it need it.

    Parameters
    ----------
    memory
        The memory in which values are found, and kept for later calls.
    progress
        A function that is called with the stages that run.

    Attributes
    ----------
    seconds : dict of stage to float
        The time that was spent so far in stages that ran.
    """

    def __init__(self, memory: Memory, progress: Progress | None = None) -> None:
        self.seconds: dict[str, float] = {}
        self._memory, self._progress = memory, progress
        self._lock = threading.Lock()
        self._values: dict[str, Any] = {}
        self._uses: Counter[str] = Counter()

    def values(self, wanted: Sequence[Node[Any]], branches: Sequence[Node[Any]] = ()) -> list[Any]:
        """Return the values of nodes.

        Parameters
        ----------
        wanted
            The nodes.
        branches
            Nodes among their inputs that may be made side by side, two at a time. More would take more memory.
        """
        missing = self._missing(wanted)
        first = list({node.key: node for node in branches if node.key in missing}.values())
        for pair in (first[start : start + 2] for start in range(0, len(first), 2)):
            self._side_by_side(pair)
        found = [self._value(node, self.seconds) for node in wanted]
        self._values.clear()
        self._uses.clear()
        return found

    def clock(self, stage: str) -> "_Clock":
        """Announce a stage that belongs to no node, and take its time."""
        self._announce(stage)
        return _Clock(self.seconds, stage)

    def _missing(self, wanted: Sequence[Node[Any]]) -> set[str]:
        """Hold the values that are there already, and return the keys of the values that have to be made."""
        missing = set[str]()
        waiting = list(wanted)
        self._uses.update(node.key for node in wanted)
        while waiting:
            node = waiting.pop()
            if node.key in missing or node.key in self._values:
                continue
            found = node.value if isinstance(node, Source) else self._memory.find(node.key)
            if found is not None or isinstance(node, Source):
                self._values[node.key] = found
                continue
            missing.add(node.key)
            self._uses.update(each.key for each in node.inputs)
            waiting.extend(node.inputs)
        return missing

    def _side_by_side(self, nodes: Sequence[Node[Any]]) -> None:
        """Make nodes, each in a thread of its own. Their stages share the time that passes."""
        clocks: list[dict[str, float]] = [{} for _ in nodes]
        began = time.perf_counter()
        side_by_side(*(partial(self._value, node, clock) for node, clock in zip(nodes, clocks, strict=True)))
        spent = sum(sum(clock.values()) for clock in clocks)
        share = min(1.0, (time.perf_counter() - began) / max(spent, 1e-9))
        for clock in clocks:
            for stage, seconds in clock.items():
                self.seconds[stage] = self.seconds.get(stage, 0.0) + share * seconds

    def _value(self, node: Node[Any], seconds: dict[str, float]) -> Any:
        found = self._values.get(node.key)
        if found is not None:
            return found
        inputs = [self._value(each, seconds) for each in node.inputs]
        if node.stage is not None and self._memory.find(node.key) is None:
            self._announce(node.stage)  # before anybody waits for what is made: a callback may call the session
        value = self._memory.value(
            node.key, partial(self._made, node, inputs, seconds), check_cancelled, keep=node.kept
        )
        with self._lock:
            if node.key not in self._values:  # or another thread was told it at the same time
                self._values[node.key] = value
                for each in node.inputs:
                    self._uses[each.key] -= 1
                    if self._uses[each.key] == 0:
                        self._values.pop(each.key, None)
        return value

    def _made(self, node: Node[Any], inputs: Sequence[Any], seconds: dict[str, float]) -> Any:
        """Make a value. Nobody can write to it from then on, because the session and its callers share it."""
        check_cancelled()
        if node.stage is None:
            value = node.make(inputs)
        else:
            with _Clock(seconds, node.stage):
                value = node.make(inputs)
        for array in arrays_in(value):
            array.setflags(write=False)
        return value

    def _announce(self, stage: str) -> None:
        if self._progress is not None:
            by_caller(partial(self._progress, stage))


class _Clock:
    """Adds the time spent inside to a stage."""

    def __init__(self, seconds: dict[str, float], stage: str) -> None:
        self._seconds, self._stage = seconds, stage

    def __enter__(self) -> None:
        self._began = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self._seconds[self._stage] = self._seconds.get(self._stage, 0.0) + time.perf_counter() - self._began
