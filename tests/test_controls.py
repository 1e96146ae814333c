import numpy as np
import pytest

import huegraft
from huegraft import Region
from huegraft.errors import ArgumentError, PictureError

BEST = huegraft.preset("best")
RUNS = {"transfer": huegraft.transfer, "colorize": huegraft.colorize}
EVERY = pytest.mark.parametrize("mode", RUNS)


def left(picture, columns, dtype=np.float32):
    mask = np.zeros(picture.shape[:2], dtype)
    mask[:, :columns] = 1 if np.issubdtype(dtype, np.floating) or dtype is np.bool_ else np.iinfo(dtype).max
    return mask


@EVERY
def test_strength_goes_from_copies_to_the_whole(mode, astronaut, coffee):
    plain, none, half = (RUNS[mode](astronaut, coffee, BEST, strength=s).image for s in (1.0, 0.0, 0.5))
    np.testing.assert_array_equal(plain, RUNS[mode](astronaut, coffee, BEST).image)
    np.testing.assert_array_equal(none, astronaut)
    distance = [np.abs(half - other).mean() for other in (plain, none)]
    assert 0.25 < distance[0] / np.abs(plain - none).mean() < 0.75


@EVERY
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_strength_0_gives_the_same_whole_numbers(mode, astronaut, coffee, dtype):
    target = np.rint(astronaut * np.iinfo(dtype).max).astype(dtype)
    np.testing.assert_array_equal(RUNS[mode](target, coffee, BEST, strength=0.0).image, target)


@EVERY
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.uint8, np.uint16, np.bool_])
def test_outside_the_target_mask_nothing_changes(mode, astronaut, coffee, dtype):
    result = RUNS[mode](astronaut, coffee, BEST, target_mask=left(astronaut, 20, dtype)).image
    np.testing.assert_array_equal(result[:, 20:], astronaut[:, 20:])
    assert np.abs(result[:, :20] - astronaut[:, :20]).mean() > 0.01


@EVERY
@pytest.mark.parametrize("kind", ["NumPy", "Torch"])
def test_a_whole_mask_is_no_mask(mode, astronaut, coffee, kind, request):
    ones = np.ones if kind == "NumPy" else request.getfixturevalue("torch").ones
    masks = {"target_mask": np.ones(astronaut.shape[:2]), "reference_masks": [ones(coffee.shape[:2])]}
    masked, plain = RUNS[mode](astronaut, coffee, BEST, **masks), RUNS[mode](astronaut, coffee, BEST)
    np.testing.assert_array_equal(masked.image, plain.image)
    np.testing.assert_array_equal(masked.attention, plain.attention)


def test_only_what_lies_in_the_mask_is_fitted(astronaut, coffee):
    """A red half outside the mask must not change what becomes of the other half."""
    red = astronaut.copy()
    red[:, 20:] = (0.9, 0.05, 0.05)
    mask = left(astronaut, 16)
    settings = {"rounds": 1, "base": "transport", "evidence": 1e5, "color_evidence": 1e8, "local_evidence": 1e8}
    results = [huegraft.transfer(t, coffee, target_mask=mask, **settings).image for t in (astronaut, red)]
    whole = [huegraft.transfer(t, coffee, **settings).image for t in (astronaut, red)]
    apart = [np.abs(pair[0] - pair[1])[:, :16].mean() for pair in (results, whole)]
    assert apart[0] < 0.3 * apart[1]


@EVERY
def test_soft_masks_take_a_part(mode, astronaut, coffee):
    soft = np.full(astronaut.shape[:2], 0.5, np.float32)
    half = RUNS[mode](astronaut, coffee, BEST, target_mask=soft).image
    np.testing.assert_allclose(half, RUNS[mode](astronaut, coffee, BEST, strength=0.5).image, atol=1e-6)


