import tracemalloc

import numpy as np
import pytest

import huegraft
from huegraft.color import grey_from_srgb
from huegraft.errors import ArgumentError, EncodedMismatchError, PictureError, SettingsError
from huegraft.evaluate.grades import RandomGrade, view
from huegraft.evaluate.package import photograph
from huegraft.stages.prepare import shrink
from huegraft.suggestion import FEW_PICTURES

BEST = huegraft.preset("best")
NAMES = ("chelsea", "coffee", "rocket", "astronaut", "china")


@pytest.fixture(scope="module")
def photographs():
    pictures = [photograph(name) for name in NAMES]
    return [shrink(picture, (90, 90 * picture.shape[1] // picture.shape[0])) for picture in pictures]


@pytest.mark.parametrize("mode", ["transfer", "colorize"])
@pytest.mark.parametrize("chosen", range(len(NAMES)))
def test_a_view_of_the_target_is_best(photographs, rng, mode, chosen):
    grade = RandomGrade.drawn(rng) if mode == "transfer" else lambda picture: picture
    references = list(photographs)
    references[chosen] = grade(view(photographs[chosen], rng)).clip(0, 1)
    found = huegraft.suggest(photographs[chosen], references, BEST, mode=mode)
    assert found[0].index == chosen
    assert sorted(each.index for each in found) == list(range(len(NAMES)))
    assert [each.fit for each in found] == sorted((each.fit for each in found), reverse=True)
    assert all(0 <= each.fit <= 1 for each in found)
    assert found[0].fit > 0.7 > found[1].fit


def test_a_candidate_fits_the_same_in_any_company(photographs):
    target, *references = photographs
    together = {each.index: each for each in huegraft.suggest(target, references, BEST)}
    turned = {len(references) - 1 - each.index: each for each in huegraft.suggest(target, references[::-1], BEST)}
    for index, reference in enumerate(references):
        (alone,) = huegraft.suggest(target, [reference], BEST)
        assert alone.fit == together[index].fit == turned[index].fit
        assert alone.figures == together[index].figures


def test_candidates_of_equal_fits_keep_their_order(photographs):
    target, other = photographs[:2]
    found = huegraft.suggest(target, [other, target, other, target], BEST)
    assert [each.index for each in found] == [1, 3, 0, 2]


def test_the_similarity_is_the_mean_over_the_target(photographs):
    target, reference = photographs[:2]
    for mode, recolor in (("transfer", huegraft.transfer), ("colorize", huegraft.colorize)):
        (found,) = huegraft.suggest(target, [reference], BEST, mode=mode)
        result = recolor(target, reference, BEST.replace(base="none"))
        assert found.figures["similarity"] == pytest.approx(result.similarity[result.labels].mean(), abs=1e-9)
        assert list(found.figures) == ["similarity", "layout"]
        assert found.fit == result.fit


def test_a_masked_part_does_not_count(photographs):
    target, stranger = photographs[0], photographs[1]
    both = np.concatenate([target, stranger[:, : target.shape[1]]], axis=1)
    mask = np.zeros(both.shape[:2], np.float32)
    mask[:, target.shape[1] :] = 1
    for mode in ("transfer", "colorize"):
        masked = huegraft.encode_reference(both, BEST, mode=mode, mask=mask)
        whole = huegraft.encode_reference(both, BEST, mode=mode)
        found = huegraft.suggest(target, [masked, whole], BEST, mode=mode)
        assert [each.index for each in found] == [1, 0]


def test_a_base_map_and_what_follows_change_nothing(photographs):
    target, *references = photographs[:3]
    plain = huegraft.suggest(target, references, BEST.replace(base="none", finish="rgb", rounds=1))
    assert plain == huegraft.suggest(target, references, BEST)


def test_colors_of_the_target_do_not_count_in_colorization(photographs):
    target, *references = photographs[:3]
    grey = grey_from_srgb(target)
    fits = [
        {each.index: each.fit for each in huegraft.suggest(picture, references, BEST, mode="colorize")}
        for picture in (target, grey)
    ]
    assert fits[0] == pytest.approx(fits[1], abs=1e-3)


def test_a_store_and_encoded_candidates_give_the_same(photographs, tmp_path):
    target, *references = photographs[:3]
    plain = huegraft.suggest(target, references, BEST)
    stages = []
    for _ in range(2):
        stages.clear()
        with huegraft.Session(max_bytes=FEW_PICTURES, store=huegraft.EncodedCache(tmp_path)) as session:
            assert huegraft.suggest(target, references, BEST, session=session, progress=stages.append) == plain
    assert set(stages) == {"cache", "match"}
    assert huegraft.suggest(target, [huegraft.encode_reference(each, BEST) for each in references], BEST) == plain


def test_candidates_are_drawn_one_by_one(photographs):
    target, *references = photographs[:3]
    stages = []

    def drawn():
        for reference in references:
            stages.append("drawn")
            yield reference

    huegraft.suggest(target, drawn(), BEST, progress=stages.append)
    first, second = (place for place, stage in enumerate(stages) if stage == "drawn")
    assert "match" in stages[first:second]
    assert "match" in stages[second:]


def test_no_candidate_is_mistaken_for_one_gone_before(photographs, rng):
    target, other = photographs[:2]
    candidates = [np.roll(other, 20 * turn, axis=1) * rng.uniform(0.5, 1) for turn in range(12)]
    alone = [huegraft.suggest(target, [each], BEST)[0].fit for each in candidates]
    together = huegraft.suggest(target, (each.copy() for each in candidates), BEST)
    assert {each.index: each.fit for each in together} == dict(enumerate(alone))


def test_no_more_candidates_are_kept_than_the_bound_allows(photographs, monkeypatch):
    target, other = photographs[:2]
    held = []
    monkeypatch.setattr("huegraft.suggestion.FEW_PICTURES", 2**21)

    def drawn():
        for turn in range(10):
            held.append(tracemalloc.get_traced_memory()[0])
            yield np.roll(other, 5 * turn, axis=1)

    tracemalloc.start()
    try:
        huegraft.suggest(target, drawn(), BEST)
    finally:
        tracemalloc.stop()
    assert held[9] - held[4] < other.nbytes  # less than a fifth of what each would take
    assert max(held) - held[0] < 2**21


def test_flat_pictures_and_single_pixels_can_be_rated(photographs):
    flat, pixel = np.full((20, 30, 3), 0.5, np.float32), np.zeros((1, 1, 3), np.uint8)
    for mode in ("transfer", "colorize"):
        found = huegraft.suggest(photographs[0], [flat, pixel, photographs[0]], BEST, mode=mode)
        assert found[0].index == 2
        assert all(0 <= each.fit <= 1 for each in found)
    assert len(huegraft.suggest(flat, [photographs[0]], BEST)) == 1


def test_one_picture_is_one_candidate(photographs):
    target, reference = photographs[:2]
    (found,) = huegraft.suggest(target, reference, BEST)
    assert found == huegraft.suggest(target, [reference], BEST)[0]
    assert len(huegraft.suggest(target, np.stack([reference, reference]), BEST)) == 2
    encoded = huegraft.encode_reference(reference, BEST)
    assert len(huegraft.suggest(target, encoded, BEST)) == 1


def test_nothing_to_rank_gives_nothing(photographs):
    assert huegraft.suggest(photographs[0], [], BEST) == []


def test_wrong_arguments_are_named(photographs):
    target, reference = photographs[:2]
    with pytest.raises(ArgumentError, match="mode must be 'transfer' or 'colorize', got 'paint'"):
        huegraft.suggest(target, [reference], mode="paint")
    with pytest.raises(PictureError, match="the target must lie in"):
        huegraft.suggest(2 * target, [reference])
    with pytest.raises(SettingsError, match="unknown setting 'hue'"):
        huegraft.suggest(target, [reference], hue=3)
    with pytest.raises(EncodedMismatchError, match="superpixels"):
        huegraft.suggest(target, [huegraft.encode_reference(reference, superpixels=30)], superpixels=40)
