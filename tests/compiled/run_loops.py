"""Run every loop on made inputs and print a digest of what each gives: run_loops.py [LIBRARY].

Inputs come from whole numbers, so that they are the same everywhere.
"""

import ctypes
import hashlib
import json
import sys

import numpy as np

load = ctypes.CDLL
if len(sys.argv) > 1:
    ctypes.CDLL = lambda path: load(sys.argv[1] if path.endswith("loops.so") else path)

from huegraft.compiled import (  # noqa: E402
    attention,
    color,
    color_kernel,
    enlarge,
    film,
    fusion,
    lut,
    nearest,
    network,
    shrink,
    slic,
    sums,
    ycbcr,
)
from huegraft.compiled.blur import blur  # noqa: E402
from huegraft.compiled.descriptor import describe  # noqa: E402
from huegraft.compiled.flow import Limits, Pyramid, carry, composed, flow, lent  # noqa: E402
from huegraft.compiled.grade import FlatGrade, apply_grade, look_up_grade  # noqa: E402
from huegraft.compiled.sites import Sites  # noqa: E402
from huegraft.compiled.winograd import transform_inputs, transform_outputs  # noqa: E402
from huegraft.windows import Window  # noqa: E402

ctypes.CDLL = load
SIZE = (37, 53)


def made(*shape, dtype=np.float32, seed=1):
    """Return numbers in [0, 1) that look random."""
    count = int(np.prod(shape))
    whole = (np.arange(1, count + 1, dtype=np.uint64) * np.uint64(2654435761 + 2 * seed)) % np.uint64(2**24)
    return (whole.astype(np.float64) / 2**24).astype(dtype).reshape(shape)


def rows_of_one(n, m):
    """Return rows of positive numbers that sum to about 1."""
    weights = np.round(made(n, m, dtype=np.float64) ** 4 * 2**20) + 1
    return weights / 2**20 / m


