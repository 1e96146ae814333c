"""
Figure 1: superpixels
=====================

SLIC asks for 3⌊√(HW)⌋ superpixels and gets somewhat fewer: small ones are merged. Their boundaries follow the edges of
the picture, so that a mean over one is a mean over one thing.
"""

from photographs import PAPER, WORKING_PIXELS, photograph, show

import huegraft
from huegraft.report.drawing import with_boundaries
from huegraft.stages.prepare import shrink, working_size
from huegraft.stages.segment import superpixel_count

picture = photograph("astronaut")
encoded = huegraft.encode_reference(picture, PAPER)
small = shrink(picture, working_size(*picture.shape[:2], WORKING_PIXELS))
show([{"picture": small, "superpixels": with_boundaries(small, encoded.labels)}])

# %%
# Asked for and obtained:

print(superpixel_count(*encoded.labels.shape, PAPER.segment), encoded.count)
