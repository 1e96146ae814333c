import numpy as np

from finishing import finished
from huegraft.compiled.color import lab_picture, with_chroma
from huegraft.stages.guided import guided_lines
from huegraft.stages.prepare import shrink


def chroma_of(image):
    return lab_picture(image)[..., 1:]


def test_flat_chroma_stays_flat(rng):
    lightness = rng.uniform(0, 100, (20, 30)).astype(np.float32)
    lines = guided_lines(np.full((20, 30, 2), (12, -7), dtype=np.float32), lightness)
    np.testing.assert_allclose(lines[..., :2], 0, atol=1e-3)
    np.testing.assert_allclose(lines[..., 2:], np.full((20, 30, 2), (12, -7)), atol=0.05)


def test_chroma_that_follows_lightness_is_found_again(rng):
    lightness = rng.uniform(10, 90, (20, 30)).astype(np.float32)
    chroma = np.stack([0.5 * lightness - 20, 10 - 0.3 * lightness], axis=-1)
    lines = guided_lines(chroma, lightness)
    np.testing.assert_allclose(lines[..., :2] * lightness[..., None] + lines[..., 2:], chroma, atol=0.8)


def test_enlarged_chroma_has_the_edge_of_the_lightness():
    grey = np.full((96, 96, 3), 0.25, dtype=np.float32)
    grey[:, 51:] = 0.7
    painted = with_chroma(
        grey,
        np.where(np.arange(96)[:, None] < 51, (40, 20), (-20, 10)).astype(np.float32)[None].repeat(96, 0),
        grey=True,
    )
    fused = shrink(painted.clip(0, 1), (12, 12))
    errors = {}
    for upsample in ("bicubic", "guided"):
        result = finished(fused, grey, "colorize", upsample=upsample).image
        errors[upsample] = np.abs(chroma_of(result) - chroma_of(painted))[:, 40:62].mean()
    assert errors["guided"] < 0.5 * errors["bicubic"]
