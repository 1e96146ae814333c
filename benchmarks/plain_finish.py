"""Plain grading at full size, frozen for comparison: Torch in float64, band after band."""

import numpy as np
import torch
from jaxtyping import Float32, Float64
from torch import Tensor
from training.color import lab_from_srgb, srgb_from_lab

from huegraft.stages.grade import Grade

_PIXELS_AT_ONCE = 2**20


def finish_graded(grade: Grade, target: Float32[np.ndarray, "H W 3"], lightness: float) -> Float32[np.ndarray, "H W 3"]:
    """Return the target (sRGB in [0, 1]) in the colours of a grade, clipped; lightness taken from 0 to 1."""
    height, width, _ = target.shape
    pixels = torch.from_numpy(target)
    finished = torch.empty_like(pixels)
    band = max(1, _PIXELS_AT_ONCE // width)
    for start in range(0, height, band):
        stop = min(start + band, height)
        old = lab_from_srgb(pixels[start:stop].double())
        new = _graded(grade, old, start / height, stop / height)
        new[..., 0] = old[..., 0] + lightness * (new[..., 0] - old[..., 0])
        finished[start:stop] = srgb_from_lab(new).clamp(0, 1).to(pixels)
    return finished.numpy()


def _graded(grade: Grade, lab: Float64[Tensor, "h w 3"], top: float, bottom: float) -> Float64[Tensor, "h w 3"]:
    height, width, _ = lab.shape
    y = top + (torch.arange(height).to(lab) + 0.5) / height * (bottom - top)
    x = (torch.arange(width).to(lab) + 0.5) / width
    positions = torch.stack(torch.meshgrid(y, x, indexing="ij"), dim=-1)
    of_base = (grade.base.tones, grade.base.matrix, grade.base.before, grade.base.after)
    tones, matrix, before, after = map(torch.tensor, of_base)
    toned = torch.cat([_curve(lab[..., :1], tones), lab[..., 1:]], dim=-1)
    mapped = (toned - before) @ matrix + after
    inside = mapped.clamp(*torch.tensor(grade.limits))
    polynomial = _terms(inside, grade.degree) @ torch.tensor(grade.coefficients)
    unit = inside / torch.tensor([100, 200, 200]).to(lab) + torch.tensor([0, 0.5, 0.5]).to(lab)
    place = torch.cat([positions, mapped[..., :1] / 100], dim=-1)
    return mapped + polynomial + _taken(grade.by_color.values, unit) + _taken(grade.by_place.values, place)


def _curve(values: Float64[Tensor, "*n"], tones: Float64[Tensor, "2 levels"]) -> Float64[Tensor, "*n"]:
    knots, levels = tones
    inside = values.clamp(knots[0], knots[-1])
    right = torch.searchsorted(knots, inside.contiguous()).clamp(1, len(knots) - 1)
    span = (knots[right] - knots[right - 1]).clamp_min(1e-12)
    share = ((inside - knots[right - 1]) / span).clamp(0, 1)
    return levels[right - 1] + share * (levels[right] - levels[right - 1]) + (values - inside)


def _terms(lab: Float64[Tensor, "*n 3"], degree: int) -> Float64[Tensor, "*n k"]:
    channels = (lab / 100 + torch.tensor([0, 0.5, 0.5]).to(lab)).unbind(-1)
    terms = [torch.ones_like(channels[0]), *channels] if degree else [torch.ones_like(channels[0])]
    if degree == 2:
        terms += [channels[first] * channels[second] for first in range(3) for second in range(first, 3)]
    return torch.stack(terms, dim=-1)


def _taken(lattice: Float64[np.ndarray, "3 k l m"], where: Float64[Tensor, "h w 3"]) -> Float64[Tensor, "h w 3"]:
    grid = 2 * where.flip(-1)[None, None].float() - 1
    values = torch.tensor(lattice)[None].float()
    taken = torch.nn.functional.grid_sample(values, grid, padding_mode="border", align_corners=True)
    return taken[0, :, 0].permute(1, 2, 0).double()
