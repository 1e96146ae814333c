import numpy as np
import pytest

from huegraft.compiled.color_kernel import FREQUENCIES, wave_sums, waves


def plain(lab, frequencies):
    """In float64."""
    phases = lab.astype(float) @ frequencies.astype(float).T
    return np.moveaxis(np.concatenate([np.cos(phases), np.sin(phases)], axis=2), 2, 0)


@pytest.fixture
def frequencies(rng):
    return rng.normal(0, 0.1, (FREQUENCIES, 3)).astype(np.float32)


def some_lab(rng, size):
    return (rng.uniform(-1, 1, (*size, 3)) * [50, 110, 110] + [50, 0, 0]).astype(np.float32)


def test_cosines_and_sines_of_known_phases():
    frequencies = np.zeros((FREQUENCIES, 3), np.float32)
    frequencies[:, 1] = 0.5 ** np.arange(FREQUENCIES)  # products with them are exact
    lab = np.zeros((3, 5001, 3), np.float32)
    lab[..., 1] = np.linspace(-300, 300, 3 * 5001).reshape(3, -1)
    lab[1, :9, 1] = np.arange(-4, 5) * np.float32(np.pi / 2)  # about where the quarters meet
    np.testing.assert_allclose(waves(lab, frequencies), plain(lab, frequencies), atol=1e-6)


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (9, 1), (37, 53)])
def test_features_are_the_plain_ones(rng, frequencies, size):
    lab = some_lab(rng, size)
    features = waves(lab, frequencies)
    assert features.shape == (2 * FREQUENCIES, *size)
    np.testing.assert_allclose(features, plain(lab, frequencies), atol=2e-5)  # of phases up to 50 in float32


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (9, 1), (37, 53)])
def test_sums_are_those_of_the_features(rng, frequencies, size):
    lab = some_lab(rng, size)
    labels = np.repeat(rng.integers(0, 5, size), 3, axis=1)[:, : size[1]].astype(np.int32)
    expected = np.zeros((5, 2 * FREQUENCIES))
    np.add.at(expected, labels, np.moveaxis(waves(lab, frequencies), 0, 2).astype(float))
    np.testing.assert_allclose(wave_sums(lab, np.ascontiguousarray(labels), 5, frequencies), expected, atol=1e-5)


def test_lines_of_a_wide_superpixel_add_up(frequencies):
    lab = np.broadcast_to(np.float32([60, 20, -30]), (40, 600, 3)).copy()
    labels = np.repeat(np.arange(2, dtype=np.int32), 300)[None].repeat(40, axis=0)
    expected = plain(lab, frequencies)[:, 0, 0]
    for mean in wave_sums(lab, labels, 2, frequencies) / (40 * 300):
        np.testing.assert_allclose(mean, expected, atol=2e-5)


def test_threads_change_no_byte(rng, frequencies, threads):
    lab, labels = some_lab(rng, (50, 61)), rng.integers(0, 5, (50, 61)).astype(np.int32)
    made = []
    for count in (1, 2, 3):
        with threads(count):
            made.append((waves(lab, frequencies), wave_sums(lab, labels, 5, frequencies)))
    for results in made[1:]:
        for one, other in zip(results, made[0], strict=True):
            np.testing.assert_array_equal(one, other)
