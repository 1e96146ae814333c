"""Nodes: the steps of the method as a graph that says what each is made from, and by which settings.

A step is a function whose settings are declared::

    @step("segment", "superpixels", "compactness", "iterations", "slic")
    def segmented(settings, prepared): ...

Called with `Choices` of settings and with nodes in place of values, it returns a node: nothing is computed yet. The
node's key is a digest of the step, of the declared settings' values and of the keys of what it is made from, so equal
keys mean equal values, and what a change makes anew is what has another key. The function itself is given a view of the
declared settings alone; reading another one is an error.
"""

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

from huegraft.settings import Settings
from huegraft.views import View

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Node(Generic[T_co]):
    """A value that is still to be made, or found.

    Attributes
    ----------
    stage : str or None
        What is announced and timed as it is made; None for what takes no time.
    key : str
        Equal for equal values.
    inputs : sequence of Node
        What has to be made before.
    reads : collection of str
        The settings that it depends on by itself.
    kept : bool
        Whether the value serves later calls. A large one that only the next step needs is not worth its memory.
    """

    stage: str | None = None
    inputs: Sequence["Node[Any]"] = ()
    reads: Collection[str] = ()
    kept: bool = True

    @cached_property
    def key(self) -> str:
        """Equal for equal values."""
        return self.made_key()

    def made_key(self) -> str:
        """Make the key."""
        raise NotImplementedError

    def make(self, inputs: Sequence[Any]) -> T_co:
        """Return the value, from those of the inputs."""
        raise NotImplementedError


class Source(Node[T]):
    """A value that is there from the first, and what tells its key when that is wanted."""

    def __init__(self, value: T, key: Callable[[], str]) -> None:
        self.value, self._key = value, key

    def made_key(self) -> str:
        """Ask the caller."""
        return self._key()


class Made(Node[T]):
    """A value that a step makes.

    Parameters
    ----------
    step
        Which one.
    view
        Its settings.
    arguments
        Nodes, sequences of nodes, or plain values, which are part of the key.
    """

    def __init__(self, step: "Step[T]", view: View, arguments: Sequence[Any]) -> None:
        self.stage, self.reads, self._view = step.stage, tuple(view.values), view
        self._step, self._arguments = step, arguments
        self.inputs = [each for argument in arguments for each in _nodes_of(argument)]

    def made_key(self) -> str:
        """Digest the step, its settings, and the keys of its arguments."""
        parts = [self._step.name, repr(sorted(self._view.values.items())), *map(_key_of, self._arguments)]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def passing(self) -> "Made[T]":
        """Return the node as one whose value is not kept between calls."""
        self.kept = False
        return self

    def make(self, inputs: Sequence[Any]) -> T:
        """Call the step's function."""
        values = iter(inputs)
        return self._step.function(self._view, *(_filled(argument, values) for argument in self._arguments))


@dataclass(frozen=True)
class Step(Generic[T]):
    """A function of settings and values, and the names of the settings that it reads."""

    function: Callable[..., T]
    stage: str | None
    reads: tuple[str, ...]

    @property
    def name(self) -> str:
        """Of the function, with its module."""
        return f"{self.function.__module__}.{self.function.__qualname__}"

    def __call__(self, settings: "Choices", *arguments: Any) -> "Made[T]":
        """Return the node that the step makes of nodes and plain values."""
        values = settings.effective
        view = View(self.name, {name: values[name] for name in self.reads if name in values})
        return Made(self, view, arguments)


class Choices:
    """The settings that a graph is built with. Those read there, to decide which steps it has, are noted.

    Parameters
    ----------
    settings
        All of them.
    decided
        Values in place of those that are None, by the backbone.

    Attributes
    ----------
    effective : dict
        The values of all settings that act beside the others.
    read : set of str
        The names read so far.
    """

    def __init__(self, settings: Settings, decided: Mapping[str, Any] | None = None) -> None:
        self.settings, self.read = settings, set[str]()
        self.effective = settings.effective()
        self.effective |= {name: value for name, value in (decided or {}).items() if name in self.effective}

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        self.read.add(name)
        return self.__dict__["effective"][name]


def step(stage: str | None, *reads: str) -> Callable[[Callable[..., T]], Step[T]]:
    """Make a step of a function.

    Parameters
    ----------
    stage
        What is announced and timed while it runs; None for what takes no time.
    *reads
        The settings that it reads. Those without effect beside the others' values (`Settings.effective`) are left out.
    """
    return lambda function: Step(function, stage, reads)


def reached(*nodes: Node[Any]) -> Iterator[Node[Any]]:
    """Yield nodes and all that they are made from, each once."""
    seen, waiting = set[int](), list(nodes)
    while waiting:
        node = waiting.pop()
        if id(node) not in seen:
            seen.add(id(node))
            waiting.extend(node.inputs)
            yield node


def _nodes_of(argument: Any) -> list[Node[Any]]:
    if isinstance(argument, Node):
        return [argument]
    return [each for part in argument for each in _nodes_of(part)] if isinstance(argument, list | tuple) else []


def _key_of(argument: Any) -> str:
    if isinstance(argument, Node):
        return argument.key
    return f"({','.join(map(_key_of, argument))})" if isinstance(argument, list | tuple) else repr(argument)


def _filled(argument: Any, values: Iterator[Any]) -> Any:
    if isinstance(argument, Node):
        return next(values)
    return [_filled(part, values) for part in argument] if isinstance(argument, list | tuple) else argument
