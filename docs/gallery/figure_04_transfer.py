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
# The pagoda takes dusk: grey-blue all over, the lamps' yellow hardly to be seen. The dahlia takes the cup's light
# browns for its petals and the wood's dark ones for its leaves, with clean borders. The cat turns coffee all over,
# green eyes included, as the reference has no green. The cup keeps a red saucer, from the petals, and stands on wood
# that the leaves turned teal; its light china takes their green as well, for neither has a counterpart.
