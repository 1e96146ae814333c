import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

import huegraft
from huegraft.errors import ArgumentError
from huegraft.report.explain import attention_entropy, explain
from huegraft.report.page import explanation_page


def test_entropy():
    attention = np.array([[1.0, 0, 0, 0], [0.25, 0.25, 0.25, 0.25], [0.5, 0.5, 0, 0]])
    np.testing.assert_allclose(attention_entropy(attention), [0, 1, 0.5])
    np.testing.assert_allclose(attention_entropy(np.ones((2, 1))), 0)


@pytest.mark.parametrize("mode", ["transfer", "colorize"])
def test_pictures_are_those_of_the_run(mode, astronaut, coffee):
    explanation = explain(mode, astronaut, coffee)
    result = getattr(huegraft, mode)(astronaut, coffee)
    encoded = huegraft.encode_reference(coffee, mode=mode)
    pictures = {name: picture for name, (_, picture) in explanation.pictures.items()}
    np.testing.assert_array_equal(pictures["result"], result.image)
    np.testing.assert_array_equal(pictures["fused"], result.working_image)
    matched = (result.attention @ encoded.color_mean)[result.labels]
    np.testing.assert_allclose(pictures["matched"], matched, atol=1e-6)
    assert (pictures["target_superpixels"] == np.float32([1, 0.9, 0.1])).all(axis=-1).mean() > 0.1


def test_points_name_the_largest_weights(astronaut, coffee):
    explanation = explain("transfer", astronaut, coffee, points=[(35.9, 0), (0, 39)])
    result = explanation.result
    assert [point.superpixel for point in explanation.points] == [result.labels[0, 35], result.labels[39, 0]]
    for point in explanation.points:
        row = result.attention[point.superpixel]
        assert point.best[0][0] == row.argmax()
        assert [weight for _, weight, _ in point.best] == sorted(row, reverse=True)[:5]


def test_points_refer_to_the_full_size(astronaut, coffee):
    explanation = explain("transfer", astronaut, coffee, huegraft.Settings().replace(working_pixels=400), [(35, 39)])
    assert explanation.points[0].superpixel == explanation.result.labels[-1, -1]


def test_default_points_span_the_entropies(astronaut, coffee):
    entropies = [point.entropy for point in explain("transfer", astronaut, coffee).points]
    assert len(entropies) == 3
    assert entropies == sorted(entropies)


def test_points_outside_are_refused(astronaut, coffee):
    with pytest.raises(ArgumentError, match="36,0 lies outside the target of 36×40"):
        explain("transfer", astronaut, coffee, points=[(36, 0)])


def test_the_page_holds_all_its_pictures(astronaut, coffee):
    page = explanation_page(explain("transfer", astronaut, coffee), "<a> & b")
    assert "&lt;a&gt; &amp; b" in page
    assert not re.search(r'(src|href)="(?!data:)', page)
    images = re.findall(r'src="data:image/png;base64,([^"]+)"', page)
    assert len(images) == 9 + 2 * 3
    assert Image.open(io.BytesIO(base64.b64decode(images[0]))).size == (36, 40)
