"""Train one of the two networks; goes on from the last checkpoint of its run.

    python -m training.train colorize --threads 1
    python -m training.train transfer --threads 1

On two cores the two run side by side, one thread each. Every step draws its batch from the seed and its own number, so
on a CPU and with as many threads a run that was stopped and goes on is the run that was not stopped.
"""

import argparse
import csv
import hashlib
import math
import subprocess
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from training.curves import draw_curves
from training.loss import Loss, loss
from training.network import TrainedNetwork, fixed_maps
from training.pairs import Batch, draw_batch
from training.pictures import FOLDER, LIST, Scene, load_scenes

from huegraft.backbones.pointer import LAYERS
from huegraft.settings import Mode
from huegraft.threads import set_threads

RUNS = Path(__file__).with_name("runs")
_HELD_OUT = 12  # every twelfth scene is for validation
_VALIDATION_BATCHES = 8
_HURRY = 10.0  # of the layers' weights: how many times the learning rate of the convolutions
_EVERY = 100  # steps between lines of the log


@dataclass(frozen=True)
class Recipe:
    """What decides a run, beside the data and the code."""

    mode: Mode
    steps: int = 1800
    seed: int = 1
    learning_rate: float = 2e-3
    weight_decay: float = 1e-4
    warm_up: int = 200


