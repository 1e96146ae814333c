import numpy as np
import pytest
from skimage.metrics import peak_signal_noise_ratio

from huegraft.color import ciede2000
from huegraft.evaluate.metrics import MEASURES, averaged, measured
from huegraft.evaluate.metrics.difference import (
    chroma_error,
    colorfulness_ratio,
    lab,
    psnr,
    superpixel_chroma_error,
    with_lightness,
)
from huegraft.evaluate.metrics.palette import histogram_intersection, sliced_wasserstein
from huegraft.evaluate.metrics.structure import gssim, ssim
from huegraft.evaluate.metrics.temporal import color_distribution_consistency, motion_between, warped_difference
from huegraft.evaluate.pairs import Pair, grey


def flat(*color, shape=(12, 13)):
    return np.broadcast_to(np.array(color, dtype=np.float32), (*shape, 3)).copy()


@pytest.mark.parametrize(
    ("first", "second", "difference"),
    [  # Sharma, Wu, Dalal 2005, table 1: pairs 1, 2, 4, 17, 24, 34
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, 3.1571, -77.2803), (50, 0, -82.7485), 2.8615),
        ((50, -1.3802, -84.2814), (50, 0, -82.7485), 1.0),
        ((50, 2.5, 0), (73, 25, -18), 27.1492),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
        ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_ciede2000(first, second, difference):
    np.testing.assert_allclose(
        ciede2000(np.array([[first]], float), np.array([[second]], float)), difference, atol=5e-5
    )


def test_chroma_error_leaves_lightness_out():
    np.testing.assert_allclose(chroma_error(np.array([[[50.0, 3, 4]]]), np.array([[[90.0, 0, 0]]])), 5)
    lit = with_lightness(np.array([[[50.0, 3, 4]]]), np.array([[[90.0, 1, 1]]]))
    np.testing.assert_array_equal(lit, [[[90, 3, 4]]])


def test_psnr(astronaut, rng):
    other = np.clip(astronaut + rng.normal(0, 0.05, astronaut.shape), 0, 1).astype(np.float32)
    assert psnr(flat(0.5, 0.5, 0.5), flat(0.6, 0.6, 0.6)) == pytest.approx(20, abs=1e-4)
    assert psnr(other, astronaut) == pytest.approx(peak_signal_noise_ratio(astronaut, other, data_range=1), abs=1e-4)
    assert psnr(astronaut, astronaut) == 100
    where = np.zeros((12, 13), bool)
    where[:6] = True
    half = flat(0.5, 0.5, 0.5)
    half[6:] = 0.9
    assert psnr(half, flat(0.6, 0.6, 0.6), where) == pytest.approx(20, abs=1e-4)


@pytest.mark.parametrize("similarity", [ssim, gssim])
def test_structure_of_flat_pictures_is_that_of_their_brightness(similarity):
    first, second = np.full((16, 16), 0.2), np.full((16, 16), 0.8)
    expected = (2 * 0.2 * 0.8 + 1e-4) / (0.2**2 + 0.8**2 + 1e-4)
    np.testing.assert_allclose(similarity(first, second), expected, rtol=1e-6)


def test_structure_is_one_for_the_same_and_low_for_noise(astronaut, rng):
    lightness = lab(astronaut)[..., 0] / 100
    noise = rng.uniform(size=lightness.shape)
    for similarity in (ssim, gssim):
        np.testing.assert_allclose(similarity(lightness, lightness), 1, atol=1e-9)
        assert similarity(lightness, noise).mean() < 0.2
    assert gssim(lightness, lightness**1.3).mean() > ssim(lightness, noise).mean()


def test_gssim_sees_edges_alone_where_brightness_is_equal():
    ramp = np.tile(np.linspace(0.4, 0.6, 32), (32, 1))
    mirrored = ramp[:, ::-1]
    middle = np.s_[8:24, 15:17]
    np.testing.assert_allclose(gssim(ramp, mirrored)[middle], 1, atol=2e-3)  # the same slopes, whichever way they go
    assert ssim(ramp, mirrored)[middle].mean() < 0.9


def test_histogram_intersection():
    first, second = np.zeros((2, 2, 3)), np.zeros((2, 2, 3))
    second[0, :, 1] = 40
    assert histogram_intersection(first, first) == 1
    assert histogram_intersection(first, second) == pytest.approx(0.5)
    assert histogram_intersection(first[1:], second[:1]) == 0


def test_sliced_wasserstein(rng):
    colors = rng.normal(size=(40, 50, 3)) * 20
    assert sliced_wasserstein(colors, rng.permutation(colors.reshape(-1, 3)).reshape(50, 40, 3)) < 1e-5
    assert sliced_wasserstein(colors, colors + np.array([8.0, 0, 0])) == pytest.approx(4, rel=0.1)
    assert sliced_wasserstein(np.zeros((2, 2, 3)), np.full((3, 5, 3), 2.0)) == pytest.approx(3**0.5, rel=0.1)


