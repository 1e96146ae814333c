"""``huegraft serve``."""

import contextlib
import os
import socket
import sys
import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from huegraft.cli.running import Messages, ThreadsOption
from huegraft.errors import ArgumentError, FileError
from huegraft.extras import require
from huegraft.threads import set_threads

_LOCAL = ("127.0.0.1", "localhost", "[::1]", "::1")


def serve_command(
    folder: Annotated[
        Path | None,
        typer.Option(help="Folder whose pictures can be used, and into which results can go.", show_default=False),
    ] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on. 0 takes a free one.")] = 8733,
    host: Annotated[
        str, typer.Option(help="Address to listen on. With another one than the default, other machines reach it.")
    ] = "127.0.0.1",
    allowed_hosts: Annotated[
        list[str] | None,
        typer.Option(
            "--allowed-host",
            help="Name under which browsers reach the server, beside localhost. Needed with --host. May be repeated.",
            show_default=False,
        ),
    ] = None,
    storage: Annotated[
        Path | None,
        typer.Option(
            help="Folder that keeps pictures and sessions. By default in the user's cache.", show_default=False
        ),
    ] = None,
    storage_size: Annotated[int, typer.Option(min=1, help="Size in MiB that the storage may take.")] = 10240,
    memory: Annotated[int, typer.Option(min=256, help="Memory in MiB that the server may take, roughly.")] = 2048,
    open_page: Annotated[bool, typer.Option("--open", help="Open the page in the browser.")] = False,
    threads: ThreadsOption = None,
) -> None:
    """Serve the method to a page in the browser and to other programs, on this machine.

    The address that is printed ends in the token that requests have to send. The environment variable HUEGRAFT_TOKEN
    sets the token; by default each start makes a new one. Ctrl-C stops the server. Pictures and sessions are there
    again at the next start.
    """
    require("web", "huegraft serve", "fastapi", "uvicorn")
    if host not in _LOCAL and not allowed_hosts:
        raise ArgumentError(f"--host {host} opens the server to others: say how they reach it, --allowed-host NAME")
    set_threads(threads)
    with _listening(host, port) as listening:
        from huegraft.web.app import Server
        from huegraft.web.auth import checked_token
        from huegraft.web.limits import Limits
        from huegraft.web.running import run

        token = checked_token(os.environ.get("HUEGRAFT_TOKEN"))
        server = Server.opened(storage or _own_storage(), folder, Limits(memory * 2**20, storage_size * 2**20))
        name = allowed_hosts[0] if allowed_hosts else "[::1]" if host == "::1" else host
        address = f"http://{name}:{listening.getsockname()[1]}/#{token}"
        say = Messages().print
        if sys.platform != "linux":
            say("this system cannot bound the memory that reading a picture takes: take pictures from people you trust")
        say(f"huegraft serves {address}")
        say("keep this address to yourself; Ctrl-C stops the server")
        if open_page:
            with contextlib.suppress(webbrowser.Error):  # a machine without one
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
    listening = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        if os.name == "posix":  # elsewhere it lets two servers take one port
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host.strip("[]"), port))
        listening.listen()  # before the address is told
    except OSError as error:
        listening.close()
        raise FileError(f"cannot listen on {host}:{port}: {error.strerror}; choose another --port or --host") from error
    return listening
