"""What routes share: the server, what they document, and how bodies become files."""

import json
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from anyio import to_thread
from fastapi import Depends, Request, Response
from fastapi import Path as PathParameter

from huegraft.web.jobs import Job
from huegraft.web.problems import MEDIA_TYPE, Problem
from huegraft.web.schemas import ListedSession, SessionOut
from huegraft.web.storage import StoredSession

if TYPE_CHECKING:
    from huegraft.web.app import Server


def _server(request: Request) -> "Server":
    return request.app.state.server


ServerPart = Annotated["Server", Depends(_server)]
Revision = Annotated[int, PathParameter(ge=1, le=10**9, description="The number of a request of the session.")]
Level = Annotated[int, PathParameter(ge=0, le=40, description="0 is one pixel; each next level has twice the sides.")]
Place = Annotated[int, PathParameter(ge=0, le=10**6, description="Which tile, counted from 0.")]

PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "What went wrong, and what to do (RFC 9457).",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
    },
}
_OF_ALL = (400, 401, 403, 408, 413, 421, 422)


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the documentation of the problems that an address answers with, beside those of all addresses."""
    return {
        status: {"description": HTTPStatus(status).phrase, "content": {MEDIA_TYPE: {"schema": PROBLEM_SCHEMA}}}
        for status in sorted({*statuses, *_OF_ALL})
    }


def answers(kind: str, *statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the documentation of an address that answers with bytes of a media type, and of its problems."""
    body = {"schema": {"type": "object"} if kind == "application/json" else {"type": "string", "format": "binary"}}
    return {200: {"description": "The bytes.", "content": {kind: body}}, **problems(*statuses)}


def made(status: int, parameter: str, *operations: str) -> dict[int | str, dict[str, Any]]:
    """Return the documentation of an answer with an id, which is a parameter of other operations."""
    links = {name: {"operationId": name, "parameters": {parameter: "$response.body#/id"}} for name in operations}
    return {status: {"links": links}}


async def receive(request: Request, path: Path, server: "Server") -> None:
    """Write the body of a request into a file as it arrives.

    Raises
    ------
    Problem
        If it is too long, too slow, or empty; if there is no room for it.
    """
    server.storage.check_room(int(request.headers.get("content-length", "0")[:20]))
    size = 0
    with path.open("wb") as file:
        async for chunk in request.stream():
            size += len(chunk)
            file.write(chunk)
    if not size:
        raise Problem(422, "no-picture", "The body is empty. Send the bytes of a file.")


async def received_json(request: Request) -> Any:
    """Return the body of a request as JSON.

    Raises
    ------
    Problem
        If it is too long, too slow, or no JSON.
    """
    body = await request.body()
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise Problem(422, "bad-json", "The body is no JSON.") from None


async def finished(server: "Server", job: Job) -> dict[str, Any]:
    """Queue a job, and return its result once it is there.

    Raises
    ------
    Problem
        If too many jobs wait, or it fails or is cancelled.
    """
    server.jobs.submit(job)
    await to_thread.run_sync(job.end.wait, limiter=server.waiting)
    if job.problem is not None:
        raise job.problem
    if job.result is None:
        raise Problem(409, "cancelled", "This was cancelled. Ask again.")
    return job.result


def listed(session: StoredSession) -> ListedSession:
    """Return what is told of a session among others."""
    return ListedSession(id=session.id, target=session.target, revision=session.revision, ready=session.ready)


def told(session: StoredSession, response: Response) -> SessionOut:
    """Return what is told of a session, and its entity tag as a header."""
    response.headers["ETag"] = session.tag
    request = json.loads(session.request) if session.request else None
    return SessionOut(**listed(session).model_dump(), request=request)
