from dataclasses import replace

import numpy as np
import pytest

import huegraft
from huegraft.evaluate.package import photograph
from huegraft.stages.fit import FIT_WEIGHTS, fit_of, layout
from huegraft.stages.prepare import shrink

BEST = huegraft.preset("best")


@pytest.fixture(scope="module")
def encoded():
    """The pictures of two photographs, the first mirrored as well."""
    pictures = [photograph(name) for name in ("chelsea", "china")]
    small = [shrink(picture, (120, 120 * picture.shape[1] // picture.shape[0])) for picture in pictures]
    return [huegraft.encode_reference(each, BEST) for each in (*small, small[0][:, ::-1])]


def test_a_picture_is_laid_out_like_itself_mirrored_or_not(encoded):
    cat, house, mirrored = encoded
    assert layout(cat, cat) == pytest.approx(1)
    assert layout(cat, mirrored) > 0.9
    assert layout(cat, house) < 0.5
    assert layout(cat, house) == pytest.approx(layout(house, cat))


def test_layout_sees_only_what_counts(encoded):
    cat, house, _ = encoded
    left = (cat.positions[:, 1] < 0.5).astype(np.float64)
    other_features = {name: np.where(left[:, None] > 0, each, 7.0) for name, each in cat.features.items()}
    changed = replace(cat, validity=left, description=replace(cat.description, features=other_features))
    assert layout(changed, house) == layout(replace(cat, validity=left), house)
    nothing_shared = replace(cat, validity=1 - left)
    assert layout(nothing_shared, replace(cat, validity=(cat.positions[:, 1] < 0.2).astype(float))) != 1
    one_cell = ((cat.positions < 0.25).all(axis=1)).astype(np.float64)
    assert layout(replace(cat, validity=one_cell), cat) == 0


def test_flat_pictures_have_no_layout():
    flat = huegraft.encode_reference(np.full((30, 40, 3), 0.5, np.float32), BEST)
    assert layout(flat, flat) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("kind", FIT_WEIGHTS)
def test_likeness_raises_the_fit(kind):
    figures = [fit_of({"similarity": one, "layout": other}, kind) for one, other in ((0, 0), (0.5, 0), (0.5, 0.5))]
    assert 0 < figures[0] < figures[1] < figures[2] < 1
