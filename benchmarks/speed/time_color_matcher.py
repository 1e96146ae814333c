"""Time color-matcher without reading and writing, in its own environment: METHOD REPEATS LONGEST FOLDER, to JSON.

FOLDER holds target.npy and reference.npy, 8-bit. The first call, on a small part of them, is not timed.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
from color_matcher import ColorMatcher


def main() -> None:
    """Print the seconds of each repeat."""
    method, repeats, longest, folder = sys.argv[1:]
    target, reference = (np.load(Path(folder) / f"{role}.npy") / 255 for role in ("target", "reference"))
    ColorMatcher().transfer(src=target[:64, :64], ref=reference[:64, :64], method=method)
    seconds: list[float] = []
    while len(seconds) < int(repeats) and sum(seconds) <= float(longest):
        start = time.perf_counter()
        ColorMatcher().transfer(src=target, ref=reference, method=method)
        seconds.append(time.perf_counter() - start)
    print(json.dumps(seconds))


if __name__ == "__main__":
    main()
