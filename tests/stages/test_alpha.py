"""What alpha hides never counts."""

import numpy as np
import pytest

import huegraft
from huegraft import Picture, Request, Session
from huegraft.errors import PictureError
from huegraft.stages.alpha import seen_through
from huegraft.types import in_unit_range

MODES = ("transfer", "colorize")


def cut_out(picture, hidden, kind=np.uint8, soft=False):
    """Return a picture with a disc of alpha, other colours hidden under alpha 0."""
    height, width = picture.shape[:2]
    y, x = np.mgrid[:height, :width]
    distance = np.hypot(y - height / 2, x - width / 2)
    alpha = (
        (0.9 - distance / min(height, width) * 2).clip(0, 1) if soft else (distance < min(height, width) / 2.5) * 1.0
    )
    pixels = np.where(alpha[..., None] > 0, picture, hidden)
    most = np.iinfo(kind).max if np.issubdtype(kind, np.integer) else 1
    return Picture((pixels * most).astype(kind), alpha=(alpha * most).astype(kind))


HIDDEN = [np.zeros(3), np.array([1.0, 0, 1]), np.array([1.0, 1, 1])]


@pytest.mark.parametrize("soft", [False, True])
@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("mode", MODES)
def test_hidden_colours_change_no_byte(astronaut, coffee, mode, kind, soft):
    run = getattr(huegraft, mode)
    of_reference = [run(astronaut, cut_out(coffee, hidden, kind, soft)).image for hidden in HIDDEN]
    for image in of_reference[1:]:
        np.testing.assert_array_equal(image, of_reference[0])
    targets = [cut_out(astronaut, hidden, kind, soft) for hidden in HIDDEN]
    of_target = [run(target, coffee) for target in targets]
    seen = targets[0].alpha > 0
    for result in of_target[1:]:
        np.testing.assert_array_equal(result.image.pixels[seen], of_target[0].image.pixels[seen])
        np.testing.assert_array_equal(result.attention, of_target[0].attention)


WAYS = [
    ("colorize", {"native": True, "working_pixels": 700}),
    ("colorize", {"upsample": "guided", "working_pixels": 700}),
    ("transfer", {"fallback": "global", "working_pixels": 700}),
    ("transfer", {"base": "none"}),
    ("transfer", {"strength": 0.5}),
]


@pytest.mark.parametrize(("mode", "changes"), WAYS, ids=str)
def test_nor_by_any_way_of_rendering(astronaut, coffee, mode, changes):
    settings = huegraft.Settings().replace(**changes)
    images = []
    for hidden in HIDDEN:
        target = cut_out(astronaut, hidden, soft=True)
        request = Request(mode, target, (coffee,), settings)
        with Session() as session:
            images.append((session.run(request).image, session.run(request, size=(17, 17)).image))
    for whole, small in images[1:]:
        for found, first in ((whole, images[0][0]), (small, images[0][1])):
            seen = found.alpha > 0
            np.testing.assert_array_equal(found.pixels[seen], first.pixels[seen])


@pytest.mark.parametrize("mode", MODES)
def test_an_opaque_alpha_changes_nothing(astronaut, coffee, mode):
    plain = getattr(huegraft, mode)(Picture(astronaut), Picture(coffee)).image.pixels
    ones = [Picture(each, alpha=np.ones(each.shape[:2], np.float32)) for each in (astronaut, coffee)]
    np.testing.assert_array_equal(getattr(huegraft, mode)(*ones).image.pixels, plain)


def test_alpha_weighs_evidence_and_not_strength(astronaut, coffee):
    """A target that is half seen everywhere takes its new colours wholly."""
    half = Picture(astronaut, alpha=np.full(astronaut.shape[:2], 0.5, np.float32))
    found = huegraft.transfer(half, coffee).image.pixels
    np.testing.assert_allclose(found, huegraft.transfer(astronaut, coffee).image, atol=5e-3)
    left = np.ones(coffee.shape[:2], np.float32)
    left[:, 22:] = 0
    attention = huegraft.transfer(astronaut, Picture(coffee, alpha=left))
    encoded = huegraft.encode_reference(Picture(coffee, alpha=left))
    assert attention.attention[:, encoded.positions[:, 1] > 0.6].sum() == 0
    assert encoded.validity[encoded.positions[:, 1] < 0.4].min() == 1


def test_what_is_hidden_is_filled_from_what_is_seen(rng):
    pixels, alpha = rng.random((40, 50, 3), np.float32), np.zeros((40, 50), np.float32)
    pixels[:, :25], alpha[:, :25] = [0.2, 0.4, 0.6], 1
    for size in ((40, 50), (13, 16)):
        colors, opacity = seen_through(pixels, alpha, size, in_unit_range)
        np.testing.assert_allclose(colors, np.broadcast_to(np.float32([0.2, 0.4, 0.6]), colors.shape), atol=1e-5)
        assert opacity[:, -1].max() == 0
        assert opacity[:, 0].min() == pytest.approx(1)


def test_a_wholly_transparent_picture_is_refused(astronaut, coffee):
    nothing = Picture(coffee, alpha=np.zeros(coffee.shape[:2], np.float32))
    with pytest.raises(PictureError, match="wholly transparent"):
        huegraft.transfer(astronaut, nothing)


def test_suggestions_and_sweeps_and_explanations(astronaut, coffee):
    from huegraft.report.explain import explain
    from huegraft.report.sweep import sweep

    references = [cut_out(coffee, hidden) for hidden in HIDDEN[:2]]
    fits = [each.fit for each in huegraft.suggest(astronaut, references)]
    assert fits[0] == fits[1]
    studies = [sweep("colorize", astronaut, each, {"tau": [0.1]})[0].result.image for each in references]
    np.testing.assert_array_equal(*studies)
    shown = [explain("colorize", astronaut, each).result.attention for each in references]
    np.testing.assert_array_equal(*shown)
