"""The page in a browser, and somebody who uses it."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from person import ARGUMENTS, CHROMIUM, EXAMPLES, STATIC, Person, served

if TYPE_CHECKING:
    from playwright import sync_api


@pytest.fixture(scope="module")
def browser() -> "Iterator[sync_api.Browser]":
    pytest.importorskip("fastapi", reason="needs the extra web")
    library = pytest.importorskip("playwright.sync_api", reason="needs Playwright")
    if CHROMIUM is None:
        pytest.skip("needs Chromium: apt install chromium")
    if not (STATIC / "index.html").is_file():
        pytest.skip("the page was not built: make setup")
    with library.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the server serves."""
    folder = tmp_path_factory.mktemp("served")
    shutil.copy(EXAMPLES / "transfer-target.jpg", folder / "cat.jpg")
    return folder


@pytest.fixture(scope="module")
def address(browser: object, folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(tmp_path_factory.mktemp("storage"), "--folder", str(folder)) as address:
        yield address


@pytest.fixture
def person(browser: "sync_api.Browser", address: str) -> Iterator[Person]:
    """Somebody with a new browser. Nothing may go wrong while they work, and nothing may be asked of others."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, accept_downloads=True)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    context.set_default_timeout(30_000)
    person = Person(context.new_page(), address)
    person.open()
    yield person
    context.close()
    assert person.wrong == []
