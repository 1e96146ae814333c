"""Run color-matcher on two pictures, in an environment of its own: match.py METHOD TARGET REFERENCE OUTPUT.

The result is clipped. The package's own command stretches it to its minimum and maximum instead.
"""

import sys

import numpy as np
from color_matcher import ColorMatcher
from PIL import Image

method, target, reference, output = sys.argv[1:]
pictures = [np.asarray(Image.open(path).convert("RGB")) / 255 for path in (target, reference)]
matched = ColorMatcher().transfer(src=pictures[0], ref=pictures[1], method=method)
Image.fromarray(np.rint(255 * np.clip(matched, 0, 1)).astype(np.uint8)).save(output)
