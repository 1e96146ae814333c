"""The report on a film as one HTML page that needs no other file and no script."""

import html
import json
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from string import Template
from typing import Any

import numpy as np
from PIL import Image

from huegraft.compiled.shrink import shrink_areas
from huegraft.film.report import Report
from huegraft.film.shown import Shown
from huegraft.film.sureness import LOW
from huegraft.film.wording import counted
from huegraft.report.drawing import as_data_address, as_image
from huegraft.types import FloatPicture

_SIDE = 176  # of a small picture, in pixels
_QUALITY = 60
_CURVE = 200, 40
_LISTED = 3  # references of a shot that are not used, the best first
_STATES = {
    "computed": "",
    "not computed": "This shot is not computed as it stands: huegraft film color {project}",
    "not coloured": "Shots of this kind are not coloured.",
}


class Thumbnails:
    """Draws small pictures as data: addresses.

    Parameters
    ----------
    pixel_aspect
        The width of a pixel by its height, which the pictures are stretched by.
    rotation
        By how many degrees the pictures are turned, counter-clockwise.
    """

    def __init__(self, pixel_aspect: Fraction | int = 1, rotation: int = 0) -> None:
        self._aspect, self._rotation = float(pixel_aspect), rotation

    def __call__(self, picture: FloatPicture) -> str:
        """Return a picture with sides of 176 pixels at most, as WebP in a data: address."""
        height, width = picture.shape[:2]
        scale = min(1.0, _SIDE / max(height, width * self._aspect))
        shown = max(1, round(width * self._aspect * scale)), max(1, round(height * scale))
        pixels = np.ascontiguousarray(picture[..., :3], np.float32)
        small = as_image(shrink_areas(pixels, (shown[1], min(width, shown[0])))).resize(shown)
        turned = small.rotate(self._rotation, Image.Resampling.BICUBIC, expand=True) if self._rotation else small
        return as_data_address(turned, "WEBP", quality=_QUALITY)


def report_page(report: Report) -> str:
    """Return the page."""
    content = report.content
    template = Template(Path(__file__).with_name("report.html").read_text(encoding="utf-8"))
    return template.substitute(
        title=html.escape(f"{Path(content['film']['film']).name}: the colours of its shots"),
        low=f"{LOW:g}",
        references="".join(
            f'<image id="picture-{_safe(name)}" href="{data}" width="88" height="66"/>'
            for name, data in report.references.items()
        ),
        film=_film(content),
        wanted=_wanted(report),
        siblings=_siblings(report),
        glance=_glance(content),
        shots="".join(_shot(shot, report) for shot in content["shots"]),
    )


def _film(content: Mapping[str, Any]) -> str:
    film, reading = content["film"], content["film"]["reading"]
    layout = film["layout"]
    samples = (
        f"{layout['kind']}, {layout['bits']} bits, chroma of {layout['subsampling'][0]}×{layout['subsampling'][1]}"
    )
    read = ", ".join(f"{name} {reading[name]}" for name in ("matrix", "range", "siting", "primaries"))
    rows = {
        "Film": film["film"],
        "Project": film["project"],
        "Pictures": f"{film['size']}, {counted(film['frames'], 'frame')}, {film['rate']} a second"
        + (" on average, at varying times" if film["variable"] else "")
        + f", {film['duration']} s",
        "Timecode": film["timecode"] or "none",
        "Samples": samples,
        "Read as": read
        + (f" (assumed, since no tag says it: {', '.join(reading['assumed'])})" * bool(reading["assumed"])),
        "What is done": film["mode"],
        "Settings": _settings(film["settings"]),
        "Shots": str(film["shots"]),
    }
    facts = "".join(
        f'<tr><th scope="row">{name}</th><td>{html.escape(value)}</td></tr>' for name, value in rows.items()
    )
    return f"<table>{facts}</table>{_notes(content['notes'])}"


def _wanted(report: Report) -> str:
    if not report.content["wanted"]:
        if any(shot["state"] == "computed" for shot in report.content["shots"]):
            return "<p>No frame would help much: the colours of the shots that are computed leave little doubt.</p>"
        return "<p>No shot is computed yet.</p>"
    items: list[str] = []
    shown = report.wanted or [None] * len(report.content["wanted"])
    for wanted, pictures in zip(report.content["wanted"], shown, strict=True):
        place, _, rest = wanted["text"].partition(":")
        head = f'<a href="#{_safe(wanted["shot"])}">{html.escape(place)}</a>:{html.escape(rest)}'
        at = f" <small>{wanted['timecode']}</small>" if wanted["timecode"] else ""
        steps = "".join(f"<li>{_with_code(step)}</li>" for step in wanted["steps"])
        figure = "" if pictures is None else _figure(pictures, "wanted", wide=True)
        items.append(f"<li><p>{head}{at}</p>{figure}<ol>{steps}</ol></li>")
    return f'<ol class="wanted">{"".join(items)}</ol>'


