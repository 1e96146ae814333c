import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import hostile
import hostile_deep
import hostile_read
from huegraft import Picture, read_picture, write_picture
from huegraft.errors import PictureFileError

SECONDS, MEGABYTES = 2, 512
ENDINGS = hostile_deep.KINDS | hostile_read.KINDS


@pytest.mark.parametrize("kind", [*hostile.KINDS, *hostile_deep.KINDS, *hostile_read.KINDS])
def test_each_hostile_file_is_an_error_or_a_picture_soon_and_in_little_memory(tmp_path, kind):
    if kind in hostile.KINDS:
        files, good = hostile.hostile_files(kind), hostile.saved(hostile.photograph(), kind)
    else:
        module = hostile_deep if kind in hostile_deep.KINDS else hostile_read
        files, good = module.hostile_files(kind), module.good_file(kind)
    assert len(files) >= (20 if kind in hostile_deep.APART else 40)
    folder = tmp_path / "files"
    (folder / "warm").mkdir(parents=True)
    (folder / "warm" / f"warm.{ENDINGS.get(kind, kind)}").write_bytes(good)
    for name, content, _ in files:
        (folder / name).write_bytes(content)
    reports = measured(folder, tmp_path)
    assert [report["name"] for report in reports] == sorted(name for name, _, _ in files)
    fates = {name: fate for name, _, fate in files}
    for report in reports:
        name = report["name"]
        assert report["outcome"] in (("picture", "error") if fates[name] == "either" else (fates[name],)), report
        assert report["seconds"] <= SECONDS, report
        assert max(report["megabytes"], report["children"]) <= MEGABYTES, report
        if report["outcome"] == "error":
            assert name in report["message"], report
            assert "\n" not in report["message"], report
        if "claims" in name and report["outcome"] == "error":
            assert report["megabytes"] < 64, report
    assert not list(folder.glob("written/.*"))
    worst = {key: max(reports, key=lambda report: report[key]) for key in ("seconds", "megabytes", "children")}
    print(kind, len(reports), "files", *(f"{report['name']}: {report[key]:.2f} {key}" for key, report in worst.items()))


def measured(folder, scratch):
    """Run `hostile.measure` in a process of its own; a hang or a crash names the file it happened on."""
    with (scratch / "out").open("w") as out, (scratch / "err").open("w") as err:
        process = subprocess.Popen([sys.executable, hostile.__file__, folder], stdout=out, stderr=err)  # noqa: S603
        try:
            code = process.wait(timeout=120)
        except subprocess.TimeoutExpired:
            process.kill()
            code = process.wait()
    lines = [json.loads(line) for line in (scratch / "out").read_text().splitlines()]
    assert code == 0, f"exit code {code} at {lines[-1:]}: {(scratch / 'err').read_text()}"
    assert (scratch / "err").read_text() == ""
    return [line for line in lines if "name" in line]


def test_a_photograph_of_100_megapixels_is_read(tmp_path):
    column = np.linspace(0, 255, 10000).astype(np.uint8)[:, None]
    Image.fromarray(np.broadcast_to(column, (10000, 10000))).save(tmp_path / "large.jpg")
    picture = read_picture(tmp_path / "large.jpg")
    assert picture.pixels.shape == (10000, 10000, 3)
    assert abs(int(picture.pixels[9000, 5000, 1]) - int(column[9000, 0])) <= 2


def test_inverted_cmyk_of_adobe_keeps_its_colours(tmp_path):
    photograph = hostile.photograph()
    content = hostile.saved(photograph.convert("CMYK"), "jpg", quality=95)
    (tmp_path / "a.jpg").write_bytes(content)
    assert b"Adobe" in content
    assert np.abs(read_picture(tmp_path / "a.jpg").pixels - np.array(photograph, float)).mean() < 6


def test_the_first_frame_is_taken_and_broken_later_ones_do_no_harm(tmp_path):
    size = len(hostile.tiff())
    second = hostile.directory([hostile.entry(256, hostile.TEXT, 2**31, 5)])
    (tmp_path / "a.tif").write_bytes(hostile.tiff(following=size) + second)
    picture = read_picture(tmp_path / "a.tif")
    np.testing.assert_array_equal(picture.pixels[..., 0], np.arange(256).reshape(16, 16))
    assert picture.notes == ("a.tif: it has 2 frames; the first frame is taken",)
    chain = b"".join(hostile.directory([], size + 6 * n) for n in range(1, 2000))
    (tmp_path / "b.tif").write_bytes(hostile.tiff(following=size) + chain)
    assert read_picture(tmp_path / "b.tif").notes == ("b.tif: it has 1000 or more frames; the first frame is taken",)


