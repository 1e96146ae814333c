"""Nodes: the steps of the method as a graph. It says what each value is made from, and which settings it depends on.

A step is a function whose settings are declared::

    @step("segment", "superpixels", "compactness", "iterations", "slic")
    def segmented(settings, prepared): ...

A step that is called with `Choices` of settings, and with nodes in place of values, returns a node. Nothing is computed
yet. The key of a node is a digest of the step, of the values of the declared settings and of the keys of its inputs. So
equal keys mean equal values, and a change makes anew the nodes whose keys it changes. The function itself gets a view
of the declared settings alone. Reading another setting is an error.
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
        The stage that is announced and timed while the value is made, or None if making it takes no time.
    key : str
        The key, which is equal for equal values.
    inputs : sequence of Node
        The nodes that have to be made before.
    reads : collection of str
        The settings that the node itself depends on.
    kept : bool
        Whether the value serves later calls. A large value that only the next step needs is not worth its memory.
    """

    stage: str | None = None
    inputs: Sequence["Node[Any]"] = ()
    reads: Collection[str] = ()
    kept: bool = True

    @cached_property
    def key(self) -> str:
        """The key, which is equal for equal values."""
        return self.made_key()

    def made_key(self) -> str:
        """Make the key."""
        raise NotImplementedError

    def make(self, inputs: Sequence[Any]) -> T_co:
        """Return the value, made from the values of the inputs."""
        raise NotImplementedError


class Source(Node[T]):
    """A value that is there from the beginning, and a function that returns its key."""

    def __init__(self, value: T, key: Callable[[], str]) -> None:
        self.value, self._key = value, key

    def made_key(self) -> str:
        """Call the function of the key."""
        return self._key()


class Made(Node[T]):
    """A value that a step makes.

    Parameters
    ----------
    step
        The step.
    view
        The settings of the step.
    arguments
        Nodes, sequences of nodes, or plain values. Plain values are part of the key.
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
        """The name of the function, with its module."""
        return f"{self.function.__module__}.{self.function.__qualname__}"

    def __call__(self, settings: "Choices", *arguments: Any) -> "Made[T]":
        """Return the node that the step makes of nodes and plain values."""
        values = settings.effective
        view = View(self.name, {name: values[name] for name in self.reads if name in values})
        return Made(self, view, arguments)


class Choices:
    """The settings that a graph is built with. It notes the settings that decide which steps the graph has.

    Parameters
    ----------
    settings
        All settings.
    decided
        The values that the backbone gives to settings that are None.

    Attributes
    ----------
    effective : dict
        The values of all settings that act beside the others.
    read : set of str
        The names that were read so far.
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
        The stage that is announced and timed while the step runs, or None if it takes no time.
    *reads
        The settings that the step reads. Settings that other settings make idle (`Settings.effective`) are left out.
    """
    return lambda function: Step(function, stage, reads)


def reached(*nodes: Node[Any]) -> Iterator[Node[Any]]:
    """Yield nodes and all nodes that they are made from, each once."""
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
