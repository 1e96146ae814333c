"""
Equation (7): merging the layers before the softmax
===================================================

The paper merges the layers' similarities before the softmax when it colourises, which "appeared useful to avoid the
transfer of drab colors".
"""

from photographs import PAPER, grey, photograph, show, turned

from huegraft.report.sweep import sweep

truth = photograph("china")
target, reference = grey(truth), turned(truth)
studies = sweep("colorize", target, reference, {"merge": ["after", "before"]}, PAPER)
results = {
    f"merge = {study.changes['merge']}, colourfulness {study.colorfulness:.1f}": study.result.image for study in studies
}
show([{"target": target, "reference": reference}, results])

# %%
# The claim holds: 27 against 24. Temperature has no part in it: equation (7) does not divide by Σ w_l, and the weights
# of the three layers add up to 0.63, so the softmax is the softer of the two. As sharp as each layer's own it gains a
# little more:

(sharper,) = sweep("colorize", target, reference, {"merge": ["before"], "tau": [0.0095]}, PAPER)
print(f"colourfulness {sharper.colorfulness:.1f}")
