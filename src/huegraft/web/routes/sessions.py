"""Sessions: one picture each, which takes colours request after request, and the jobs that this takes."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Response
from fastapi.responses import StreamingResponse

from huegraft.graph import unused_settings
from huegraft.request import Pin, Request
from huegraft.web.jobs import Job, Kind, State
from huegraft.web.problems import Problem
from huegraft.web.requests import check_inside
from huegraft.web.routes.parts import Level, Place, Revision, ServerPart, answers, listed, made, problems, told
from huegraft.web.schemas import (
    Accepted,
    JobOut,
    ListedSession,
    NewExplanation,
    NewSession,
    NewSuggestions,
    NewSweep,
    ResultRequest,
    RevisionOut,
    SessionOut,
    Size,
)
from huegraft.web.setting_schema import settings_schema
from huegraft.web.storage import StoredSession
from huegraft.web.studies import bodies_of_sweep, explained, suggested, swept
from huegraft.web.tiles import SIDE, webp

router = APIRouter(prefix="/v1", tags=["sessions"])
_MADE_SESSION = made(
    201, "session", "get_session", "put_request", "add_sweep", "add_suggestions", "add_explanation", "delete_session"
)
_MADE_JOB = made(202, "job", "get_job", "delete_job")
_STOPPED = "The server was stopped before this was done. Send the request again."
_UNKNOWN: tuple[State, Problem | None] = "cancelled", Problem(503, "stopped", _STOPPED)


@router.post("/sessions", status_code=201, responses=problems(404, 429) | _MADE_SESSION)
def add_session(body: NewSession, response: Response, server: ServerPart) -> SessionOut:
    """Make a session for a target."""
    session = server.storage.new_session(body.target)
    response.headers["Location"] = f"/v1/sessions/{session.id}"
    return told(session, response)


@router.get("/sessions", responses=problems())
def get_sessions(server: ServerPart) -> list[ListedSession]:
    """List the sessions, the one that was used last first."""
    return [listed(each) for each in server.storage.sessions()]


@router.get("/sessions/{session}", responses=problems(404))
def get_session(session: str, response: Response, server: ServerPart) -> SessionOut:
    """Tell what a session holds."""
    return told(server.storage.session(session), response)


@router.delete("/sessions/{session}", status_code=204, responses=problems(404))
def delete_session(session: str, server: ServerPart) -> None:
    """Delete a session, and end its jobs. Its pictures stay."""
    server.storage.delete_session(session)
    server.jobs.cancel_all_of(session)


@router.put("/sessions/{session}/request", status_code=202, responses=problems(404, 410, 412, 429, 503, 507))
def put_request(
    session: str,
    body: ResultRequest,
    response: Response,
    server: ServerPart,
    if_match: Annotated[
        str | None, Header(max_length=100, description="The revision that the request follows, as an entity tag.")
    ] = None,
) -> Accepted:
    """Ask for a result. It takes the place of the request that runs for the session."""
    unused = unused_settings(_without_pictures(body))
    job = server.results.ask(session, body, if_match)
    response.headers["ETag"] = f'"{job.revision}"'
    response.headers["Location"] = f"/v1/sessions/{session}/revisions/{job.revision}"
    return Accepted(
        revision=job.revision,
        job=job.id,
        unused_settings={name: unused[name] for name in body.settings if name in unused},
    )


@router.get("/sessions/{session}/revisions/{revision}", responses=problems(404))
def get_revision(session: str, revision: Revision, server: ServerPart) -> RevisionOut:
    """Tell how far a request is, and what is known of its result."""
    job = server.jobs.of(session, revision)
    state, problem = _UNKNOWN if job is None else (job.state, job.problem)  # before the session, which changes first
    stored = server.storage.session(session)
    if revision > stored.revision:
        raise Problem(404, "no-revision", "The session has no such revision.")
    if revision == stored.ready:
        state, problem = "ready", None
    elif state == "ready" or (job is None and revision < stored.revision):
        state, problem = "superseded", None
    levels = server.storage.levels(stored.target)
    return RevisionOut(
        revision=revision,
        state=state,
        job=None if job is None else job.id,
        size=Size.of(levels.full),
        levels=levels.last,
        tile=SIDE,
        result=stored.result if revision == stored.ready else None,
        problem=None if problem is None else problem.document(),
    )


@router.get(
    "/sessions/{session}/revisions/{revision}/tiles/{level}/{column}_{row}.webp",
    response_class=Response,
    responses=answers("image/webp", 404, 409, 410),
)
def get_result_tile(
    session: str, revision: Revision, level: Level, column: Place, row: Place, server: ServerPart
) -> Response:
    """Show a tile of a result in sRGB."""
    stored = server.storage.session(session)
    pixels = server.results.tile(stored, revision, level, column, row)
    return Response(webp(pixels), media_type="image/webp")


@router.post("/sessions/{session}/sweeps", status_code=202, responses=problems(404, 409, 429, 503) | _MADE_JOB)
def add_sweep(session: str, body: NewSweep, server: ServerPart) -> JobOut:
    """Try values of settings on the last request, small."""
    stored = _with_request(server, session)
    bodies = bodies_of_sweep(stored, body)
    return _submitted(server, stored, "sweep", lambda job: swept(server, stored.target, bodies, body.side, job))


@router.post("/sessions/{session}/suggestions", status_code=202, responses=problems(404, 429, 503) | _MADE_JOB)
def add_suggestions(session: str, body: NewSuggestions, server: ServerPart) -> JobOut:
    """Rank pictures by how likely they show a scene like the target's."""
    stored = server.storage.session(session)
    for each in body.candidates:
        server.storage.picture(each)
    return _submitted(server, stored, "suggestion", lambda job: suggested(server, stored, body, job))


