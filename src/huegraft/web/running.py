"""Running: the application on a socket, until it is told to stop."""

import logging
import socket
from collections.abc import Sequence

import uvicorn

from huegraft.web.app import STOP_SECONDS, Server, application

_IDLE_SECONDS = 10


def run(server: Server, token: str, hosts: Sequence[str], listening: socket.socket) -> None:
    """Serve on a socket until SIGINT or SIGTERM. Streams are told, and what works is ended, within five seconds."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    config = uvicorn.Config(
        application(server, token, hosts),
        access_log=False,  # addresses hold names of files
        log_config=None,
        server_header=False,
        date_header=False,
        timeout_keep_alive=_IDLE_SECONDS,
        timeout_graceful_shutdown=int(STOP_SECONDS) - 1,
        h11_max_incomplete_event_size=2**15,
        ws="none",
    )
    _Uvicorn(config, server).run(sockets=[listening])


class _Uvicorn(uvicorn.Server):
    """Tells the streams of events as soon as it is told to stop: it waits for them otherwise."""

    def __init__(self, config: uvicorn.Config, server: Server) -> None:
        super().__init__(config)
        self._huegraft = server

    def handle_exit(self, sig: int, frame: object) -> None:
        """Stop."""
        self._huegraft.events.close()
        super().handle_exit(sig, frame)  # pyright: ignore[reportArgumentType]
