"""The preset "best": the whole pipeline with base map and grades."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

import huegraft
from huegraft import Request, Session
from huegraft.color import lab_from_srgb
from huegraft.evaluate.grades import RandomGrade, view
from huegraft.evaluate.methods.monge_kantorovitch import monge_kantorovitch_lab

BEST = huegraft.preset("best")


def lab(picture):
    return lab_from_srgb(picture.astype(np.float64))


def distance(first, second):
    return np.median(np.linalg.norm(lab(first) - lab(second), axis=-1))


@pytest.fixture
def regraded(astronaut, rng):
    picture = np.kron(astronaut, np.ones((3, 3, 1), np.float32))
    truth = RandomGrade.drawn(rng)(picture)
    return picture, view(truth, rng), truth


def test_a_regrade_is_found_and_a_global_map_beaten(regraded):
    target, reference, truth = regraded
    result = huegraft.transfer(target, reference, BEST)
    assert distance(result.image, truth) < 0.9 * distance(monge_kantorovitch_lab(target, reference), truth)
    assert distance(result.image, truth) < 0.8 * distance(target, truth)
    assert set(result.seconds) == {"prepare", "segment", "features", "grade", "match", "confidence", "finish"}


def test_lightness_is_carried_only_as_far_as_asked(regraded):
    target, reference, _ = regraded
    kept, half, full = (huegraft.transfer(target, reference, BEST, lightness=share).image for share in (0.0, 0.5, 1.0))
    inside = ((kept > 0.02) & (kept < 0.98)).all(axis=-1)
    np.testing.assert_allclose(lab(kept)[inside, 0], lab(target)[inside, 0], atol=0.02)
    moved = np.abs(lab(full)[..., 0] - lab(target)[..., 0]).mean()
    assert 0.3 * moved < np.abs(lab(half)[..., 0] - lab(target)[..., 0]).mean() < 0.7 * moved


def test_full_size_follows_the_working_size(regraded):
    target, reference, _ = regraded
    whole = huegraft.transfer(target, reference, BEST)
    small = huegraft.transfer(target, reference, BEST, working_pixels=6000)
    assert small.working_image.shape[0] < target.shape[0]
    assert small.image.shape == target.shape
    assert distance(small.image, whole.image) < 4
    np.testing.assert_allclose(whole.working_image, whole.image, atol=1e-6)


def test_large_pictures_are_finished_in_bands(regraded, monkeypatch):
    target, reference, _ = regraded
    whole = huegraft.transfer(target, reference, BEST).image
    monkeypatch.setattr("huegraft.stages.composite._PIXELS_AT_ONCE", 700)
    np.testing.assert_allclose(huegraft.transfer(target, reference, BEST).image, whole, atol=2e-4)


@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (30, 2)])
def test_flat_and_tiny_pictures(shape, coffee):
    flat = np.full((*shape, 3), 0.4, np.float32)
    for target, reference in ((flat, coffee), (coffee, flat), (flat, flat)):
        result = huegraft.transfer(target, reference, BEST)
        assert np.isfinite(result.image).all()
        assert result.image.min() >= 0
        assert result.image.max() <= 1


def test_the_same_picture_is_left_as_it_is(astronaut):
    picture = np.kron(astronaut, np.ones((3, 3, 1), np.float32))
    assert distance(huegraft.transfer(picture, picture, BEST).image, picture) < 0.5


def test_the_same_call_gives_the_same_bytes_and_a_session_the_same(astronaut, coffee):
    request = Request("transfer", astronaut, coffee, BEST)
    with Session() as session:
        first, second, third = huegraft.transfer(astronaut, coffee, BEST), session.run(request), session.run(request)
        changed = session.run(replace(request, settings=BEST.replace(lightness=0.0)))
    assert first.image.tobytes() == second.image.tobytes() == third.image.tobytes()
    assert changed.image.tobytes() == huegraft.transfer(astronaut, coffee, BEST, lightness=0.0).image.tobytes()


def test_encoded_and_masked_references(astronaut, coffee):
    encoded = huegraft.encode_reference(coffee, BEST)
    plain = huegraft.transfer(astronaut, coffee, BEST)
    assert huegraft.transfer(astronaut, encoded, BEST).image.tobytes() == plain.image.tobytes()
    mask = np.zeros(coffee.shape[:2], np.float32)
    mask[:, :15] = 1
    masked = huegraft.transfer(astronaut, huegraft.encode_reference(coffee, BEST, mask=mask), BEST)
    assert distance(masked.image, plain.image) > 1


def test_colourisation_has_no_base(astronaut, coffee):
    with_base = huegraft.colorize(astronaut, coffee, BEST)
    without = huegraft.colorize(astronaut, coffee, BEST.replace(base="none"))
    assert with_base.image.tobytes() == without.image.tobytes()


def test_stages_are_announced(regraded):
    target, reference, _ = regraded
    stages = []
    huegraft.transfer(target, reference, BEST, progress=stages.append)
    in_turn = [stage for stage, _ in itertools.groupby(stages)]
    rounds = 3 * ["features", "match", "grade"]
    assert in_turn[-12:] == ["grade", *rounds, "confidence", "finish"]


def test_a_session_keeps_the_matching(regraded):
    target, reference, _ = regraded
    with Session() as session:
        session.run(Request("transfer", target, reference, BEST))
        again = session.run(Request("transfer", target, reference, BEST.replace(lightness=0.5)))
    assert not {"prepare", "segment", "features", "match"} & set(again.seconds)
    np.testing.assert_array_equal(again.image, huegraft.transfer(target, reference, BEST, lightness=0.5).image)


@pytest.mark.parametrize("mode", ["transfer", "colorize"])
def test_confidence_and_similarity(regraded, mode):
    target, reference, _ = regraded
    recolor = getattr(huegraft, mode)
    result = recolor(target, reference, BEST)
    assert result.confidence.shape == target.shape[:2]
    assert result.confidence.dtype == np.float32
    assert ((result.confidence > 0) & (result.confidence < 1)).all()
    assert (np.abs(recolor(target, target, BEST).similarity) <= 1).all()
    strange = recolor(target, 1 - reference[:30, :30], BEST)
    assert strange.confidence.mean() < result.confidence.mean()
