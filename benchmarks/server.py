"""How soon a change is seen through the API: PUT, the event ready, and all tiles of a view of 1280×800.

python -m benchmarks.server [--changes 100]

Client and server run on the same machine, as they do for people. Each change has a value that was not seen before.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
from serving import Client, photograph, png

SIZE, VIEW = (868, 1152), (800, 1280)  # the view shows all of the picture
SETTINGS = {
    "finishing": ("transfer", "strength", 0.4, 1.0),
    "matching and fusing, colourising": ("colorize", "tau", 0.015, 0.06),
    "matching and grading": ("transfer", "tau", 0.015, 0.06),
}


def main() -> None:
    """Print the times of each kind of change."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--changes", type=int, default=100, help="changes of each setting")
    changes: int = parser.parse_args().changes
    print(f"load before: {os.getloadavg()[0]:.1f}; {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "huegraft", "serve", "--port", "0", "--storage", folder]
        server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)  # noqa: S603
        try:
            assert server.stderr is not None  # noqa: S101 - it is a pipe
            found = re.search(r"(http://[^/]+)/#(\S+)", server.stderr.readline())
            assert found is not None  # noqa: S101 - the server printed its address
            with Client(*found.groups()) as client, ThreadPoolExecutor(6) as pool:
                for name, (mode, setting, low, high) in SETTINGS.items():
                    seconds = measured(client, pool, mode, setting, np.linspace(low, high, changes + 1))
                    middle, late = 1000 * np.quantile(seconds, (0.5, 0.95))
                    print(f"{name}: median {middle:.0f} ms, 95th percentile {late:.0f} ms")
        finally:
            server.terminate()
            server.wait()


def measured(client: Client, pool: ThreadPoolExecutor, mode: str, setting: str, values: np.ndarray) -> list[float]:
    """Return the seconds from each PUT to the last byte of the last tile."""
    target = photograph("coffee", *SIZE)
    if mode == "colorize":
        target = np.repeat(target.mean(axis=2, keepdims=True).astype(np.uint8), 3, axis=2)
    reference = client.upload(png(photograph("astronaut", 1000, 1000)))
    session = client.session(client.upload(png(target)))
    ready: dict[int, threading.Event] = {}
    stream = threading.Thread(target=_listen, args=(client, session, ready), daemon=True)
    client.ready(session, [reference], mode=mode, settings={setting: float(values[0])})
    stream.start()
    time.sleep(0.5)
    level = client.made("GET", f"/v1/sessions/{session}/revisions/1")["levels"]
    tiles = [(x, y) for y in range(-(-SIZE[0] // 512)) for x in range(-(-SIZE[1] // 512))]
    seconds = list[float]()
    for number, value in enumerate(values[1:], start=2):
        event = ready.setdefault(number, threading.Event())
        began = time.perf_counter()
        revision = client.ask(session, [reference], mode=mode, settings={setting: round(float(value), 5)})
        assert event.wait(60)  # noqa: S101 - the result of each change comes
        base = f"/v1/sessions/{session}/revisions/{revision}/tiles/{level}"
        for answer in pool.map(lambda place: client.get(f"{base}/{place[0]}_{place[1]}.webp"), tiles):  # noqa: B023
            answer.raise_for_status()
        seconds.append(time.perf_counter() - began)
    return seconds


def _listen(client: Client, session: str, ready: dict[int, threading.Event]) -> None:
    address, name = f"{client.base_url}/v1/events?session={session}", ""
    with httpx.stream("GET", address, headers=dict(client.headers), timeout=httpx.Timeout(60)) as stream:
        for line in stream.iter_lines():
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: ") and name == "ready":
                ready.setdefault(json.loads(line.removeprefix("data: "))["revision"], threading.Event()).set()


if __name__ == "__main__":
    main()
