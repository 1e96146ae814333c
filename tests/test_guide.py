"""The backbones that the guide and the README show run as they stand there."""

import re
from pathlib import Path

import pytest

import huegraft

ROOT = Path(__file__).parents[1]


def block_with(page, words):
    """Return the one block of Python of a page that holds some words."""
    blocks = re.findall(r"^```python\n(.*?)^```$", (ROOT / page).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    (found,) = (block for block in blocks if words in block)
    return found


@pytest.mark.parametrize("page", ["README.md", "docs/guide.md"])
def test_the_backbone_in_numpy(page, astronaut, coffee):
    names = {"huegraft": huegraft, "target": astronaut, "reference": coffee}
    exec(block_with(page, "class Chroma"), names)  # noqa: S102
    plain = huegraft.transfer(astronaut, coffee)
    assert (huegraft.transfer(astronaut, coffee, backbone="chroma").attention != plain.attention).any()


@pytest.mark.usefixtures("torch")
def test_the_backbone_in_torch(astronaut, coffee):
    names = {"huegraft": huegraft, "target": astronaut, "reference": coffee}
    exec(block_with("docs/guide.md", "class Edges"), names)  # noqa: S102
    encoded = huegraft.encode_reference(coffee, backbone="edges")
    assert [features.shape for features in encoded.features.values()] == [(encoded.count, 16)]


def test_the_page_on_sessions(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    page = (ROOT / "docs/session.md").read_text(encoding="utf-8")
    names = {}
    for block in re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL):
        exec(block, names)  # noqa: S102
    assert "0.5 ['finish']" in capsys.readouterr().out
    assert names["colored"].shape == names["target"].shape
