"""
What the built-in network adds
==============================

Where a place of a grey photograph looks in the reference: by the handcrafted descriptor alone, and by the built-in
backbone, of which it is one layer of four. Both by the preset ``best``; bright is much.
"""

import numpy as np
from photographs import WORKING_PIXELS, grey, photograph, show, turned

import huegraft

settings = huegraft.preset("best").replace(working_pixels=WORKING_PIXELS)


def marked(picture, place):
    """Return the picture with a frame around a place (x, y), both over the picture's sides."""
    height, width = picture.shape[:2]
    x, y, reach = round(place[0] * width), round(place[1] * height), height // 30
    framed = picture.copy()
    framed[max(0, y - reach) : y + reach, max(0, x - reach) : x + reach] = (1, 0.9, 0)
    inner = 2 * reach // 3
    kept = np.s_[max(0, y - inner) : y + inner, max(0, x - inner) : x + inner]
    framed[kept] = picture[kept]
    return framed


def attended(target, reference, place, backbone):
    """Return the reference, dark where that place of the target does not look."""
    encoded = huegraft.encode_reference(reference, settings, mode="colorize", backbone=backbone)
    result = huegraft.colorize(target, encoded, settings, backbone=backbone)
    height, width = result.labels.shape
    weights = result.attention[result.labels[int(place[1] * height), int(place[0] * width)]]
    light = (0.08 + 0.92 * np.sqrt(weights / weights.max()))[encoded.labels]
    rows, columns = (np.arange(full) * part // full for full, part in zip(reference.shape, light.shape, strict=False))
    return reference * light[rows][:, columns][..., None]


def compare(target, reference, places):
    """Show both backbones' attention of each place."""
    seen = grey(target)
    rows = []
    for place in places:
        row = {"target": marked(seen, place)}
        row |= {name: attended(seen, reference, place, name) for name in ("handcrafted", "builtin")}
        rows.append(row)
    show(rows)


# %%
# A view of the same thing, mirrored, turned, cropped. Of the flag hardly a strip is left in it, and it is found; so is
# the face, where the descriptor takes the rocket.

astronaut = photograph("astronaut")
compare(astronaut, turned(astronaut), [(0.12, 0.45), (0.45, 0.22)])

# %%
# Smooth things: the water beside the temple, and the sky, which the descriptor finds as well, all of it.

china = photograph("china")
compare(china, turned(china), [(0.62, 0.62), (0.9, 0.2)])

# %%
# Another thing altogether: in a picture of a cat neither finds skin. Both look at fur of like lightness, the network
# at more of it.

compare(astronaut, photograph("chelsea"), [(0.45, 0.22)])
