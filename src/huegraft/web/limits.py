"""Limits: what one server takes from its clients."""

from dataclasses import dataclass

from huegraft.session import SESSION_BYTES

DAY = 86_400.0


@dataclass(frozen=True)
class Limits:
    """Bounds of a server.

    Attributes
    ----------
    memory
        The bytes that the server may take, about.
    storage
        The bytes that the storage folder may take.
    keep_seconds
        How long a picture or a session is kept that nobody uses.
    upload, upload_seconds, idle_seconds
        The bytes of an upload, the seconds that it may take, and the seconds that its sender may be silent.
    uploads
        How many uploads may be on their way, or be decoded, at a time.
    body
        The bytes of any other body.
    decode_memory, decode_seconds
        The bytes of memory and the seconds that decoding one picture may take.
    pictures, sessions, streams
        How many pictures, sessions and streams of events there may be.
    queue
        How many jobs may wait.
    link_seconds
        How long a link to a download holds.
    """

    memory: int = 2**31
    storage: int = 10 * 2**30
    keep_seconds: float = 30 * DAY
    upload: int = 2**29
    upload_seconds: float = 600
    idle_seconds: float = 20
    uploads: int = 8
    body: int = 2**21
    decode_memory: int = 3 * 2**30
    decode_seconds: float = 60
    pictures: int = 2000
    sessions: int = 500
    streams: int = 100
    queue: int = 64
    link_seconds: float = 300

    @property
    def session_memory(self) -> int:
        """The bytes that the steps of the method may keep between requests."""
        return max(2**26, min(self.memory // 2, 4 * SESSION_BYTES))

    @property
    def rendered_memory(self) -> int:
        """The bytes that looks and rendered blocks may keep for tiles that are asked for again."""
        return self.memory // 8

    @property
    def mask_memory(self) -> int:
        """The bytes that masks may take that were made of strokes."""
        return self.memory // 16

    @property
    def job_memory(self) -> int:
        """The bytes that files of jobs that have ended may take."""
        return self.memory // 32
