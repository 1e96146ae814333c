"""``huegraft serve``."""

import contextlib
import os
import socket
import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from huegraft.cli.running import Messages, ThreadsOption
from huegraft.errors import ArgumentError, FileError
from huegraft.extras import require
from huegraft.threads import set_threads

_LOCAL = ("127.0.0.1", "localhost", "[::1]")


def serve_command(
    folder: Annotated[
        Path | None,
        typer.Option(help="Folder whose pictures can be used and into which results can go.", show_default=False),
    ] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on. 0 takes a free one.")] = 8733,
    host: Annotated[str, typer.Option(help="Address to listen on. Another one than the default opens the server.")] = (
        "127.0.0.1"
    ),
    allowed_hosts: Annotated[
        list[str] | None,
        typer.Option(
            "--allowed-host",
            help="Name under which other machines reach the server. Needed with --host. May be repeated.",
            show_default=False,
        ),
    ] = None,
    storage: Annotated[
        Path | None,
        typer.Option(help="Folder that keeps pictures and sessions. By default one of the user.", show_default=False),
    ] = None,
    storage_size: Annotated[int, typer.Option(min=1, help="Size in MiB that the storage may take.")] = 10240,
    memory: Annotated[int, typer.Option(min=256, help="Memory in MiB that the server may take, about.")] = 2048,
    open_page: Annotated[bool, typer.Option("--open", help="Open the page in the browser.")] = False,
    threads: ThreadsOption = None,
) -> None:
    """Serve the method to a page in the browser and to other programs, on this machine.

    The address that is printed holds the token that requests have to send. Ctrl-C stops the server; pictures and
    sessions are there again at the next start.
    """
    require("web", "huegraft serve", "fastapi", "uvicorn")
    if host not in _LOCAL and not allowed_hosts:
        raise ArgumentError(f"--host {host} opens the server: name how others reach it with --allowed-host NAME, too")
    set_threads(threads)
    listening = _listening(host, port)
    port = listening.getsockname()[1]
    from huegraft.web.app import Server
    from huegraft.web.auth import new_token
    from huegraft.web.limits import Limits
    from huegraft.web.running import run

    server = Server.opened(storage or _own_storage(), folder, Limits(memory * 2**20, storage_size * 2**20))
    token = os.environ.get("HUEGRAFT_TOKEN") or new_token()
    address = f"http://{allowed_hosts[0] if allowed_hosts else host}:{port}/#{token}"
    Messages().print(f"huegraft serves {address}")
    Messages().print("keep this address to yourself; Ctrl-C stops the server")
    if open_page:
        with contextlib.suppress(webbrowser.Error):
            webbrowser.open(address)
    run(server, token, [*_LOCAL, *(allowed_hosts or [])], listening)


def _own_storage() -> Path:
    import platformdirs

    return platformdirs.user_cache_path("huegraft") / "serve"


def _listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens.

    Raises
    ------
    FileError
        If the port is taken, or the address is none of this machine.
    """
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listening = socket.socket(family)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host.strip("[]"), port))
    except OSError as error:
        raise FileError(f"cannot listen on {host}:{port}: {error.strerror}; choose another --port") from error
    return listening
