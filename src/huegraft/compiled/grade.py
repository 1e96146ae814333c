"""A grade applied to pixels: base map, polynomial, two lattices, and back to sRGB in one pass."""

from ctypes import c_float, c_int64, c_void_p
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32

from huegraft.compiled.library import array, function, in_bands

_TERMS = 10  # of a polynomial of the second degree
_floats = array(np.float32, 1)
_nodes = array(np.int64, 1)
_apply = function(
    "grade_apply", array(np.float32, 3), c_int64, c_int64, c_int64, array(np.float32, 2), c_int64, array(np.float32, 2),
    _floats, _floats, array(np.float32, 2), array(np.float32, 2), array(np.float32, 4), _nodes, array(np.float32, 4),
    _nodes, c_float, c_float, c_float, c_float, c_void_p, c_void_p, c_void_p,
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class FlatGrade:
    """The numbers of a :class:`huegraft.stages.grade.Grade`, single precision.

    Attributes
    ----------
    tones, matrix, before, after
        Of the base map.
    limits, coefficients
        Of the polynomial, up to the second degree.
    by_color, by_place : (k, l, m, 3)
        Displacements at the nodes of the lattices.
    """

    tones: Float32[np.ndarray, "2 levels"]
    matrix: Float32[np.ndarray, "3 3"]
    before: Float32[np.ndarray, "3"]
    after: Float32[np.ndarray, "3"]
    limits: Float32[np.ndarray, "2 3"]
    coefficients: Float32[np.ndarray, "terms 3"]
    by_color: Float32[np.ndarray, "k l m 3"]
    by_place: Float32[np.ndarray, "k2 l2 m2 3"]


def apply_grade(
    grade: FlatGrade,
    rgb: Float32[np.ndarray, "h w 3"],
    rows: tuple[float, float],
    lightness: float,
    tolerance: float,
) -> tuple[Float32[np.ndarray, "h w 3"], Bool[np.ndarray, "h w"]]:
    """Return the graded colours of a band of the frame, clipped to the gamut, and where they were clipped.

    Parameters
    ----------
    grade
        What to apply.
    rgb
        sRGB in [0, 1].
    rows
        The band's heights in the frame, 0 at its top and 1 at its bottom.
    lightness
        How much of the new lightness is taken.
    tolerance
        How far outside [0, 1] counts as clipped.
    """
    out, clipped = np.empty_like(rgb), np.empty(rgb.shape[:2], np.bool_)
    _run(grade, rgb, rows, lightness, tolerance, out, None, clipped)
    return out, clipped


def graded_lab(grade: FlatGrade, rgb: Float32[np.ndarray, "h w 3"]) -> Float32[np.ndarray, "h w 3"]:
    """Return the graded colours of a frame in CIELAB."""
    lab = np.empty_like(rgb)
    _run(grade, rgb, (0.0, 1.0), 1.0, 0.0, None, lab, None)
    return lab


def _run(
    grade: FlatGrade,
    rgb: Float32[np.ndarray, "h w 3"],
    rows: tuple[float, float],
    lightness: float,
    tolerance: float,
    out: np.ndarray | None,
    lab: np.ndarray | None,
    clipped: np.ndarray | None,
) -> None:
    height, width, _ = rgb.shape
    step = (rows[1] - rows[0]) / height
    coefficients = np.zeros((_TERMS, 3), np.float32)
    coefficients[: len(grade.coefficients)] = grade.coefficients
    lattices = [
        np.concatenate([values, np.zeros_like(values[..., :1])], axis=-1) for values in (grade.by_color, grade.by_place)
    ]
    nodes = [np.array(values.shape[:3], np.int64) for values in lattices]
    addresses = [None if each is None else each.ctypes.data for each in (out, lab, clipped)]

    def work(top: int, bottom: int) -> None:
        _apply(
            rgb, width, top, bottom, grade.tones, grade.tones.shape[1], grade.matrix, grade.before, grade.after,
            grade.limits, coefficients, lattices[0], nodes[0], lattices[1], nodes[1], rows[0] + step / 2, step,
            lightness, tolerance, *addresses,
        )  # fmt: skip

    in_bands(work, height, at_least=16)
