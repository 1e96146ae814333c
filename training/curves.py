"""Curves of a run's log."""

import csv
from pathlib import Path


def draw_curves(log: Path, picture: Path) -> None:
    """Draw the losses and the errors of a log against the steps, as PNG."""
    from matplotlib.figure import Figure

    with log.open(newline="") as file:
        columns = list(zip(*csv.reader(file), strict=True))
    named = {column[0]: [float(value) for value in column[1:]] for column in columns}
    figure = Figure(figsize=(9, 4), layout="constrained")
    left, right = figure.subplots(1, 2)
    for name in ("loss", "color", "places"):
        left.plot(named["step"], named[name], label=name)
    for name in ("error", "held-out error"):
        right.plot(named["step"], named[name], label=name)
    left.set(xlabel="step", ylabel="−log likelihood")
    right.set(xlabel="step", ylabel="distance of attended colours in CIELAB", ylim=(0, None))
    for axes in (left, right):
        axes.legend()
        axes.grid(alpha=0.3)
    figure.savefig(picture, dpi=100)
