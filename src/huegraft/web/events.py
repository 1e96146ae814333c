"""Events: what happens to a session, told as it happens."""

import asyncio
import itertools
import json
import secrets
import threading
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

_KEPT = 1000  # events that a stream that was cut off can still get
_HEARTBEAT_SECONDS = 15.0
_LAST = "shutdown"


@dataclass(frozen=True)
class Event:
    """One event.

    Attributes
    ----------
    number
        The number of the event, from 1 on.
    session
        The session that it happened to; None if it concerns all.
    name, data
        What happened.
    """

    number: int
    session: str | None
    name: str
    data: dict[str, Any]


class Events:
    """The events of a server. Any thread may publish; streams are read by the loop of asyncio that opened them."""

    def __init__(self) -> None:
        self._run = secrets.token_hex(4)  # numbers begin anew with each start of the server
        self._numbers = itertools.count(1)
        self._kept: deque[Event] = deque(maxlen=_KEPT)
        self._lock = threading.Lock()
        self._streams: dict[asyncio.Event, asyncio.AbstractEventLoop] = {}

    @property
    def streams(self) -> int:
        """How many streams are open."""
        return len(self._streams)

    def publish(self, session: str | None, name: str, **data: Any) -> None:
        """Tell all streams of a session, or all streams, that something happened."""
        with self._lock:
            self._kept.append(Event(next(self._numbers), session, name, data))
            streams = list(self._streams.items())
        for woken, loop in streams:
            with suppress(RuntimeError):  # the loop has ended, and the stream with it
                loop.call_soon_threadsafe(woken.set)

    def close(self) -> None:
        """End all streams by an event that says so."""
        self.publish(None, _LAST)

    async def stream(self, session: str | None, last: str | None) -> AsyncGenerator[str]:
        """Yield the events of a session, or of all, as a stream of server-sent events.

        Parameters
        ----------
        session
            The session; None for all.
        last
            The id of the last event that the client has. Without it the stream begins with what happens next.
        """
        woken = asyncio.Event()
        with self._lock:
            self._streams[woken] = asyncio.get_running_loop()
            seen = self._kept[-1].number if self._kept else 0
        run, _, number = (last or "").partition("-")
        if last is not None:
            seen = int(number) if run == self._run and number.isdecimal() else 0  # of another run: all that is kept
        try:
            yield ": connected\n\n"
            while True:
                woken.clear()
                for event in self._after(seen, session):
                    seen = event.number
                    yield f"id: {self._run}-{event.number}\nevent: {event.name}\ndata: {json.dumps(event.data)}\n\n"
                    if event.name == _LAST:
                        return
                try:
                    await asyncio.wait_for(woken.wait(), _HEARTBEAT_SECONDS)
                except TimeoutError:
                    yield ": heartbeat\n\n"
        finally:
            with self._lock:
                del self._streams[woken]

    def _after(self, number: int, session: str | None) -> list[Event]:
        with self._lock:
            return [
                each
                for each in self._kept
                if each.number > number and (session is None or each.session in (None, session))
            ]
