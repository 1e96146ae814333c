"""
Choosing a reference
====================

A grey photograph and six candidates, ranked by :func:`huegraft.suggest`, which looks at the matching alone. Beside each
what colourisation makes of it, and the median CIEDE2000 to the truth, which the fit has not seen.
"""

import numpy as np
from photographs import WORKING_PIXELS, grey, photograph, show, turned

import huegraft
from huegraft.color import ciede2000
from huegraft.evaluate.metrics.difference import lab

truth = photograph("china")
view = turned(truth)
candidates = {
    "mirrored view": view,
    "half of that view": np.ascontiguousarray(view[:, view.shape[1] // 2 :]),
    **{name: photograph(name) for name in ("flower", "coffee", "rocket", "chelsea")},
}
settings = huegraft.preset("best").replace(working_pixels=WORKING_PIXELS)
target = grey(truth)

panels = []
for suggestion in huegraft.suggest(target, candidates.values(), settings, mode="colorize"):
    name, reference = list(candidates.items())[suggestion.index]
    result = huegraft.colorize(target, reference, settings).image
    error = np.median(ciede2000(lab(result), lab(truth)))
    panels.append({f"{name}: fit {suggestion.fit:.2f}": reference, f"{name}: {error:.1f} off": result})
show(
    [{"target": target, "truth": truth}, *(left | right for left, right in zip(panels[::2], panels[1::2], strict=True))]
)

# %%
# The whole view is found, and half of it comes next, before pictures of other things, whose order says little. The
# fit tells the picture that shows the same thing from others.