def _siblings(report: Report) -> str:
    found = report.content["siblings"]
    if not found["scenes"]:
        return "<p>No shots are known to show one scene.</p>"
    scenes = ", ".join(f"{scene} ({' '.join(shots)})" for scene, shots in found["scenes"].items())
    count = found["compared"]
    lines = [
        f"<p>Scenes that several shots show: {html.escape(scenes)}. "
        f"{count} {'pair' if count == 1 else 'pairs'} of siblings were compared, "
        f"and {len(found['disagreeing']) or 'none'} of them do not agree.</p>"
    ]
    shown = report.disagreeing or [()] * len(found["disagreeing"])
    for each, pair in zip(found["disagreeing"], shown, strict=True):
        figures = "".join(_figure(*both, wide=True) for both in zip(pair, each["shots"], strict=False))
        steps = "".join(f"<li>{_with_code(step)}</li>" for step in each["steps"])
        lines.append(
            f'<article aria-label="{html.escape(" and ".join(each["shots"]))}"><p>{html.escape(each["text"])}</p>'
            f'<div class="pictures">{figures}</div><ol>{steps}</ol></article>'
        )
    return "".join(lines)


def _glance(content: Mapping[str, Any]) -> str:
    rows: list[str] = []
    for shot in content["shots"]:
        sure = shot["confidence"]
        cells = [f"{shot['in']} to {shot['out'] - 1}", shot["timecode_in"] or ""]
        numbers = [_share(sure and sure["mean"]), _share(sure and sure["low"])]
        last = "; ".join([shot["state"] if shot["state"] != "computed" else "", *shot["notes"][:1]]).strip("; ")
        rows.append(
            f'<tr><th scope="row"><a href="#{_safe(shot["id"])}">{html.escape(shot["id"])}</a></th>'
            + "".join(f'<td class="whole">{html.escape(each)}</td>' for each in cells)
            + "".join(f'<td class="number">{each}</td>' for each in numbers)
            + f"<td>{html.escape(last)}</td></tr>"
        )
    head = '<tr><th scope="col">shot</th><th scope="col">frames</th><th scope="col">timecode</th>'
    head += '<th scope="col" class="number">confidence</th><th scope="col" class="number">low</th>'
    table = f'<table><thead>{head}<th scope="col">to look at</th></tr></thead><tbody>{"".join(rows)}</tbody></table>'
    return f"<details open><summary>{len(rows)} {'shot' if len(rows) == 1 else 'shots'}</summary>{table}</details>"


def _shot(shot: Mapping[str, Any], report: Report) -> str:
    name, sure, shift = html.escape(shot["id"]), shot["confidence"], shot["lightness_shift"]
    facts = [f"frames {shot['in']} to {shot['out'] - 1} ({shot['out'] - shot['in']})"]
    if shot["timecode_in"]:
        facts.append(f"in {shot['timecode_in']}, out {shot['timecode_out']}")
    facts.append(shot["kind"])
    lines = [f"<p>{html.escape(', '.join(facts))}</p>"]
    if shot["note"]:
        lines.append(f"<p>Note: {html.escape(shot['note'])}</p>")
    state = _STATES[shot["state"]].format(project=report.content["film"]["project"])
    lines.append(_notes([*([state] if state else []), *shot["notes"]]))
    if shot["same_as"]:
        lines.append(f'<p>The same as <a href="#{_safe(shot["same_as"])}">{html.escape(shot["same_as"])}</a>.</p>')
    siblings = [each for each in report.content["siblings"]["scenes"].get(shot["scene"], ()) if each != shot["id"]]
    if siblings and not shot["same_as"]:
        linked = ", ".join(f'<a href="#{_safe(each)}">{html.escape(each)}</a>' for each in siblings)
        lines.append(f"<p>Shows the same scene as {linked}.</p>")
    if shot["settings"]:
        lines.append(f"<p>Settings of its own: {html.escape(_settings(shot['settings']))}</p>")
    if sure:
        low = "" if sure["low"] is None else f"; {sure['low']:.1%} of the pixels have a low one"
        lines += [f"<p>Mean confidence {sure['mean']:.2f}{low}.</p>", _curve(shot)]
    if shift:
        lines.append(f"<p>{html.escape(_shift(shift))}</p>")
    pairs = "".join(_figure(each, shot["id"]) for each in report.frames.get(shot["id"], ()))
    left = [each for each in shot["references"] if not each["used"] and not each["disagrees"]]
    listed = [each for each in shot["references"] if each not in left[_LISTED:]]
    used = "".join(_reference(each, shot, report) for each in listed)
    if len(left) > _LISTED:
        used += f'<p class="quiet">{len(left) - _LISTED} others fit less.</p>'
    return (
        f'<article id="{_safe(shot["id"])}" aria-label="Shot {name}"><h3>{name}</h3>{"".join(lines)}'
        f'<div class="pictures">{pairs}</div><div class="pictures">{used}</div></article>'
    )


