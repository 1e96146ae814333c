"""Running: the application on a socket, until it is told to stop."""

import logging
import os
import socket
import sys
import threading
import time
from collections.abc import Sequence

import uvicorn

from huegraft.web.app import STOP_SECONDS, Server, application

_IDLE_SECONDS = 10
_REST_SECONDS = 0.5  # for threads that are about to end


def run(server: Server, token: str, hosts: Sequence[str], listening: socket.socket) -> None:
    """Serve on a socket until SIGINT or SIGTERM. Streams are told, and what works is ended, within five seconds."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        _Uvicorn(configuration(server, token, hosts), server).run(sockets=[listening])
    except SystemExit as stop:
        _leave(stop.code)
        raise
    finally:
        server.close()


def configuration(server: Server, token: str, hosts: Sequence[str]) -> uvicorn.Config:
    """Return how the application is served."""
    logging.getLogger("uvicorn").setLevel(logging.CRITICAL)  # its messages hold addresses, and these names of files
    return uvicorn.Config(
        application(server, token, hosts),
        http="h11",
        loop="asyncio",
        ws="none",
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        timeout_keep_alive=_IDLE_SECONDS,
        timeout_graceful_shutdown=int(STOP_SECONDS) - 2,
        h11_max_incomplete_event_size=2**15,
    )


def _leave(code: object) -> None:
    """End the process if a thread is still at work that nothing can end: it would hold the process up."""
    until = time.monotonic() + _REST_SECONDS
    while any(not each.daemon for each in threading.enumerate() if each is not threading.main_thread()):
        if time.monotonic() > until:
            sys.stderr.flush()
            os._exit(code if isinstance(code, int) else 1)
        time.sleep(0.01)


class _Uvicorn(uvicorn.Server):
    """Ends streams and jobs before it waits for its connections."""

    def __init__(self, config: uvicorn.Config, server: Server) -> None:
        super().__init__(config)
        self._huegraft = server

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop."""
        self._huegraft.stop()
        await super().shutdown(sockets)
