import numpy as np
import pytest

from huegraft.report.colorfulness import colorfulness


def test_greys_have_none():
    assert colorfulness(np.full((4, 5, 3), 0.3, dtype=np.float32)) == 0


def test_by_hand():
    picture = np.zeros((1, 2, 3), dtype=np.float32)
    picture[0, 0] = [1, 0, 0]  # red − green = 255, 0; yellow − blue = 127.5, 0
    spread = np.hypot(127.5, 63.75)
    mean = np.hypot(127.5, 63.75)
    assert colorfulness(picture) == pytest.approx(spread + 0.3 * mean)
