"""
Figure 8: colourisation
=======================

Two references made from the target's own photograph, mirrored and turned, and two others.
"""

from photographs import PAPER, grey, photograph, show, turned

import huegraft

PAIRS = [
    (photograph("chelsea"), turned(photograph("chelsea"))),
    (photograph("china"), turned(photograph("china"))),
    (photograph("chelsea"), photograph("coffee")),
    (photograph("china"), photograph("flower")),
]

rows = []
for truth, reference in PAIRS:
    result = huegraft.colorize(grey(truth), reference, PAPER)
    rows.append({"target": grey(truth), "reference": reference, "result": result.image, "truth": truth})
show(rows)

# %%
# The cat works: the fur gets its browns, and the iris its green. The pagoda finds its walls, trees and sky in its own
# mirror image, but one colour for every pixel of one grey leaves them faint. With the cup as reference the cat takes
# the predominant hue, as the paper says of its own failures, and has no choice. With the dahlia the walls turn red
# and the trees too, after the petals, and the sky a bright cyan, the hue of the dark leaves at the sky's lightness: a
# smooth bright thing is not in the reference.
