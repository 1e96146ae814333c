"""
Figure 5: the temperature τ in colour transfer
==============================================

The paper: a high τ mixes the colours of all superpixels and gives drab ones; a very low τ matches one to one, and
neighbours take unlike colours.
"""

from photographs import PAPER, photograph, show

from huegraft.report.sweep import sweep

target, reference = photograph("flower"), photograph("china")
taus = [0.5, 0.15, 0.05, 0.015, 0.0015, 0.00015]
studies = sweep("transfer", target, reference, {"tau": taus}, PAPER)
titles = [f"τ = {study.changes['tau']}, colourfulness {study.colorfulness:.0f}" for study in studies]
pictures = [study.result.image for study in studies]
show(
    [
        {"target": target, "reference": reference},
        dict(zip(titles[:3], pictures[:3], strict=True)),
        dict(zip(titles[3:], pictures[3:], strict=True)),
    ]
)

# %%
# As the paper says: drab at the top, where even the petals lose their colour. From 0.015 on nearly every superpixel has
# one partner, the petals in the pagoda's walls; below 0.0015 nothing changes any more.
