"""Plans: TOML files that name the sets and the methods of an evaluation."""

import dataclasses
import tomllib
import types
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin

from huegraft.errors import EvaluationError
from huegraft.evaluate.made import MadeSet
from huegraft.evaluate.methods import PEERS, Method
from huegraft.evaluate.methods.external import ExternalMethod
from huegraft.evaluate.methods.ours import OwnMethod
from huegraft.evaluate.sets import FolderSet, PairedSet

DEMO = Path(__file__).with_name("demo.toml")
T = TypeVar("T")


@dataclass(frozen=True)
class Words:
    """What the page of Markdown says besides its figures.

    Attributes
    ----------
    title
        The heading of the page.
    introduction
        Markdown above the first table: what the sets ask, for example.
    pictures
        Markdown below the chart: a strip of pictures with its caption, for example.
    """

    title: str = "Measured quality"
    introduction: str = ""
    pictures: str = ""


@dataclass(frozen=True)
class Plan:
    """The sets, the methods, the name of the method that the others are compared with, and the words of the page."""

    sets: Mapping[str, FolderSet | PairedSet | MadeSet]
    methods: Mapping[str, Method]
    baseline: str
    words: Words = Words()


@dataclass(frozen=True)
class _Tables:
    """The tables of a plan."""

    sets: dict[str, dict[str, Any]]
    baseline: str
    methods: dict[str, dict[str, Any]] = field(default_factory=dict)
    peers: list[str] = field(default_factory=lambda: list(PEERS))
    page: dict[str, Any] = field(default_factory=dict)


def read_plan(path: Path, data: Path) -> Plan:
    """Return the plan in a TOML file.

    ``[sets.NAME]`` holds the fields of a set: those of :class:`MadeSet` if ``make`` is among them, those of
    :class:`PairedSet` if ``pairs`` is, and else those of :class:`FolderSet`. ``[methods.NAME]`` holds settings of
    huegraft, which may include ``preset``. Or it holds a ``command`` to run and the ``folder`` that the command
    belongs to, relative to the plan (see :class:`ExternalMethod`). ``peers`` names the built-in methods that are
    measured, by default all. ``baseline`` names the method that the others are compared with. ``[page]`` holds
    the fields of :class:`Words`. Files of weights are looked for below the folder `data`.

    Raises
    ------
    EvaluationError
        If the file is missing or no TOML, or if a field is unknown, missing or of the wrong kind.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise EvaluationError(f"cannot read the plan {path}: {error}") from error
    tables = _built(_Tables, content, f"the plan {path.name}")
    sets = {name: _built(_kind_of_set(table), table, f"the set {name!r}") for name, table in tables.sets.items()}
    for name in tables.peers:
        if name not in PEERS:
            raise EvaluationError(f"unknown peer {name!r}; known are {', '.join(PEERS)}")
    methods: dict[str, Method] = {name: _method(name, table, path, data) for name, table in tables.methods.items()}
    if shadowed := sorted(methods.keys() & PEERS.keys()):
        raise EvaluationError(f"the method {shadowed[0]!r} is named like a built-in peer; give it another name")
    methods |= {name: PEERS[name] for name in tables.peers}
    if tables.baseline not in methods:
        raise EvaluationError(f"the baseline {tables.baseline!r} is no method; known are {', '.join(methods)}")
    return Plan(sets, methods, tables.baseline, _built(Words, tables.page, "the page"))


def chosen(plan: Plan, sets: Sequence[str] | None, methods: Sequence[str] | None) -> Plan:
    """Return the plan with only these sets, these methods and the baseline.

    Raises
    ------
    EvaluationError
        If a set or a method is not in the plan.
    """
    for role, names, known in (("set", sets, plan.sets), ("method", methods, plan.methods)):
        for name in names or ():
            if name not in known:
                raise EvaluationError(f"the plan has no {role} {name!r}; known are {', '.join(known)}")
    kept_sets = {name: each for name, each in plan.sets.items() if not sets or name in sets}
    kept = {name: each for name, each in plan.methods.items() if not methods or name in [*methods, plan.baseline]}
    return dataclasses.replace(plan, sets=kept_sets, methods=kept)


def _kind_of_set(table: dict[str, Any]) -> type[FolderSet | PairedSet | MadeSet]:
    if "make" in table:
        return MadeSet
    return PairedSet if "pairs" in table else FolderSet


def _method(name: str, table: dict[str, Any], path: Path, data: Path) -> Method:
    if "command" in table:
        if "folder" not in table or not table["command"]:
            raise EvaluationError(f"the method {name!r} needs a command and the folder that it belongs to")
        folder = path.resolve().parent / str(table["folder"])
        return _built(ExternalMethod, table | {"folder": str(folder)}, f"the method {name!r}")
    if "weights" in table:
        if not isinstance(table["weights"], str) or not (data / table["weights"]).is_file():
            raise EvaluationError(f"the method {name!r}: there is no file of weights {table['weights']!r} in {data}")
        table = table | {"weights": str(data / table["weights"])}
    return OwnMethod.from_settings(table)


def _built(kind: type[T], table: dict[str, Any], role: str) -> T:
    """Return the dataclass with the table's values, or raise if a value is unknown or of the wrong kind."""
    fields = {entry.name: entry for entry in dataclasses.fields(kind)}  # pyright: ignore[reportArgumentType]
    required = dataclasses.MISSING
    for name, value in table.items():
        if name not in fields:
            raise EvaluationError(f"{role} has an unknown field {name!r}; known are {', '.join(fields)}")
        if not _fits(value, fields[name].type):
            raise EvaluationError(f"{role}: {name} must be {_described(fields[name].type)}, got {value!r}")
    for name, entry in fields.items():
        if name not in table and entry.default is required and entry.default_factory is required:
            raise EvaluationError(f"{role} lacks the field {name!r}")
    return kind(**table)


def _fits(value: Any, kind: Any) -> bool:
    if isinstance(kind, types.UnionType):
        return any(_fits(value, part) for part in get_args(kind))
    if get_origin(kind) is Literal:
        return value in get_args(kind)
    if get_origin(kind) is list:
        return isinstance(value, list) and all(_fits(each, get_args(kind)[0]) for each in value)
    if get_origin(kind) is dict:
        return isinstance(value, dict) and all(_fits(each, get_args(kind)[1]) for each in value.values())
    if kind is Any:
        return True
    if kind in (int, float):
        return isinstance(value, int | kind) and not isinstance(value, bool) and 0 <= value < 2**31
    return isinstance(value, kind)


def _described(kind: Any) -> str:
    if get_origin(kind) is Literal:
        return "one of " + ", ".join(map(repr, get_args(kind)))
    return "a number from 0 to 2³¹" if kind in (int, float) else getattr(kind, "__name__", str(kind))
