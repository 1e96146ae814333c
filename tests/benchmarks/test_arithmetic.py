import pytest
from benchmarks.speed.arithmetic import vgg_multiply_adds


def test_the_count_for_a_pixel():
    # conv by conv: 9 times 3·64, 64·64, 64·128, 128·128, 128·256 and three times 256·256
    assert vgg_multiply_adds(pooling=False) == 1728 + 36864 + 73728 + 147456 + 294912 + 3 * 589824
    assert vgg_multiply_adds(pooling=True) == 38592 + 221184 / 4 + 2064384 / 16


def test_pooling_leaves_a_tenth():
    assert vgg_multiply_adds(pooling=True) / vgg_multiply_adds(pooling=False) == pytest.approx(0.1, abs=0.005)
