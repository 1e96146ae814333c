"""The page of settings says what the settings say."""

import dataclasses
from pathlib import Path

import pytest

from huegraft.settings import STAGES, Settings, preset

PAGE = (Path(__file__).parents[1] / "docs" / "settings.md").read_text(encoding="utf-8").splitlines()
ENTRIES = [entry for stage in STAGES for entry in dataclasses.fields(getattr(Settings(), stage))]
PAPER = preset("paper")._values()
SPECIAL = {2**18: "2¹⁸", 1 / 1024: "1/1024", 1e-5: "10⁻⁵", 1e-4: "10⁻⁴", 1e-3: "10⁻³", (): "none", None: "–"}


def shown(value):
    """Return a value as the table shows it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value in SPECIAL:
        return SPECIAL[value]
    if isinstance(value, tuple):
        return ", ".join(map(shown, value))
    return f"`{value}`" if isinstance(value, str) else f"{value:g}"


def cells(name):
    """Return the one row of a setting."""
    (found,) = (line for line in PAGE if line.startswith(f"| `{name}` |"))
    return [cell.strip() for cell in found.strip("|").split("|")]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_the_page_says_what_the_setting_says(entry):
    _, _, default, paper, meaning = cells(entry.name)
    assert default == shown(entry.default)
    assert paper == ("" if PAPER[entry.name] == entry.default else shown(PAPER[entry.name]))
    assert meaning == entry.metadata["help"].replace("*", r"\*")


def test_the_page_has_no_other_settings():
    named = [line.split("`")[1] for line in PAGE if line.startswith("| `")]
    assert named == [entry.name for entry in ENTRIES]
