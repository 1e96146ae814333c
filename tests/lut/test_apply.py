import itertools

import numpy as np
import pytest

import huegraft
from huegraft.errors import PictureError


@pytest.fixture
def lut(rng):
    return huegraft.Lut(rng.random((5, 5, 5, 3), dtype=np.float32))


def by_hand(lut, color):
    """Trilinear interpolation, one corner after the other."""
    low, high = np.array(lut.domain)
    place = np.clip((color - low) / (high - low), 0, 1) * (lut.size - 1)
    corner = np.minimum(place.astype(int), lut.size - 2)
    share = place - corner
    total = np.zeros(3)
    for side in itertools.product((0, 1), repeat=3):
        weight = np.prod(np.where(side, share, 1 - share))
        total += weight * lut.table[tuple(corner + side)]
    return np.clip(total, 0, 1)


@pytest.mark.parametrize("domain", [((0.0, 0.0, 0.0), (1.0, 1.0, 1.0)), ((0.2, 0.1, -1.0), (0.7, 3.0, 1.5))])
def test_interpolation_is_trilinear_and_ends_with_the_domain(lut, rng, domain):
    lut = huegraft.Lut(lut.table * 1.2 - 0.1, domain=domain)
    picture = rng.random((6, 7, 3), dtype=np.float32)
    picture[0, :2] = [[0, 0, 0], [1, 1, 1]]
    expected = [[by_hand(lut, color) for color in row] for row in picture]
    np.testing.assert_allclose(huegraft.apply_lut(lut, picture), expected, atol=2e-6)


def test_kinds_of_pictures(lut, coffee):
    expected = huegraft.apply_lut(lut, coffee)
    assert (expected.dtype, expected.shape) == (np.float32, coffee.shape)
    whole = np.rint(coffee * 65535).astype(np.uint16)
    np.testing.assert_allclose(huegraft.apply_lut(lut, whole), expected * 65535, atol=3)
    grey = huegraft.apply_lut(lut, coffee[..., 0])
    np.testing.assert_array_equal(grey, huegraft.apply_lut(lut, coffee[..., [0, 0, 0]]))
    with pytest.raises(PictureError, match="the picture must lie in"):
        huegraft.apply_lut(lut, coffee * 2)


def test_torch_pictures_stay_torchs(torch, lut, coffee):
    expected = huegraft.apply_lut(lut, coffee)
    assert torch.equal(huegraft.apply_lut(lut, torch.tensor(coffee)), torch.tensor(expected))


def test_bands_do_not_show(lut, rng, monkeypatch):
    picture = rng.random((9, 10, 3), dtype=np.float32)
    whole = huegraft.apply_lut(lut, picture)
    monkeypatch.setattr("huegraft.lut.apply._PIXELS_AT_ONCE", 20)
    np.testing.assert_array_equal(huegraft.apply_lut(lut, picture), whole)
