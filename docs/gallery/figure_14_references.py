"""
Several references
==================

Each superpixel takes from whichever reference shows what it shows. What each contributed is reported.
"""

import numpy as np
from photographs import WORKING_PIXELS, grey, photograph, show, turned

import huegraft

best = huegraft.preset("best").replace(working_pixels=WORKING_PIXELS)
names = ("chelsea", "coffee")
truths = [photograph(name)[:300, :450] for name in names]

target = np.concatenate([grey(truth) for truth in truths], axis=1)
references = [turned(photograph(name)) for name in names]
together = huegraft.colorize(target, references, best)
alone = [huegraft.colorize(target, reference, best).image for reference in references]

shares = ", ".join(f"{name} {share:.0%}" for name, share in zip(names, together.contributions, strict=True))
show(
    [
        {"target": target, names[0]: references[0], names[1]: references[1]},
        {f"both: {shares}": together.image, f"{names[0]} alone": alone[0], f"{names[1]} alone": alone[1]},
    ]
)
