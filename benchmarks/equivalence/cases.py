"""What both versions are asked: pairs of photographs that come inside packages, and one case of each other way."""

from dataclasses import asdict, dataclass, field
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np

from huegraft.encodings import SceneLinearEncoding
from huegraft.evaluate import package
from huegraft.io.image import write_picture
from huegraft.picture import Picture

PAIRS = [pair for index, pair in enumerate(permutations(package.NAMES, 2)) if index % 3 < 2]
"""Twenty of the thirty ordered pairs of photographs."""

MODES = ("transfer", "colorize")
FRAME = (540, 960)


@dataclass(frozen=True)
class Case:
    """One call: what `side.answer` reads, without the place of its output."""

    name: str
    mode: str
    target: str
    reference: str
    preset: str = "best"
    settings: dict[str, Any] = field(default_factory=dict)
    controls: tuple[str, ...] = ()
    encoded: bool = False

    def asked(self, output: Path | None) -> dict[str, Any]:
        """Return the case as JSON has it."""
        return asdict(self) | {"output": None if output is None else str(output)}


def pairs(folder: Path) -> list[Case]:
    """Return each pair in both modes."""
    return [
        Case(f"{mode} {target} {reference}", mode, _file(folder, target), _file(folder, reference))
        for target, reference in PAIRS
        for mode in MODES
    ]


def others(folder: Path) -> list[Case]:
    """Return one case each of the other ways."""
    coffee, rocket, cat = (_file(folder, name) for name in ("coffee", "rocket", "chelsea"))
    deep = str(folder / "coffee-16.png")
    light = str(folder / "coffee.exr")
    ways: list[Case] = []
    for mode in MODES:
        ways += [
            Case(f"paper and builtin, {mode}", mode, coffee, rocket, "paper", {"backbone": "builtin"}),
            Case(f"handcrafted, {mode}", mode, coffee, rocket, settings={"backbone": "handcrafted"}),
            Case(f"balance, {mode}", mode, coffee, cat, settings={"balance": 0.5}),
            Case(f"pins, {mode}", mode, coffee, rocket, controls=("pins",)),
            Case(f"regions, {mode}", mode, coffee, rocket, controls=("regions",)),
            Case(f"16 bit, {mode}", mode, deep, rocket),
            Case(f"EXR, {mode}", mode, light, rocket),
            Case(f"fallback, {mode}", mode, coffee, rocket, settings={"fallback": "global", "min_confidence": 0.6}),
        ]
    small = {"working_pixels": 2**14}
    ways += [
        Case("sct", "transfer", coffee, rocket, "paper", {"backbone": "builtin", "fusion": "sct", **small}),
        Case("guided", "colorize", coffee, rocket, settings={"upsample": "guided", "working_pixels": 2**15}),
        Case("native", "colorize", coffee, rocket, settings={"native": True, "working_pixels": 2**16}),
    ]
    return ways


def frame(folder: Path) -> Case:
    """Return a frame of a film, coloured by a reference that is encoded once."""
    return Case(
        "frame",
        "colorize",
        _file(folder, "frame"),
        _file(folder, "rocket"),
        settings={"working_pixels": 2**16},
        encoded=True,
    )


def write_pictures(folder: Path) -> None:
    """Write the photographs, one of them in 16 bits and as scene-linear light too, and a frame."""
    for name in package.NAMES:
        write_picture(_file(folder, name), _eight_bits(package.photograph(name)))
    coffee = package.photograph("coffee")
    rng = np.random.default_rng(0)
    deep = np.clip(coffee + rng.uniform(-0.5, 0.5, coffee.shape) / 255, 0, 1)
    write_picture(folder / "coffee-16.png", np.rint(65535 * deep).astype(np.uint16))
    light = (4 * coffee**2.2).astype(np.float16)
    write_picture(folder / "coffee.exr", Picture(light, encoding=SceneLinearEncoding()))
    rows, columns = ((np.arange(new) * old // new) for new, old in zip(FRAME, coffee.shape, strict=False))
    write_picture(_file(folder, "frame"), _eight_bits(coffee[rows][:, columns]))


def _file(folder: Path, name: str) -> str:
    return str(folder / f"{name}.png")


def _eight_bits(picture: np.ndarray) -> np.ndarray:
    return np.rint(255 * picture).astype(np.uint8)
