"""Problems: errors as RFC 9457 documents that say what to do."""

import errno
import logging
import traceback
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from huegraft.errors import ArgumentError, FileError, HuegraftError, MissingExtraError

MEDIA_TYPE = "application/problem+json"
_log = logging.getLogger("huegraft.web")


class Problem(HTTPException):
    """What went wrong, as the client gets it.

    Parameters
    ----------
    status
        The status of HTTP.
    code
        What a program can tell problems apart by: small letters and hyphens.
    detail
        What went wrong, and what to do.
    headers
        Headers of the answer.
    more
        Further members of the document.
    """

    def __init__(
        self, status: int, code: str, detail: str, *, headers: Mapping[str, str] | None = None, **more: Any
    ) -> None:
        super().__init__(status, detail, dict(headers or {}))
        self.code, self.more = code, more

    def document(self) -> dict[str, Any]:
        """Return the document."""
        title = HTTPStatus(self.status_code).phrase
        about = {"type": f"urn:huegraft:problem:{self.code}", "title": title, "status": self.status_code}
        return about | {"detail": self.detail, **self.more}

    def response(self) -> JSONResponse:
        """Return the answer."""
        return JSONResponse(self.document(), self.status_code, self.headers, media_type=MEDIA_TYPE)


def problem_of(error: BaseException) -> Problem:
    """Return the problem that an error is for the client."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, OSError) and _full(error):
        return Problem(507, "no-room", "The disk of the server is full. Delete pictures or sessions first.")
    if isinstance(error, MissingExtraError):
        return Problem(501, "missing-extra", str(error))
    if isinstance(error, ArgumentError | ValidationError):
        return Problem(422, "bad-value", str(error))
    if isinstance(error, FileError):
        return Problem(422, "bad-file", str(error))
    if isinstance(error, HuegraftError):
        return Problem(422, "cannot-be-done", str(error))
    if isinstance(error, MemoryError):
        return Problem(503, "out-of-memory", "The machine has no memory left for this. Try a smaller working size.")
    _log.error("internal error: %s at\n%s", type(error).__name__, "".join(traceback.format_tb(error.__traceback__)))
    return Problem(500, "internal", "The server made a mistake. Its log tells more; please report it.")


def _full(error: OSError) -> bool:
    causes = (error, error.__cause__)
    return any(isinstance(each, OSError) and each.errno in (errno.ENOSPC, errno.EDQUOT) for each in causes)
