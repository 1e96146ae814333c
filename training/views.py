"""Strongly warped views of a picture, and where in it each of their tokens lies."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from training.pictures import Scene

_LEAST_SHARE, _LARGEST_SHARE = 0.3, 1.1  # of √(H·W), the side that both views' are drawn around
_LARGEST_ZOOM = 2.0  # of one view of a pair against the other
_TURN = 20.0  # degrees, deviation
_STRETCH, _PERSPECTIVE = 0.1, 0.1
_APART = 0.25  # of that side: how far, along each axis, the second view is moved away from the first
_OVERLAPPING = 0.85  # share of pairs


@dataclass(frozen=True, eq=False)
class View:
    """Which part of a picture is seen, and how it is turned.

    Attributes
    ----------
    places : (3, 3)
        Homography from (x, y, 1), each of x, y in [-1, 1] over the view, to pixels of the picture.
    side
        Of the view in pixels of the picture.
    """

    places: np.ndarray
    side: float

    def points(self, along: np.ndarray) -> np.ndarray:
        """Return where the points of a grid with these coordinates along both axes lie: (n, n, 2), x first."""
        x, y = np.meshgrid(along, along)
        mapped = np.stack([x, y, np.ones_like(x)], axis=-1) @ self.places.T
        return mapped[..., :2] / mapped[..., 2:]


def draw_views(scene: Scene, rng: np.random.Generator) -> tuple[View, View]:
    """Draw two views: of much the same place, or of two places."""
    height, width = scene.size
    side = np.sqrt(height * width) * np.exp(rng.uniform(np.log(_LEAST_SHARE), np.log(_LARGEST_SHARE)))
    middle = rng.uniform(0, 1, 2)
    views = []
    for index in range(2):
        own_side = side * _LARGEST_ZOOM ** rng.uniform(-0.5, 0.5)
        room = np.maximum(np.array([width, height]) - own_side, 0.2 * own_side)
        if index == 1 and rng.random() >= _OVERLAPPING:
            middle = rng.uniform(0, 1, 2)
        place = np.array([width, height]) / 2 + (middle - 0.5) * room
        if index == 1:
            place = place + rng.uniform(-_APART, _APART, 2) * side
        views.append(_view(place, own_side, rng))
    return views[0], views[1]


def _view(middle: np.ndarray, side: float, rng: np.random.Generator) -> View:
    angle = np.deg2rad(rng.normal(0, _TURN))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    stretch = np.exp(rng.uniform(-_STRETCH, _STRETCH))
    linear = turn @ np.diag([rng.choice([-1, 1]) * stretch, 1 / stretch]) * side / 2
    places = np.eye(3)
    places[:2, :2], places[:2, 2] = linear, middle
    tilt = np.eye(3)
    tilt[2, :2] = rng.uniform(-_PERSPECTIVE, _PERSPECTIVE, 2)
    return View(places @ tilt, side)


def look(halvings: list[Tensor], view: View, pixels: int) -> Tensor:
    """Return the view as (3, pixels, pixels) float32 in [0, 1]; beyond its edges a picture is mirrored."""
    level = int(np.clip(round(np.log2(view.side / pixels)), 0, len(halvings) - 1))
    return spread(halvings[level].float() / 255, view, (halvings[0].shape[1], halvings[0].shape[2]), pixels)


def spread(values: Tensor, view: View, size: tuple[int, int], pixels: int) -> Tensor:
    """Return what a view shows of values (c, rows, columns) that are spread over a picture of a size (h, w)."""
    along = (np.arange(pixels) + 0.5) / pixels * 2 - 1
    grid = torch.from_numpy(view.points(along) / size[::-1] * 2 - 1).float()
    return functional.grid_sample(values[None], grid[None], padding_mode="reflection", align_corners=False)[0]


def same_places(target: View, reference: View, tokens: int, size: tuple[int, int]) -> Tensor:
    """Tell which tokens of two views (rows: the target's) show the same place of the picture, inside of it."""
    along = (np.arange(tokens) + 0.5) / tokens * 2 - 1
    places = [view.points(along).reshape(-1, 2) for view in (target, reference)]
    inside = [((place > 0) & (place < np.array(size[::-1]))).all(axis=1) for place in places]
    distance = np.linalg.norm(places[0][:, None] - places[1][None], axis=2)
    near = distance < 0.8 * max(target.side, reference.side) / tokens
    return torch.from_numpy(near & inside[0][:, None] & inside[1][None])
