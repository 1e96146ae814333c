import threading
from pathlib import Path

import pytest

from huegraft.errors import FilmError
from huegraft.film.project import Project


@pytest.fixture
def project(tmp_path):
    return Project.create(tmp_path / "film.huegraft")


def test_what_was_noted_is_known_in_the_next_run(project):
    track = project.track("key", "colorize")
    track.write_bytes(b"colours")
    assert not project.has(track)
    project.note(track)
    assert project.has(track)
    assert Project(project.folder).has(track)


def test_a_file_that_is_not_as_it_was_counts_for_nothing(project):
    track = project.track("key", "transfer")
    track.write_bytes(b"colours")
    project.note(track)
    track.write_bytes(b"colourz")
    assert not project.has(track)
    track.unlink()
    assert not project.has(track)


@pytest.mark.parametrize("end", ["", '{"made": "tracks/key.m', '{"made": 7}', "\x00\x00", "[1]"])
def test_a_journal_that_the_power_cut_off(project, end):
    first, second = project.track("first", "colorize"), project.track("second", "colorize")
    for path in (first, second):
        path.write_bytes(b"colours")
    project.note(first)
    with (project.folder / "journal.jsonl").open("a") as journal:
        journal.write("\n" + end)
    again = Project(project.folder)
    assert again.has(first)
    again.note(second)
    assert Project(project.folder).has(second)


def test_references_are_copied_once(project, tmp_path):
    (tmp_path / "other").mkdir()
    for folder, content in ((tmp_path, b"one"), (tmp_path / "other", b"two")):
        (folder / "ref.png").write_bytes(content)
    assert project.add_reference(tmp_path / "ref.png") == "refs/ref.png"
    assert project.add_reference(tmp_path / "ref.png") == "refs/ref.png"
    other = project.add_reference(tmp_path / "other" / "ref.png")
    assert other != "refs/ref.png"
    assert (project.folder / other).read_bytes() == b"two"
    with pytest.raises(FilmError, match="cannot copy the reference"):
        project.add_reference(tmp_path / "missing.png")


def test_references_that_people_put_there_or_changed_are_not_the_projects_own(project, tmp_path):
    (tmp_path / "copied.png").write_bytes(b"copied")
    (tmp_path / "changed.png").write_bytes(b"as it was")
    mine = project.folder / "refs" / "mine.png"
    mine.write_bytes(b"mine")
    copied, changed, same = (
        project.folder / project.add_reference(path)
        for path in (tmp_path / "copied.png", tmp_path / "changed.png", mine)
    )
    assert same == mine
    changed.write_bytes(b"corrected")
    assert project.own("refs") == [copied]
    project.clear()
    assert sorted((project.folder / "refs").iterdir()) == [changed, mine]


def test_a_file_that_was_made_from_something_else(project, tmp_path):
    (tmp_path / "frame.png").write_bytes(b"picture")
    project.note(tmp_path / "frame.png", "first")
    again = Project(project.folder)
    assert again.has(tmp_path / "frame.png", "first")
    assert not again.has(tmp_path / "frame.png", "second")


def test_what_a_killed_process_left_is_removed(project):
    left = project.folder / "tracks" / ".huegraft-0.part"
    left.touch()
    with project.locked():
        assert not left.exists()


def test_one_process_at_a_time(project):
    with project.locked(), pytest.raises(FilmError, match="another process works on"), project.locked():
        pass
    with project.locked():
        pass


def test_processes_that_share_a_project(project, monkeypatch):
    monkeypatch.setattr("huegraft.film.project._PAUSE", 0.01)
    other, (one, two) = Project(project.folder), (project.track(name * 32, "colorize") for name in "ab")
    left, found = project.folder / "tracks" / ".huegraft-0.part", list[list[Path]]()

    def missing():
        return [path for path in (one, two) if not other.has(path)]

    def work():
        with other.locked(share=True), other.claimed(missing) as paths:
            found.append(paths)

    with project.locked(share=True):
        with project.claimed(lambda: [one]) as paths:
            left.touch()
            assert paths == [one]
            with pytest.raises(FilmError, match="another process works on"), Project(project.folder).locked():
                pass
            third = Project(project.folder)
            with third.locked(share=True), third.claimed(lambda: [two]) as paths:
                two.touch()
                third.note(two)
            waiting = threading.Thread(target=work)
            waiting.start()
            waiting.join(0.2)
            assert waiting.is_alive()
            assert found == []
            one.touch()
            project.note(one)
        assert project.has(two)
    waiting.join()
    assert found == [[]]
    assert left.exists()
    with project.locked():
        pass
    assert sorted((project.folder / "tracks").iterdir()) == [one, two]


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "film.huegraft").write_text("a file")
    with pytest.raises(FilmError, match="cannot make the project"):
        Project.create(tmp_path / "film.huegraft")
