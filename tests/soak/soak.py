"""Reads mutated pictures until the time is over: `make soak`. Its name keeps it out of `make test`.

Each content lies in its test's temporary folder while it is read, so that even a crash leaves it to be looked at.
"""

import faulthandler
import os
import time

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from PIL import Image

import hostile
import hostile_deep
import hostile_read
from huegraft import read_picture
from huegraft.errors import PictureFileError

KINDS = [*hostile.KINDS, *hostile_deep.KINDS, *hostile_read.KINDS]
ENDINGS = hostile_deep.KINDS | hostile_read.KINDS
SECONDS = float(os.environ.get("SOAK_SECONDS", "1500")) / len(KINDS)
LIMIT_SECONDS, LIMIT_MEGABYTES = 2, 512
NUMBERS = [0, 1, 2, 8, 0x7F, 0x80, 0xFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 60000]


def seeds(kind):
    """Return small good files of the kind, and the hostile ones, whose shapes chance would hardly find."""
    if kind not in hostile.KINDS:
        module = hostile_deep if kind in hostile_deep.KINDS else hostile_read
        files = module.hostile_files(kind)
        return [module.good_file(kind)] + [content for _, content, _ in files if 0 < len(content) < 40_000]
    exif = Image.Exif()
    exif[0x112], exif[0x10F], exif.get_ifd(0x8769)[0x9003] = 6, "Brownie", "2024:01:15 10:00:00"
    photograph = hostile.photograph(32)
    good = [hostile.saved(photograph.convert(mode), kind, exif=exif) for mode in ("RGB", "L")]
    return good + [content for _, content, _ in hostile.hostile_files(kind) if 0 < len(content) < 20_000]


def mutations():
    place = st.one_of(st.integers(0, 200), st.integers(0, 20_000), st.integers(-300, -1))
    return st.lists(
        st.one_of(
            st.tuples(st.just("flip"), place, st.integers(0, 7)),
            st.tuples(st.just("byte"), place, st.integers(0, 255)),
            st.tuples(st.just("number"), place, st.sampled_from(NUMBERS), st.sampled_from([1, 2, 3, 4, 8])),
            st.tuples(st.just("cut"), place, st.integers(1, 64)),
            st.tuples(st.just("repeat"), place, st.integers(1, 64), st.integers(1, 50)),
            st.tuples(st.just("end"), place),
        ),
        min_size=1,
        max_size=8,
    )


def mutated(content, changes):
    for name, place, *numbers in changes:
        if not content:
            break
        at = place % len(content)
        before, after = content[:at], content[at:]
        if name == "flip":
            content = before + bytes([after[0] ^ 1 << numbers[0]]) + after[1:]
        elif name == "byte":
            content = before + bytes([numbers[0]]) + after[1:]
        elif name == "number":
            value, size = numbers
            order = "big" if at % 2 else "little"
            content = before + (value % 256**size).to_bytes(size, order) + after[size:]
        elif name == "cut":
            content = before + after[numbers[0] :]
        elif name == "repeat":
            length, times = numbers
            content = before + after[:length] * times + after
        else:
            content = before
    return content


def with_true_sums(content):
    """Give the chunks of a PNG their checksums, without which a mutated one is not looked into."""
    at, parts = 8, [content[:8]]
    while at + 12 <= len(content):
        length = int.from_bytes(content[at : at + 4])
        if at + 12 + length > len(content):
            break
        parts.append(hostile.chunk(content[at + 4 : at + 8], content[at + 8 : at + 8 + length]))
        at += 12 + length
    return b"".join(parts) + content[at:]


@pytest.mark.parametrize("kind", KINDS)
def test_mutated_pictures(kind, tmp_path):
    good = seeds(kind)
    path = tmp_path / f"mutated.{ENDINGS.get(kind, kind)}"
    path.write_bytes(good[0])
    read_picture(path)
    warm = hostile.peak_megabytes(reset=True)
    tally = {"picture": 0, "error": 0, "seconds": 0.0, "megabytes": 0.0}

    @settings(max_examples=200, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(good), mutations(), st.booleans())
    def read(content, changes, repaired):
        content = mutated(content, changes)
        path.write_bytes(with_true_sums(content) if repaired and kind.startswith("png") else content)
        faulthandler.dump_traceback_later(30, exit=True)  # a hang ends the run
        start = sum(os.times()[:4])  # of this process and those that decode for it: other work delays these
        message = ""
        try:
            read_picture(path)
            tally["picture"] += 1
        except PictureFileError as error:
            tally["error"] += 1
            message = str(error)
        seconds, megabytes = sum(os.times()[:4]) - start, hostile.peak_megabytes() - warm
        faulthandler.cancel_dump_traceback_later()
        tally["seconds"], tally["megabytes"] = max(seconds, tally["seconds"]), max(megabytes, tally["megabytes"])
        assert "\n" not in message
        assert seconds <= LIMIT_SECONDS
        assert megabytes <= LIMIT_MEGABYTES

    end, run = time.monotonic() + SECONDS, int(time.time())
    while time.monotonic() < end:
        run += 1
        seed(run)(read)()
    print(f"\n{kind}: {tally}, last seed {run}")
