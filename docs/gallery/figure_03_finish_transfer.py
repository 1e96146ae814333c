"""
Figure 3: finishing a transfer
==============================

Enlarging the fused colours alone (c) gives a soft picture whose textures are gone, since every pixel is a mean of
superpixel means. Putting only their chroma under the target's own lightness (d) keeps every edge.
"""

from photographs import PAPER, photograph, show

from huegraft.report.sweep import sweep

target, reference = photograph("china"), photograph("rocket")
studies = sweep("transfer", target, reference, {"finish": ["rgb", "lab"]}, PAPER)
show(
    [
        {"(a) target": target, "(b) reference": reference},
        {"(c) finish = rgb": studies[0].result.image, "(d) finish = lab": studies[1].result.image},
    ]
)
