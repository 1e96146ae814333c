from dataclasses import replace

import numpy as np
import pytest

from huegraft.errors import EvaluationError
from huegraft.evaluate.films.clips import Clip, Library
from huegraft.evaluate.films.footage import PASSES
from huegraft.io.image import write_picture

SMALL = Library(pixels=3000, frames=9)
TUNING = {"coffee", "chelsea", "cityCC0.mpg", "bedroom_color"}


def sources(clip, listed):
    own = {clip.photograph, clip.square, clip.file} - {""}
    return own.union(*(sources(listed[name], listed) for name in (*clip.scenes, clip.clip) if name))


def test_the_halves_have_nothing_in_common():
    listed = SMALL.listed
    found = {
        half: set().union(*(sources(clip, listed) for clip in SMALL.chosen([], half))) for half in ("tune", "report")
    }
    assert found["tune"] == TUNING
    assert not found["report"] & TUNING
    assert len(SMALL.chosen([])) == len(listed)


@pytest.fixture
def frames(tmp_path, astronaut):
    folder = tmp_path / "room"
    folder.mkdir()
    for number in range(5):
        write_picture(folder / f"{number:03}.png", np.ascontiguousarray(astronaut[:, number : 30 + number]))
    return folder


@pytest.mark.parametrize("pattern", [False, True])
def test_a_clip_by_its_path(frames, pattern):
    (clip,) = SMALL.chosen([str(frames / "%03d.png" if pattern else frames)])
    assert clip == Clip("room", file=clip.file)
    footage = SMALL.footage(clip)
    assert len(footage.truth) == 5
    assert footage.keyframes == {1: (0,), 3: (0, 2, 4)}
    assert len(footage.motions) == 4


def test_a_folder_of_the_list_keeps_its_half(frames):
    renamed = frames.rename(frames.with_name("mountain_color"))
    (clip,) = SMALL.chosen([str(renamed)])
    assert (clip.name, clip.half) == ("mountain", "report")
    assert len(SMALL.footage(clip).truth) == 5
    library = Library(renamed.parent, 3000, 9)
    assert not library.missing(library.listed["mountain, forth and back"])
    assert SMALL.missing(SMALL.listed["mountain, forth and back"]) == ["mountain_color"]


def test_wrong_clips(frames):
    with pytest.raises(EvaluationError, match="there is no clip 'nothing': name a film"):
        SMALL.chosen(["nothing"])
    write_picture(frames / "005.png", np.zeros((20, 20, 3), np.float32))
    with pytest.raises(EvaluationError, match="room has frames of several sizes"):
        SMALL.footage(*SMALL.chosen([str(frames)]))
    for number in range(2, 6):
        (frames / f"{number:03}.png").unlink()
    with pytest.raises(EvaluationError, match="room has 2 frames; a clip needs at least 3"):
        SMALL.footage(*SMALL.chosen([str(frames)]))


def test_made_clips():
    plain, grainy = (SMALL.footage(SMALL.listed[name]) for name in ("coffee, still", "chelsea, still with grain"))
    assert plain.still
    assert not plain.grain_of(3).any()
    assert grainy.grain_of(3).std() == pytest.approx(0.02, rel=0.05)
    assert np.array_equal(grainy.grain_of(3), grainy.grain_of(3))
    assert not np.array_equal(grainy.grain_of(3), grainy.grain_of(4))
    darker, brighter = SMALL.footage(SMALL.listed["chelsea, exposure"]).truth[::8]
    assert brighter.mean() > 1.1 * darker.mean()
    cold, warm = (
        np.subtract(*frame.mean(axis=(0, 1))[[0, 2]])
        for frame in SMALL.footage(SMALL.listed["coffee, cold to warm"]).truth[::8]
    )
    assert warm > cold + 0.01


def test_clips_made_of_clips(frames, tmp_path):
    frames.rename(tmp_path / "bedroom_color")
    library = Library(tmp_path, 3000, 12)
    footage = library.footage(library.listed["bedroom, forth and back"])
    assert len(footage.truth) == 3 * PASSES + 1
    assert footage.passes[-1] == (27, 30)
    assert np.array_equal(footage.truth[2], footage.truth[4])
    assert not np.array_equal(footage.truth[2], footage.truth[3])
    joined = Clip("joined", make="joined", scenes=["coffee, still", "bedroom", "chelsea, exposure"])
    footage = library.footage(joined)
    assert len(footage.truth) == 12
    assert {frame.shape for frame in footage.truth} == {footage.truth[0].shape}
    assert footage.keyframes == {1: (0, 4, 8), 3: (0, 2, 3, 4, 6, 7, 8, 10, 11)}
    assert footage.shots == [(0, 4), (4, 8), (8, 12)]
    assert library.footage(replace(joined, cuts=False)).shots == [(0, 12)]
