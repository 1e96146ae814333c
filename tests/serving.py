"""A server for tests, and what clients do with it."""

import io
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from PIL import Image
from skimage import data

from huegraft.web.app import Server
from huegraft.web.limits import Limits
from huegraft.web.running import _Uvicorn, configuration

TOKEN = "a-token-of-the-tests"  # noqa: S105
WAIT_SECONDS = 60


def photograph(name: str, height: int, width: int) -> np.ndarray:
    """Return a photograph of scikit-image at a small size, (H, W, 3) uint8."""
    return np.asarray(Image.fromarray(getattr(data, name)()).convert("RGB").resize((width, height)))


def png(pixels: np.ndarray, **options: Any) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", **options)
    return buffer.getvalue()


def pixels_of(answer: httpx.Response) -> np.ndarray:
    """Return the pixels of a picture that was answered."""
    assert answer.status_code == 200, answer.text
    with Image.open(io.BytesIO(answer.content)) as image:
        return np.asarray(image.convert("RGB"))


class Client(httpx.Client):
    """A client that has the token, and knows what to send."""

    def __init__(self, base: str, token: str = TOKEN) -> None:
        super().__init__(base_url=base, headers={"Authorization": f"Bearer {token}"}, timeout=WAIT_SECONDS)

    def made(self, method: str, path: str, **request: Any) -> Any:
        """Return what a request made, or fail."""
        answer = self.request(method, path, **request)
        assert answer.is_success, answer.text
        return answer.json()

    def upload(self, content: bytes, name: str = "picture.png") -> str:
        return self.made("POST", "/v1/pictures", params={"name": name}, content=content)["id"]

    def session(self, target: str) -> str:
        return self.made("POST", "/v1/sessions", json={"target": target})["id"]

    def ask(self, session: str, references: list[str], **body: Any) -> int:
        request = {"references": references, **body}
        return self.made("PUT", f"/v1/sessions/{session}/request", json=request)["revision"]

    def state(self, session: str, revision: int) -> dict[str, Any]:
        """Return what is known of a revision once nothing more will come."""
        return self._ended(f"/v1/sessions/{session}/revisions/{revision}")

    def ready(self, session: str, references: list[str], **body: Any) -> str:
        """Ask for a result, wait for it, and return its address."""
        revision = self.ask(session, references, **body)
        state = self.state(session, revision)
        assert state["state"] == "ready", state
        return f"/v1/sessions/{session}/revisions/{revision}"

    def job(self, path: str, **body: Any) -> dict[str, Any]:
        """Start a job, and return it once it has ended."""
        return self._ended(f"/v1/jobs/{self.made('POST', path, json=body)['id']}")

    def download(self, result: str, **body: Any) -> tuple[bytes, dict[str, Any]]:
        """Return the file of a result, fetched by its link alone, and what is told of it."""
        link = self.made("POST", f"{result}/downloads", json=body)
        answer = httpx.get(str(self.base_url) + link["link"])
        assert answer.status_code == 200, answer.text
        return answer.content, link

    def _ended(self, path: str) -> dict[str, Any]:
        until = time.monotonic() + WAIT_SECONDS
        while (found := self.made("GET", path))["state"] in ("queued", "running"):
            assert time.monotonic() < until
            time.sleep(0.01)
        return found


@contextmanager
def serving(root: Path, folder: Path | None = None, **limits: Any) -> Iterator[tuple[Server, Client]]:
    """Serve in a thread, as the command does."""
    server = Server.opened(root, folder, Limits(**limits))
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen()
    run = _Uvicorn(configuration(server, TOKEN, ["127.0.0.1", "localhost"]), server)
    thread = threading.Thread(target=run.run, args=([listening],))
    thread.start()
    try:
        with Client(f"http://127.0.0.1:{listening.getsockname()[1]}") as client:
            yield server, client
    finally:
        run.should_exit = True
        thread.join()
