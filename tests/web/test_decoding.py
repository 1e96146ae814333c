import os
import signal
import sys
import threading
import time

import numpy as np
import pytest

from huegraft.web.decoding import Decoder, picture_in
from huegraft.web.problems import Problem
from serving import photograph, png

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux bounds the memory of a process")


@pytest.fixture
def decoding(tmp_path):
    made = []

    def call(memory=2**31, seconds=30.0, processes=1):
        decoder = Decoder(memory, seconds, processes)
        decoder.start()
        made.append(decoder)
        count = iter(range(100))

        def decode(content, name="a.png"):
            folder = tmp_path / str(next(count))
            folder.mkdir()
            (folder / name).write_bytes(content)
            return decoder.picture(folder / name, folder), folder

        return decoder, decode

    yield call
    for each in made:
        each.close()


def pid(decoder):
    return decoder._workers[-1]._process.pid


def gone(process):
    until = time.monotonic() + 10
    while time.monotonic() < until:
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.01)
    return False


def test_a_process_decodes_many(decoding):
    decoder, decode = decoding()
    first = pid(decoder)
    for _ in range(3):
        found, folder = decode(png(photograph("coffee", 20, 30)))
        assert found["size"] == [20, 30]
        assert np.array_equal(picture_in(folder).pixels, photograph("coffee", 20, 30))
        with pytest.raises(Problem, match="the picture"):
            decode(b"none")
    assert pid(decoder) == first
    decoder.close()
    assert gone(first)
    with pytest.raises(Problem, match="shutting down"):
        decode(png(photograph("coffee", 20, 30)))


@linux
def test_a_picture_that_takes_too_much_memory(decoding):
    _, decode = decoding(memory=2**26)
    with pytest.raises(Problem, match="more memory than it may") as raised:
        decode(png(np.zeros((6000, 6000, 3), np.uint8)))
    assert (raised.value.status_code, raised.value.code) in ((422, "bad-picture"), (422, "too-costly"))
    assert decode(png(photograph("coffee", 20, 30)))[0]["size"] == [20, 30]


@pytest.mark.skipif(sys.platform == "win32", reason="stops a process by a signal")
def test_a_picture_that_takes_too_long(decoding):
    decoder, decode = decoding(seconds=1.0)
    decode(png(photograph("coffee", 20, 30)))
    stuck = pid(decoder)
    os.kill(stuck, signal.SIGSTOP)
    began = time.monotonic()
    with pytest.raises(Problem, match="more time than it may"):
        decode(png(photograph("coffee", 20, 30)))
    assert time.monotonic() - began < 5
    assert gone(stuck)
    assert pid(decoder) != stuck


@pytest.mark.skipif(sys.platform == "win32", reason="stops a process by a signal")
def test_a_process_that_dies_is_replaced(decoding):
    decoder, decode = decoding()
    dead = pid(decoder)
    os.kill(dead, signal.SIGKILL)
    time.sleep(0.1)
    assert decode(png(photograph("coffee", 20, 30)))[0]["size"] == [20, 30]
    assert pid(decoder) != dead


@pytest.mark.skipif(sys.platform == "win32", reason="stops a process by a signal")
def test_one_that_takes_long_does_not_stop_the_others(decoding):
    decoder, decode = decoding(processes=2)
    decode(png(photograph("coffee", 20, 30)))
    stuck = pid(decoder)
    os.kill(stuck, signal.SIGSTOP)
    slow = threading.Thread(target=lambda: decode(png(photograph("coffee", 20, 30))))
    slow.start()
    time.sleep(0.2)
    assert decode(png(photograph("coffee", 20, 31)))[0]["size"] == [20, 31]
    assert slow.is_alive()
    os.kill(stuck, signal.SIGCONT)
    slow.join(20)


def test_modules_of_the_current_folder_are_not_run(decoding, tmp_path, monkeypatch):
    for name in ("numpy", "json", "huegraft"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit(9)")
    monkeypatch.chdir(tmp_path)
    _, decode = decoding()
    assert decode(png(photograph("coffee", 20, 30)))[0]["size"] == [20, 30]
