"""The prepared pictures in memory, each with halvings of itself, so that small views of it do not alias."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

LIST = Path(__file__).with_name("pictures.toml")
"""What is trained on, by name and hash."""

FOLDER = Path(__file__).with_name("data") / "pictures"
"""Where `training.prepare` puts it."""

_LEVELS = 4
_CLIP_WEIGHT = 3.0  # a clip counts like so many photographs


@dataclass(frozen=True, eq=False)
class Scene:
    """A photograph, or the frames of a clip.

    Attributes
    ----------
    frames
        For each, its halvings as (3, h, w) uint8, the whole first.
    weight
        How often it is drawn.
    """

    frames: Sequence[Sequence[Tensor]]
    weight: float

    @property
    def size(self) -> tuple[int, int]:
        """Height and width."""
        return self.frames[0][0].shape[1], self.frames[0][0].shape[2]


def load_scenes(folder: Path) -> list[Scene]:
    """Read the pictures that `training.prepare` wrote, in the order of their names.

    Parameters
    ----------
    folder
        Of PNG files; the frames of a clip are named CLIP@NN.

    Raises
    ------
    FileNotFoundError
        If there is none.
    """
    paths = sorted(folder.glob("*.png"))
    if not paths:
        raise FileNotFoundError(f"no pictures in {folder}; run python -m training.prepare")
    frames: dict[str, list[Path]] = {}
    for path in paths:
        frames.setdefault(path.stem.partition("@")[0], []).append(path)
    return [
        Scene([_halvings(path) for path in group], _CLIP_WEIGHT if len(group) > 1 else 1.0) for group in frames.values()
    ]


def _halvings(path: Path) -> list[Tensor]:
    with Image.open(path) as picture:
        levels = [torch.from_numpy(np.array(picture)).permute(2, 0, 1).contiguous()]
    for _ in range(_LEVELS - 1):
        if min(levels[-1].shape[1:]) < 64:
            break
        levels.append(torch.nn.functional.avg_pool2d(levels[-1][None].float(), 2)[0].round().byte())
    return levels
