"""App: the parts of a server, and the application that is made of them."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI
from starlette.middleware import Middleware

import huegraft
from huegraft.session import Session
from huegraft.threads import thread_count
from huegraft.web.auth import Guard, Signer
from huegraft.web.decode_worker import Decoder
from huegraft.web.events import Events
from huegraft.web.jobs import Jobs
from huegraft.web.limits import Limits
from huegraft.web.problems import add_handlers
from huegraft.web.results import Results
from huegraft.web.routes import exports, maps, page, pictures, sessions
from huegraft.web.served import ServedFolder
from huegraft.web.storage import Storage

STOP_SECONDS = 5.0
"""How long a server may take to stop."""


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
        jobs, method = Jobs(thread_count(), limits.queue, events), Session(max_bytes=limits.session_memory)
        results = Results(storage, method, jobs, limits.rendered_memory)
        return cls(limits, served, storage, decoder, jobs, events, Signer(), method, results)

    def close(self) -> None:
        """Tell the clients, and end what works."""
        self.events.close()
        self.jobs.close(STOP_SECONDS / 2)
        self.decoder.close()
        self.storage.close()


def application(server: Server, token: str, hosts: Sequence[str]) -> FastAPI:
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
        yield
        server.close()

    app = FastAPI(
        title="huegraft",
        version=huegraft.__version__,
        description="Give a picture the colours of another one.",
        docs_url=None,  # its pages load files from elsewhere
        redoc_url=None,
        lifespan=life,
        middleware=[Middleware(Guard, token=token, signer=server.signer, hosts=hosts)],
        separate_input_output_schemas=False,
    )
    app.state.server = server
    add_handlers(app)
    for each in (pictures, sessions, maps, exports):
        app.include_router(each.router)

    page.add_to(app)

    @app.get("/healthz", tags=["server"])
    def health() -> dict[str, str]:  # pyright: ignore[reportUnusedFunction]
        return {"status": "ok", "version": huegraft.__version__}

    return app
