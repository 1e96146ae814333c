"""Measure the page in a browser: how soon a moved slider is seen, and how smoothly a large picture moves.

Server and browser run on the same machine, as they do for people. Needs Chromium and Playwright:

python -m benchmarks.page [--moves N] [--json FILE]
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from huegraft.evaluate.package import photograph

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))
from person import ARGUMENTS, CHROMIUM, Person, served  # noqa: E402

SIZES = {"1 megapixel": (1224, 816), "24 megapixels": (6000, 4000)}
STROKES, STROKE_SECONDS, REACH = 10, 0.5, 0.7  # of panning: how many, how long, and how far of the viewer's width
MOVE = """async ([name, value]) => {
  const slider = document.getElementById(`setting-${name}`), { dataset } = document.getElementById("target-viewer");
  const before = Number(dataset.revision), began = performance.now();
  slider.value = value;
  slider.dispatchEvent(new Event("input", { bubbles: true }));
  const frame = () => new Promise(requestAnimationFrame);
  while (!(Number(dataset.revision) > before)) await frame();
  await frame();
  return performance.now() - began;
}"""
WATCH = """() => {
  const { drawImage } = CanvasRenderingContext2D.prototype;
  window.draws = [];
  CanvasRenderingContext2D.prototype.drawImage = function (...given) {
    const now = document.timeline.currentTime;
    const isViewer = this.canvas.closest?.("#target-viewer") && this.canvas.className !== "overlay";
    if (isViewer && draws.at(-1) !== now) draws.push(now);
    return drawImage.apply(this, given);
  };
}"""


def main() -> None:
    """Print the figures, and write them as JSON if asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--moves", type=int, default=60, help="moves of each slider")
    parser.add_argument("--json", type=Path, help="file that the figures go into")
    asked = parser.parse_args()
    from playwright.sync_api import sync_playwright

    figures: dict[str, Any] = {"load before": round(os.getloadavg()[0], 1), "cores": os.cpu_count()}
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))

        def measured(size: str, measure: Callable[[Person], None]) -> None:
            with served(folder / size.replace(" ", "_")) as address:
                page = browser.new_page(viewport={"width": 1280, "height": 800})
                page.set_default_timeout(120_000)
                person = Person(page, address)
                person.open()
                person.give(*pictures(folder, size))
                page.wait_for_timeout(3000)
                measure(person)
                page.close()
                figures[f"wrong at {size}"] = person.wrong
                print(json.dumps(figures, indent=2), flush=True)

        measured("1 megapixel", lambda person: figures.update(slide(person, asked.moves)))
        measured("24 megapixels", lambda person: figures.update(pan(person)))
        browser.close()
    figures["load after"] = round(os.getloadavg()[0], 1)
    print(json.dumps(figures, indent=2))
    if asked.json:
        asked.json.write_text(json.dumps(figures, indent=2) + "\n")


def pictures(folder: Path, size: str) -> tuple[Path, Path]:
    """Write a target of a size, and a reference."""
    target, reference = folder / f"target_{SIZES[size][0]}.jpg", folder / "reference.jpg"
    for path, name, sides in ((target, "china", SIZES[size]), (reference, "rocket", SIZES["1 megapixel"])):
        Image.fromarray(np.rint(photograph(name) * 255).astype(np.uint8)).resize(sides).save(path, quality=92)
    return target, reference


def slide(person: Person, moves: int) -> dict[str, Any]:
    """Return milliseconds from an event of a slider to the frame in which all tiles in view are the new ones."""
    found: dict[str, Any] = {}
    for kind, name in (("finishing", "strength"), ("matching", "tau")):
        values = np.random.default_rng(0).permutation(np.linspace(0.2, 0.95, moves + 2))
        times = [person.page.evaluate(MOVE, [name, str(value)]) for value in values][2:]
        found[f"slider, {kind}, ms: median, 95th percentile, most"] = [
            round(float(np.percentile(times, share))) for share in (50, 95, 100)
        ]
    return found


def pan(person: Person) -> dict[str, Any]:
    """Return how often a picture of 24 megapixels is drawn while it is panned at 1:1 under the slider."""
    page = person.page
    person.press("1:1")
    page.wait_for_timeout(2000)
    tiles: list[float] = []
    page.on("requestfinished", lambda request: tiles.append(time.monotonic()) if "/tiles/" in request.url else None)
    page.evaluate(WATCH)
    began = time.monotonic()
    for stroke in range(STROKES):
        way = 1 if stroke < STROKES / 2 else -1
        y = 0.3 + 0.05 * stroke
        page.mouse.move(*person.at("#target-viewer", 0.5 + way * REACH / 2, y))
        page.mouse.down()
        until = began + (stroke + 1) * STROKE_SECONDS
        left = STROKE_SECONDS
        while left > 0:
            share = left / STROKE_SECONDS - 0.5
            page.mouse.move(*person.at("#target-viewer", 0.5 + way * share * REACH, y - 0.15 * share))
            left = until - time.monotonic()
        page.mouse.up()
    stopped = time.monotonic()
    page.wait_for_timeout(4000)
    draws = np.array(page.evaluate("() => draws"))
    draws = draws[draws <= draws[0] + 1000 * (stopped - began)]
    return {
        "panning, draws a second": round(len(draws) / (stopped - began), 1),
        "panning, longest gap, ms": round(float(np.diff(draws).max())),
        "panning, tiles that came": len(tiles),
        "panning, last tile after the stop, s": round(max([each - stopped for each in tiles], default=0.0), 2),
    }


if __name__ == "__main__":
    main()
