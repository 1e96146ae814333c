"""Kinds of settings: which values a setting takes, for checks, for options of commands and for schemas of JSON."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


class Kind:
    """What a setting takes."""

    @property
    def expected(self) -> str:
        """What is expected, for messages."""
        raise NotImplementedError

    @property
    def schema(self) -> dict[str, Any]:
        """The same as a schema of JSON."""
        raise NotImplementedError

    def accepts(self, value: Any) -> bool:
        """Tell whether a value is taken."""
        raise NotImplementedError


@dataclass(frozen=True)
class Whole(Kind):
    """A whole number."""

    smallest: int
    largest: int

    @property
    def expected(self) -> str:  # noqa: D102
        if self.largest - self.smallest < 3:
            numbers = [str(each) for each in range(self.smallest, self.largest + 1)]
            return f"{', '.join(numbers[:-1])} or {numbers[-1]}"
        return f"a whole number from {self.smallest} to {self.largest}"

    @property
    def schema(self) -> dict[str, Any]:  # noqa: D102
        return {"type": "integer", "minimum": self.smallest, "maximum": self.largest}

    def accepts(self, value: Any) -> bool:  # noqa: D102
        return isinstance(value, int) and not isinstance(value, bool) and self.smallest <= value <= self.largest


@dataclass(frozen=True)
class Number(Kind):
    """A number; 0 besides, if it switches something off."""

    smallest: float
    largest: float
    or_zero: bool = False

    @property
    def expected(self) -> str:  # noqa: D102
        return f"{'0 or ' if self.or_zero else ''}a number from {self.smallest:g} to {self.largest:g}"

    @property
    def schema(self) -> dict[str, Any]:  # noqa: D102
        schema = {"type": "number", "minimum": self.smallest, "maximum": self.largest}
        return {"anyOf": [{"const": 0}, schema]} if self.or_zero else schema

    def accepts(self, value: Any) -> bool:  # noqa: D102
        if not isinstance(value, int | float) or isinstance(value, bool):
            return False
        return self.smallest <= value <= self.largest or (self.or_zero and value == 0)


@dataclass(frozen=True)
class Switch(Kind):
    """True or False."""

    @property
    def expected(self) -> str:  # noqa: D102
        return "True or False"

    @property
    def schema(self) -> dict[str, Any]:  # noqa: D102
        return {"type": "boolean"}

    def accepts(self, value: Any) -> bool:  # noqa: D102
        return isinstance(value, bool)


@dataclass(frozen=True)
class Choice(Kind):
    """One of some names."""

    names: Sequence[str]

    @property
    def expected(self) -> str:  # noqa: D102
        *names, last = map(repr, self.names)
        return f"{', '.join(names)} or {last}"

    @property
    def schema(self) -> dict[str, Any]:  # noqa: D102
        return {"type": "string", "enum": list(self.names)}

    def accepts(self, value: Any) -> bool:  # noqa: D102
        return isinstance(value, str) and value in self.names


@dataclass(frozen=True)
class Text(Kind):
    """A name or a path."""

    what: str = "a name"

    @property
    def expected(self) -> str:  # noqa: D102
        return self.what

    @property
    def schema(self) -> dict[str, Any]:  # noqa: D102
        return {"type": "string"}

    def accepts(self, value: Any) -> bool:  # noqa: D102
        return isinstance(value, str)


@dataclass(frozen=True)
class Several(Kind):
    """A tuple of values of one kind.

    Attributes
    ----------
    each
        The kind of the values.
    what
        What is expected.
    empty
        Whether the tuple may be empty.
    distinct
        Whether no value may occur twice.
    positive
        Whether not all numbers may be 0.
    """

    each: Kind
    what: str
    empty: bool = False
    distinct: bool = False
    positive: bool = False

    @property
    def expected(self) -> str:  # noqa: D102
        return self.what

    @property
    def schema(self) -> dict[str, Any]:  # noqa: D102
        least = {} if self.empty else {"minItems": 1}
        return {"type": "array", "items": self.each.schema, **least} | ({"uniqueItems": True} if self.distinct else {})

    def accepts(self, value: Any) -> bool:  # noqa: D102
        if not isinstance(value, tuple) or not all(map(self.each.accepts, value)) or not (value or self.empty):
            return False
        return (not self.distinct or len(set(value)) == len(value)) and (not self.positive or sum(value) > 1e-6)


@dataclass(frozen=True)
class OrNone(Kind):
    """A value of a kind, or None, which leaves the choice to the method."""

    kind: Kind

    @property
    def expected(self) -> str:  # noqa: D102
        return f"None or {self.kind.expected}"

    @property
    def schema(self) -> dict[str, Any]:  # noqa: D102
        return {"anyOf": [self.kind.schema, {"type": "null"}]}

    def accepts(self, value: Any) -> bool:  # noqa: D102
        return value is None or self.kind.accepts(value)
