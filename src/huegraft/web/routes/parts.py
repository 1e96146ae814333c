"""What routes share: the server, and how bodies are read."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Depends, Request, Response

from huegraft.web.problems import MEDIA_TYPE, Problem
from huegraft.web.schemas import SessionOut
from huegraft.web.storage import StoredSession

if TYPE_CHECKING:
    from huegraft.web.app import Server


def _server(request: Request) -> "Server":
    return request.app.state.server


ServerPart = Annotated["Server", Depends(_server)]


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the documentation of the problems that an address answers with, beside those of all addresses."""
    return {
        status: {"description": HTTPStatus(status).phrase, "content": {MEDIA_TYPE: {"schema": _PROBLEM}}}
        for status in (*statuses, 401, 403, 421)
    }


_PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
    },
}


async def receive(request: Request, path: Path, server: "Server") -> None:
    """Write the body of a request into a file as it arrives.

    Raises
    ------
    Problem
        If it is too long, too slow, or empty.
    """
    size = 0
    with path.open("wb") as file:
        async for chunk in _chunks(request, server, server.limits.upload, "A picture"):
            size += len(chunk)
            file.write(chunk)
    if not size:
        raise Problem(422, "no-picture", "The body is empty. Send the bytes of a picture file.")


async def received_json(request: Request, server: "Server") -> Any:
    """Return the body of a request as JSON.

    Raises
    ------
    Problem
        If it is too long, too slow, or no JSON.
    """
    body = b"".join([chunk async for chunk in _chunks(request, server, server.limits.body, "A body")])
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise Problem(422, "bad-json", "The body is no JSON.") from None


async def _chunks(request: Request, server: "Server", most: int, what: str) -> AsyncIterator[bytes]:
    limits = server.limits
    declared = request.headers.get("content-length", "0")
    too_long = Problem(413, "too-long", f"{what} may take {most // 2**20} MiB.")
    if declared.isdecimal() and int(declared) > most:
        raise too_long
    size, until, body = 0, time.monotonic() + limits.upload_seconds, aiter(request.stream())
    while True:
        try:
            chunk = await asyncio.wait_for(anext(body), min(limits.idle_seconds, until - time.monotonic()))
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise Problem(408, "too-slow", f"{what} arrives too slowly. Send it again.") from None
        size += len(chunk)
        if size > most:
            raise too_long
        yield chunk


def told_session(session: StoredSession, response: Response | None = None) -> SessionOut:
    """Return what is told of a session, and its entity tag as a header."""
    if response is not None:
        response.headers["ETag"] = session.tag
    return SessionOut(
        id=session.id, target=session.target, revision=session.revision, ready=session.ready, request=session.request
    )
