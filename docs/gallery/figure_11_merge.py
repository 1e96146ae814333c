"""
Equation (7): merging the layers before the softmax
===================================================

The paper merges the layers' similarities before the softmax when it colourises, which "appeared useful to avoid the
transfer of drab colors".
"""

from photographs import WORKING_PIXELS, grey, photograph, show, turned

from huegraft.report.sweep import sweep

truth = photograph("china")
target, reference = grey(truth), turned(truth)
studies = sweep("colorize", target, reference, {"working_pixels": [WORKING_PIXELS], "merge": ["after", "before"]})
results = {
    f"merge = {study.changes['merge']}, colourfulness {study.colorfulness:.1f}": study.result.image for study in studies
}
show([{"target": target, "reference": reference}, results])

# %%
# The claim holds: 28 against 24. Part of it is temperature: equation (7) does not divide by Σ w_l, so that four
# layers make the softmax four times as sharp. Merged before the softmax at four times the temperature, most of the
# gain is left:

(warmer,) = sweep(
    "colorize", target, reference, {"working_pixels": [WORKING_PIXELS], "merge": ["before"], "tau": [0.06]}
)
print(f"colourfulness {warmer.colorfulness:.1f}")
