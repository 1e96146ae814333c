"""Write the weights of both networks, batch norms folded in, into the package, and beside them how they were made.

python -m training.export
"""

import hashlib
import json
import math
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save
from skimage import data
from training.network import TrainedNetwork
from training.train import RUNS

from huegraft.backbones.pointer import LAYERS, WEIGHTS, load_pointer
from huegraft.setting_groups import FeatureSettings
from huegraft.settings import Mode

RECIPE = Path(__file__).with_name("recipe.json")
_SOFTENED = 0.7
"""Taken times the learned weights of layers: two pictures differ more than two views of one, so an attention as sharp
as in training is too sure of them (measured on the halves to tune)."""


@torch.no_grad()
def main() -> None:
    """Export the runs `colorize` and `transfer`."""
    tensors: dict[str, torch.Tensor] = {}
    recipes, layer_weights = [], {}
    for mode in ("colorize", "transfer"):
        state = torch.load(RUNS / mode / "checkpoint.pt", map_location="cpu", weights_only=True)
        network = TrainedNetwork(mode)
        network.load_state_dict(state["network"])
        network.log_layer_weights += math.log(_SOFTENED)
        tensors |= network.folded()
        softened = network.log_layer_weights.exp().tolist()
        layer_weights[mode] = {name: round(weight, 4) for name, weight in zip(LAYERS[mode], softened, strict=True)}
        log = (RUNS / mode / "log.csv").read_text().splitlines()
        last = dict(zip(log[0].split(","), log[-1].split(","), strict=True))
        recipes.append(state["recipe"] | state["origin"] | {"stopped at step": state["step"], "end of the log": last})
    content = save({name: tensor.contiguous() for name, tensor in sorted(tensors.items())})
    WEIGHTS.write_bytes(content)
    recipe = {
        "features": {mode: _features(mode) for mode in ("colorize", "transfer")},
        "weights": {"file": WEIGHTS.name, "sha256": hashlib.sha256(content).hexdigest()},
        "layer weights": layer_weights,
        "runs": recipes,
    }
    RECIPE.write_text(json.dumps(recipe, indent=2) + "\n")
    print(f"{len(content) / 1e6:.2f} MB in {WEIGHTS}")


def _features(mode: Mode) -> dict[str, float]:
    """Return the first channel of each map at one place of a photograph, for a test to find again."""
    picture = data.astronaut()[:128, :128].astype(np.float32) / 255
    if mode == "colorize":
        picture = picture.mean(axis=2, keepdims=True).repeat(3, axis=2)
    maps = load_pointer(FeatureSettings(), "cpu", mode)(picture)
    return {layer: round(values[64, 64, 0].item(), 6) for layer, values in zip(LAYERS[mode], maps, strict=True)}


if __name__ == "__main__":
    main()
