"""Bodies: what requests send is bounded as it arrives, in bytes and in seconds."""

import asyncio
import time

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from huegraft.web.limits import Limits
from huegraft.web.problems import Problem

_UPLOADS = frozenset({"/v1/pictures", "/v1/projects"})
_CLOSE = {"Connection": "close"}  # the rest of the body is not read


class BoundedBodies:
    """Refuses bodies that are too long or too slow, whoever reads them.

    Parameters
    ----------
    app
        What reads the bodies.
    limits
        How much it may be, and how long it may take.
    """

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        self._app, self._limits = app, limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on.

        Raises
        ------
        Problem
            If its body is too long or too slow.
        """
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers, limits = Headers(scope=scope), self._limits
        is_json = headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json"
        most = limits.upload if scope["path"] in _UPLOADS and not is_json else limits.body
        too_long = Problem(413, "too-long", f"This body may take {most // 2**20} MiB.", headers=_CLOSE)
        declared = headers.get("content-length", "0")
        if declared.isdecimal() and int(declared[:20]) > most:
            raise too_long
        size, until, whole = 0, time.monotonic() + limits.upload_seconds, False

        async def bounded() -> Message:
            nonlocal size, whole
            if whole:  # nothing comes any more but the end of the connection
                return await receive()
            try:
                message = await asyncio.wait_for(receive(), min(limits.idle_seconds, until - time.monotonic()))
            except TimeoutError:
                raise Problem(408, "too-slow", "The body arrives too slowly. Send it again.", headers=_CLOSE) from None
            size += len(message.get("body", b""))
            whole = not message.get("more_body", False)
            if size > most:
                raise too_long
            return message

        await self._app(scope, bounded, send)
