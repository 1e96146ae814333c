"""
Strength, lightness and gamut
=============================

How far colours go from the old ones to the new ones, how much of the new lightness is taken, and what becomes of
colours that the output cannot hold.
"""

from photographs import WORKING_PIXELS, photograph, show

import huegraft
from huegraft import Request, Session

target, reference = photograph("china"), photograph("rocket")
best = huegraft.preset("best").replace(working_pixels=WORKING_PIXELS)
session = Session()


def graded(**changes):
    """Return the result under these settings; what comes before them is done once."""
    return session.run(Request("transfer", target, reference, best.replace(**changes)))


show(
    [
        {f"strength = {strength}": graded(strength=strength).image for strength in (0.0, 0.5, 1.0)},
        {f"lightness = {lightness}": graded(lightness=lightness).image for lightness in (0.0, 0.5, 1.0)},
    ]
)

# %%
# At strength 0 the pixels are the target's own, to the last bit. Lightness 0 takes the hues of dusk and leaves the day.
#
# A reference of strong colours asks for some that sRGB has not. Cut off channel by channel they change in hue and
# lightness: here the yellow of the petals, and with them their folds, go flat. Compressed they lose chroma alone.

target, reference = photograph("flower"), photograph("coffee")
clipped, compressed = graded(lightness=0.0), graded(lightness=0.0, gamut="compress")
show(
    [
        {"target": target, "reference": reference},
        {f"clip: {clipped.clipped_share:.0%} outside": clipped.image, "compress": compressed.image},
    ]
)
