"""How long a session takes that has made a result before: single changes, a new mask, and the frames of a film.

``python -m benchmarks.session`` prints the tables. The photographs come inside scikit-image. Every value of a setting
is one that the session has not seen, and times are from call to array.
"""

import argparse
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
from skimage import data
from skimage.transform import resize

from huegraft import Pin, Request, Session, Settings
from huegraft.settings import Mode

SIDE = 1000
FRAME = (540, 960)
FIRST_PIN = Pin((100, 100), (100, 100))
Change = Callable[[Request, int], Request]


def setting(**changes: Callable[[int], object]) -> Change:
    """Return what changes settings to values that depend on the number of the call."""

    def changed(request: Request, number: int) -> Request:
        return replace(
            request, settings=request.settings.replace(**{name: value(number) for name, value in changes.items()})
        )

    return changed


def second_pin(request: Request, number: int) -> Request:
    """Return the request with a pin beside the first, somewhere else each time."""
    return replace(request, pins=(FIRST_PIN, Pin((500 + 13 * number, 500), (300 + 11 * number, 400))))


def new_mask(request: Request, number: int) -> Request:
    """Return the request with a soft mask that no call had before."""
    mask = np.linspace(0, 1, SIDE, dtype=np.float32)[:, None] * np.ones((1, SIDE), np.float32)
    return replace(request, target_mask=np.roll(mask, 7 * number + 3, axis=0))


CASES: dict[Mode, dict[str, Change]] = {
    "transfer": {
        "strength": setting(strength=lambda n: 0.9 - 0.01 * n),
        "gamut": setting(gamut=lambda _: "compress", lightness=lambda n: 1 - 0.001 * (n + 1)),
        "lightness": setting(lightness=lambda n: 0.9 - 0.01 * n),
        "second pin": second_pin,
        "tau": setting(tau=lambda n: 0.02 + 0.001 * n),
        "median": setting(median=lambda _: False, tau=lambda n: 0.031 + 0.001 * n),
        "new mask": new_mask,
    },
    "colorize": {
        "vividness": setting(vividness=lambda n: 0.9 - 0.01 * n),
        "delta_s": setting(delta_s=lambda n: 2 + 0.1 * n),
        "tau": setting(tau=lambda n: 0.02 + 0.001 * n),
        "median": setting(median=lambda _: False, tau=lambda n: 0.031 + 0.001 * n),
        "second pin": second_pin,
        "new mask": new_mask,
    },
}


def photographs() -> tuple[np.ndarray, np.ndarray]:
    """Return a target and a reference of one megapixel, float32."""
    return tuple(
        resize(picture, (SIDE, SIDE), anti_aliasing=True).astype(np.float32)
        for picture in (data.astronaut(), data.coffee())
    )


def single_changes(calls: int) -> Iterator[tuple[str, str, np.ndarray, np.ndarray]]:
    """Yield mode, change, seconds of the changed calls, and those of warm whole calls beside them."""
    target, reference = photographs()
    for mode, changes in CASES.items():
        for name, change in changes.items():
            request, seconds, whole = Request(mode, target, (reference,)), [], []
            with Session() as session, Session(max_bytes=0) as forgetful:
                session.run(request)
                if name == "second pin":
                    session.run(replace(request, pins=(FIRST_PIN,)))
                for number in range(calls):
                    asked = change(request, number)
                    seconds.append(_seconds(lambda asked=asked: session.run(asked)))
                    if name == "new mask":
                        whole.append(_seconds(lambda asked=asked: forgetful.run(asked)))
            yield mode, name, np.array(seconds), np.array(whole)


def frames(mode: Mode, count: int) -> tuple[np.ndarray, np.ndarray, dict[str, float]]:
    """Return the seconds of solving and of rendering each frame, and the share of each stage."""
    height, width = FRAME
    large = resize(data.astronaut(), (height + count, width + count), anti_aliasing=True)
    shot = [np.rint(255 * large[n : n + height, n : n + width]).astype(np.uint8) for n in range(count)]
    settings, stages = Settings().replace(working_pixels=2**16), Counter[str]()
    solved, rendered, warm = [], [], None
    with Session() as session:
        encoded = session.encode(data.coffee(), settings, mode)
        for frame in shot:
            clock = _StageClock(stages)
            request = Request(mode, frame, (encoded,), settings)
            began = time.perf_counter()
            look = session.solve(request, warm=warm, progress=clock)
            middle = time.perf_counter()
            clock("render")
            session.render(look, frame)
            clock(None)
            solved.append(middle - began)
            rendered.append(time.perf_counter() - middle)
            warm = look.warm
    total = sum(stages.values())
    return np.array(solved), np.array(rendered), {stage: taken / total for stage, taken in stages.items()}


class _StageClock:
    """Takes the time from the beginning of a stage to that of the next one."""

    def __init__(self, stages: Counter[str]) -> None:
        self._stages, self._stage, self._began = stages, "request", time.perf_counter()

    def __call__(self, stage: str | None) -> None:
        now = time.perf_counter()
        self._stages[self._stage] += now - self._began
        self._stage, self._began = stage or "", now


def _seconds(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=20)
    parser.add_argument("--frames", type=int, default=100)
    options = parser.parse_args()
    print("| mode | change | 50 % ms | 95 % ms | ÷ warm whole call |\n|---|---|---|---|---|")
    for mode, name, seconds, whole in single_changes(options.calls):
        ratio = f"{np.median(seconds) / np.median(whole):.2f}" if len(whole) else ""
        low, high = (1e3 * np.quantile(seconds, share) for share in (0.5, 0.95))
        print(f"| {mode} | {name} | {low:.0f} | {high:.0f} | {ratio} |", flush=True)
    print("\n| frames | solve ms | render ms | together | shares |\n|---|---|---|---|---|")
    for mode in CASES:
        solved, rendered, shares = frames(mode, options.frames)
        of_stages = ", ".join(f"{stage} {share:.0%}" for stage, share in shares.items())
        parts = " | ".join(f"{1e3 * np.median(each):.0f}" for each in (solved, rendered, solved + rendered))
        print(f"| {mode} | {parts} | {of_stages} |")


if __name__ == "__main__":
    main()
