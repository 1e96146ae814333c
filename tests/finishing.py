"""Finishing as the pipeline does it, for tests of its stages."""

import numpy as np

from huegraft.compiled.color import lab_picture
from huegraft.picture import Picture
from huegraft.setting_groups import FinishSettings
from huegraft.stages.composite import Finished, Layer, composite
from huegraft.stages.finish import enlarged_colors, under_lightness
from huegraft.stages.guided import guided_lines
from huegraft.stages.prepare import as_seen, shrink


def finished(fused: np.ndarray, target: np.ndarray, mode: str = "transfer", **settings: object) -> Finished:
    picture, chosen = Picture(target), FinishSettings(**settings)
    if chosen.finish == "rgb":
        colors = enlarged_colors(np.ascontiguousarray(fused), picture.size)
    else:
        chroma = np.ascontiguousarray(lab_picture(np.ascontiguousarray(fused))[..., 1:])
        if chosen.upsample == "guided" and fused.shape[:2] != picture.size:
            seen = as_seen(shrink(picture.pixels, fused.shape[:2], picture.in_gamut), mode)
            chroma = guided_lines(chroma, lab_picture(seen)[..., 0])
        colors = under_lightness(chroma, picture.size, mode)
    return composite(picture, [Layer(colors)], chosen, None)
