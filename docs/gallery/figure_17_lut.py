"""
A transfer as a LUT
===================

Grading programs and editors take maps of colour as 3-D lookup tables. The one that best reproduces a transfer carries
it to a whole film, or to any picture; what a transfer does differently in different places it cannot hold, so its share
is measured.
"""

import matplotlib.pyplot as plt
import numpy as np
from photographs import WORKING_PIXELS, photograph, show

import huegraft

target, reference, other = photograph("china"), photograph("rocket"), photograph("coffee")
result = huegraft.transfer(target, reference, huegraft.preset("best"), working_pixels=WORKING_PIXELS)
lut = huegraft.fit_lut(target, result.image)
print(f"{lut.explained:.1%} of the transfer explained, mean difference {lut.mean_difference:.1f} CIEDE2000")
show(
    [
        {"target": target, "reference": reference, "another photograph": other},
        {
            "transfer": result.image,
            "LUT on the target": huegraft.apply_lut(lut, target),
            "LUT on the other": huegraft.apply_lut(lut, other),
        },
    ]
)

# %%
# Hardly a difference on the target. The cup turns dusky too, its china blue and its wood amber, though the pagoda has
# neither. Below is the LUT itself: what becomes of greys, over how many of the target's pixels have each lightness, and
# slices of it from no blue to full blue, red to the right and green upwards. The drop at white is the transfer's own:
# the whitest pixels came out darker than those a little below.

figure, axes = plt.subplots(1, 6, figsize=(14, 2.6))
greys = np.linspace(0, 1, 256, dtype=np.float32)
for channel, curve in zip("rgb", huegraft.apply_lut(lut, greys[None])[0].T, strict=True):
    axes[0].plot(greys, curve, channel)
counts, _ = np.histogram(target.mean(axis=2), 64, (0, 1))
axes[0].fill_between(np.linspace(0, 1, 64), counts / counts.max() / 4, color="0.8")
for axis, node in zip(axes[1:], range(0, lut.size, 8), strict=True):
    axis.imshow(lut.table[:, :, node].transpose(1, 0, 2), origin="lower", interpolation="bilinear")
    axis.set_title(f"blue {node / (lut.size - 1):.2f}", fontsize=10)
    axis.axis("off")
figure.tight_layout()
