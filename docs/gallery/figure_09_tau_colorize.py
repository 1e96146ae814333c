"""
Figure 9: the temperature τ in colourisation
============================================

The paper: at τ = 0.15 the result holds fewer of the reference's colours than at τ = 0.015.
"""

from photographs import PAPER, grey, photograph, show, turned

from huegraft.report.sweep import sweep

truth = photograph("china")
target, reference = grey(truth), turned(truth)
studies = sweep("colorize", target, reference, {"tau": [1.0, 0.15, 0.015, 0.0015]}, PAPER)
results = {
    f"τ = {study.changes['tau']}, colourfulness {study.colorfulness:.0f}": study.result.image for study in studies
}
titles = list(results)
show(
    [
        {"target": target, "reference": reference},
        {title: results[title] for title in titles[:2]},
        {title: results[title] for title in titles[2:]},
    ]
)

# %%
# It agrees: the palette narrows to one brown and one blue-grey as τ rises. From 0.015 on nothing changes any more.
