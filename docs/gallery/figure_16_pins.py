"""
Pins
====

Places bound by hand, where the matching errs or a colour is wanted. What looks like a pinned place follows.
"""

import matplotlib.pyplot as plt
from photographs import WORKING_PIXELS, grey, photograph

import huegraft
from huegraft import Pin

best = huegraft.preset("best").replace(working_pixels=WORKING_PIXELS)


def shown(target, reference, pins, mode):
    """Show the pins, and the result without and with them."""
    results = [getattr(huegraft, mode)(target, reference, best, pins=each).image for each in ((), pins)]
    figure, axes = plt.subplots(2, 2, figsize=(9, 6.4))
    titles = ("target", "reference", f"{mode} without pins", f"{mode} with them")
    for axis, title, picture in zip(axes.flat, titles, (target, reference, *results), strict=True):
        axis.imshow(picture)
        axis.set_title(title, fontsize=10)
        axis.axis("off")
    for number, pin in enumerate(pins, start=1):
        for axis, (x, y) in zip(axes[0], (pin.target, pin.reference), strict=True):
            axis.plot(x, y, "o", markersize=12, markerfacecolor="none", markeredgecolor="magenta", markeredgewidth=2)
            axis.annotate(str(number), (x, y), xytext=(8, 8), textcoords="offset points", color="magenta")
    figure.tight_layout()


china, flower = photograph("china"), photograph("flower")
shown(china, flower, [Pin((560, 60), (77, 105)), Pin((137, 217), (302, 205))], "transfer")
shown(grey(china), flower, [Pin((137, 217), (302, 205)), Pin((420, 380), (77, 105))], "colorize")
