"""Balance: attention as a transport plan, so that one hue of the reference cannot serve the whole target.

Unbalanced entropic optimal transport (Chizat, Peyré, Schmitzer, Vialard 2018, doi:10.1090/mcom/3303) between the areas
of superpixels, with the row softmax as its kernel.
"""

import numpy as np

from huegraft.shapes import Float64

_ROUNDS = 50
_STRICTNESS = 0.5  # ρ / (ρ + ε): 1 would hold the plan to the areas, 0 leaves it free


def balanced(
    attention: Float64[np.ndarray, "n_t n_r"],
    target_areas: Float64[np.ndarray, " n_t"],
    reference_areas: Float64[np.ndarray, " n_r"],
    balance: float,
) -> Float64[np.ndarray, "n_t n_r"]:
    """Blend the attention with the rows of a transport plan, each divided by its sum.

    Parameters
    ----------
    attention
        Rows sum to 1. The columns of superpixels that may not be taken are 0.
    target_areas, reference_areas
        How much each superpixel has to give and may take. The two need not have one unit.
    balance
        From 0 (the attention) to 1 (the plan).
    """
    supply, demand = target_areas / target_areas.sum(), reference_areas / reference_areas.sum()
    taken = np.ones_like(demand)
    for _ in range(_ROUNDS):
        given = (supply / np.maximum(attention @ taken, 1e-30)) ** _STRICTNESS
        taken = (demand / np.maximum(given @ attention, 1e-30)) ** _STRICTNESS
    plan = attention * taken
    return (1 - balance) * attention + balance * plan / plan.sum(axis=1, keepdims=True)
