import shutil
import stat

import pytest

from huegraft.io.atomic import written_whole


def test_a_file_appears_whole(tmp_path):
    path = tmp_path / "a.txt"
    with written_whole(path, replace=False) as temporary:
        temporary.write_text("half")
        assert not path.exists()
        assert temporary.parent == tmp_path
    assert path.read_text() == "half"
    assert list(tmp_path.iterdir()) == [path]
    assert stat.S_IMODE(path.stat().st_mode) & 0o400


def test_links_and_permissions_stay(tmp_path):
    target, link = tmp_path / "a.txt", tmp_path / "link.txt"
    target.write_text("before")
    target.chmod(0o600)
    link.symlink_to(target)
    with written_whole(link, replace=True) as temporary:
        temporary.write_text("after")
    assert link.is_symlink()
    assert target.read_text() == "after"
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


def test_a_file_deleted_meanwhile_is_written(tmp_path, monkeypatch):
    path = tmp_path / "a.txt"
    path.write_text("before")
    copymode = shutil.copymode

    def deleted_first(source, target):
        path.unlink()
        copymode(source, target)

    monkeypatch.setattr("shutil.copymode", deleted_first)
    with written_whole(path, replace=True) as temporary:
        temporary.write_text("after")
    assert path.read_text() == "after"


def test_file_systems_without_hard_links(tmp_path, monkeypatch):
    def refuse(*_arguments):
        raise PermissionError

    monkeypatch.setattr("os.link", refuse)
    with written_whole(tmp_path / "a.txt", replace=False) as temporary:
        temporary.write_text("whole")
    assert (tmp_path / "a.txt").read_text() == "whole"
    with pytest.raises(PermissionError), written_whole(tmp_path / "a.txt", replace=False) as temporary:
        temporary.write_text("other")
    assert (tmp_path / "a.txt").read_text() == "whole"


def test_nothing_is_left_after_an_error(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("before")
    with pytest.raises(KeyboardInterrupt), written_whole(path, replace=True) as temporary:
        temporary.write_text("half")
        raise KeyboardInterrupt
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_appeared_meanwhile_is_not_replaced(tmp_path):
    path = tmp_path / "a.txt"
    with pytest.raises(FileExistsError), written_whole(path, replace=False) as temporary:
        temporary.write_text("mine")
        path.write_text("theirs")
    assert path.read_text() == "theirs"
    with written_whole(path, replace=True) as temporary:
        temporary.write_text("mine")
    assert path.read_text() == "mine"