@EVERY
def test_a_reference_mask_is_that_of_encode_reference(mode, astronaut, coffee):
    mask = left(coffee, 20)
    encoded = huegraft.encode_reference(coffee, BEST, mode=mode, mask=mask)
    direct = RUNS[mode](astronaut, coffee, BEST, reference_masks=[mask])
    np.testing.assert_array_equal(direct.image, RUNS[mode](astronaut, encoded, BEST).image)
    assert encoded.positions[direct.attention.sum(axis=0) > 0, 1].max() < 24 / 44


@EVERY
def test_regions_take_from_their_own_part(mode, astronaut, coffee):
    ours, theirs = left(astronaut, 18), left(coffee, 20)
    regions = [Region(ours, theirs), Region(1 - ours, 1 - theirs)]
    result = RUNS[mode](astronaut, coffee, BEST, regions=regions)
    swapped = RUNS[mode](astronaut, coffee, BEST, regions=regions[::-1])
    np.testing.assert_allclose(result.image, swapped.image, atol=1e-6)
    columns = huegraft.encode_reference(coffee, BEST, mode=mode).positions[:, 1]
    attended = result.attention @ columns
    alone = np.bincount(result.labels.ravel(), np.broadcast_to(np.arange(36) < 18, (40, 36)).ravel())
    alone = alone / np.bincount(result.labels.ravel())
    assert attended[alone == 1].max() < 24 / 44  # where a superpixel that the masks divide may have its middle
    assert attended[alone == 0].min() > 16 / 44
    np.testing.assert_allclose(result.attention.sum(axis=1), 1, atol=1e-12)
    only = RUNS[mode](astronaut, coffee, BEST, target_mask=ours, reference_masks=[theirs]).image
    np.testing.assert_allclose(result.image[:, :18], only[:, :18], atol=1e-5)


def test_outside_all_regions_nothing_changes(astronaut, coffee):
    regions = [Region(left(astronaut, 10)), Region(left(astronaut, 10)[:, ::-1], left(coffee, 5))]
    result = huegraft.transfer(astronaut, coffee, BEST, regions=regions).image
    np.testing.assert_array_equal(result[:, 10:26], astronaut[:, 10:26])
    assert np.abs(result - astronaut)[:, :10].mean() > 0.01


def test_a_target_mask_confines_regions(astronaut, coffee):
    top = left(astronaut.transpose(1, 0, 2), 15).T
    result = huegraft.transfer(astronaut, coffee, BEST, target_mask=top, regions=[Region(left(astronaut, 18))]).image
    np.testing.assert_array_equal(result[15:], astronaut[15:])
    np.testing.assert_array_equal(result[:, 18:], astronaut[:, 18:])
    assert np.abs(result - astronaut)[:15, :18].mean() > 0.01


@EVERY
def test_contributions_of_references(mode, astronaut, coffee):
    result = RUNS[mode](astronaut, [coffee, astronaut[:, ::-1]], BEST)
    assert result.contributions.sum() == pytest.approx(1)
    areas = np.bincount(result.labels.ravel())
    taken = (result.attention * areas[:, None]).sum(axis=0) / areas.sum()
    for index in (0, 1):
        assert result.contributions[index] == pytest.approx(taken[result.attention_origin == index].sum())
    assert result.contributions[1] > 0.5
    alone = RUNS[mode](astronaut, coffee, BEST)
    np.testing.assert_allclose(alone.contributions, [1])


def test_a_region_may_name_one_of_several_references(astronaut, coffee):
    regions = [Region(left(astronaut, 18), reference=1), Region(1 - left(astronaut, 18), left(coffee, 20), reference=0)]
    result = huegraft.transfer(astronaut, [coffee, astronaut], BEST, regions=regions)
    inside = np.setdiff1d(result.labels[:, :18], result.labels[:, 18:])
    assert result.attention[inside][:, result.attention_origin == 0].max() < 1e-6


