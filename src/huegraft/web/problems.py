"""Problems: errors as RFC 9457 documents that say what to do."""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import ValidationError
from starlette.exceptions import HTTPException

from huegraft.errors import ArgumentError, FileError, HuegraftError, MissingExtraError

MEDIA_TYPE = "application/problem+json"
_log = logging.getLogger("huegraft.web")
_HINTS = {
    404: "There is nothing at this address. GET /openapi.json lists what there is.",
    405: "This address takes other methods. GET /openapi.json lists them.",
}


class Problem(Exception):  # noqa: N818 - the name of RFC 9457
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
        super().__init__(detail)
        self.status, self.code, self.headers, self.more = status, code, dict(headers or {}), more

    def document(self) -> dict[str, Any]:
        """Return the document."""
        title = HTTPStatus(self.status).phrase
        return {"type": f"urn:huegraft:problem:{self.code}", "title": title, "status": self.status} | {
            "detail": str(self),
            **self.more,
        }

    def response(self) -> JSONResponse:
        """Return the answer."""
        return JSONResponse(self.document(), self.status, self.headers, media_type=MEDIA_TYPE)


def problem_of(error: BaseException) -> Problem:
    """Return the problem that an error is for the client."""
    if isinstance(error, Problem):
        return error
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
    _log.error("internal error: %s", type(error).__name__, exc_info=error)
    return Problem(500, "internal", "The server made a mistake. Its log tells more; please report it.")


def add_handlers(app: FastAPI) -> None:
    """Let an application answer every error with a problem."""

    async def answer(_: Request, error: Exception) -> JSONResponse:
        return problem_of(error).response()

    async def answer_http(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)  # noqa: S101 - it is registered for these
        detail = _HINTS.get(error.status_code, str(error.detail))
        code = HTTPStatus(error.status_code).phrase.lower().replace(" ", "-")
        return Problem(error.status_code, code, detail, headers=error.headers).response()

    async def answer_invalid(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)  # noqa: S101 - it is registered for these
        wrong = [
            {"where": ".".join(map(str, each["loc"])), "message": each["msg"]} for each in error.errors()[:_MOST_WRONG]
        ]
        said = "; ".join(f"{each['where']}: {each['message']}" for each in wrong[:3])
        return Problem(422, "bad-request", f"The request does not fit the schema: {said}", errors=wrong).response()

    app.add_exception_handler(Problem, answer)
    app.add_exception_handler(HuegraftError, answer)
    app.add_exception_handler(HTTPException, answer_http)
    app.add_exception_handler(RequestValidationError, answer_invalid)
    app.add_exception_handler(Exception, answer)


_MOST_WRONG = 20
