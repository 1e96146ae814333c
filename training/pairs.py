"""Batches of made-up pairs: a target, a reference, and what is right for each token of the target.

A token is a cell of a grid over the view; it stands for the superpixels of the pipeline.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from training.photometry import draw_grade, graded, smooth_mask, worn
from training.pictures import Scene
from training.views import View, draw_views, look, same_places

from huegraft.color import LUMA, lab_from_srgb, srgb_from_lab
from huegraft.settings import Mode
from huegraft.stages.base import fit_base

_SIZES = ((144, 16), (192, 9), (256, 5))
"""Sides of views in pixels, and pairs in a batch of them: about the same work."""

_TOKEN_PIXELS = (9.0, 14.0)  # sides of superpixels at working size
_CLEAN = 0.25  # share of pairs without wear
_ROUNDS = {"none": (0.15, 1.0), "first": (0.25, 1.0), "later": (0.6, 0.35)}
"""In transfer, shares of targets that are seen as they are, under the base map, and already near to the truth; and how
strong their grades are at most, as `draw_grade` takes it."""


@dataclass(frozen=True, eq=False)
class Batch:
    """Pairs of one size.

    Attributes
    ----------
    targets, references : (n, c, s, s)
        As the network sees them: grey in one channel, or sRGB.
    target_colors, reference_colors : (n, k², 3)
        CIELAB of their tokens; the target's are those that it should get.
    same : (n, k², k²) bool
        Tokens of target and reference that show the same place; none in pairs of different frames.
    tokens
        Of a side, k.
    """

    targets: Tensor
    references: Tensor
    target_colors: Tensor
    reference_colors: Tensor
    same: Tensor
    tokens: int

    def to(self, device: torch.device) -> "Batch":
        """Return it on a device."""
        return Batch(*(part.to(device) if isinstance(part, Tensor) else part for part in vars(self).values()))


def draw_batch(scenes: Sequence[Scene], mode: Mode, rng: np.random.Generator, pairs: int | None = None) -> Batch:
    """Draw a batch of pairs, `pairs` of them or as many as the size allows."""
    pixels, count = _SIZES[rng.integers(len(_SIZES))]
    tokens = round(pixels / rng.uniform(*_TOKEN_PIXELS))
    weights = np.array([scene.weight for scene in scenes])
    chosen = rng.choice(len(scenes), size=pairs or count, p=weights / weights.sum())
    drawn = [_draw_pair(scenes[index], mode, pixels, tokens, rng) for index in chosen]
    return Batch(*(torch.stack(parts) for parts in zip(*drawn, strict=True)), tokens=tokens)


def token_means(maps: Tensor, tokens: int, pixels: int) -> Tensor:
    """Return the mean of maps (n, c, h, w), enlarged bilinearly to pixels, over each token: (n, tokens², c)."""
    rows = _token_shares(maps.shape[2], tokens, pixels).to(maps)
    return (rows @ (maps @ rows.T)).flatten(2).mT


def _token_shares(cells: int, tokens: int, pixels: int) -> Tensor:
    """Return how much of each token of a line each cell has: (tokens, cells)."""
    places = ((torch.arange(pixels) + 0.5) * cells / pixels - 0.5).clamp(0, cells - 1)
    enlarged = (1 - (places[:, None] - torch.arange(cells)).abs()).clamp_min(0)
    of_token = (torch.arange(pixels) * tokens // pixels)[None] == torch.arange(tokens)[:, None]
    return (of_token.float() / of_token.sum(dim=1, keepdim=True)) @ enlarged


def _draw_pair(scene: Scene, mode: Mode, pixels: int, tokens: int, rng: np.random.Generator) -> tuple[Tensor, ...]:
    views = draw_views(scene, rng)
    frames = rng.integers(len(scene.frames), size=2)
    target, reference = (look(scene.frames[frame], view, pixels) for frame, view in zip(frames, views, strict=True))
    truth = target
    seen_in = "none"
    if mode == "transfer":
        seen_in = rng.choice(list(_ROUNDS), p=[share for share, _ in _ROUNDS.values()])
        truth, reference, target = _graded_pair(target, reference, _ROUNDS[seen_in][1], rng)
    same = _same(scene, frames, views, tokens)
    wear = (0.0, 0.0) if rng.random() < _CLEAN else (rng.uniform(0, 1), rng.uniform(0, 0.6))
    colors = [_token_colors(each, tokens) for each in (truth, reference)]
    seen = [_seen(each, mode, strength, rng) for each, strength in zip((target, reference), wear, strict=True)]
    if seen_in == "first":
        seen[0] = _under_base(seen[0], seen[1], tokens)
    return seen[0], seen[1], colors[0], colors[1], same


def _graded_pair(
    target: Tensor, reference: Tensor, strongest: float, rng: np.random.Generator
) -> tuple[Tensor, Tensor, Tensor]:
    """Return truth and reference under one grade, and the target under another, or under two with a mask."""
    common = draw_grade(1.0, rng)
    strength = rng.uniform(0, strongest)
    truth = graded(target, common)
    given = graded(truth, draw_grade(strength, rng))
    if rng.random() < 0.3:
        mask = smooth_mask(target.shape[1], rng)
        given = mask * given + (1 - mask) * graded(truth, draw_grade(strength, rng))
    return truth, graded(reference, common), given


def _under_base(target: Tensor, reference: Tensor, tokens: int) -> Tensor:
    """Return the target (3, s, s) under the base map of `best`, fitted to the tokens of both."""
    ours, theirs = (_token_colors(each, tokens).double() for each in (target, reference))
    areas = torch.ones(tokens**2, dtype=torch.float64)
    base = fit_base(ours, areas, theirs, areas)
    mapped = srgb_from_lab(base(lab_from_srgb(target.permute(1, 2, 0).double())))
    return mapped.clamp(0, 1).permute(2, 0, 1).float()


def _token_colors(picture: Tensor, tokens: int) -> Tensor:
    """Return CIELAB of the tokens of an sRGB picture (3, s, s)."""
    return lab_from_srgb(token_means(picture[None], tokens, picture.shape[1])[0].clamp(0, 1))


def _same(scene: Scene, frames: np.ndarray, views: tuple[View, View], tokens: int) -> Tensor:
    if frames[0] != frames[1]:
        return torch.zeros(tokens**2, tokens**2, dtype=torch.bool)
    return same_places(*views, tokens, scene.size)


def _seen(picture: Tensor, mode: Mode, strength: float, rng: np.random.Generator) -> Tensor:
    if mode == "colorize":
        picture = torch.einsum("c,chw->hw", torch.tensor(LUMA), picture)[None]
    return worn(picture, strength, rng) if strength else picture
