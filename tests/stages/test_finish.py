import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import oracle
from finishing import finished
from huegraft.color import lab_from_srgb

pictures = arrays(np.float32, (5, 6, 3), elements=st.floats(0, 1, width=32))


@pytest.mark.parametrize("mode", ["transfer", "colorize"])
@pytest.mark.parametrize("kind", ["lab", "rgb"])
def test_is_the_oracles_at_another_size(astronaut, coffee, mode, kind):
    fused = astronaut[:15, :22]
    result = finished(fused, coffee, mode, finish=kind)
    expected = oracle.finish(fused.astype(float), coffee.astype(float), mode == "colorize", kind == "rgb")
    np.testing.assert_allclose(result.image, expected, atol=1e-4)


def test_rgb_at_the_same_size_is_the_fused_picture(astronaut):
    np.testing.assert_allclose(finished(astronaut, astronaut, finish="rgb").image, astronaut, atol=1e-6)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_whole_numbers_give_whole_numbers(astronaut, coffee, dtype):
    greatest = np.iinfo(dtype).max
    whole = np.rint(coffee * greatest).astype(dtype)
    result = finished(astronaut, whole).image
    assert result.dtype == dtype
    expected = finished(astronaut, (whole / greatest).astype(np.float32)).image * greatest
    np.testing.assert_allclose(result, expected, atol=0.51 + 1e-5 * greatest)


def test_the_same_bytes_for_any_number_of_threads(coffee, threads):
    fused = np.ascontiguousarray(coffee[:20, :20])
    target = np.tile(coffee, (8, 30, 1))
    with threads(1):
        alone = finished(fused, target).image
    with threads(3):
        np.testing.assert_array_equal(finished(fused, target).image, alone)


@given(fused=pictures, target=pictures)
def test_lightness_is_kept_where_nothing_is_clipped(fused, target):
    result = finished(fused, target)
    assert result.image.min() >= 0
    assert result.image.max() <= 1
    assert np.isfinite(result.image).all()
    before, after = lab_from_srgb(target)[..., 0], lab_from_srgb(result.image)[..., 0]
    assert (np.abs(before - after)[~result.clipped] <= 0.02).all()


def test_white_takes_no_colour_and_counts_as_clipped():
    white, red = np.ones((2, 2, 3), dtype=np.float32), np.zeros((2, 2, 3), dtype=np.float32)
    red[..., 0] = 1
    assert finished(red, white).clipped.all()
    assert not finished(white, white).clipped.any()
