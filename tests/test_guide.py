"""The pages run as they stand there.

On each page the blocks of ```sh and ```python run from top to bottom in one empty folder, and a reader who follows the
page does the same. Blocks of ```console are shown only: they install, fetch, build, or take minutes.
"""

import os
import re
import shlex
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

import huegraft
from huegraft.color import grey_from_srgb
from huegraft.evaluate.package import photograph

ROOT = Path(__file__).parents[1]
RESULTS = {
    "docs/guide_restorer.md": ["colored/pagoda.png", "colored/garden/flower.png", "by_hand/flower.png"],
    "docs/guide_grader.md": ["matched.png", "look.cube"],
    "docs/guide_researcher.md": ["as_published.png", "why/index.html", "quality/report.json"],
    "docs/guide_film.md": ["colored.mkv", "graded.mkv", "still_00002.png", "graded_00011.png"],
    "docs/guide_cluster.md": ["colored/coffee.png", "commands/units.json", "colored.mkv"],
    "docs/guide_server.md": ["warm.png", "recipe.zip", "half.tif"],
    "docs/guide_developer.md": ["result.png", "reference.safetensors", "00003.png"],
}
"""What a guide leaves behind, among other things."""


def blocks(page):
    """Return the language and the text of the blocks of a page that run, in order."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return re.findall(r"^```(sh|python)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder to work in, with the command huegraft in reach."""
    programs, work = tmp_path / "programs", tmp_path / "work"
    programs.mkdir()
    work.mkdir()
    (programs / "huegraft").write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m huegraft "$@"\n')
    (programs / "huegraft").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONPATH", str(Path(huegraft.__file__).parents[1]))
    monkeypatch.chdir(work)
    yield work
    if Path("server.pid").is_file():  # a guide that was not followed to its end leaves its server behind
        with suppress(ProcessLookupError):
            os.kill(int(Path("server.pid").read_text()), signal.SIGTERM)


def follow(page, names=None, *, without=()):
    """Run the blocks of a page, but for those of Python that hold some words; return the names that Python knows."""
    names = {} if names is None else names
    for language, text in blocks(page):
        if language == "sh":
            done = subprocess.run(["sh", "-e", "-c", text], check=False, capture_output=True, text=True)  # noqa: S603, S607
            assert done.returncode == 0, f"{page}:\n{text}\n{done.stdout}\n{done.stderr}"
        elif not any(word in text for word in without):
            exec(compile(text, page, "exec"), names)  # noqa: S102
    return names


def small(name, side=200):
    picture = photograph(name)
    step = max(picture.shape[:2]) // side
    return np.ascontiguousarray(picture[::step, ::step])


def test_the_readme(folder):
    for name, source in {"photo.jpg": "china", "sunset.jpg": "rocket", "meadow.jpg": "flower"}.items():
        huegraft.write_picture(name, small(source))
    target = huegraft.read_picture("photo.jpg").as_float()
    huegraft.write_picture("grey.png", grey_from_srgb(target))
    mask = np.zeros_like(target)
    mask[: len(mask) // 2] = 1
    huegraft.write_picture("sky_mask.png", mask)
    for name in ("scans", "references"):
        Path(name).mkdir()
    huegraft.write_picture("scans/one.png", grey_from_srgb(small("coffee")))
    huegraft.write_picture("references/one.png", small("rocket"))
    Path("capture").mkdir()
    for number in range(4):
        huegraft.write_picture(f"capture/{number:05}.png", grey_from_srgb(small("flower")[:96, number : number + 128]))
    names = follow("README.md")
    assert names["softer"].image.size == names["target"].size
    made = "warm colored half sky both sheet graded/one evening"
    assert all((folder / f"{name}.png").is_file() for name in made.split())
    assert (folder / "look.cube").is_file()
    assert (folder / "colored.mkv").is_file()
    assert (folder / "why/index.html").is_file()


@pytest.mark.parametrize("page", RESULTS)
def test_a_guide(page, folder, capsys, request):
    without = []
    if page == "docs/guide_researcher.md":
        try:
            import torch  # noqa: F401
        except ImportError:
            without = ["import torch"]
    follow(page, without=without)
    assert [name for name in RESULTS[page] if not (folder / name).is_file()] == []
    if page == "docs/guide_developer.md":
        assert "0.5 ['finish']" in capsys.readouterr().out


def test_every_guide_is_followed():
    guides = {f"docs/{path.name}" for path in (ROOT / "docs").glob("guide_*.md")}
    assert set(RESULTS) == guides - {"docs/guide_page.md"}  # it is followed with a mouse: see tests/page


PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").glob("*.md")])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_to_pages_lead_somewhere(page):
    text = page.read_text(encoding="utf-8")
    made = ("figures/", "command_line")  # by make docs
    for link in re.findall(r"\]\((?!https?:)([^)#]*)(#[^)]*)?\)", text):
        name, anchor = link
        if name.startswith(made):
            continue
        goal = page.parent / name if name else page
        goal = goal if goal.is_file() else goal.with_name(f"{goal.name}.md")
        goal = goal if goal.is_file() else goal.with_suffix(".rst")
        assert goal.is_file(), name
        if anchor:
            headings = re.findall(r"^#+ (.*)$", goal.read_text(encoding="utf-8"), re.MULTILINE)
            anchors = [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings]
            assert anchor[1:] in anchors, name + anchor
