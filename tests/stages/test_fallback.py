import numpy as np
import pytest

import huegraft
from huegraft.compiled.color import lab_picture
from huegraft.stages.fallback import trust_in
from huegraft.windows import Window

BEST = huegraft.preset("best")
RUNS = {"transfer": huegraft.transfer, "colorize": huegraft.colorize}
EVERY = pytest.mark.parametrize("mode", RUNS)


@pytest.mark.parametrize(("minimum", "expected"), [(0.0, 1.0), (1.0, 0.0), (0.3, 1.0), (0.7, 0.0)])
def test_trust_is_whole_above_the_minimum_and_none_below(astronaut, minimum, expected):
    confidence = np.full(astronaut.shape[:2], 0.5, np.float32)
    trust = trust_in(confidence, astronaut, astronaut.shape[:2], minimum)
    np.testing.assert_array_equal(trust(astronaut, Window.whole(astronaut.shape[:2])), expected)


def test_trust_changes_where_lightness_does():
    grey = np.full((64, 64, 3), 0.2, np.float32)
    grey[:, 33:] = 0.8
    confidence = np.where(np.arange(64) < 32, 0.0, 1.0).astype(np.float32)[None].repeat(64, 0)
    trust = trust_in(confidence, grey, (64, 64), 0.5)(grey, Window.whole((64, 64)))
    assert trust[32, 30] < 0.2
    assert trust[32, 35] > 0.8
    assert trust.min() == 0
    assert trust.max() == 1


@EVERY
@pytest.mark.parametrize("fallback", ["keep", "neutral", "global"])
def test_a_minimum_of_0_trusts_everything(mode, fallback, astronaut, coffee):
    clipped = BEST.replace(gamut="clip")  # to compress is to halve an interval, which ends as one bit decides
    plain = RUNS[mode](astronaut, coffee, clipped).image
    result = RUNS[mode](astronaut, coffee, clipped, fallback=fallback, min_confidence=0.0).image
    np.testing.assert_allclose(result, plain, atol=1e-5)


@EVERY
def test_keep_of_everything_is_the_target(mode, astronaut, coffee):
    result = RUNS[mode](astronaut, coffee, BEST, fallback="keep", min_confidence=1.0)
    np.testing.assert_array_equal(result.image, astronaut)


@EVERY
def test_neutral_of_everything_is_grey(mode, astronaut, coffee):
    plain = RUNS[mode](astronaut, coffee, BEST)
    result = RUNS[mode](astronaut, coffee, BEST, fallback="neutral", min_confidence=1.0).image
    assert np.abs(lab_picture(result)[..., 1:]).max() < 0.05
    inside = (plain.image > 0).all(axis=-1) & (plain.image < 1).all(axis=-1)
    np.testing.assert_allclose(lab_picture(result)[inside, 0], lab_picture(plain.image)[inside, 0], atol=0.05)


def test_global_of_everything_is_one_map_for_all_colours(astronaut, coffee):
    target = np.concatenate([astronaut, astronaut[:, ::-1]], axis=1)
    result = huegraft.transfer(target, coffee, BEST, fallback="global", min_confidence=1.0).image
    np.testing.assert_allclose(result[:, :36], result[:, :35:-1], atol=1e-4)
    assert np.abs(result - target).mean() > 0.02


def test_global_in_colourisation_is_chroma_by_lightness(astronaut, coffee):
    result = huegraft.colorize(astronaut, coffee, BEST, fallback="global", min_confidence=1.0).image
    lab = lab_picture(result)
    order = np.argsort(lab[..., 0].ravel())
    chroma = lab[..., 1:].reshape(-1, 2)[order]
    apart = np.linalg.norm(np.diff(chroma, axis=0), axis=1)
    assert np.quantile(apart, 0.99) < 1
    assert chroma.std() > 2


@EVERY
@pytest.mark.parametrize("fallback", ["keep", "neutral", "global"])
def test_between_the_ends_it_lies_between(mode, fallback, astronaut, coffee):
    def run(minimum):
        return RUNS[mode](astronaut, coffee, BEST, fallback=fallback, min_confidence=minimum)

    whole, none = run(0.0), run(1.0)
    middle = run(float(np.median(whole.confidence))).image
    assert 0 < np.abs(middle - whole.image).mean() < np.abs(none.image - whole.image).mean()
