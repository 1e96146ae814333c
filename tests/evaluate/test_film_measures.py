import numpy as np
import pytest

from huegraft.compiled.color import lab_picture, srgb_picture_from_lab
from huegraft.evaluate.films.measures import Truth, blurred, measured
from huegraft.evaluate.films.motion import motions_of
from huegraft.evaluate.films.shown import shown
from huegraft.film.coding import coefficients

SHAPE, FRAMES = (60, 90), 12
NOTHING = np.zeros((2, *SHAPE), np.float32)


def scene(coffee_wide, number=0):
    """A part of a photograph that is soft enough to be moved."""
    return np.ascontiguousarray(coffee_wide[40 : 40 + SHAPE[0], 60 + 2 * number : 60 + 2 * number + SHAPE[1]])


def chroma_of(frames):
    return [lab_picture(frame)[..., 1:] for frame in frames]


def measures_of(truth, chroma):
    pictures = [
        shown(frame @ coefficients("bt709").weights, each) for frame, each in zip(truth.frames, chroma, strict=True)
    ]
    return measured(truth, pictures, chroma)


@pytest.fixture
def truth(coffee_wide):
    return Truth([scene(coffee_wide)] * FRAMES, motions_of([NOTHING] * (FRAMES - 1)), frozenset({0}))


@pytest.fixture
def moving(coffee_wide):
    flow = np.zeros((2, *SHAPE), np.float32)
    flow[1] = 2
    return Truth([scene(coffee_wide, number) for number in range(FRAMES)], motions_of([flow] * (FRAMES - 1)))


def test_the_truth_is_right(moving):
    found = measures_of(moving, chroma_of(moving.frames))
    assert found["ciede2000"] == pytest.approx(0, abs=0.01)
    assert found["ciede2000_p90"] == pytest.approx(0, abs=0.02)
    assert found["psnr"] > 60
    assert found["flicker"] == pytest.approx(0, abs=1e-5)
    assert found["colorfulness_low"] == pytest.approx(1, abs=0.01)
    assert found["colorfulness_high"] == pytest.approx(1, abs=0.01)
    assert found["cdc"] == pytest.approx(found["cdc_truth"], rel=0.02)


def test_an_error_that_stays_is_no_flicker(truth):
    found = measures_of(truth, [each + np.float32(3) for each in chroma_of(truth.frames)])
    assert found["flicker"] == pytest.approx(0, abs=1e-5)
    assert found["ciede2000"] > 1


def test_an_error_that_blinks_is_flicker_of_its_size(truth):
    chroma = [each + np.float32([3 * (number % 2), 0]) for number, each in enumerate(chroma_of(truth.frames))]
    assert measures_of(truth, chroma)["flicker"] == pytest.approx(3, abs=1e-3)


def test_an_error_that_moves_with_the_picture_is_no_flicker(moving, rng):
    painted = np.zeros((SHAPE[0], SHAPE[1] + 2 * FRAMES, 2), np.float32)
    painted[20:40, 30:70] = 8
    errors = [painted[:, 2 * number : 2 * number + SHAPE[1]] for number in range(FRAMES)]
    carried = [one + other for one, other in zip(chroma_of(moving.frames), errors, strict=True)]
    standing = [each + errors[0] for each in chroma_of(moving.frames)]
    assert measures_of(moving, carried)["flicker"] < 0.02  # the borders blur otherwise
    assert measures_of(moving, standing)["flicker"] > 0.1


def test_pixels_that_are_not_visible_do_not_count(truth):
    flow = NOTHING.copy()
    flow[1, :, :45] = 1000
    halved = Truth(truth.frames, motions_of([flow] * (FRAMES - 1)))
    chroma = chroma_of(truth.frames)
    for each in chroma[::2]:
        each[:, :30] += 5
    assert measures_of(halved, chroma)["flicker"] == pytest.approx(0, abs=1e-3)


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_the_share_of_true_changes_that_comes_out(truth, share):
    lab = lab_picture(truth.frames[0])
    shift = [np.float32([0, number]) for number in range(FRAMES)]
    frames = [srgb_picture_from_lab(np.dstack([lab[..., 0], lab[..., 1:] / 4 + each])).clip(0, 1) for each in shift]
    changing = Truth(frames, truth.motions)
    chroma = [lab[..., 1:] / 4 + np.float32(share) * each for each in shift]
    assert measures_of(changing, chroma)["change"] == pytest.approx(share, abs=0.02)


def test_without_true_changes_there_is_no_share(truth):
    assert measures_of(truth, chroma_of(truth.frames))["change"] is None


def test_fifths_and_keyframes(truth):
    chroma = chroma_of(truth.frames)
    chroma[0] += 30  # a keyframe does not count
    chroma[-1] += 6
    found = measures_of(truth, chroma)
    assert found["first_fifth"] == pytest.approx(0, abs=0.01)
    assert found["last_fifth"] > 0.5
    assert found["ciede2000"] == pytest.approx(found["last_fifth"] * 2 / (FRAMES - 1), rel=0.05)  # a fifth are 2 frames


def test_a_still(truth):
    still = Truth(truth.frames, truth.motions, still=True)
    chroma = [each + np.float32([number % 2, 0]) for number, each in enumerate(chroma_of(truth.frames))]
    found = measures_of(still, chroma)
    assert found["deviation"] == pytest.approx(0.5, abs=1e-4)
    assert found["spread"] == pytest.approx(1, abs=1e-4)


def test_passes_that_drift(truth):
    passes = [(3 * number, 3 * number + 3) for number in range(10)]
    frames = [truth.frames[0]] * 31
    drifting = Truth(frames, motions_of([NOTHING] * 30), passes=passes)
    found = measures_of(
        drifting, [each + np.float32(0.1 * (number // 3)) for number, each in enumerate(chroma_of(frames))]
    )
    assert 0.02 < found["slope"] < found["slope_bound"] < 0.2
    assert found["last_pass"] > 2
    steady = measures_of(drifting, [each + np.float32(1) for each in chroma_of(frames)])
    assert steady["slope_bound"] == pytest.approx(0, abs=1e-6)
    assert steady["last_pass"] == pytest.approx(1)


def test_the_blur_is_a_hundredth_of_the_width():
    point = np.zeros((101, 300, 3), np.float32)
    point[50, 150] = 1
    soft = blurred(point)[1].astype(np.float64)
    across = np.square(np.arange(300) - 150) @ soft.sum(axis=0) / soft.sum()
    assert np.sqrt(across) == pytest.approx(3, abs=0.05)


def test_true_chroma_under_true_luma_gives_the_truth(astronaut):
    chroma = lab_picture(astronaut)[..., 1:]
    assert np.abs(shown(astronaut @ coefficients("bt709").weights, chroma) - astronaut).max() < 2e-3
