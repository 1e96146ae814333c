"""
Figure 6: δ_s and δ_c in colour transfer
========================================

The two weigh the covariances of position and colour. The paper's δ_s = 10, δ_c = 0.1 lets a superpixel give its colour
to far pixels of the same colour, and to those only. Swapped, it gives it to near pixels of any colour.
"""

from photographs import PAPER, photograph, show

from huegraft.report.sweep import sweep

target, reference = photograph("china"), photograph("astronaut")
studies = sweep(
    "transfer",
    target,
    reference,
    {"delta_s": [0.1, 10.0], "delta_c": [10.0, 0.1]},
    PAPER,
)
results = {
    f"δ_s = {study.changes['delta_s']}, δ_c = {study.changes['delta_c']}": study.result.image for study in studies
}
swapped, _, _, printed = results.items()
show([{"target": target, "reference": reference}, dict([swapped, printed])])

# %%
# A detail at its true size:

show([{title: image[100:220, 80:260] for title, image in (swapped, printed)}])

# %%
# As the paper says, the swapped weights distribute the colours badly: a superpixel's colour is smeared over whatever
# lies near it, and the sky beside the roof turns pink. The paper's weights keep colours on their things.
