"""A browser that shows the page, and somebody who uses it."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import huegraft

if TYPE_CHECKING:
    from playwright import sync_api

STATIC = Path(huegraft.__file__).parent / "web" / "static"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
ARGUMENTS = ("--no-sandbox", "--disable-background-networking", "--force-color-profile=srgb")
READY = """() => document.querySelector('.status')?.dataset.working === 'false'
    && document.querySelector('#target-viewer')?.dataset.revision"""
SUPERSEDED = "status of 410"  # a picture that was on its way when a newer result took its place
EXAMPLES = Path(__file__).parents[1] / "web" / "public" / "static" / "examples"


@contextmanager
def served(storage: Path, *options: str) -> Iterator[str]:
    """Run ``huegraft serve``, and give its address."""
    command = [sys.executable, "-m", "huegraft", "serve", "--port", "0", "--storage", str(storage), *options]
    environment = {**os.environ, "PYTHONPATH": str(Path(huegraft.__file__).parents[1])}
    server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)  # noqa: S603
    assert server.stderr is not None
    try:
        line = server.stderr.readline()
        address = re.search(r"http://\S+", line)
        assert address, line + server.stderr.read()
        yield address.group(0)
    finally:
        server.terminate()
        server.communicate()


class Person:
    """Somebody who looks at the page, clicks, types and drags."""

    def __init__(self, page: "sync_api.Page", address: str) -> None:
        self.page, self.address = page, address
        self.wrong: list[str] = []
        page.on("console", lambda message: self._hear(message.type, message.text))
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on("request", self._see)

    def _hear(self, kind: str, text: str) -> None:
        if kind == "error" and SUPERSEDED not in text:
            self.wrong.append(text)

    def _see(self, request: "sync_api.Request") -> None:
        if not request.url.startswith((self.address.partition("#")[0], "blob:")):
            self.wrong.append(f"asks {request.url}")

    def open(self) -> None:
        self.page.goto(self.address)
        self.page.get_by_role("heading", name="huegraft").wait_for()

    def give(self, target: Path, *references: Path) -> None:
        self.page.get_by_label("Choose a file: Target").set_input_files(target)
        self.page.get_by_text("Now add a reference").wait_for()
        self.page.get_by_label(re.compile("(Choose a file|Add a reference): References")).set_input_files(references)
        self.page.wait_for_function(f"() => document.querySelectorAll('.pictures li').length === {len(references)}")
        self.wait()

    def wait(self) -> int:
        """Wait until the newest result is seen, and return its revision."""
        self.page.wait_for_timeout(60)  # so that what was just done is on its way
        return int(self.page.wait_for_function(READY).json_value())

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def at(self, viewer: str, x: float, y: float) -> tuple[float, float]:
        """Return the place of the screen at shares of a viewer's sides."""
        box = self.page.locator(viewer).bounding_box()
        assert box is not None
        return box["x"] + x * box["width"], box["y"] + y * box["height"]

    def drag(self, viewer: str, *places: tuple[float, float]) -> None:
        mouse = self.page.mouse
        mouse.move(*self.at(viewer, *places[0]))
        mouse.down()
        for place in places[1:]:
            mouse.move(*self.at(viewer, *place), steps=4)
        mouse.up()

    def download(self, name: str, folder: Path) -> Path:
        """Take a file away by a button of the dialog."""
        with self.page.expect_download() as download:
            self.press(name)
        path = folder / download.value.suggested_filename
        download.value.save_as(path)
        return path

    def history(self) -> list[str]:
        """Return the names of the steps, the last one first."""
        return self.page.locator(".history button span").all_inner_texts()
