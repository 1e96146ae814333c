"""
Figure 4: colour transfer
=========================

Four pairs, from fitting to hopeless.
"""

from photographs import PAPER, photograph, show

import huegraft

PAIRS = [("china", "rocket"), ("flower", "coffee"), ("chelsea", "coffee"), ("coffee", "flower")]

rows = []
for target_name, reference_name in PAIRS:
    target, reference = photograph(target_name), photograph(reference_name)
    result = huegraft.transfer(target, reference, PAPER)
    rows.append({"target": target, "reference": reference, "result": result.image})
show(rows)

# %%
# The pagoda takes dusk: a bluer sky, the lamps' yellow on roofs and pillars. The dahlia takes the cup's light browns
# for its petals and the wood's dark ones for its leaves, with clean borders, and a red blot in a corner. The cat turns
# coffee all over, green eyes included, as the reference has no green. The saucer and the wood are torn between the
# petals' red and the leaves' teal, and the light china takes a little of both, for none of them has a counterpart.
