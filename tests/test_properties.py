"""What must come out whatever goes in (DESIGN: the method, exactly)."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import huegraft

sizes = st.integers(1, 12)
pictures = st.tuples(sizes, sizes).flatmap(
    lambda size: arrays(np.float32, (*size, 3), elements=st.floats(0, 1, width=32))
)
modes = st.sampled_from([huegraft.transfer, huegraft.colorize])
PAPER = huegraft.preset("paper").replace(backbone="builtin")
few = settings(max_examples=10, deadline=None)


@few
@given(run=modes, target=pictures, reference=pictures, fusion=st.sampled_from(["eq5", "sct"]))
def test_rows_sum_to_one_and_results_are_pictures(run, target, reference, fusion):
    before = target.copy(), reference.copy()
    result = run(target, reference, huegraft.Settings().replace(fusion=fusion))
    np.testing.assert_allclose(result.attention.sum(axis=1), 1, atol=1e-9)
    assert (result.attention >= 0).all()
    for image in (result.image, result.working_image):
        assert np.isfinite(image).all()
        assert image.min() >= 0
        assert image.max() <= 1
    np.testing.assert_array_equal(target, before[0])
    np.testing.assert_array_equal(reference, before[1])


@few
@given(run=modes, target=pictures, reference=pictures)
def test_a_hot_softmax_gives_the_unweighted_mean(run, target, reference):
    result = run(target, reference, PAPER, tau=1e9)
    means = huegraft.encode_reference(reference, PAPER, mode=result_mode(run)).color_mean
    np.testing.assert_allclose(result.working_image - means.mean(axis=0), 0, atol=1e-5)


@few
@given(run=modes, picture=arrays(np.float32, (9, 8, 3), elements=st.floats(0, 1, width=32), unique=True))
def test_a_cold_softmax_matches_a_picture_to_itself(run, picture):
    distances = []
    for tau in (1.0, 1e-2, 1e-9):
        attention = run(picture, picture, tau=tau, backbone="handcrafted").attention
        distances.append(np.abs(attention - np.eye(len(attention))).max())
    assert distances[0] >= distances[1] - 1e-9
    assert distances[1] >= distances[2] - 1e-9
    assert distances[2] < 1e-3


@few
@given(run=modes, target=pictures, reference=pictures)
def test_the_same_reference_twice_changes_nothing(run, target, reference):
    once, twice = run(target, reference, PAPER), run(target, [reference, reference], PAPER)
    np.testing.assert_allclose(twice.image, once.image, atol=1e-5)


@few
@given(run=modes, target=pictures, reference=pictures)
def test_the_same_input_gives_the_same_bytes(run, target, reference):
    assert run(target, reference).image.tobytes() == run(target, reference).image.tobytes()


def result_mode(run):
    return "transfer" if run is huegraft.transfer else "colorize"