@pytest.mark.parametrize("kind", hostile.KINDS)
def test_a_cameras_exif_with_its_blocks_is_kept_through_every_format(tmp_path, kind):
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Brownie"
    exif[0x8769], exif[0x8825] = {0x9003: "2024:01:15 10:00:00"}, {1: "N"}
    Image.new("RGB", (40, 36)).save(tmp_path / f"in.{kind}", exif=exif.tobytes())
    picture = read_picture(tmp_path / f"in.{kind}")
    assert (picture.notes, picture.pixels.shape) == ((), (40, 36, 3))
    for ending in hostile.KINDS:
        assert write_picture(tmp_path / f"out.{ending}", picture.as_float(), picture, replace=True) == ()
        with Image.open(tmp_path / f"out.{ending}") as image:
            found = image.getexif()
            assert (found[0x010F], found.get(0x0112, 1)) == ("Brownie", 1)
            assert found.get_ifd(0x8769)[0x9003] == "2024:01:15 10:00:00"
            assert found.get_ifd(0x8825)[1] == "N"


def test_damaged_exif_is_left_out_and_said(tmp_path):
    block = dict(hostile.hostile_blocks())["exif-many-fractions"]
    (tmp_path / "a.png").write_bytes(hostile.png(more=[(b"eXIf", block)]))
    picture = read_picture(tmp_path / "a.png")
    assert picture.exif is None
    assert picture.notes == ("a.png: its EXIF block is damaged and left out",)


@pytest.mark.parametrize("ending", ["jpg", "png", "webp", "tif"])
def test_exif_that_the_format_cannot_hold_is_left_out_and_said(tmp_path, ending):
    exif = Image.Exif()
    exif[0x010F], exif[0x010E] = "Brownie", "a" * 100_000
    like = Picture(np.zeros((4, 4, 3), np.uint8), exif=exif.tobytes())
    notes = write_picture(tmp_path / f"a.{ending}", like.as_float(), like)
    with Image.open(tmp_path / f"a.{ending}") as image:
        kept = image.getexif().get(0x010F)
    if ending == "jpg":
        assert kept is None
        assert notes == ("a.jpg: its EXIF block is too long for JPEG and is left out",)
    else:
        assert kept == "Brownie"
        assert notes == ()
    write_picture(tmp_path / f"b.{ending}", like.as_float(), Picture(like.pixels, exif=b"Exif\0\0no block"))
    assert read_picture(tmp_path / f"b.{ending}").pixels.shape == (4, 4, 3)


WRITE = """
import os, resource, sys
from pathlib import Path
import numpy as np
from huegraft import HuegraftError, write_picture
noise = np.random.default_rng(0).random((300, 300, 3)).astype(np.float32)
for ending in ("png", "jpg", "webp", "tif"):  # loads every writer while this may still read its own files
    write_picture(f"warm.{ending}", noise)
{trouble}
for ending in ("png", "jpg", "webp", "tif"):
    try:
        write_picture(f"target/out.{ending}", noise)
    except HuegraftError as error:
        print(error)
"""
FULL = "resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))"  # what grows further fails as on a full disk
CLOSED = "Path('target').chmod(0o500)"
CLOSED_TO_ROOT = CLOSED + "; os.setuid(65534)"  # root may write anywhere


@pytest.mark.parametrize("trouble", ["full disk", "closed folder"])
def test_a_full_disk_and_a_closed_folder_leave_nothing(tmp_path, trouble):
    (tmp_path / "target").mkdir()
    closed = CLOSED_TO_ROOT if os.getuid() == 0 else CLOSED
    line, message = (FULL, "File too large") if trouble == "full disk" else (closed, "Permission denied")
    if trouble == "closed folder":
        for folder in (tmp_path, tmp_path.parent, tmp_path.parent.parent):
            folder.chmod(folder.stat().st_mode | 0o011)
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", WRITE.replace("{trouble}", line)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    (tmp_path / "target").chmod(0o700)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    errors = done.stdout.splitlines()
    assert len(errors) == 4
    for ending, error in zip(("png", "jpg", "webp", "tif"), errors, strict=True):
        assert error.startswith(f"cannot write target/out.{ending}: ")
        assert message in error
    assert list((tmp_path / "target").iterdir()) == []


def test_a_file_that_may_not_be_opened_is_not_called_damaged(tmp_path, monkeypatch):
    (tmp_path / "a.png").write_bytes(hostile.png())

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(PictureFileError, match=r"a\.png cannot be read: .*Permission denied"):
        read_picture(tmp_path / "a.png")
