from pathlib import Path

import pytest

from huegraft.batch.patterns import filled, fixed_folder, separating
from huegraft.errors import ArgumentError

FOLDER = Path("scans")


@pytest.mark.parametrize(
    ("pattern", "target", "path"),
    [
        ("out/{stem}.png", "a b.c.JPG", "out/a b.c.png"),
        ("out/{name}", "a.JPG", "out/a.JPG"),
        ("out/{name}.png", "a.JPG", "out/a.JPG.png"),
        ("out/{stem}_{ending}.png", "a.JPG", "out/a_JPG.png"),
        ("out/{parent}/{stem}.png", "reel/1/a.jpg", "out/reel/1/a.png"),
        ("out/{parent}/{stem}.png", "a.jpg", "out/a.png"),
        ("{parent}/{stem}.png", "a.jpg", "a.png"),
        ("out/{parent}_{stem}.png", "a.jpg", "out/_a.png"),
        ("out/{stem}.png", "{name}.jpg", "out/{name}.png"),
        ("looks/{21EC-3AEA}/{2}.png", "a.jpg", "looks/{21EC-3AEA}/{2}.png"),
    ],
)
def test_words_stand_for_parts_of_the_target(pattern, target, path):
    assert filled(pattern, FOLDER / target, FOLDER) == path


@pytest.mark.parametrize("word", ["Stem", "number", ""])
def test_an_unknown_word_is_refused(word):
    with pytest.raises(ArgumentError, match=r"the known words are \{stem\}, \{name\}, \{ending\}, \{parent\}"):
        filled(f"out/{{{word}}}.png", FOLDER / "a.jpg", FOLDER)


@pytest.mark.parametrize("pattern", ["out/{stem.png", "out/{stem{name}.png", "out/{stem}_{", "o{ut/{stem}.png"])
def test_a_brace_that_is_not_closed_is_refused(pattern):
    with pytest.raises(ArgumentError, match="a brace that is not closed"):
        filled(pattern, FOLDER / "a.jpg", FOLDER)


def test_a_target_elsewhere_has_no_parent():
    assert filled("out/{stem}.png", Path("other/a.jpg"), FOLDER) == "out/a.png"
    with pytest.raises(ArgumentError, match=r"other/a\.jpg is not below scans"):
        filled("out/{parent}/{stem}.png", Path("other/a.jpg"), FOLDER)


@pytest.mark.parametrize(
    ("pattern", "folder"),
    [("out/{stem}.png", "out"), ("a/b_{parent}/{stem}.png", "a"), ("{stem}.png", "."), ("out/x.png", "out")],
)
def test_the_folder_that_no_word_changes(pattern, folder):
    assert fixed_folder(pattern) == Path(folder)


@pytest.mark.parametrize(
    ("pattern", "targets", "better"),
    [
        ("out/x.png", ["a.jpg", "b.jpg"], "out/{stem}.png"),
        ("out/{stem}.png", ["a.jpg", "a.png"], "out/{stem}_{ending}.png"),
        ("out/{stem}_warm.png", ["1/a.jpg", "2/a.jpg"], "out/{parent}/{stem}_warm.png"),
        ("out/{name}", ["1/a.jpg", "2/a.jpg"], "out/{parent}/{name}"),
        ("out/{stem}.png", ["1/a.jpg", "2/a.jpg", "2/a.png"], "out/{parent}/{stem}_{ending}.png"),
        ("out/{stem}.png", ["a.jpg", "a.jpg"], None),
        ("out/{stem}.png", ["../1/a.jpg", "../2/a.jpg"], None),
    ],
)
def test_the_pattern_that_is_advised_separates(pattern, targets, better):
    assert separating(pattern, [FOLDER / target for target in targets], FOLDER) == better
