"""Maps: what the method sees of the pictures of a session, for a page that shows it without asking again."""

import gzip
from typing import Annotated

import numpy as np
from fastapi import APIRouter, Query, Response

from huegraft.web.maps import attention_rows, confidence_map, labels_of, matched_map
from huegraft.web.routes.parts import Revision, ServerPart, answers
from huegraft.web.schemas import MOST_REFERENCES
from huegraft.web.tiles import webp

router = APIRouter(prefix="/v1/sessions/{session}/revisions/{revision}/maps", tags=["maps"])
_MISSING = (404, 409, 410)
_BYTES, _WEBP = answers("application/octet-stream", *_MISSING), answers("image/webp", *_MISSING)


@router.get("/labels.u16", response_class=Response, responses=_BYTES)
def get_labels(
    session: str,
    revision: Revision,
    server: ServerPart,
    reference: Annotated[
        int | None, Query(ge=0, lt=MOST_REFERENCES, description="A reference; without it, the target.")
    ] = None,
) -> Response:
    """Return the superpixel of each pixel at the working size: little-endian uint16, row by row. Bars have 65535.

    The header Huegraft-Size gives height×width.
    """
    labels = labels_of(server, server.storage.session(session), revision, reference)
    body = gzip.compress(labels.astype("<u2").tobytes(), 1)
    size = f"{labels.shape[0]}x{labels.shape[1]}"
    return Response(
        body, media_type="application/octet-stream", headers={"Content-Encoding": "gzip", "Huegraft-Size": size}
    )


@router.get("/attention.bin", response_class=Response, responses=_BYTES)
def get_attention(session: str, revision: Revision, server: ServerPart) -> Response:
    """Return what each superpixel of the target attends to: the 32 largest weights of its row.

    The body is little-endian: uint32 rows n, uint32 weights a row k, uint32 references r; r times uint32, the number of
    superpixels of each reference; n·k times uint32, the superpixels, counted through all references, the largest weight
    first; n·k times float32, the weights.
    """
    counts, rows, weights = attention_rows(server, server.storage.session(session), revision)
    head = np.array([*rows.shape, len(counts), *counts], "<u4")
    body = head.tobytes() + rows.astype("<u4").tobytes() + weights.astype("<f4").tobytes()
    return Response(gzip.compress(body, 1), media_type="application/octet-stream", headers={"Content-Encoding": "gzip"})


@router.get("/confidence", response_class=Response, responses=_WEBP)
def get_confidence(session: str, revision: Revision, server: ServerPart) -> Response:
    """Show how likely each colour is right, at the working size: black is 0, white is 1."""
    grey = confidence_map(server, server.storage.session(session), revision)
    return Response(webp(np.repeat(grey[..., None], 3, axis=2)), media_type="image/webp")


@router.get("/matched", response_class=Response, responses=_WEBP)
def get_matched(session: str, revision: Revision, server: ServerPart) -> Response:
    """Show the colour that each superpixel matched, at the working size."""
    return Response(webp(matched_map(server, server.storage.session(session), revision)), media_type="image/webp")


@router.get("/clipped", response_class=Response, responses=_WEBP)
def get_clipped(session: str, revision: Revision, server: ServerPart) -> Response:
    """Show where new colours lay outside the gamut, white, at about the working size."""
    clipped = server.results.clipped(server.storage.session(session), revision)
    grey = np.where(clipped, np.uint8(255), np.uint8(0))
    return Response(webp(np.repeat(grey[..., None], 3, axis=2)), media_type="image/webp")
