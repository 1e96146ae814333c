"""Files of votes, as the page of a study writes them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from huegraft.errors import FileError
from huegraft.evaluate.blind.design import Question
from huegraft.evaluate.blind.study import Key

_SCHEMA = 1
_PREFERRED = {"left": 1.0, "none": 0.5, "right": 0.0}


@dataclass(frozen=True)
class Vote:
    """One person's answer to one question. `left` is 1 for the left result, 0 for the right one, 0.5 for neither."""

    voter: str
    question: Question
    left: float


def read_votes(paths: Sequence[Path], key: Key) -> list[Vote]:
    """Return the votes of all files.

    Raises
    ------
    FileError
        If a file cannot be read, belongs to another study, was changed after the page wrote it, or holds no vote, or
        if two files are by one person.
    """
    votes: list[Vote] = []
    files: dict[str, Path] = {}
    for path in paths:
        voter, choices = _read(path, key)
        if voter in files:
            raise FileError(f"{files[voter]} and {path} both hold the votes of {voter!r}; give the later one alone")
        files[voter] = path
        answered = zip(key.questions, choices, strict=False)  # who stops early leaves the last ones open
        votes += [Vote(voter, question, _PREFERRED[choice]) for question, choice in answered]
    return votes


def check_sum(study: str, voter: str, choices: Sequence[str]) -> int:
    """Return the sum that the page writes beside its votes (FNV-1a of 32 bits).

    The sum shows that a file was damaged or edited. It is no proof against a person who works the sum out again.
    """
    total = 0x811C9DC5
    for byte in "\n".join([study, voter, *choices]).encode(errors="replace"):
        total = (total ^ byte) * 0x01000193 % 2**32
    return total


def _read(path: Path, key: Key) -> tuple[str, list[str]]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        study, voter, choices = content["study"], content["voter"], content["votes"]
        if content["schema"] != _SCHEMA:
            raise ValueError("it is of another schema")
        if not isinstance(choices, list) or not all(isinstance(each, str) for each in (study, voter, *choices)):
            raise ValueError("it holds something other than names and choices")
        sum_found = content["sum"]
    except OSError as error:
        raise FileError(f"cannot read the votes: {error}") from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise FileError(f"{path} is no file of votes: {error}") from error
    if study != key.study:
        raise FileError(f"{path} holds votes of another study, {study[:40]}; this one is {key.study}")
    if not choices:
        raise FileError(f"{path} holds no vote")
    known = len(choices) <= len(key.questions) and set(choices) <= set(_PREFERRED)
    if not known or sum_found != check_sum(study, voter, choices):
        raise FileError(f"{path} was changed after the page wrote it, or is damaged; ask {voter!r} for it again")
    return voter, choices
