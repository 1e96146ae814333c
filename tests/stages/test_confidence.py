import dataclasses

import numpy as np

from huegraft.color import lab_from_srgb
from huegraft.stages.confidence import color_confidence, grade_confidence
from huegraft.stages.match import Attention
from superpixels import encoded


def attention_of(weights, similarity):
    origin = np.zeros(weights.shape[1], np.int64)
    return Attention(weights, origin, np.full(len(weights), similarity))


def test_colours_are_trusted_by_likeness_return_and_agreement(rng):
    target = encoded(rng, 30, "colorize")
    one_color = encoded(rng, 30, "colorize", color_mean=np.full((30, 3), [0.6, 0.4, 0.3]))
    many_colors = encoded(rng, 30, "colorize")
    itself, anywhere = np.eye(30), np.full((30, 30), 1 / 30)
    sure = color_confidence(attention_of(itself, 0.95), target, [one_color])
    assert ((sure > 0) & (sure < 1)).all()
    assert (color_confidence(attention_of(itself, 0.3), target, [one_color]) < sure).all()
    assert (color_confidence(attention_of(anywhere, 0.95), target, [one_color]) < sure).all()
    assert color_confidence(attention_of(itself, 0.95), target, [many_colors]).mean() < sure.mean()


def test_grades_are_trusted_where_the_reference_has_the_colour(rng):
    reference = encoded(rng, 12)
    lab = lab_from_srgb(reference.color_mean.astype(np.float32))
    labels = np.repeat(np.arange(12, dtype=np.int32)[None], 3, axis=0)
    attention = attention_of(np.eye(12), 0.9)
    sure = grade_confidence(lab[labels], labels, attention, [reference])
    assert sure.shape == (3, 12)
    far = grade_confidence(lab[labels] + np.float32([0, 60, 60]), labels, attention, [reference])
    assert (far < sure).all()
    masked = dataclasses.replace(reference, validity=np.r_[0.0, np.ones(11)])
    without = grade_confidence(lab[labels], labels, attention, [masked])
    assert (without[:, 0] < sure[:, 0]).all()
    np.testing.assert_allclose(without[:, 1:], sure[:, 1:])
