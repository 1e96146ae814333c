import numpy as np
import pytest
from skimage import data
from skimage.color import deltaE_ciede2000

import huegraft
from huegraft.color import ciede2000
from huegraft.errors import LutError, PictureError
from huegraft.evaluate.metrics.difference import lab
from huegraft.lut.bins import binned


@pytest.fixture(scope="module")
def photograph():
    return (data.astronaut()[::4, ::4] / 255).astype(np.float32)


def nodes(size):
    return np.stack(np.meshgrid(*[np.linspace(0, 1, size)] * 3, indexing="ij"), axis=-1)


def warm(picture):
    """A smooth grade that mixes the channels."""
    mixed = picture @ np.transpose([[0.8, 0.15, 0.05], [0.1, 0.85, 0.05], [0.0, 0.15, 0.75]])
    return (mixed ** [0.8, 1.0, 1.3]).astype(np.float32)


def test_no_change_gives_the_identity_everywhere(photograph):
    lut = huegraft.fit_lut(photograph, photograph, 17)
    np.testing.assert_allclose(lut.table, nodes(17), atol=1e-4)
    assert lut.explained == 1
    assert lut.mean_difference < 0.01


@pytest.mark.parametrize("size", [2, 9, 12, 33])
def test_a_map_of_colours_is_found_where_there_are_data(photograph, size):
    graded = warm(photograph)
    lut = huegraft.fit_lut(photograph, graded, size)
    errors = np.abs(huegraft.apply_lut(lut, photograph) - graded)
    most, mean = {2: (0.3, 0.05), 9: (0.03, 0.005)}.get(size, (0.015, 0.0015))
    assert errors.max() < most
    assert errors.mean() < mean
    if size > 2:
        assert lut.explained > 0.995


def test_the_map_goes_on_beyond_the_data(photograph):
    seen = 0.25 + photograph / 2
    lut = huegraft.fit_lut(seen, warm(seen), 17)
    assert np.abs(lut.table - warm(nodes(17))).max() < 0.25
    within = np.abs(huegraft.apply_lut(lut, photograph) - warm(photograph))
    assert within.mean() < 0.03


@pytest.mark.parametrize("channel", [0, 1, 2])
def test_greys_stay_in_order_and_keep_their_ends(photograph, channel):
    dark = photograph * 0.4
    graded = np.sqrt(dark)
    graded[..., channel] *= 0.9
    lut = huegraft.fit_lut(dark, graded, 33)
    greys = lut.table[np.arange(33), np.arange(33), np.arange(33)]
    assert np.diff(greys, axis=0).min() > -0.01
    assert greys[0].max() < 0.1
    assert greys[-1].min() > 0.85


def test_a_narrow_scene_leads_to_nothing_wild():
    fog = np.full((8, 8, 3), 0.8, np.float32) + np.linspace(0, 0.05, 8, dtype=np.float32)[:, None, None]
    night = fog * np.float32([0.05, 0.2, 0.6])
    lut = huegraft.fit_lut(fog, night, 17)
    greys = lut.table[np.arange(17), np.arange(17), np.arange(17)]
    np.testing.assert_allclose(huegraft.apply_lut(lut, fog), night, atol=0.005)
    assert greys[0].max() < 0.05
    assert np.diff(greys, axis=0).min() > -0.01
    assert np.abs(np.diff(lut.table, axis=0)).max() * 16 < 6
    assert np.abs(np.diff(lut.table, 2, axis=0)).max() < 0.25


def test_the_share_explained_falls_where_the_change_depends_on_place(photograph, rng):
    place = np.linspace(0, 1, photograph.shape[1], dtype=np.float32)[:, None]
    by_color = huegraft.fit_lut(photograph, warm(photograph), 17)
    both = huegraft.fit_lut(photograph, warm(photograph) * (1 - 0.5 * place), 17)
    coins = rng.choice([-0.2, 0.2], photograph.shape[:2])[..., None]
    middling = 0.25 + photograph / 2
    by_chance = huegraft.fit_lut(middling, middling + coins, 17)
    assert by_color.explained > 0.995
    assert 0.95 > both.explained > 0.5
    assert 0.2 > by_chance.explained > -0.01


def test_the_figures_are_those_of_the_applied_lut(photograph, rng):
    graded = np.clip(warm(photograph) + rng.normal(0, 0.03, photograph.shape), 0, 1).astype(np.float32)
    lut = huegraft.fit_lut(photograph, graded, 9)
    before, reached, wanted = (lab(x) for x in (photograph, huegraft.apply_lut(lut, photograph), graded))
    share = 1 - np.square(reached - wanted).sum() / np.square(before - wanted).sum()
    differences = ciede2000(reached, wanted)
    np.testing.assert_allclose(
        [lut.explained, lut.mean_difference, lut.difference_95],
        [share, differences.mean(), np.quantile(differences, 0.95)],
        rtol=1e-6,
    )
    assert deltaE_ciede2000(before, wanted).mean() > lut.mean_difference > 1


def test_kinds_of_pictures_and_the_title(photograph):
    graded = warm(photograph)
    expected = huegraft.fit_lut(photograph, graded, 9, title="warm")
    assert expected.title == "warm"
    whole = [np.rint(picture * 65535).astype(np.uint16) for picture in (photograph, graded)]
    np.testing.assert_allclose(huegraft.fit_lut(*whole, 9).table, expected.table, atol=1e-3)


def test_torch_pictures_give_the_same(torch, photograph):
    graded = warm(photograph)
    by_torch = huegraft.fit_lut(torch.tensor(photograph), torch.tensor(graded), 9)
    np.testing.assert_array_equal(by_torch.table, huegraft.fit_lut(photograph, graded, 9).table)


def test_wrong_arguments_are_refused(photograph):
    with pytest.raises(LutError, match="2 to 65 nodes along each axis, got 66"):
        huegraft.fit_lut(photograph, photograph, 66)
    with pytest.raises(LutError, match="title"):
        huegraft.fit_lut(photograph, photograph, 9, title='"')
    with pytest.raises(PictureError, match=r"of one size, got \(128, 128\) and \(127, 128\)"):
        huegraft.fit_lut(photograph, photograph[1:], 9)
    with pytest.raises(PictureError, match="the result must lie in"):
        huegraft.fit_lut(photograph, photograph * 2, 9)


def test_bins_hold_every_pixel_once(photograph):
    bins = binned(photograph, warm(photograph), 33)
    pixels = photograph.reshape(-1, 3).astype(np.float64)
    assert bins.shares.sum() == pytest.approx(1)
    np.testing.assert_allclose(bins.shares @ bins.colors, pixels.mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(bins.shares @ bins.wanted, warm(photograph).reshape(-1, 3).mean(axis=0), rtol=1e-5)
    assert len(bins.shares) == len(np.unique(np.minimum((pixels * 128).astype(int), 127), axis=0))


def test_of_a_large_picture_an_even_grid_is_taken(photograph, monkeypatch):
    monkeypatch.setattr("huegraft.lut.bins._MOST_PIXELS", 2**12)
    few, all_of_fewer = (binned(x, warm(x), 9) for x in (photograph, photograph[::2, ::2]))
    np.testing.assert_array_equal(few.colors, all_of_fewer.colors)
    np.testing.assert_array_equal(few.shares, all_of_fewer.shares)
