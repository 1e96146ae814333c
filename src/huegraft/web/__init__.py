"""The server: the API that the page and other programs use, on this machine (the extra ``web``)."""

from huegraft.extras import require

require("web", "huegraft serve", "fastapi", "uvicorn")
