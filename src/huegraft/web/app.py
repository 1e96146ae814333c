"""App: the parts of a server, and the application that is made of them."""

import asyncio
import threading
from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path

from anyio import CapacityLimiter
from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

import huegraft
from huegraft.errors import HuegraftError
from huegraft.session import Session
from huegraft.threads import thread_count
from huegraft.web.auth import Guard, Signer
from huegraft.web.bodies import BoundedBodies
from huegraft.web.decoding import Decoder
from huegraft.web.downloads import remove_expired
from huegraft.web.events import Events
from huegraft.web.jobs import Jobs
from huegraft.web.limits import Limits
from huegraft.web.problems import Problem, problem_of
from huegraft.web.results import Results
from huegraft.web.routes import exports, maps, page, pictures, sessions
from huegraft.web.served import ServedFolder
from huegraft.web.storage import Storage

STOP_SECONDS = 5.0
"""How long a server may take to stop."""

_TIDY_SECONDS = 600
_MOST_WRONG = 20  # faults of a request that are told
_HINTS = {
    400: "The request cannot be read. Send JSON in UTF-8.",
    404: "There is nothing at this address. GET /openapi.json lists what there is.",
    405: "This address takes other methods. GET /openapi.json lists them.",
}


@dataclass(frozen=True, eq=False)
class Server:
    """The parts of a server.

    Attributes
    ----------
    limits
        What it takes.
    served
        The folder that it serves; None without one.
    storage, decoder, jobs, events, signer
        The parts.
    method
        The session of the method, which all clients share.
    results
        What was rendered.
    waiting
        How many requests may wait for their jobs.
    """

    limits: Limits
    served: ServedFolder | None
    storage: Storage
    decoder: Decoder
    jobs: Jobs
    events: Events
    signer: Signer
    method: Session
    results: Results
    waiting: CapacityLimiter
    _uploads: threading.BoundedSemaphore = field(repr=False)

    @classmethod
    def opened(cls, root: Path, folder: Path | None, limits: Limits) -> "Server":
        """Open the storage in a folder, and start what works.

        Raises
        ------
        FileError
            If the storage cannot be used.
        """
        decoder, events = Decoder(limits.decode_memory, limits.decode_seconds), Events()
        served = None if folder is None else ServedFolder(folder)
        storage = Storage(root, limits, decoder, served)
        decoder.start()
        threads = max(2, thread_count())  # one job that takes long does not stop the others
        jobs = Jobs(threads, limits.queue, limits.job_memory, events)
        method = Session(max_bytes=limits.session_memory)
        results = Results(storage, method, jobs, limits.rendered_memory)
        waiting, uploads = CapacityLimiter(limits.queue + threads), threading.BoundedSemaphore(limits.uploads)
        return cls(limits, served, storage, decoder, jobs, events, Signer(), method, results, waiting, uploads)

    @contextmanager
    def uploading(self) -> Generator[None]:
        """Hold a place among the uploads that are on their way or decoded.

        Raises
        ------
        Problem
            If there is none.
        """
        if not self._uploads.acquire(blocking=False):
            raise Problem(
                429, "too-many-uploads", "Too many uploads are on their way. Ask again.", headers={"Retry-After": "2"}
            )
        try:
            yield
        finally:
            self._uploads.release()

    def tidy(self) -> None:
        """Delete what nobody used for long, and tell who listens."""
        remove_expired(self)
        for session in self.storage.expire():
            self.jobs.cancel_all_of(session)
            self.events.publish(session, "expired")

    def stop(self) -> None:
        """Tell the clients, and end what works. It does not wait."""
        self.events.close()
        self.jobs.stop()

    def close(self) -> None:
        """Stop, and give everything back."""
        self.stop()
        self.decoder.close()
        self.jobs.close(STOP_SECONDS / 5)
        self.storage.close()


def application(server: Server, token: str, hosts: Sequence[str]) -> ASGIApp:
    """Return the application.

    Parameters
    ----------
    server
        The parts.
    token
        The token that clients send.
    hosts
        The hosts that requests may be addressed to.
    """

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncGenerator[None]:
        tidying = asyncio.create_task(_tidy_often(server))
        yield
        tidying.cancel()
        server.close()

    app = FastAPI(
        title="huegraft",
        version=huegraft.__version__,
        description="Give a picture the colours of another one.",
        docs_url=None,  # its pages load files from elsewhere
        redoc_url=None,
        lifespan=life,
        separate_input_output_schemas=False,
        generate_unique_id_function=lambda route: route.name,  # for those who generate clients
    )
    app.state.server = server
    _add_handlers(app)
    for each in (pictures, sessions, maps, exports):
        app.include_router(each.router)

    page.add_to(app)

    @app.get("/healthz", tags=["server"])
    async def health() -> dict[str, str]:  # pyright: ignore[reportUnusedFunction]
        return {"status": "ok", "version": huegraft.__version__}

    return Guard(BoundedBodies(app, server.limits), token, server.signer, hosts)


async def _tidy_often(server: Server) -> None:
    while True:
        await run_in_threadpool(server.tidy)
        await asyncio.sleep(_TIDY_SECONDS)


def _add_handlers(app: FastAPI) -> None:
    """Let an application answer every error with a problem."""

    async def answer(_: Request, error: Exception) -> JSONResponse:
        return problem_of(error).response()

    async def answer_http(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)  # noqa: S101 - it is registered for these
        detail = _HINTS.get(error.status_code, str(error.detail))
        code = HTTPStatus(error.status_code).phrase.lower().replace(" ", "-")
        return Problem(error.status_code, code, detail, headers=error.headers).response()

    async def answer_invalid(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)  # noqa: S101 - it is registered for these
        wrong = [
            {"where": ".".join(map(str, each["loc"])), "message": each["msg"]} for each in error.errors()[:_MOST_WRONG]
        ]
        said = "; ".join(f"{each['where']}: {each['message']}" for each in wrong[:3])
        return Problem(422, "bad-request", f"The request does not fit the schema: {said}", errors=wrong).response()

    app.add_exception_handler(Problem, answer)
    app.add_exception_handler(HuegraftError, answer)
    app.add_exception_handler(HTTPException, answer_http)
    app.add_exception_handler(RequestValidationError, answer_invalid)
    app.add_exception_handler(Exception, answer)