@router.post("/sessions/{session}/explanations", status_code=202, responses=problems(404, 409, 429, 503) | _MADE_JOB)
def add_explanation(session: str, body: NewExplanation, server: ServerPart) -> JobOut:
    """Tell why places of the target got their colours."""
    stored = _with_request(server, session)
    for place in body.points:
        check_inside(place, server.storage.picture(stored.target).size)
    return _submitted(server, stored, "explanation", lambda job: explained(server, stored, body, job))


@router.get("/jobs/{job}", responses=problems(404))
def get_job(job: str, server: ServerPart) -> JobOut:
    """Tell how far a job is, and what came out."""
    return _told_job(server, server.jobs.find(job))


@router.delete("/jobs/{job}", status_code=204, responses=problems(404))
def delete_job(job: str, server: ServerPart) -> None:
    """End a job."""
    server.jobs.cancel(server.jobs.find(job))


@router.get("/jobs/{job}/pictures/{number}.webp", response_class=Response, responses=answers("image/webp", 404))
def get_job_picture(job: str, number: Place, server: ServerPart) -> Response:
    """Show a picture that a job made."""
    found = server.jobs.find(job)
    pictures = found.made if found.kind == "sweep" else []
    if number >= len(pictures):
        raise Problem(404, "no-picture", f"The job has {len(pictures)} pictures, counted from 0.")
    return Response(pictures[number], media_type="image/webp")


@router.get("/events", response_class=StreamingResponse, responses=answers("text/event-stream", 404, 429))
def get_events(
    server: ServerPart,
    session: Annotated[str | None, Query(max_length=64, description="The session; without it, all.")] = None,
    last_event_id: Annotated[
        str | None, Header(max_length=100, description="The last event that the client has.")
    ] = None,
) -> StreamingResponse:
    """Tell what happens, as server-sent events."""
    if session is not None:
        server.storage.session(session)
    if server.events.streams >= server.limits.streams:
        raise Problem(429, "too-many-streams", "Too many streams of events are open.", headers={"Retry-After": "5"})
    return StreamingResponse(
        server.events.stream(session, last_event_id),
        media_type="text/event-stream",
        headers={"Content-Disposition": "inline"},
    )


@router.get("/settings-schema", tags=["server"], responses=problems())
def get_settings_schema() -> dict[str, Any]:
    """Return the settings that requests may name, as a schema of JSON."""
    return settings_schema()


def _with_request(server: ServerPart, session: str) -> StoredSession:
    stored = server.storage.session(session)
    if not stored.revision:
        raise Problem(409, "no-request", "The session has no request yet. PUT one first.")
    return stored


def _submitted(server: ServerPart, session: StoredSession, kind: Kind, work: Callable[[Job], dict[str, Any]]) -> JobOut:
    return _told_job(server, server.jobs.submit(Job(session.id, kind, work, session.revision)))


def _without_pictures(body: ResultRequest) -> Request:
    """Return what decides which settings act."""
    pins = tuple(Pin(each.target, each.reference) for each in body.pins[:1])
    return Request(body.mode, None, (None,), body.all_settings(), pins=pins)


def _told_job(server: ServerPart, job: Job) -> JobOut:
    return JobOut(
        id=job.id,
        kind=job.kind,
        session=job.session,
        revision=job.revision,
        state=job.state,
        place=server.jobs.place(job),
        progress=job.progress,
        problem=None if job.problem is None else job.problem.document(),
        result=job.result,
    )
