"""
Figure 8: colourisation
=======================

Two references made from the target's own photograph, mirrored and turned, and two others.
"""

from photographs import WORKING_PIXELS, grey, photograph, show, turned

import huegraft

PAIRS = [
    (photograph("chelsea"), turned(photograph("chelsea"))),
    (photograph("china"), turned(photograph("china"))),
    (photograph("chelsea"), photograph("coffee")),
    (photograph("china"), photograph("flower")),
]

rows = []
for truth, reference in PAIRS:
    result = huegraft.colorize(grey(truth), reference, working_pixels=WORKING_PIXELS)
    rows.append({"target": grey(truth), "reference": reference, "result": result.image, "truth": truth})
show(rows)

# %%
# The cat works: the fur gets its browns, and the iris keeps a trace of green. The pagoda with its own mirror image
# mostly does not: on a grey picture this descriptor cannot tell roofs from trees, and their mean is brown; the sky is
# right. With the cup as reference the cat takes the predominant hue, as the paper says of its own failures, and has
# no choice. With the dahlia the sky is torn between the petals and the dark leaves, whose hue at the sky's lightness
# is a bright cyan: the match is by lightness and smoothness, and a smooth bright thing is not in the reference.
