import numpy as np
import pytest

from huegraft.color import lab_from_srgb, srgb_from_lab
from huegraft.compiled.color import clip, lab_picture, through_matrix, with_chroma


def steps(count):
    """All combinations of evenly spaced channels, black and white included."""
    levels = np.linspace(0, 1, count, dtype=np.float32)
    return np.stack(np.meshgrid(levels, levels, levels, indexing="ij"), axis=-1).reshape(count, -1, 3)


def test_lab_is_the_plain_one():
    rgb = steps(33)
    np.testing.assert_allclose(lab_picture(rgb), lab_from_srgb(rgb.astype(float)), atol=5e-4)


def test_greys_have_no_chroma():
    grey = np.repeat(np.linspace(0, 1, 256, dtype=np.float32)[None, :, None], 3, axis=2)
    assert np.abs(lab_picture(grey)[..., 1:]).max() < 1e-3


@pytest.mark.parametrize("grey", [False, True])
def test_chroma_under_the_lightness(rng, grey):
    rgb, chroma = steps(9), rng.uniform(-60, 60, (9, 81, 2)).astype(np.float32)
    seen = rgb.astype(float)
    if grey:
        seen = (seen @ [0.299, 0.587, 0.114])[..., None].repeat(3, axis=2)
    lab = np.concatenate([lab_from_srgb(seen)[..., :1], chroma], axis=-1)
    np.testing.assert_allclose(with_chroma(rgb, chroma, grey=grey), srgb_from_lab(lab), atol=2e-5)


def test_chroma_as_a_line_over_lightness(rng):
    rgb, lines = steps(9), rng.uniform(-0.5, 0.5, (9, 81, 4)).astype(np.float32)
    lightness = lab_picture(rgb)[..., :1]
    chroma = lines[..., :2] * lightness + lines[..., 2:]
    np.testing.assert_allclose(with_chroma(rgb, lines, grey=False), with_chroma(rgb, chroma, grey=False), atol=1e-4)


def test_clipping_counts_what_is_outside_by_more_than_the_tolerance():
    rgb = np.array([[[0, 0.5, 1], [-0.01, 0, 1], [0, 1.3, 0], [1.01, -0.01, 1]]], dtype=np.float32)
    clipped = clip(rgb, 0.02)
    np.testing.assert_array_equal(clipped, [[False, False, True, False]])
    assert rgb.min() == 0
    assert rgb.max() == 1


@pytest.mark.parametrize(
    "wrong", [np.zeros((2, 2, 3)), np.zeros((2, 3), np.float32), np.zeros((2, 4, 6), np.float32)[..., ::2]]
)
def test_other_arrays_never_reach_the_loop(wrong):
    with pytest.raises(TypeError):
        lab_picture(wrong)


def test_a_matrix_gives_the_same_bits_in_any_shape(rng):
    values, matrix = rng.random((20, 30, 3), dtype=np.float32), rng.normal(size=(3, 3))
    whole = through_matrix(values, matrix)
    np.testing.assert_allclose(whole, values @ matrix.T, atol=1e-6)
    for rows, columns in np.ndindex(4, 9):
        part = through_matrix(np.ascontiguousarray(values[rows:, columns:]), matrix)
        np.testing.assert_array_equal(part, whole[rows:, columns:])
        np.testing.assert_array_equal(through_matrix(values[rows:, :1].copy(), matrix), whole[rows:, :1])