def _reference(used: Mapping[str, Any], shot: Mapping[str, Any], report: Report) -> str:
    known = next(each for each in report.content["references"] if each["id"] == used["id"])
    if used["why"] != "ranking":
        why = f"keyframe at frame {used['frame']}"
    else:
        why = f"fit {used['fit']:.2f}, " + ("used" if used["used"] else "not used")
        why += ": gives other colours than the best" if used["disagrees"] else ""
    why += f", of {used['of']}" if used["of"] != shot["id"] else ""
    label = html.escape(f"{used['id']} ({known['file']})")
    picture = ""
    if used["id"] in report.references:
        picture = f'<svg role="img" aria-label="Reference {label}" viewBox="0 0 88 66">'
        picture += f'<use href="#picture-{_safe(used["id"])}"/></svg>'
    style = "reference" if used["used"] else "reference unused"
    return f'<figure class="{style}">{picture}<figcaption>{label}: {html.escape(why)}</figcaption></figure>'


def _figure(shown: Shown, shot: str, *, wide: bool = False) -> str:
    pictures = [(shown.source, "as the film has it"), (shown.colored, "in its new colours")]
    images = "".join(
        f'<img src="{data}" alt="Frame {shown.frame} of {html.escape(shot)} {how}" loading="lazy" decoding="async">'
        for data, how in pictures
        if data
    )
    style = "pair wide" if wide else "pair"
    return f'<figure class="{style}">{images}<figcaption>frame {shown.frame}</figcaption></figure>'


def _curve(shot: Mapping[str, Any]) -> str:
    """Return the curve of confidence over the frames of a shot."""
    frames, means = shot["confidence"]["frames"], shot["confidence"]["means"]
    width, height = _CURVE
    length = max(1, shot["out"] - 1 - shot["in"])
    points = [
        (width * (frame - shot["in"]) / length, height * (1 - mean)) for frame, mean in zip(frames, means, strict=True)
    ]
    lowest = int(np.argmin(means))
    text = (
        f"Confidence of {shot['id']}: {means[0]:.2f} at its first frame, {means[-1]:.2f} at its last one, the lowest "
        f"{means[lowest]:.2f} at frame {frames[lowest]}"
    )
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    middle = height * (1 - LOW)
    return (
        f'<svg class="curve" role="img" aria-label="{html.escape(text)}" viewBox="0 -2 {width} {height + 4}" '
        f'preserveAspectRatio="none"><title>{html.escape(text)}</title><line x1="0" x2="{width}" y1="{middle:g}" '
        f'y2="{middle:g}"/><line x1="0" x2="{width}" y1="{height}" y2="{height}"/><path d="M{line}"/></svg>'
        f"<small>{html.escape(text)}.</small>"
    )


def _shift(shift: Mapping[str, Any]) -> str:
    """Return a sentence about how colours change lightness where luma is kept."""
    most = ", ".join(f"{name} {value:+.1f}" for name, value in list(shift["colors"].items())[:3])
    return (
        f"Where luma is kept, colours change L* by {shift['mean']:+.1f} on average, and by {shift['least']:+.1f} to "
        f"{shift['greatest']:+.1f} in 98 of 100 pixels{f'; by colours: {most}' if most else ''}."
    )


def _notes(notes: Sequence[str]) -> str:
    return "".join(f'<p class="note">{html.escape(note)}</p>' for note in notes)


def _settings(settings: Mapping[str, Any]) -> str:
    return ", ".join(
        f"{name} {value if isinstance(value, str) else json.dumps(value)}" for name, value in settings.items()
    )


def _with_code(step: str) -> str:
    """Return a step whose command, after the words that say what it is for, is set as code."""
    said, found, command = step.partition(": huegraft ")
    return f"{html.escape(said)}: <code>huegraft {html.escape(command)}</code>" if found else html.escape(step)


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.1%}"


def _safe(name: str) -> str:
    """Return a name as the id of a part of the page."""
    return html.escape(name.replace(" ", "_"))
