"""The one record of each format, and what follows from it."""

import re
from pathlib import Path

import numpy as np
import pytest

import hostile
import hostile_deep
import hostile_read
from huegraft import read_picture, write_picture
from huegraft.errors import PictureError, PictureFileError
from huegraft.io.folder import pictures_in
from huegraft.io.formats import FORMATS, READ, WRITTEN, format_of

PAGE = Path(__file__).parents[2] / "docs" / "files.md"


def row(each):
    """Return a format's line in the table of the page on files."""
    texts = "all" if "texts" in each.holds else "comment" if "comment" in each.holds else ""
    cells = [
        each.name, " ".join(each.endings), each.reads, " ".join(each.written) or "no",
        *("yes" if name in each.holds else "" for name in ("alpha", "profile", "exif", "xmp", "iptc")),
        texts, "yes" if "resolution" in each.holds else "",
    ]  # fmt: skip
    return f"| {' | '.join(cells)} |".replace("|  |", "| |").replace("|  |", "| |")


@pytest.mark.parametrize("each", FORMATS, ids=lambda each: each.name)
def test_the_page_of_files_says_what_the_record_says(each):
    assert row(each) in PAGE.read_text(encoding="utf-8").splitlines()


def test_no_ending_belongs_to_two_formats():
    assert len(READ) == sum(len(each.endings) for each in FORMATS)
    assert all(ending in WRITTEN[ending].endings for ending in WRITTEN)
    assert all(bool(each.written) == bool(each.depths) for each in FORMATS)


def test_the_reference_names_the_endings_that_are_written():
    assert all(f"{ending}" in write_picture.__doc__ for ending in WRITTEN)


def good_files():
    for kind in hostile.KINDS:
        yield kind, hostile.saved(hostile.photograph(), kind)
    for module in (hostile_deep, hostile_read):
        for kind, ending in module.KINDS.items():
            yield ending, module.good_file(kind)


@pytest.mark.parametrize(("ending", "content"), list(good_files()))
def test_what_a_file_is_its_beginning_says(tmp_path, ending, content):
    path = tmp_path / ("a.tga" if ending == "tga" else "a.dng" if ending == "dng" else "a.unknown")
    path.write_bytes(content)
    assert f".{ending}" in format_of(path).endings


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"%PDF-1.7\n", "PDF"), (b"8BPS\0\2" + bytes(30), "PSB"), (b"#?RADIANCE\n", "Radiance HDR"),
        (b"\0\0\0\x18ftypqt  " + bytes(20), "MP4 or QuickTime film"), (b'<?xml version="1.0"?>\n<svg xmlns="">', "SVG"),
        (b"PF\n4 4\n-1.0\n" + bytes(192), "PFM"), (b"SDPX" + bytes(200), "DPX"),
    ],
)  # fmt: skip
def test_formats_that_are_known_and_not_read_are_named(tmp_path, content, name):
    (tmp_path / "a.jpg").write_bytes(content)
    better = "OpenEXR" if name in ("Radiance HDR", "PFM", "DPX") else "PNG or TIFF"
    with pytest.raises(
        PictureFileError, match=rf"a\.jpg is not supported: {name} is not read; convert it to {better}$"
    ):
        read_picture(tmp_path / "a.jpg")


@pytest.mark.parametrize("ending", ["png", "tga", "avif", "dng", "exr", "unknown"])
def test_an_empty_file_is_called_empty(tmp_path, ending):
    (tmp_path / f"a.{ending}").touch()
    with pytest.raises(PictureFileError, match=rf"a\.{ending} is empty$"):
        read_picture(tmp_path / f"a.{ending}")


def test_what_is_read_and_not_written_says_so(tmp_path):
    with pytest.raises(PictureError, match=r"must end in \.png, .*\.jp2, got 'a\.avif'; AVIF is read but not written"):
        write_picture(tmp_path / "a.avif", np.zeros((4, 4, 3), np.uint8))


def test_a_folder_names_what_is_left_out_and_passes_over_what_is_hidden(tmp_path):
    for name in ("b.HEIC", "a.jpeg", "c.NEF", "notes.txt", "._a.jpeg", ".DS_Store", "list.csv"):
        (tmp_path / name).touch()
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "d.psd").touch()
    (tmp_path / "more" / "readme").touch()
    pictures, line = pictures_in(tmp_path)
    assert [path.name for path in pictures] == ["a.jpeg", "b.HEIC", "c.NEF"]
    assert line == "these are no pictures and are left out: list.csv, more/, notes.txt"
    pictures, line = pictures_in(tmp_path, recursive=True)
    assert [path.name for path in pictures] == ["a.jpeg", "b.HEIC", "c.NEF", "d.psd"]
    assert line == "these are no pictures and are left out: list.csv, more/readme, notes.txt"
    for number in range(20):
        (tmp_path / f"{number:02}.txt").touch()
    assert re.fullmatch(
        r"these are no pictures and are left out: (\d\d\.txt, ){9}\d\d\.txt and 13 more", pictures_in(tmp_path)[1]
    )
    (tmp_path / "none").mkdir()
    assert pictures_in(tmp_path / "none") == ([], None)
