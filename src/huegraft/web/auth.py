"""Auth: who may ask. A token, hosts and origins that are known, signed links, and headers that close the rest."""

import hashlib
import hmac
import secrets
import time
from collections.abc import Iterable
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from huegraft.errors import ArgumentError
from huegraft.web.problems import Problem, problem_of

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'sha256-9xTiqzfwFaL2SGb1rmr8gysEwVVjIvqWAgmZgqFqpEE='; "
    "img-src 'self' blob:; connect-src 'self'; "
    "media-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_LEAST_TOKEN = 16  # letters
_HEADERS = {
    "Content-Security-Policy": PAGE_POLICY,
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_OPEN = frozenset({"/", "/healthz", "/openapi.json"})
_STATIC = "/static/"


def checked_token(token: str | None) -> str:
    """Return a token, or a new one that nobody can guess.

    Raises
    ------
    ArgumentError
        If the token is too short, or cannot stand in a header.
    """
    if token is None:
        return secrets.token_urlsafe(24)
    if len(token) < _LEAST_TOKEN or not (token.isascii() and token.isprintable()) or " " in token:
        raise ArgumentError(f"a token must have {_LEAST_TOKEN} or more letters and digits of ASCII: HUEGRAFT_TOKEN")
    return token


class Signer:
    """Signs links, so that a download needs no header for a short time."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)

    def link(self, path: str, seconds: float) -> tuple[str, float]:
        """Return a link to a path that holds for some seconds, and when it ends, in seconds since 1970."""
        expires = int(time.time() + seconds)
        return f"{path}?expires={expires}&signature={self._signature(path, expires)}", float(expires)

    def holds(self, path: str, query: str) -> bool:
        """Tell whether a path is asked for by a link that holds."""
        values = parse_qs(query)
        expires, signature = values.get("expires", [""])[0], values.get("signature", [""])[0]
        if not (expires.isdecimal() and len(expires) < 12 and time.time() < int(expires)):
            return False
        return hmac.compare_digest(signature.encode(), self._signature(path, int(expires)).encode())

    def _signature(self, path: str, expires: int) -> str:
        return hmac.new(self._key, f"{path}\n{expires}".encode(), hashlib.sha256).hexdigest()


class Guard:
    """Lets those through that may ask, and closes every answer, also those to errors that nothing else has met.

    Parameters
    ----------
    app
        What is guarded.
    token
        What ``Authorization: Bearer`` has to say.
    signer
        Knows the links to downloads.
    hosts
        The hosts, with or without a port, that a request may be addressed to.
    """

    def __init__(self, app: ASGIApp, token: str, signer: Signer, hosts: Iterable[str]) -> None:
        self._app, self._token, self._signer = app, token.encode(), signer
        self._hosts = frozenset(each.lower() for each in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def closed(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                if scope["path"].startswith("/v1/"):
                    headers.setdefault("Cache-Control", "no-store")
                    headers.setdefault("Content-Disposition", "attachment")
            await send(message)

        try:
            self._check(scope)
            await self._app(scope, receive, closed)
        except Exception as error:
            if not begun:
                await problem_of(error).response()(scope, receive, closed)

    def _check(self, scope: Scope) -> None:
        headers, path = Headers(scope=scope), scope["path"]
        host = headers.get("host", "").lower()
        if not self._knows(host):
            raise Problem(
                421,
                "unknown-host",
                "The server does not answer to this host. Start it with --allowed-host NAME if it should.",
            )
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin).netloc.lower() != host:
            raise Problem(403, "other-origin", "Pages of other sites may not use this server.")
        if path in _OPEN or path.startswith(_STATIC):
            return
        if headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
            raise Problem(403, "other-site", "Pages of other sites may not use this server.")
        if scope["method"] == "GET" and self._signer.holds(path, scope["query_string"].decode("latin-1")):
            return
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not hmac.compare_digest(given.strip().encode(), self._token):
            raise Problem(
                401,
                "no-token",
                "Send the header Authorization: Bearer TOKEN. The server prints the token as it starts.",
                headers={"WWW-Authenticate": "Bearer"},
            )

    def _knows(self, host: str) -> bool:
        name, _, port = host.rpartition(":")
        return host in self._hosts or (port.isdecimal() and name in self._hosts)
