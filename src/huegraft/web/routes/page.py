"""Page: the files of the page, which the browser runs."""

from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import FileResponse, PlainTextResponse, Response
from fastapi.staticfiles import StaticFiles

_FOLDER = Path(__file__).parent.parent / "static"
_NOT_BUILT = """huegraft serves its API here, but the page was not built.

A release has the page. In a copy of the repository, `make setup` builds it (see web/README.md).
"""


def add_to(app: FastAPI) -> None:
    """Let an application serve the page, or say how to build it."""

    @app.get("/", include_in_schema=False)
    def get_page() -> Response:  # pyright: ignore[reportUnusedFunction]
        index = _FOLDER / "index.html"
        if not index.is_file():
            return PlainTextResponse(_NOT_BUILT)
        return FileResponse(index, headers={"Cache-Control": "no-cache"})

    app.mount("/static", StaticFiles(directory=_FOLDER / "static", check_dir=False), name="static")
