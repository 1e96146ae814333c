"""Take the pictures of docs/guide_page.md from the page itself, as docs/images/page*.png.

Needs Chromium, Playwright and the built page. The photographs are those of scikit-image and scikit-learn.

python scripts/make_page_images.py
"""

import re
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from huegraft.color import grey_from_srgb
from huegraft.evaluate.package import photograph

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))
from person import ARGUMENTS, CHROMIUM, Person, served  # noqa: E402

IMAGES = ROOT / "docs" / "images"
COLORS = 256  # of a palette, which keeps each picture below 250 kB
KEPT, STRIP = ("#f4f4f2", "#777777", "#ffd34d", "#175c9c", "#ffffff", "#565656"), 64  # colours that it has to have
MOST_BYTES = 250_000
VIEWER, REFERENCE = "#target-viewer", "#reference-viewer"


def main() -> None:
    """Colourise a portrait and mend a place by a pin, match two photographs, and take the match away."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        with served(folder / "storage") as address:
            person = Person(browser.new_page(viewport={"width": 1360, "height": 860}), address)
            person.page.set_default_timeout(60_000)
            person.open()
            colorize(person, folder)
            person.press("Start anew")
            transfer(person, folder)
        browser.close()


def colorize(person: Person, folder: Path) -> None:
    """Show a grey portrait in colours, then a place of the background that a pin mends."""
    portrait = photograph("astronaut")
    grey = save(folder / "portrait.png", grey_from_srgb(portrait))
    colored = save(folder / "sitter.png", portrait[:, ::-1][:, 60:])
    person.give(grey, colored)
    person.page.mouse.move(*person.at(VIEWER, 0.62, 0.3))
    person.page.wait_for_timeout(1500)
    take(person, "page_hover")
    person.press("Pin")
    person.page.mouse.click(*person.at(VIEWER, 0.64, 0.47))
    person.page.mouse.click(*person.at(REFERENCE, 0.68, 0.15))
    person.wait()
    take(person, "page_pin")


def transfer(person: Person, folder: Path) -> None:
    """Show two photographs that are matched, values that are tried, and what can be taken away."""
    person.give(save(folder / "pagoda.png", photograph("china")), save(folder / "rocket.png", photograph("rocket")))
    take(person, "page")
    person.press("Try values")
    person.page.locator("dialog").get_by_label("Setting").select_option(label="Strength")
    person.press("Show")
    person.page.get_by_role("button", name=re.compile("Strength 1")).wait_for()
    take(person, "page_sweep")
    person.press("Close")
    person.press("Export")
    take(person, "page_export")
    person.press("Close")


def save(path: Path, picture: np.ndarray) -> Path:
    """Write a picture of values in [0, 1]."""
    Image.fromarray(np.rint(picture.clip(0, 1) * 255).astype(np.uint8)).save(path)
    return path


def take(person: Person, name: str) -> None:
    """Keep what is seen, small.

    Raises
    ------
    SystemExit
        If the picture is too large for the repository.
    """
    person.page.wait_for_timeout(1500)
    path = IMAGES / f"{name}.png"
    person.page.screenshot(path=path)
    with Image.open(path) as image:
        small = image.convert("RGB").resize((1020, 645), Image.Resampling.LANCZOS)
    sample = Image.new("RGB", (small.width, small.height + STRIP))
    sample.paste(small)
    for number, color in enumerate(KEPT):
        sample.paste(color, (number * STRIP, small.height, (number + 1) * STRIP, sample.height))
    small.quantize(palette=sample.quantize(COLORS)).save(path, optimize=True)
    if path.stat().st_size > MOST_BYTES:
        raise SystemExit(f"{path.name} takes {path.stat().st_size} bytes: lower COLORS")
    print(path.name, path.stat().st_size)


if __name__ == "__main__":
    main()
