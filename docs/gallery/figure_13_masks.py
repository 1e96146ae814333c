"""
Masks and regions
=================

Which part of the target changes, and which part of the reference it takes its colours from.
"""

import numpy as np
from photographs import WORKING_PIXELS, photograph, show

import huegraft
from huegraft import Region

target, reference = photograph("china"), photograph("rocket")
best = huegraft.preset("best").replace(working_pixels=WORKING_PIXELS)


def above(picture, height, softness=0.1):
    """Return a mask of what lies above a height, with a soft edge."""
    y = np.linspace(0, 1, picture.shape[0], dtype=np.float32)[:, None]
    return np.clip((height - y) / softness + 0.5, 0, 1).repeat(picture.shape[1], axis=1)


sky, its_sky = above(target, 0.3), above(reference, 0.6)
only_sky = huegraft.transfer(target, reference, best, target_mask=sky, reference_masks=[its_sky])
regions = [Region(sky, its_sky), Region(1 - sky, 1 - its_sky)]
by_regions = huegraft.transfer(target, reference, best, regions=regions)
plain = huegraft.transfer(target, reference, best)

show(
    [
        {"target": target, "mask": sky, "reference": reference},
        {"without masks": plain.image, "sky takes from sky": only_sky.image, "two regions": by_regions.image},
    ]
)

# %%
# Outside the mask nothing changes, to the last bit; inside, only what lies in it is fitted to what lies in the other.
