"""Patterns: paths in which words between braces stand for parts of a target's path."""

import os
import re
from collections.abc import Iterable
from pathlib import Path

from huegraft.errors import ArgumentError

WORDS = ("stem", "name", "ending", "parent")
_UNCLOSED = re.compile(r"\{[^{}]*(?=\{|$)")
_WORD = re.compile(r"\{([A-Za-z]*)\}(/?)")


def filled(pattern: str, target: Path, folder: Path) -> str:
    """Return a pattern with its words replaced.

    Parameters
    ----------
    pattern
        ``{name}`` is the target's name, ``{stem}`` the name without its ending, ``{ending}`` the ending without its
        dot, and ``{parent}`` the target's folder below the folder of the batch. A target that lies in the folder of the
        batch itself has an empty ``{parent}``, and the slash after it goes as well.
    target, folder
        The target, and the folder of the batch.

    Raises
    ------
    ArgumentError
        If a word is unknown, a brace is not closed, or the target of a pattern with ``{parent}`` does not lie below
        the folder.

    Examples
    --------
    >>> filled("out/{parent}/{stem}_{ending}.png", Path("scans/reel 1/0001.jpg"), Path("scans"))
    'out/reel 1/0001_jpg.png'
    >>> filled("out/{parent}/{name}", Path("scans/0001.jpg"), Path("scans"))
    'out/0001.jpg'
    """
    values = {"stem": target.stem, "name": target.name, "ending": target.suffix[1:]}

    def value(match: re.Match[str]) -> str:
        word, slash = match.groups()
        if word not in WORDS:
            known = ", ".join(f"{{{each}}}" for each in WORDS)
            raise ArgumentError(f"{pattern} holds {{{word}}}; the known words are {known}")
        text = values[word] if word in values else _parent(pattern, target, folder)
        return text + slash if text else ""

    if unclosed := _UNCLOSED.search(pattern):
        raise ArgumentError(f"{pattern} holds {unclosed.group()}, a brace that is not closed")
    return _WORD.sub(value, pattern)


def _parent(pattern: str, target: Path, folder: Path) -> str:
    parent = os.path.relpath(target.parent, folder)
    if os.pardir in Path(parent).parts:
        raise ArgumentError(
            f"{target} is not below {folder}, so {{parent}} in {pattern} stands for nothing; leave it out"
        )
    return "" if parent == os.curdir else parent


def fixed_folder(pattern: str) -> Path:
    """Return the folder that holds whatever a pattern becomes.

    Examples
    --------
    >>> fixed_folder("out/graded/{parent}/{stem}.png").as_posix()
    'out/graded'
    """
    return Path(pattern[: pattern.find("{")] + "_" if "{" in pattern else pattern).parent


def separating(pattern: str, targets: Iterable[Path], folder: Path) -> str | None:
    """Return a pattern like the one given that gives each target a path of its own, or None if there is none.

    Examples
    --------
    >>> separating("out/{stem}.png", [Path("a/1.jpg"), Path("a/1.png")], Path("a"))
    'out/{stem}_{ending}.png'
    """
    targets = list(targets)
    last = Path(pattern).name
    if not re.search(r"\{(stem|name)\}", last):
        last = "{stem}" + Path(last).suffix
    with_ending = last.replace("{stem}", "{stem}_{ending}")
    for name in (last, with_ending, f"{{parent}}/{last}", f"{{parent}}/{with_ending}"):
        found = str(Path(pattern).parent / name)
        try:
            if len({Path(filled(found, target, folder)) for target in targets}) == len(targets):
                return found
        except ArgumentError:  # a target lies elsewhere
            continue
    return None
