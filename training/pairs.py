"""Batches of made-up pairs: a target, a reference, and what is right for each token of the target.

A token is a cell of a grid over the view; it stands for the superpixels of the pipeline.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from training.color import lab_from_srgb, srgb_from_lab
from training.photometry import draw_grade, graded, smooth_mask, worn
from training.pictures import Scene
from training.views import View, draw_views, look, same_places, spread

from huegraft.color import LUMA
from huegraft.settings import Mode
from huegraft.stages.base import fit_base

_SIZES = ((144, 16), (192, 9), (256, 5))
"""Sides of views in pixels, and pairs in a batch of them: about the same work."""

_TOKEN_PIXELS = (9.0, 14.0)  # sides of superpixels at working size
_MASK_PIXELS = 64  # of the mask between two lights, spread over a picture
_CLEAN = 0.25  # share of pairs without wear
_WEAR = {"colorize": (1.0, 0.6), "transfer": (0.3, 0.3)}
"""How worn targets and references are at most, as `worn` takes it; in transfer tones change by the grades already."""
_ROUNDS = {"none": 0.3, "first": 0.35, "later": 0.35}
"""In transfer, shares of targets that are seen as they are, under the base map, and already near to the truth."""

_NEAR = 0.35  # how strong the grade of a target near to the truth is at most, as `draw_grade` takes it
_IN_TWO_LIGHTS = 0.4  # share of pictures under two grades, with a mask between them


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
        seen_in = rng.choice(list(_ROUNDS), p=list(_ROUNDS.values()))
        mask = smooth_mask(_MASK_PIXELS, rng)[None]
        masks = [spread(mask, view, scene.size, pixels) for view in views]
        truth, reference = _graded([target, reference], masks, 1.0, rng)
        given, strongest = (truth, _NEAR) if seen_in == "later" else (target, 1.0)
        (target,) = _graded([given], [smooth_mask(pixels, rng)], rng.uniform(0, strongest), rng)
    same = _same(scene, frames, views, tokens)
    wear = (0.0, 0.0) if rng.random() < _CLEAN else rng.uniform(0, _WEAR[mode])
    colors = [_token_colors(each, tokens) for each in (truth, reference)]
    seen = [_seen(each, mode, strength, rng) for each, strength in zip((target, reference), wear, strict=True)]
    if seen_in == "first":
        seen[0] = _under_base(seen[0], seen[1], tokens)
    return seen[0], seen[1], colors[0], colors[1], same


def _graded(pictures: list[Tensor], masks: list[Tensor], strength: float, rng: np.random.Generator) -> list[Tensor]:
    """Return pictures under one grade, or under two with a mask, the same for all of them."""
    grades = [draw_grade(strength, rng) for _ in range(2)]
    first, second = ([graded(picture, grade) for picture in pictures] for grade in grades)
    if rng.random() >= _IN_TWO_LIGHTS:
        return first
    return [mask * one + (1 - mask) * other for mask, one, other in zip(masks, first, second, strict=True)]


def _under_base(target: Tensor, reference: Tensor, tokens: int) -> Tensor:
    """Return the target (3, s, s) under the base map of `best`, fitted to the tokens of both."""
    ours, theirs = (_token_colors(each, tokens).double().numpy() for each in (target, reference))
    areas = np.ones(tokens**2)
    base = fit_base(ours, areas, theirs, areas)
    mapped = torch.from_numpy(base(lab_from_srgb(target.permute(1, 2, 0).double()).numpy()))
    return srgb_from_lab(mapped).clamp(0, 1).permute(2, 0, 1).float()


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
