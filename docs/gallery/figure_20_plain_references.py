"""
Plain references
================

What becomes of a photograph beside a reference that shows nothing, and of a cut-out beside a landscape. The third
picture is without `contrast`: the target takes what little contrast the reference has. The last one is the default.
"""

import numpy as np
from photographs import WORKING_PIXELS, photograph, show

import huegraft
from huegraft import Request, Session

best = huegraft.preset("best").replace(working_pixels=WORKING_PIXELS)
session = Session()
rng = np.random.default_rng(0)


def plain(color, noise=0.005):
    """Return a wall of one colour with a little noise."""
    return (np.array(color) + rng.normal(0, noise, (240, 320, 1))).clip(0, 1).astype(np.float32)


def night():
    """Return the dark with one lamp."""
    picture = plain([0.03, 0.03, 0.05])
    picture[100:108, 200:210] = [0.9, 0.8, 0.5]
    return picture


pairs = {
    "fog": ("astronaut", plain([0.80, 0.82, 0.84])),
    "a wall": ("china", plain([0.72, 0.62, 0.48])),
    "a red wall": ("flower", plain([0.75, 0.08, 0.06])),
    "night": ("coffee", night()),
}
rows = []
for name, (target, reference) in pairs.items():
    target = photograph(target)
    results = [session.run(Request("transfer", target, reference, best.replace(contrast=c))).image for c in (0, 0.5)]
    rows.append({"target": target, name: reference, "contrast = 0": results[0], "contrast = 0.5": results[1]})
show(rows)

# %%
# A cut-out on plain black, grey and white beside a landscape. A plain ground stays plain, since nothing says what of
# the reference belongs where.

target, reference = photograph("coffee"), photograph("china")
height, width = target.shape[:2]
y, x = np.mgrid[:height, :width]
ground = np.hypot((y / height - 0.5) / 0.4, (x / width - 0.5) / 0.3) > 1
rows = []
for name, level in (("black", 0.0), ("grey", 0.5), ("white", 1.0)):
    cut = np.where(ground[..., None], np.float32(level), target)
    rows.append(
        {
            f"on {name}": cut,
            "reference": reference,
            "transfer": session.run(Request("transfer", cut, reference, best)).image,
        }
    )
show(rows)
