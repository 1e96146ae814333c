"""Many clients of one server at a time: each has a pair of its own, and changes a setting again and again."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from serving import Client, photograph, pixels_of, png

_TILE = 512


@dataclass
class Load:
    """What clients met.

    Attributes
    ----------
    seconds : list of float
        How long each client took for all its changes.
    asked, refused
        How many requests were made, and how many of them were answered with 429.
    wrong : list of str
        What was lost or was another client's.
    """

    seconds: list[float] = field(default_factory=list)
    asked: int = 0
    refused: int = 0
    wrong: list[str] = field(default_factory=list)


def load(connect: Callable[[], Client], clients: int, changes: int, size: tuple[int, int]) -> Load:
    """Let clients work at a time, and return what they met.

    Each one uploads a target that no other has, makes its changes one after the other, and at last asks for strength 0:
    the tile then has to be that of its own target.
    """
    found, lock = Load(), threading.Lock()
    begin = threading.Barrier(clients)

    def work(number: int) -> None:
        target = photograph("coffee", *size).copy()
        target[: size[0] // 8, : size[1] // 8] = np.random.default_rng(number).integers(0, 256, 3)
        with connect() as client:
            reference = client.upload(png(photograph("astronaut", *size)))
            session = client.session(client.upload(png(target)))
            begin.wait()
            began = time.monotonic()
            for change in range(changes):
                strength = 0.0 if change == changes - 1 else round(0.3 + 0.6 * change / changes + number / 1000, 4)
                revision = _asked(client, session, reference, strength, found, lock)
                state = client.state(session, revision)
                if state["state"] != "ready":
                    with lock:
                        found.wrong.append(f"client {number}, change {change}: {state['state']}")
            took = time.monotonic() - began
            tile = client.get(f"/v1/sessions/{session}/revisions/{revision}/tiles/{state['levels']}/0_0.webp")
            with lock:
                found.seconds.append(took)
                if not np.array_equal(pixels_of(tile), target[:_TILE, :_TILE]):
                    found.wrong.append(f"client {number} has the tile of another one")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def _asked(client: Client, session: str, reference: str, strength: float, found: Load, lock: threading.Lock) -> int:
    """Ask until the server takes the request, and return its revision."""
    while True:
        answer = client.put(
            f"/v1/sessions/{session}/request", json={"references": [reference], "settings": {"strength": strength}}
        )
        with lock:
            found.asked += 1
            found.refused += answer.status_code == 429
        if answer.status_code != 429:
            return answer.json()["revision"]
        time.sleep(float(answer.headers["Retry-After"]))