class Run:
    """A network, its optimiser and how far they have come."""

    def __init__(self, recipe: Recipe, scenes: Sequence[Scene], device: torch.device) -> None:
        torch.manual_seed(recipe.seed)
        self.recipe, self.device, self.step = recipe, device, 0
        self.scenes = [scene for index, scene in enumerate(scenes) if index % _HELD_OUT or len(scenes) < _HELD_OUT]
        self.held_out = scenes[::_HELD_OUT]
        self.network = TrainedNetwork(recipe.mode).to(device, memory_format=torch.channels_last)
        self.origin = _origin()
        groups = [
            {"params": self.network.convolutions.parameters(), "weight_decay": recipe.weight_decay, "hurry": 1.0},
            {"params": [self.network.log_layer_weights], "weight_decay": 0.0, "hurry": _HURRY},
        ]
        self.optimizer = torch.optim.AdamW(groups)

    def advance(self) -> Loss:
        """Take one step."""
        for group in self.optimizer.param_groups:
            group["lr"] = group["hurry"] * self._learning_rate()
        self.network.train()
        rng = np.random.default_rng([self.recipe.seed, self.step])
        found = self._loss(draw_batch(self.scenes, self.recipe.mode, rng))
        self.optimizer.zero_grad()
        found.total.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0, error_if_nonfinite=True)
        self.optimizer.step()
        self.step += 1
        return found

    @torch.no_grad()
    def validate(self) -> float:
        """Return the mean error of attended colours over the same pairs of held-out scenes each time."""
        self.network.eval()
        rng = np.random.default_rng(self.recipe.seed)
        batches = [draw_batch(self.held_out, self.recipe.mode, rng) for _ in range(_VALIDATION_BATCHES)]
        return float(np.mean([float(self._loss(batch).error) for batch in batches]))

    def save(self, path: Path) -> None:
        """Write a checkpoint, whole or not at all."""
        state = {"recipe": asdict(self.recipe), "origin": self.origin, "step": self.step}
        state |= {"network": self.network.state_dict(), "optimizer": self.optimizer.state_dict()}
        torch.save(state, path.with_suffix(".part"))
        path.with_suffix(".part").replace(path)

    def load(self, path: Path) -> None:
        """Go on from a checkpoint.

        Raises
        ------
        SystemExit
            If it is of another recipe.
        """
        state = torch.load(path, map_location=self.device, weights_only=True)
        if state["recipe"] != asdict(self.recipe):
            raise SystemExit(f"{path} was made by the recipe {state['recipe']}; name another folder with --run")
        self.origin, self.step = state["origin"], state["step"]
        self.network.load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])

    def begin_with(self, path: Path) -> None:
        """Take the convolutions of another run's checkpoint, and how they were made.

        Raises
        ------
        SystemExit
            If it is of the other mode.
        """
        state = torch.load(path, map_location=self.device, weights_only=True)
        if state["recipe"]["mode"] != self.recipe.mode:
            raise SystemExit(f"{path} is of the mode {state['recipe']['mode']}")
        convolutions = {
            name.removeprefix("convolutions."): values
            for name, values in state["network"].items()
            if name.startswith("convolutions.")
        }
        self.network.convolutions.load_state_dict(convolutions)
        self.origin["began with"] = state["recipe"] | state["origin"] | {"stopped at step": state["step"]}

    def _loss(self, batch: Batch) -> Loss:
        batch = batch.to(self.device)
        pictures = torch.cat([batch.targets, batch.references])
        maps = (*self.network(pictures), *fixed_maps(pictures, self.recipe.mode))
        layers = dict(zip(LAYERS[self.recipe.mode], maps, strict=True))
        return loss(layers, self.network.log_layer_weights.exp(), batch, self.recipe.mode)

    def _learning_rate(self) -> float:
        """Rise linearly, then fall along a cosine to 0."""
        recipe = self.recipe
        rising = min(1.0, (self.step + 1) / recipe.warm_up)
        return recipe.learning_rate * rising * 0.5 * (1 + math.cos(math.pi * self.step / recipe.steps))


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, and write checkpoint, log and curves as it goes."""
    options = _options(arguments)
    torch.set_num_threads(options.threads)
    set_threads(options.threads)
    recipe = Recipe(options.mode, options.steps, options.seed, options.learning_rate)
    folder = RUNS / (options.run or options.mode)
    folder.mkdir(parents=True, exist_ok=True)
    run = Run(recipe, load_scenes(FOLDER), torch.device(options.device))
    checkpoint, log = folder / "checkpoint.pt", folder / "log.csv"
    if checkpoint.exists():
        run.load(checkpoint)
    elif options.begin_with:
        run.begin_with(options.begin_with)
    _cut(log, run.step)
    while run.step < recipe.steps:
        began, losses = time.perf_counter(), []
        while len(losses) < _EVERY and run.step < recipe.steps:
            losses.append([float(part.detach()) for part in run.advance()])
        seconds = time.perf_counter() - began
        line = [run.step, round(seconds / len(losses), 3), *np.mean(losses, axis=0).round(4), round(run.validate(), 4)]
        _append(log, line)
        run.save(checkpoint)
        draw_curves(log, folder / "curves.png")
        print(*line, flush=True)


def _origin() -> dict[str, Any]:
    """Return the code, the pictures and the library that a run begins with."""

    def git(*arguments: str) -> str:
        return subprocess.run(["git", *arguments], cwd=RUNS.parent, capture_output=True, text=True).stdout.strip()

    return {
        "commit": git("rev-parse", "HEAD"),
        "changes since": git("status", "--porcelain", "--untracked-files=no"),
        "pictures": hashlib.sha256(LIST.read_bytes()).hexdigest(),
        "torch": str(torch.__version__),
        "threads": str(torch.get_num_threads()),
    }


def _options(arguments: Sequence[str] | None) -> Any:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mode", choices=("colorize", "transfer"))
    parser.add_argument("--steps", type=int, default=Recipe.steps)
    parser.add_argument("--seed", type=int, default=Recipe.seed)
    parser.add_argument("--learning-rate", type=float, default=Recipe.learning_rate)
    parser.add_argument("--begin-with", type=Path, help="checkpoint of another run, whose network this one begins with")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--run", help="name of the run's folder, by default the mode")
    return parser.parse_args(arguments)


_COLUMNS = ("step", "seconds a step", "loss", "color", "places", "error", "held-out error")


def _append(log: Path, line: Sequence[Any]) -> None:
    new = not log.exists()
    with log.open("a", newline="") as file:
        writer = csv.writer(file)
        if new:
            writer.writerow(_COLUMNS)
        writer.writerow(line)


def _cut(log: Path, step: int) -> None:
    """Drop what a run logged after its last checkpoint."""
    if log.exists():
        lines = log.read_text().splitlines(keepends=True)
        log.write_text("".join(line for line in lines if not line[0].isdigit() or int(line.split(",")[0]) <= step))


if __name__ == "__main__":
    main()
