"""Notes: what the user should know about the pictures of a request, one line for each thing."""

from collections.abc import Sequence

import numpy as np

from huegraft.look import GradedLayer, Layer
from huegraft.settings import Mode, Settings
from huegraft.stages.fit import HARDLY
from huegraft.stages.tone import Tone

_SAID = 20
"""A note is given if the tone curve that keeps contrast varies by this much L*."""


def picture_notes(mode: Mode, tones: Sequence[Tone], fit: float, names: Sequence[str] | None = None) -> list[str]:
    """Return the notes on the pictures of a request.

    Parameters
    ----------
    mode
        The mode of the request.
    tones
        The tone of the target, then of each reference.
    fit
        The fit of the references.
    names
        The names of the pictures, in the same order. By default they are "the target" and "the reference", or
        "reference 1" and so on.

    Examples
    --------
    >>> picture_notes("colorize", ["sepia", "color"], 0.8)
    ['the target is grey with a cast (sepia): only its lightness is used']
    """
    count = len(tones) - 1
    named = ["the target", *(["the reference"] if count == 1 else [f"reference {n + 1}" for n in range(count)])]
    target, *references = named if names is None else names
    notes = []
    if mode == "transfer" and tones[0] != "color":
        notes.append(f"{target} {_said(tones[0])}: take colorize, since transfer gives it hardly any colours")
    if mode == "colorize" and tones[0] != "grey":
        notes.append(f"{target} {_said(tones[0])}: only its lightness is used")
    notes += filter(None, map(reference_note, references, tones[1:]))
    if fit < HARDLY:
        verb = "hardly fits" if count == 1 else "hardly fit"
        whose = " and ".join(references)
        notes.append(
            f"{whose} {verb} {target} (fit {fit:.2f}): colours may come out on the wrong things; look for a reference "
            "that shows a similar scene"
        )
    return notes


def reference_note(name: str, tone: Tone) -> str | None:
    """Say that a reference has no colours, or one tone alone."""
    if tone == "color":
        return None
    return f"{name} {_said(tone)}: it " + ("has no colours to give" if tone == "grey" else "gives only this one tone")


def contrast_note(layers: Sequence[Layer], settings: Settings) -> str | None:
    """Say that a target keeps contrast that its new colours do not have. None if this was not needed."""
    spans = [float(np.ptp(layer.grade.kept)) for layer in layers if isinstance(layer, GradedLayer)]
    if settings.finish.strength == 0 or max(spans, default=0) < _SAID:
        return None
    share = settings.grade.contrast
    return (
        f"target: the new colours alone would take most of the picture's contrast, so the picture keeps about "
        f"{share:g} of it; --contrast 0 (contrast=0) takes the contrast of the reference"
    )


def _said(tone: Tone) -> str:
    """Return a text that says which tone a picture has."""
    if tone == "color":
        return "is in colour"
    return "is grey" if tone == "grey" else f"is grey with a cast ({tone})"