def outputs():
    """Yield the name of each loop and what it gives."""
    picture = made(*SIZE, 3)
    labels = (np.arange(SIZE[0] * SIZE[1]) // 13).reshape(SIZE).astype(np.int32)
    count = int(labels.max()) + 1
    similarity, weights = 2 * made(41, 67, dtype=np.float64) - 1, rows_of_one(41, 67)
    places = made(41, 2, dtype=np.float64)
    yield (
        "softmax",
        attention.softmax(similarity, 0.03, -made(67, dtype=np.float64), similarity[:, 0], similarity[0], 2.0),
    )
    yield "row_dots", attention.row_dots(similarity, weights)
    yield "median", attention.median_weights(weights, 100 * made(67, 2, dtype=np.float64), 8, 1.0)
    attention._FEW = 0  # by the loop, not by BLAS
    yield "returns", attention.near_returns(weights, places, 0.08)
    yield "near", attention.near_means(places, 0.1, np.eye(41))  # a product with 1 and 0 is exact
    yield "near_mean_distances", attention.near_mean_distances(places, 0.04, 50 * made(41, 2, dtype=np.float64))
    lab = color.lab_picture(picture)
    yield "lab_from_srgb", lab
    yield "srgb_from_lab", color.srgb_picture_from_lab(lab)
    yield "linear_from_srgb", color.linear_picture(picture)
    yield "srgb_from_linear", color.srgb_picture_from_linear(picture)
    yield "with_chroma", color.with_chroma(picture, 80 * made(*SIZE, 4) - 40, grey=True)
    moves = np.zeros_like(lab)
    color.add_moves(lab, picture[::-1].copy(), made(*SIZE), moves)
    yield "add_moves", moves
    compressed = (3 * made(500, 3) - 1).astype(np.float32)
    color.compress(compressed, 1e-4, 14)
    yield "compress", compressed
    yield "through_matrix", color.through_matrix(picture, made(3, 3, dtype=np.float64))
    yield "through_curves", color.through_curves(picture, np.cumsum(made(3, 17), axis=1))
    weight = np.array([1, 4, 6, 4, 1], np.float32) / 16
    yield "blur", blur(made(3, *SIZE), weight)
    yield "descriptor", describe(picture, [weight])
    yield "enlarge", enlarge.enlarge(picture, (90, 110), Window(0, 90, 0, 110))
    yield "shrink", shrink.shrink_areas(picture, (20, 17))
    for tones in ("grey", "colour"):
        seen = np.repeat(picture[..., :1], 3, axis=2) if tones == "grey" else picture
        moments = fusion.vector_moments(seen, labels, count, (37.0, 53.0))
        yield f"fusion moments, {tones}", np.concatenate([moments.mean.ravel(), moments.color.ravel()])
        table = 1 + made(10 if tones == "grey" else 17, count, dtype=np.float64)
        table[:3] -= 1
        table[7:10] /= 2
        yield f"fusion, {tones}", fusion.fuse_bounded(seen, (37.0, 53.0), table, None, 1e-3)
    grade = FlatGrade(
        np.stack([np.linspace(0, 100, 33), np.linspace(5, 95, 33)]).astype(np.float32), made(3, 3), made(3), made(3),
        np.array([[0, -50, -50], [90, 60, 60]], np.float32), made(10, 3), made(5, 6, 7, 4), made(4, 4, 3, 4),
        made(21) * 9,
    )  # fmt: skip
    yield "grade", np.stack(apply_grade(grade, picture, (80, 71), Window(20, 57, 9, 62), 0.5))
    yield "grade in a table", look_up_grade(made(81, 81, 81, 4), 2 * picture - np.float32(0.5))
    frequencies = (made(16, 3) - np.float32(0.5)) / 4
    yield "color kernel", color_kernel.waves(lab, frequencies)
    yield "color kernel sums", color_kernel.wave_sums(lab, labels, count, frequencies)
    unit = np.zeros(3, np.float32), np.ones(3, np.float32)
    yield "lut", lut.look_up(picture, made(9, 9, 9, 3), *unit)
    yield "lut in tetrahedra", lut.look_up_in_tetrahedra(picture, made(9, 9, 9, 3), *unit)
    yield "lut of curves", lut.look_up_in_curves(picture, made(9, 3), *unit)
    yield "nearest", nearest.nearest_distance(100 * made(500, 3), 100 * made(70, 3, seed=2))
    for outputs_count in (24, 40):
        kernels = network.Kernel.of(made(outputs_count, 9, 3, 3) - np.float32(0.5), made(outputs_count))
        border = [network.repeated(size, 2) for size in SIZE]
        yield f"convolution to {outputs_count}", network.convolve(made(*SIZE, 9), kernels, *border, dilation=2)
    yield "halve", network.halve(made(36, 52, 5))
    yield "add_twice", network.add_twice(made(18, 26, 5), made(36, 52, 5))
    planes = np.ascontiguousarray((lab / np.float32(10)).transpose(2, 0, 1))
    clusters = np.concatenate([made(60, 2) * np.array([36, 52], np.float32), 10 * made(60, 3)], axis=1)
    owners = slic.grow(slic.assign(planes, clusters, 6.0, 13, np.full(SIZE, -1, np.int32)))
    yield "slic", slic.assign(planes, slic.move(planes, owners, clusters), 6.0, 13, owners)
    added = np.zeros((count, 3))
    sums.add_pixels(added, labels, picture)
    sums.add_planes(added, labels, made(3, *SIZE))
    yield "sums", added
    yield "areas", sums.areas(labels, count)
    yield "centred sums", np.concatenate([each.ravel() for each in sums.centred_sums(labels, picture, added / 13)])
    rows, columns = (np.minimum(np.arange(4 * (size // 4) + 2), size - 1) for size in SIZE)
    tiles = (len(rows) // 4) * (len(columns) // 4)
    spectra, maps = np.empty((36, tiles, 20), np.float32), np.empty((SIZE[0], SIZE[1] // 4 * 4, 20), np.float32)
    transform_inputs(made(*SIZE, 20), rows, columns, 0, spectra)
    yield "winograd inputs", spectra
    across = maps.shape[1] // 4
    transform_outputs(np.ascontiguousarray(spectra[:, :across]), made(20), 0, maps[:4])
    yield "winograd outputs", maps[:4]
    yield from film_outputs(picture)


def film_outputs(picture):
    """Yield what the loops of film give."""
    weights = np.array([0.2126, 0.7152, 0.0722], np.float32)
    reach = np.array([1.5748, 0.18732, 0.46812, 1.8556], np.float32)
    for subsampling, siting in (((2, 2), "left"), ((2, 2), "center"), ((1, 4), "topleft")):
        sites = Sites.of(subsampling, siting)
        luma, blues, reds = ycbcr.ycbcr_from_rgb(picture, sites, weights)
        around = ycbcr.luma_around(luma, sites)
        yield f"ycbcr, {subsampling} {siting}", np.concatenate([p.ravel() for p in (luma, blues, reds, *around)])
        yield f"rgb, {subsampling} {siting}", ycbcr.rgb_from_ycbcr(luma, blues, reds, sites, reach)
    rows = (np.arange(37)[:, None] + np.arange(4)) % 11, made(37, 4) / 2
    columns = (np.arange(53)[:, None] + np.arange(4)) % 13, made(53, 4, seed=2) / 2
    lines = (made(11, 13, 4) - np.float32(0.5)) * np.array([1, 1, 60, 60], np.float32)
    blues, reds = film.paint(lines, rows, columns, luma, np.linalg.inv(np.eye(3) + 1).astype(np.float32), weights)
    yield "paint", np.stack([blues, reds])
    yield "paint lightness", film.paint_lightness(lines, rows, columns, 1.2 * luma - np.float32(0.1))
    near = film.limit(blues, reds, luma / 2, luma, reach, 0.01)
    yield "limit", np.stack([blues, reds, near])
    for bits, dtype in ((8, np.uint8), (10, np.uint16)):
        plane = (made(*SIZE) * 2**bits).astype(dtype)
        yield f"cells of {bits} bits", film.cells(plane, bits, (5, 7))
    small = (600 * made(4, 9, 12) - 300).astype(np.int16)
    yield "unlike", film.unlike(small, np.array([[0, 1], [2, 3], [1, 1]]), (2, 1), 2000.0)
    scene = blur(made(1, 60, 90, seed=3), np.array([1, 4, 6, 4, 1], np.float32) / 16)[0]
    one, other = (Pyramid.of(np.ascontiguousarray(scene[top : top + 53, top : top + 80])) for top in (0, 2))
    there, back = flow(one, other), flow(other, one)
    yield "flow", there
    frames = made(53, 80, 4, seed=4), made(53, 80, 4, seed=5)
    yield "carry", np.stack(carry(frames[0], there, back, Limits(0.9, 1.0, 0.5), frames[1], 2 * frames[1]))
    yield "flow from a seed", flow(one, other, 0.5 * there)
    yield "flow by way of another picture", composed(there, back)
    yield "lent", lent(frames[0], there, back, 1.0)
    for bits in (8, 10):
        yield f"codes of {bits} bits", ycbcr.codes(luma, (16.0, 219.0), bits, near, 5, 1)
        codes = film.rgb_codes(luma, blues, reds, (weights, reach), (0.0, 2.0**bits - 1), bits, near, 7)
        yield f"rgb codes of {bits} bits", np.stack(codes)


if __name__ == "__main__":
    digests = {
        name: hashlib.sha256(np.ascontiguousarray(values).tobytes()).hexdigest()[:16] for name, values in outputs()
    }
    print(json.dumps(digests, indent=1))
