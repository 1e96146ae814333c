"""Finishing as the pipeline does it, for tests of its stages."""

import numpy as np

from huegraft.picture import Picture
from huegraft.setting_groups import FinishSettings
from huegraft.stages.composite import Finished, Layer, composite
from huegraft.stages.finish import fused_colors


def finished(fused: np.ndarray, target: np.ndarray, mode: str = "transfer", **settings: object) -> Finished:
    picture, chosen = Picture(target), FinishSettings(**settings)
    colors = fused_colors(np.ascontiguousarray(fused), picture, mode, chosen)
    return composite(picture, [Layer(colors)], chosen, None)
