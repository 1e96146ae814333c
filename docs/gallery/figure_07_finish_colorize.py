"""
Figure 7: finishing a colourisation
===================================

As for transfer: the plain enlargement (c) against the new chroma under the target's grey (d).
"""

from photographs import PAPER, grey, photograph, show, turned

from huegraft.report.sweep import sweep

truth = photograph("chelsea")
target, reference = grey(truth), turned(truth)
studies = sweep("colorize", target, reference, {"finish": ["rgb", "lab"]}, PAPER)
show(
    [
        {"(a) target": target, "(b) reference": reference},
        {"(c) finish = rgb": studies[0].result.image, "(d) finish = lab": studies[1].result.image},
    ]
)
