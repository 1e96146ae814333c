import io

import numpy as np
import pytest
from PIL import Image

import huegraft
from huegraft.web.masks import check_strokes, mask_of
from huegraft.web.problems import Problem
from huegraft.web.schemas import Stroke
from serving import photograph, png


def stroke(*points, **more):
    return Stroke(points=list(points), **more)


def test_a_dot_has_a_core_and_a_soft_edge():
    mask = mask_of([stroke((32, 32), radius=20, softness=0.5)], (64, 64))
    y, x = np.mgrid[:64, :64]
    away = np.hypot(x - 32, y - 32)
    assert (mask[away <= 10] == 255).all()
    assert (mask[away >= 20] == 0).all()
    ring = mask[32, 42:52].astype(int)
    assert (np.diff(ring) < 0).all()
    hard = mask_of([stroke((32, 32), radius=20, softness=0)], (64, 64))
    assert set(np.unique(hard[np.abs(away - 20) > 1])) == {0, 255}


def test_a_line_reaches_along_its_points():
    mask = mask_of([stroke((5, 20), (50, 20), (50, 60), radius=4, softness=0)], (64, 64))
    assert (mask[20, 5:50] == 255).all()
    assert (mask[20:60, 50] == 255).all()
    assert mask[40, 20] == 0


def test_many_points_make_the_same_line():
    few = mask_of([stroke((5, 20), (55, 40), radius=10, softness=0.8)], (64, 64))
    points = [(5 + 50 * share, 20 + 20 * share) for share in np.linspace(0, 1, 2000)]
    many = mask_of([stroke(*points, radius=10, softness=0.8)], (64, 64))
    assert np.abs(few.astype(int) - many).max() <= 1


def test_an_outline_is_filled_and_strokes_erase():
    square = stroke((10, 10), (50, 10), (50, 50), (10, 50), fill=True, radius=2, softness=0)
    hole = stroke((30, 30), radius=6, softness=0, erase=True)
    mask = mask_of([square, hole], (64, 64))
    assert (mask[12:20, 12:48] == 255).all()
    assert mask[30, 30] == 0
    assert mask[5, 5] == 0
    under = mask_of([square], (64, 64)) / np.float32(255)
    assert np.array_equal(mask_of([hole], (64, 64), under), mask)


def test_strokes_outside_leave_nothing():
    assert not mask_of([stroke((500, 500)), stroke((500, 3), (700, 9), fill=True)], (20, 30)).any()


def test_strokes_have_a_bound():
    long = stroke(*[(n * 700 % 6000, n * 900 % 4000) for n in range(5000)], radius=2000)
    with pytest.raises(Problem, match="take too long to draw"):
        check_strokes([long], (4000, 6000))
    check_strokes([long], (60, 40))


@pytest.fixture
def uploaded(client):
    mask = np.zeros((60, 80), np.uint8)
    mask[:, 40:] = 255
    return client.upload(png(mask))


def test_a_mask_is_uploaded_or_drawn_or_both(client, session, reference, uploaded):
    whole = {"points": [[0, 0], [79, 0], [79, 59], [0, 59]], "fill": True, "radius": 4, "softness": 0}
    mask = np.zeros((60, 80), np.uint8)
    mask[:, 40:] = 255
    target, other = photograph("coffee", 60, 80), photograph("astronaut", 72, 66)
    for sent, own in (
        ({"picture": uploaded}, mask), ({"picture": uploaded, "strokes": [whole]}, mask | 255),
        ({"strokes": [whole]}, None),
    ):  # fmt: skip
        expected = huegraft.transfer(target, other, huegraft.preset("best"), target_mask=own).image
        content, _ = client.download(client.ready(session, [reference], target_mask=sent))
        assert np.array_equal(np.asarray(Image.open(io.BytesIO(content))), expected)
        assert np.array_equal(expected[:, :40], target[:, :40]) == (own is mask)


@pytest.mark.parametrize(
    ("mask", "kind"),
    [
        ({"picture": "0" * 32}, "no-picture"),
        ({"strokes": [{"points": [[float(n % 2000), 0] for n in range(5000)], "radius": 2000}] * 60}, "too-long"),
    ],
)
def test_masks_that_cannot_be(client, session, reference, mask, kind):
    body = {"references": [reference], "target_mask": mask}
    answer = client.put(f"/v1/sessions/{session}/request", json=body)
    assert answer.json()["type"] == f"urn:huegraft:problem:{kind}"


def test_a_mask_has_the_size_of_its_picture_and_no_colours(client, session, reference, uploaded):
    for wrong, kind in ((reference, "bad-picture"), (client.upload(png(np.zeros((9, 9), np.uint8))), "mask-size")):
        body = {"references": [reference], "target_mask": {"picture": wrong}}
        answer = client.put(f"/v1/sessions/{session}/request", json=body)
        assert (answer.status_code, answer.json()["type"]) == (422, f"urn:huegraft:problem:{kind}")
    body = {"references": [reference], "reference_masks": [{"picture": uploaded}]}
    assert client.put(f"/v1/sessions/{session}/request", json=body).status_code == 422
