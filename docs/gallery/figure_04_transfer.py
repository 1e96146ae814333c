"""
Figure 4: colour transfer
=========================

Four pairs, from fitting to hopeless.
"""

from photographs import WORKING_PIXELS, photograph, show

import huegraft

PAIRS = [("china", "rocket"), ("flower", "coffee"), ("chelsea", "coffee"), ("coffee", "flower")]

rows = []
for target_name, reference_name in PAIRS:
    target, reference = photograph(target_name), photograph(reference_name)
    result = huegraft.transfer(target, reference, working_pixels=WORKING_PIXELS)
    rows.append({"target": target, "reference": reference, "result": result.image})
show(rows)

# %%
# The pagoda takes dusk well: sky matches sky, and the lamps' yellow goes to the roofs. The dahlia's petals find the
# cup's light browns, but its dark leaves are torn between the red saucer and grey metal: blotches. The cat turns coffee
# all over, green eyes included, as the reference has no green. The cup fails: the reference has petals of one
# lightness and leaves of another and nothing else, so light china turns green and the saucer grey, in patches with hard
# borders, for neither thing has a counterpart, and the attention falls on whatever has the same lightness and contrast.
