"""A transfer keeps its target visible, whatever the reference shows."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter, uniform_filter
from skimage import data

import huegraft
from huegraft import Request, Session
from huegraft.color import lab_from_srgb
from huegraft.stages.contrast import lost_share
from huegraft.types import in_unit_range

HEIGHT, WIDTH = 120, 160


def pictures():
    found = {name: getattr(data, name)()[::4, ::4] for name in ("astronaut", "coffee", "chelsea")}
    return {name: in_unit_range(picture) for name, picture in found.items()}


def plain(color, noise, rng):
    return (np.array(color) + rng.normal(0, noise, (HEIGHT, WIDTH, 1))).clip(0, 1).astype(np.float32)


def night(rng):
    picture = plain([0.03, 0.03, 0.05], 0.004, rng)
    picture[60:64, 100:106] = [0.9, 0.8, 0.5]
    return picture


def fog(rng):
    shapes = gaussian_filter(rng.normal(size=(HEIGHT, WIDTH)), 15)
    return (plain([0.80, 0.82, 0.84], 0.004, rng) + 0.2 * shapes[..., None]).clip(0, 1).astype(np.float32)


REFERENCES = {
    "fog": fog,
    "wall": lambda rng: plain([0.72, 0.62, 0.48], 0.006, rng),
    "red wall": lambda rng: plain([0.75, 0.08, 0.06], 0.005, rng),
    "black": lambda rng: plain([0.012] * 3, 0.003, rng),
    "white": lambda rng: plain([0.97] * 3, 0.003, rng),
    "night": night,
}


def lightness(picture):
    return lab_from_srgb(picture.astype(float))[..., 0]


def lost(before, after):
    """Return the share of pixels with contrast of which less than 0.4 is left, by SciPy at full size."""
    seen, gone = np.zeros(before.shape, bool), np.zeros(before.shape, bool)
    layers = [[each, *(gaussian_filter(each, scale) for scale in (2, 8, 32))] for each in (before, after)]
    for scale in range(3):
        old, new = (np.sqrt(uniform_filter((each[scale] - each[scale + 1]) ** 2, 32)) for each in layers)
        seen |= old >= 1.5
        gone |= (old >= 1.5) & (new < 0.4 * old)
    return gone.sum() / seen.sum()


@pytest.mark.parametrize("reference", REFERENCES)
@pytest.mark.parametrize("target", ["astronaut", "coffee", "chelsea"])
def test_a_photograph_stays_visible(rng, target, reference):
    target, reference = pictures()[target], REFERENCES[reference](rng)
    recolored = huegraft.transfer(target, reference)
    assert any("the picture keeps about 0.5 of it" in note for note in recolored.notes)
    result = recolored.image
    assert lost(lightness(target), lightness(result)) <= 0.06  # its own measure, at half the size, says 0.05
    own, wanted, got = (lightness(picture).mean() for picture in (target, reference, result))
    assert (got - own) / (wanted - own) > 0.57
    old, new, there = (
        np.linalg.norm(lab_from_srgb(picture.astype(float))[..., 1:], axis=-1).mean()
        for picture in (target, result, reference)
    )
    assert abs(new - there) < 0.4 * abs(old - there) + 1


def test_without_it_nothing_is_left(rng):
    target = pictures()["astronaut"]
    result = huegraft.transfer(target, REFERENCES["wall"](rng), contrast=0).image
    assert lightness(result).std() < 1


@pytest.mark.parametrize(("target", "reference"), [("coffee", "astronaut"), ("chelsea", "coffee")])
def test_pictures_that_keep_their_contrast_do_not_change(target, reference):
    target, reference = pictures()[target], pictures()[reference]
    plainly, kept = (huegraft.transfer(target, reference, contrast=share).image for share in (0, 0.5))
    np.testing.assert_array_equal(kept, plainly)


def test_the_share_is_what_is_kept(rng):
    target, reference = pictures()["chelsea"], REFERENCES["wall"](rng)
    deviations = [
        lightness(huegraft.transfer(target, reference, contrast=share).image).std() for share in (0.3, 0.5, 0.8)
    ]
    expected = np.array([0.3, 0.5, 0.8]) * 1.1 * lightness(target).std()
    np.testing.assert_allclose(deviations, expected, rtol=0.1)


def test_grain_and_smooth_areas_keep_their_order(rng):
    """Neither a band nor grain that was not there: a smooth ramp stays one, and noise is not made stronger."""
    ramp = np.linspace(0.15, 0.85, WIDTH) + np.zeros((HEIGHT, 1))
    target = np.repeat(ramp[..., None], 3, axis=2).astype(np.float32)
    result = lightness(huegraft.transfer(target, REFERENCES["fog"](rng)).image)
    steps = np.diff(result.mean(axis=0))
    assert steps.min() >= 0
    assert steps.max() < 1.5 * np.diff(lightness(target)[0]).max()
    noisy = (target + rng.normal(0, 0.01, target.shape)).clip(0, 1).astype(np.float32)
    noise = [
        lightness(picture) - gaussian_filter(lightness(picture), 3)
        for picture in (noisy, huegraft.transfer(noisy, REFERENCES["fog"](rng)).image)
    ]
    assert noise[1].std() < noise[0].std()


def test_a_mask_and_a_global_fallback_are_seen_to(rng):
    target, reference = pictures()["astronaut"], REFERENCES["wall"](rng)
    mask = np.zeros(target.shape[:2], np.float32)
    mask[:, 64:] = 1
    masked = huegraft.transfer(target, reference, target_mask=mask).image
    assert lost(lightness(target)[:, 64:], lightness(masked)[:, 64:]) <= 0.05
    np.testing.assert_array_equal(masked[:, :64], target[:, :64])
    everywhere = huegraft.transfer(target, reference, fallback="global", min_confidence=1.0).image
    assert lost(lightness(target), lightness(everywhere)) <= 0.05


def test_a_change_of_it_makes_only_what_depends_on_it(rng):
    request = Request("transfer", pictures()["coffee"], (fog(rng),))
    with Session() as session:
        session.run(request)
        again = session.run(
            Request("transfer", request.target, request.references, request.settings.replace(contrast=0.3))
        )
    assert set(again.seconds) <= {"grade", "confidence", "finish"}


@pytest.mark.parametrize("share", [0.2, 0.39, 0.41, 1.0])
def test_lost_contrast_is_measured(rng, share):
    before = gaussian_filter(rng.normal(size=(90, 110)), 3).astype(np.float32)
    before *= 20 / before.std()
    weights = np.ones((45, 55), np.float32)
    assert lost_share(before, 50 + share * before, weights, 0.4) == (share < 0.4)
    half = before.copy()
    half[:, :55] *= share
    if share < 0.4:
        assert 0.3 < lost_share(before, half, weights, 0.4) < 0.6
        weights[:, 20:] = 0
        assert lost_share(before, half, weights, 0.4) > 0.9
    assert (
        lost_share(np.full((9, 9), 50, np.float32), np.zeros((9, 9), np.float32), np.ones((5, 5), np.float32), 0.4) == 0
    )
