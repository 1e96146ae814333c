"""One version of huegraft: each line of standard input is a case as JSON, and each answer a line of JSON.

Runs under the Python of either version, so it imports nothing but huegraft, NumPy and the standard library.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

import huegraft


def main() -> None:
    """Answer until standard input ends."""
    kept: dict[str, Any] = {}
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line), kept)), flush=True)


def answer(case: dict[str, Any], kept: dict[str, Any]) -> dict[str, Any]:
    """Run a case, and write its picture where the case says so.

    Parameters
    ----------
    case
        ``name``, ``mode``, ``preset``, ``settings``, ``target`` and ``reference`` (files), ``controls``, ``encoded``
        (whether the reference is encoded before the time begins), ``output`` (a .npy file, or None).
    kept
        Pictures and encoded references of earlier cases.
    """
    settings = huegraft.preset(case["preset"]).replace(**case["settings"])
    target, reference = (_read(case[role], kept) for role in ("target", "reference"))
    if case["encoded"]:
        name = f"{case['name']} encoded"
        if name not in kept:
            kept[name] = huegraft.encode_reference(reference, settings, mode=case["mode"])
        reference = kept[name]
    recolor = huegraft.transfer if case["mode"] == "transfer" else huegraft.colorize
    controls = _controls(case["controls"], target, reference)
    began = time.perf_counter()
    result = recolor(target, reference, settings, **controls)
    seconds = time.perf_counter() - began
    if case["output"] is not None:
        np.save(case["output"], result.image.as_srgb())
    return {"seconds": seconds, "stages": dict(result.seconds), "peak_bytes": _peak_bytes()}


def _read(path: str, kept: dict[str, Any]) -> Any:
    if path not in kept:
        kept[path] = huegraft.read_picture(path)
    return kept[path]


def _controls(wanted: list[str], target: Any, reference: Any) -> dict[str, Any]:
    """Return pins in the middle of both pictures, or regions of their left and right halves."""
    controls: dict[str, Any] = {}
    if "pins" in wanted:
        places = [(picture.size[1] / 2, picture.size[0] / 2) for picture in (target, reference)]
        controls["pins"] = [huegraft.Pin(target=places[0], reference=places[1])]
    if "regions" in wanted:
        masks = [np.zeros(picture.size, np.float32) for picture in (target, reference)]
        for mask in masks:
            mask[:, : mask.shape[1] // 2] = 1
        others = [1 - mask for mask in masks]
        controls["regions"] = [huegraft.Region(*masks), huegraft.Region(*others)]
    return controls


def _peak_bytes() -> int:
    """Return the most memory that this process has held; 0 where the system does not tell."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((1024 * int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), 0)


if __name__ == "__main__":
    main()
