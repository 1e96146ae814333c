"""A grade applied to pixels: base map, polynomial, two lattices, and back to sRGB in one pass."""

from ctypes import c_float, c_int64
from dataclasses import dataclass

import numpy as np

from huegraft.compiled.library import array, function
from huegraft.records import Frozen
from huegraft.shapes import Float32
from huegraft.threads import in_blocks
from huegraft.windows import Window

_ROWS = 32

_apply = function(
    "grade_apply", array(np.float32, 3), c_int64, c_int64, c_int64, array(np.float32, 2), c_int64, array(np.float32, 2),
    array(np.float32, 1), array(np.float32, 1), array(np.float32, 2), array(np.float32, 2), array(np.float32, 4),
    array(np.int64, 1), array(np.float32, 4), array(np.int64, 1), array(np.float32, 1), c_int64, c_int64, c_int64,
    c_int64, c_int64, c_float, array(np.float32, 3), array(np.float32, 3),
)  # fmt: skip

_look_up = function(
    "grade_look_up", array(np.float32, 3), c_int64, c_int64, array(np.float32, 4), c_int64, c_float, c_float,
    array(np.float32, 3),
)  # fmt: skip

_PIXELS = 2**14
_TABLE = (81, -0.125, 1.125)  # nodes along each axis, the first one and the last one: 64 steps from black to white


@dataclass(frozen=True, eq=False)
class FlatGrade(Frozen):
    """The numbers of a :class:`huegraft.stages.grade.Grade` in single precision, laid out for the loop.

    Attributes
    ----------
    tones, matrix, before, after
        The numbers of the base map.
    limits
        The limits of the polynomial.
    coefficients
        The coefficients of the ten monomials up to the second degree.
    by_color, by_place
        Displacements at the nodes of the lattices, and a fourth number, so that a node fills a vector.
    kept
        Displacements of L* at levels of the pixel's own L* that divide 0 to 100 evenly. A single level stands for
        nothing. The displacements are added to the new colours as sRGB would show them.
    """

    tones: Float32[np.ndarray, "2 levels"]
    matrix: Float32[np.ndarray, "3 3"]
    before: Float32[np.ndarray, "3"]
    after: Float32[np.ndarray, "3"]
    limits: Float32[np.ndarray, "2 3"]
    coefficients: Float32[np.ndarray, "10 3"]
    by_color: Float32[np.ndarray, "k l m 4"]
    by_place: Float32[np.ndarray, "k2 l2 m2 4"]
    kept: Float32[np.ndarray, " levels2"]


def apply_grade(
    grade: FlatGrade,
    rgb: Float32[np.ndarray, "h w 3"],
    size: tuple[int, int] | None = None,
    window: Window | None = None,
    lightness: float = 1.0,
) -> tuple[Float32[np.ndarray, "h w 3"], Float32[np.ndarray, "h w 3"]]:
    """Return the graded colours of a window of the frame as unclipped sRGB, and in CIELAB with all the new lightness.

    Parameters
    ----------
    grade
        The grade to apply.
    rgb
        sRGB in [0, 1] of the window.
    size
        The size of the frame. By default it is that of `rgb`.
    window
        The window. By default it is the whole frame.
    lightness
        How much of the new lightness is taken, from 0 (the pixel's own) to 1.
    """
    height, width, _ = rgb.shape
    frame = (height, width) if size is None else size
    first = (0, 0) if window is None else (window.top, window.left)
    out, lab = np.empty_like(rgb), np.empty_like(rgb)
    nodes = np.array(grade.by_color.shape[:3]), np.array(grade.by_place.shape[:3])

    def work(top: int, bottom: int) -> None:
        _apply(
            rgb, top, bottom, width, grade.tones, grade.tones.shape[1], grade.matrix, grade.before, grade.after,
            grade.limits, grade.coefficients, grade.by_color, nodes[0], grade.by_place, nodes[1],
            grade.kept, len(grade.kept), *first, *frame, lightness, out, lab,
        )  # fmt: skip

    in_blocks(work, height, block=_ROWS)
    return out, lab


def grade_table(grade: FlatGrade, lightness: float = 1.0) -> Float32[np.ndarray, "n n n 4"]:
    """Return the sRGB that a grade makes of colours at the nodes of a table, if the grade is the same at each place.

    Parameters
    ----------
    grade
        The grade. Its `by_place` has one node.
    lightness
        As for `apply_grade`.

    Returns
    -------
    Unclipped sRGB, and a fourth number, so that a node fills a vector.
    """
    nodes, low, high = _TABLE
    levels = np.linspace(low, high, nodes, dtype=np.float32)
    grid = np.stack(np.meshgrid(levels, levels, levels, indexing="ij"), axis=-1)
    graded = apply_grade(grade, grid.reshape(nodes * nodes, nodes, 3), lightness=lightness)[0]
    return np.pad(graded.reshape(nodes, nodes, nodes, 3), ((0, 0), (0, 0), (0, 0), (0, 1)))


def look_up_grade(
    table: Float32[np.ndarray, "n n n 4"], rgb: Float32[np.ndarray, "h w 3"]
) -> Float32[np.ndarray, "h w 3"]:
    """Return colours under the grade of a table, as unclipped sRGB. It is linear between four nodes."""
    out = np.empty_like(rgb)
    nodes, low, high = _TABLE
    count = rgb.shape[0] * rgb.shape[1]
    in_blocks(lambda first, last: _look_up(rgb, first, last, table, nodes, low, high, out), count, block=_PIXELS)
    return out