@pytest.mark.parametrize(
    ("controls", "error", "message"),
    [
        ({"target_mask": np.zeros((40, 36))}, PictureError, "the target mask is 0 everywhere"),
        ({"target_mask": np.ones((40, 35))}, PictureError, r"target mask must be of its picture's size \(40, 36\)"),
        ({"target_mask": np.full((40, 36), 2.0)}, PictureError, "target mask must lie in"),
        ({"target_mask": "mask.png"}, PictureError, "target mask must be a NumPy .* got str; read_mask reads a file"),
        ({"reference_masks": [np.zeros((30, 44))]}, PictureError, "reference mask is 0 everywhere"),
        ({"reference_masks": [None, None]}, ArgumentError, "2 reference masks are too many for 1"),
        ({"regions": [Region(np.zeros((40, 36)))]}, PictureError, "target mask of region 1 is 0 everywhere"),
        (
            {"regions": [Region(np.ones((40, 36)), reference=1)]},
            ArgumentError,
            "region 1 names reference 1; there is 1 reference, counted from 0",
        ),
        ({"regions": [Region(None, np.zeros((30, 44)))]}, PictureError, "reference mask of region 1 is 0 everywhere"),
    ],
)
def test_controls_that_do_not_fit(astronaut, coffee, controls, error, message):
    with pytest.raises(error, match=message):
        huegraft.transfer(astronaut, coffee, **controls)


def test_a_mask_of_the_wrong_size_is_named_among_several(astronaut, coffee):
    masks = [None, np.ones((3, 4), np.float32)]
    with pytest.raises(PictureError, match="the mask of reference 2 must be of its picture's size"):
        huegraft.transfer(astronaut, [coffee, coffee], reference_masks=masks)


def test_masks_that_do_not_overlap(astronaut, coffee):
    ours = left(astronaut, 18)
    with pytest.raises(PictureError, match="have to overlap"):
        huegraft.transfer(astronaut, coffee, target_mask=ours, regions=[Region(1 - ours)])
    theirs = left(coffee, 20)
    with pytest.raises(PictureError, match="do not overlap"):
        huegraft.transfer(astronaut, coffee, reference_masks=[theirs], regions=[Region(ours, left(coffee, 6)[:, ::-1])])


def test_of_several_references_a_masked_one_is_named(astronaut, coffee):
    with pytest.raises(ArgumentError, match="name its reference, one of 2"):
        huegraft.transfer(astronaut, [coffee, coffee], regions=[Region(None, left(coffee, 20))])


@EVERY
def test_everything_at_once(mode, astronaut, coffee):
    """Masks, regions, strength, gamut, fallback and a pin in one run, of which each still does what it does alone."""
    ours, theirs = left(astronaut, 24), left(coffee, 30)
    regions = [Region(left(astronaut, 12), theirs, 0), Region(1 - left(astronaut, 12), reference=1)]
    result = RUNS[mode](
        astronaut,
        [coffee, astronaut[::-1]],
        BEST.replace(strength=0.8, gamut="compress", fallback="neutral", min_confidence=0.3),
        target_mask=ours,
        reference_masks=[None, left(astronaut, 30)],
        regions=regions,
        pins=[huegraft.Pin((5, 5), (10, 10))],
    )
    np.testing.assert_array_equal(result.image[:, 24:], astronaut[:, 24:])
    assert np.isfinite(result.image).all()
    assert 0 <= result.image.min() <= result.image.max() <= 1
    np.testing.assert_allclose(result.attention.sum(axis=1), 1, atol=1e-9)
    pinned = result.attention[result.labels[5, 5]]
    assert result.attention_origin[pinned.argmax()] == 0
    assert pinned.max() > 0.99


@pytest.mark.parametrize("mode", ["transfer", "colorize"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_turned_picture_is_one_like_any(mode, dtype, astronaut, coffee):
    """NumPy turns a picture by other strides alone."""
    whole = (astronaut * np.iinfo(dtype).max).astype(dtype)
    target = huegraft.Picture(np.rot90(whole))
    expected = getattr(huegraft, mode)(huegraft.Picture(np.ascontiguousarray(np.rot90(whole))), coffee)
    np.testing.assert_array_equal(getattr(huegraft, mode)(target, coffee).image.pixels, expected.image.pixels)
    getattr(huegraft, mode)(coffee, target)
