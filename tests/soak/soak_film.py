"""Twenty kills of a film at any moment, and a film of twenty minutes whose memory stays flat."""

import os
import subprocess

from film_long import command, kill_and_go_on, peak_memory, write_long_film

MINUTES = int(os.environ.get("SOAK_FILM_MINUTES", "20"))
KILLS = int(os.environ.get("SOAK_FILM_KILLS", "20"))


def test_kills(tmp_path):
    film = write_long_film(tmp_path / "film.mkv", 40)
    subprocess.run(command(film, tmp_path / "whole.mkv", "--codec", "ffv1"), check=True)  # noqa: S603
    (tmp_path / "killed").mkdir()
    assert kill_and_go_on(film, tmp_path / "killed", KILLS) == (tmp_path / "whole.mkv").read_bytes()


def test_memory_stays_flat(tmp_path):
    film = write_long_film(tmp_path / "film.mkv", 60 * MINUTES)
    short = write_long_film(tmp_path / "short.mkv", 120)
    peaks = [peak_memory(command(each, tmp_path / f"{each.stem}_out.mkv")) for each in (short, film)]
    print(f"peak memory: {peaks[0]:.0f} MB for two minutes, {peaks[1]:.0f} MB for {MINUTES} minutes")
    of_index = 24 * 60 * MINUTES * 1000 / 2**20  # the index keeps a picture of 576 bytes and some numbers of each frame
    assert peaks[1] < 1.2 * peaks[0] + of_index
    assert peaks[1] < 1200
