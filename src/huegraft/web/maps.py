"""Maps: labels, attention, confidence and matched colours of a result."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from huegraft.look import Look
from huegraft.records import Encoded
from huegraft.request import Request
from huegraft.shapes import UInt8
from huegraft.web.problems import Problem
from huegraft.web.results import check_ready
from huegraft.web.storage import StoredSession
from huegraft.windows import Frame, in_frame

if TYPE_CHECKING:
    from huegraft.web.app import Server

_BESIDE = 65535  # the label of bars
_LARGEST = 32  # weights of a row that are told


def labels_of(server: "Server", session: StoredSession, revision: int, reference: int | None) -> np.ndarray:
    """Return the labels of the target, or of a reference, at the working size. Bars have 65535.

    Raises
    ------
    Problem
        If the result is not there, or there is no such reference.
    """
    if reference is None:
        look = server.results.look(session, revision)
        return in_frame(look.labels, Frame(look.size, look.bars), _BESIDE)
    check_ready(session, revision)
    request = server.results.request(session)
    if reference >= len(request.references):
        raise Problem(404, "no-reference", f"The request has {len(request.references)} references, counted from 0.")
    encoded = _encoded(server, request)[reference]
    return in_frame(encoded.labels, encoded.geometry.frame, _BESIDE)


def attention_rows(
    server: "Server", session: StoredSession, revision: int
) -> tuple[Sequence[int], np.ndarray, np.ndarray]:
    """Return how many superpixels each reference has, and the largest weights of each row with their superpixels."""
    look, request = server.results.look(session, revision), server.results.request(session)
    weights = _attention(server, look, request)
    most = min(_LARGEST, weights.shape[1])
    rows = np.argpartition(-weights, most - 1, axis=1)[:, :most]
    order = np.argsort(-np.take_along_axis(weights, rows, axis=1), axis=1, kind="stable")
    rows = np.take_along_axis(rows, order, axis=1)
    counts = [len(each.color_mean) for each in _encoded(server, request)]
    return counts, rows, np.take_along_axis(weights, rows, axis=1)


def confidence_map(server: "Server", session: StoredSession, revision: int) -> UInt8[np.ndarray, "h w"]:
    """Return the confidence at the working size, from 0 to 255."""
    look = server.results.look(session, revision)
    return np.rint(in_frame(look.confidence, Frame(look.size, look.bars), 1).clip(0, 1) * 255).astype(np.uint8)


def matched_map(server: "Server", session: StoredSession, revision: int) -> UInt8[np.ndarray, "h w 3"]:
    """Return the mean colour that each superpixel attends to, as 8-bit sRGB at the working size."""
    look, request = server.results.look(session, revision), server.results.request(session)
    colors = np.concatenate([each.color_mean for each in _encoded(server, request)])
    matched = np.rint((_attention(server, look, request) @ colors).clip(0, 1) * 255).astype(np.uint8)
    return np.ascontiguousarray(in_frame(matched[look.labels], Frame(look.size, look.bars), 0))


def _attention(server: "Server", look: Look, request: Request) -> np.ndarray:
    """Return the attention of a look. It is found again if the server has forgotten it."""
    solved = server.method.solve(request)
    return server.method.attention(solved, range(int(look.labels.max()) + 1))


def _encoded(server: "Server", request: Request) -> list[Encoded]:
    return [server.method.encode(each, request.settings, request.mode) for each in request.references]
