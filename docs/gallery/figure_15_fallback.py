"""
Fallbacks
=========

What pixels get whose new colour is not trusted. The reference shows a cup of coffee; of the astronaut it knows little.
"""

import numpy as np
from photographs import WORKING_PIXELS, grey, photograph, show

import huegraft
from huegraft import Request, Session

best = huegraft.preset("best").replace(working_pixels=WORKING_PIXELS)
target, reference = photograph("astronaut"), photograph("coffee")
session = Session()


def recolored(mode, picture, **changes):
    """Return the result under these settings; what comes before them is done once."""
    return session.run(Request(mode, picture, reference, best.replace(**changes)))


for mode, picture in (("transfer", target), ("colorize", grey(target))):
    plain = recolored(mode, picture)
    minimum = float(np.median(plain.confidence))
    fallen = {
        f"{fallback}, below {minimum:.2f}": recolored(mode, picture, fallback=fallback, min_confidence=minimum).image
        for fallback in ("keep", "neutral", "global")
    }
    show([{"target": picture, f"{mode}": plain.image, "confidence": plain.confidence}, fallen])