def test_superpixel_chroma_error():
    truth = np.concatenate([flat(0.8, 0.2, 0.2), flat(0.2, 0.2, 0.8)], axis=1)
    labels = np.repeat(np.array([[0, 1]], dtype=np.int32), 13, axis=1).repeat(12, axis=0)
    right = np.array([[0.8, 0.2, 0.2], [0.2, 0.2, 0.8]])
    assert superpixel_chroma_error(right, labels, truth) < 1e-4
    swap = np.hypot(*(lab(flat(0.8, 0.2, 0.2)) - lab(flat(0.2, 0.2, 0.8)))[0, 0, 1:])
    assert superpixel_chroma_error(right[::-1].copy(), labels, truth) == pytest.approx(swap, rel=1e-5)
    barred = np.pad(labels, [(4, 4), (0, 3)], constant_values=-1)
    whole = np.pad(truth, [(4, 4), (0, 3), (0, 0)])
    assert superpixel_chroma_error(right, barred, whole) < 1e-4


def test_colorfulness_ratio(astronaut):
    assert colorfulness_ratio(astronaut, astronaut) == 1
    assert colorfulness_ratio(grey(astronaut), astronaut) < 0.01
    assert colorfulness_ratio(astronaut, flat(0.5, 0.5, 0.5)) is None


def test_color_distribution_consistency():
    black, white, half = flat(0, 0, 0), flat(1, 1, 1), flat(0, 0, 0)
    half[6:] = 1
    assert color_distribution_consistency([black]) is None
    assert color_distribution_consistency([black, black, black]) == 0
    assert color_distribution_consistency([black, white]) == pytest.approx(np.log(2))
    assert color_distribution_consistency([black, half]) == pytest.approx(0.21576, abs=1e-5)
    steps = [black, white, black, white, black]  # 1 apart: ln 2; 2 and 4 apart: 0
    assert color_distribution_consistency(steps) == pytest.approx(np.log(2) / 3)


def test_warped_difference_follows_the_motion(astronaut):
    from skimage.transform import resize

    picture = resize(astronaut, (120, 108)).astype(np.float32)
    before, after = picture[10:90, 10:90].copy(), picture[12:92, 13:93].copy()
    flow, visible = motion_between(before, after)
    inner = np.s_[:, 15:-15, 15:-15]
    np.testing.assert_allclose(np.median(flow[inner], axis=(1, 2)), [2, 3], atol=0.1)
    assert visible[15:-15, 15:-15].mean() > 0.8
    moving = warped_difference([before, after], [(flow, visible)])
    still = warped_difference([before, after], [(np.zeros_like(flow), visible)])
    assert moving < 0.3 * still
    assert warped_difference([before, before], [(np.zeros_like(flow), visible)]) == 0
    flicker = np.clip(after * np.float32(0.8), 0, 1)
    assert warped_difference([before, flicker], [(flow, visible)]) > moving + 3


def test_measured_has_what_the_pair_allows(transfer_pair, colorize_pair):
    found = measured(transfer_pair, transfer_pair.truth)
    assert found["ciede2000_mean"] == found["chroma_error"] == 0
    assert found["ssim"] == pytest.approx(1)
    assert "ciede2000_floor" not in found
    colored = measured(colorize_pair, colorize_pair.target)
    assert colored["ciede2000_floor"] == pytest.approx(measured(colorize_pair, colorize_pair.truth)["ciede2000_floor"])
    assert 0 < colored["ciede2000_floor"] < colored["ciede2000_mean"]
    bare = measured(Pair("transfer", transfer_pair.target, transfer_pair.reference), transfer_pair.target)
    assert set(bare) == {"lightness_ssim", "lightness_gssim", "histogram_intersection", "sliced_wasserstein"}
    assert set(found) | set(colored) <= set(MEASURES)


def test_the_floor_is_passed_only_with_the_true_lightness(colorize_pair):
    lit = with_lightness(lab(colorize_pair.truth), lab(colorize_pair.target))
    floor = ciede2000(lit, lab(colorize_pair.truth)).mean()
    assert measured(colorize_pair, colorize_pair.truth)["ciede2000_floor"] == pytest.approx(floor)
    assert measured(colorize_pair, colorize_pair.truth)["ciede2000_true_lightness"] == 0


def test_a_mask_says_where_the_truth_holds(transfer_pair):
    mask = np.zeros(transfer_pair.target.shape[:2], bool)
    mask[10:30, 10:30] = True
    result = transfer_pair.truth.copy()
    result[~mask] = 0
    pair = Pair("transfer", transfer_pair.target, transfer_pair.reference, transfer_pair.truth, mask)
    assert measured(pair, result)["ciede2000_p95"] == 0
    assert measured(pair, result)["psnr"] == 100
    assert measured(transfer_pair, result)["ciede2000_p95"] > 10


def test_averaged_over_the_frames_that_have_a_measure():
    assert averaged([{"psnr": 10.0, "ssim": 1.0}, {"psnr": 20.0}]) == {"psnr": 15.0, "ssim": 1.0}


def test_badness():
    assert MEASURES["psnr"].badness(30) < MEASURES["psnr"].badness(20)
    assert MEASURES["chroma_error"].badness(3) > MEASURES["chroma_error"].badness(2)
    ratio = MEASURES["colorfulness_ratio"]
    assert ratio.badness(1) == 0
    assert ratio.badness(0.5) == pytest.approx(ratio.badness(2))
