"""Studies: what a session is asked besides its result. Values are swept, pictures suggested, places explained."""

import itertools
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import ValidationError

from huegraft.records import superpixel_at
from huegraft.rendering import rendered_smaller, shrunk
from huegraft.report.colorfulness import colorfulness
from huegraft.report.explain import attention_entropy
from huegraft.suggestion import suggest
from huegraft.threads import check_cancelled
from huegraft.web.jobs import Job
from huegraft.web.problems import Problem
from huegraft.web.requests import request_of
from huegraft.web.schemas import NewExplanation, NewSuggestions, NewSweep, ResultRequest
from huegraft.web.storage import StoredSession
from huegraft.web.tiles import as_shown, webp

if TYPE_CHECKING:
    from huegraft.web.app import Server

_MOST = 48  # combinations of a sweep
_LISTED = 8  # reference superpixels that an explained place is told of


def bodies_of_sweep(session: StoredSession, wanted: NewSweep) -> list[tuple[dict[str, Any], ResultRequest]]:
    """Return the last request of a session under each combination of values, the last setting fastest.

    Raises
    ------
    Problem
        If there are too many combinations, or a value is no value of its setting.
    """
    combinations = [dict(zip(wanted.values, each, strict=True)) for each in itertools.product(*wanted.values.values())]
    if len(combinations) > _MOST:
        raise Problem(422, "too-many", f"A sweep takes up to {_MOST} combinations, got {len(combinations)}.")
    last = json.loads(session.request)
    bodies = list[tuple[dict[str, Any], ResultRequest]]()
    for changes in combinations:
        try:
            body = ResultRequest.model_validate(last | {"settings": last.get("settings", {}) | changes})
        except ValidationError as error:
            raise Problem(422, "bad-value", "; ".join(each["msg"] for each in error.errors()[:3])) from None
        bodies.append((changes, body))
    return bodies


def swept(
    server: "Server", target: str, bodies: Sequence[tuple[dict[str, Any], ResultRequest]], side: int, job: Job
) -> dict[str, Any]:
    """Run requests for a target, and make a small picture of each result.

    Returns
    -------
    ``studies``: for each combination its changes, its colourfulness, and the number of its picture.
    """
    pixels = server.storage.pixels(target)
    height, width = pixels.size
    scale = min(1.0, side / max(height, width))
    small = shrunk(pixels, (max(1, round(height * scale)), max(1, round(width * scale))))
    studies = list[dict[str, Any]]()
    for number, (changes, body) in enumerate(bodies):
        check_cancelled()
        job.report("sweep", number, len(bodies))
        look = server.method.solve(request_of(server.storage, target, body), cancel=job.cancel)
        picture, _ = rendered_smaller(look, pixels, small)
        job.made.append(webp(as_shown(picture)))
        studies.append(
            {"changes": changes, "colorfulness": round(colorfulness(picture.as_float()), 2), "picture": number}
        )
    return {"studies": studies}


def suggested(server: "Server", session: StoredSession, wanted: NewSuggestions, job: Job) -> dict[str, Any]:
    """Rank pictures as references of a session's target.

    Returns
    -------
    ``suggestions``: the ids of the pictures with their fits and notes, the best one first.
    """
    body = ResultRequest.model_validate_json(session.request) if session.request else None
    mode, settings = ("transfer", None) if body is None else (body.mode, body.all_settings())
    count = len(wanted.candidates)

    def candidates() -> Any:
        for number, each in enumerate(wanted.candidates):
            check_cancelled()
            job.report("suggestion", number, count)
            yield server.storage.pixels(each)

    found = suggest(server.storage.pixels(session.target), candidates(), settings, mode=mode, session=server.method)
    return {
        "suggestions": [
            {"picture": wanted.candidates[each.index], "fit": round(each.fit, 4), "notes": list(each.notes)}
            for each in found
        ]
    }


def explained(server: "Server", session: StoredSession, wanted: NewExplanation, job: Job) -> dict[str, Any]:
    """Tell which superpixels of the references places of the target attend to.

    Returns
    -------
    ``points``: for each place its superpixel, the entropy of its attention in [0, 1], its confidence, and the reference
    superpixels with the largest weights.

    Raises
    ------
    Problem
        If a place lies outside the target.
    """
    request = request_of(server.storage, session.target, ResultRequest.model_validate_json(session.request))
    look = server.method.solve(request, cancel=job.cancel)
    window = look.window
    points = list[dict[str, Any]]()
    for place in wanted.points:
        x, y = place
        if not (window.left <= x < window.right and window.top <= y < window.bottom):
            raise Problem(422, "outside", f"The place ({x:g}, {y:g}) lies outside the target, or in a black bar of it.")
        superpixel = superpixel_at(place, look.labels, window)
        weights = server.method.attention(look, [superpixel])[0]
        best = np.argsort(-weights, kind="stable")[:_LISTED]
        points.append(
            {
                "place": [x, y],
                "superpixel": superpixel,
                "entropy": round(float(attention_entropy(weights[None])[0]), 4),
                "confidence": round(float(look.confidence[look.labels == superpixel].mean()), 4),
                "attention": [[int(each), round(float(weights[each]), 5)] for each in best],
            }
        )
    return {"points": points}
