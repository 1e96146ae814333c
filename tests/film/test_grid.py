"""Where a track lies among the samples of chroma."""

import numpy as np
import pytest

import plain_film
from huegraft.compiled.sites import Sites
from huegraft.film.grid import Grid
from huegraft.windows import Window


@pytest.mark.parametrize(("subsampling", "siting"), [((1, 1), "left"), ((2, 2), "left"), ((2, 2), "center"),
                                                     ((2, 2), "topleft"), ((1, 4), "left")])  # fmt: skip
@pytest.mark.parametrize("window", [Window(0, 40, 0, 48), Window(3, 37, 5, 44)])
def test_a_gradient_stays_where_it_is(subsampling, siting, window):
    sites = Sites.of(subsampling, siting)
    size, track = sites.chroma_size((40, 48)), (10, 12)
    for axis, (places, weights) in enumerate(Grid(sites, window).taps(size, track)):
        centres = window[2 * axis] + (np.arange(track[axis]) + 0.5) * window.size[axis] / track[axis]
        found = (centres[places] * weights).sum(axis=1)
        step = subsampling[axis]
        where = np.arange(size[axis]) * step + plain_film.first_site(step, axis, siting) + 0.5
        within = (where > centres[1]) & (where < centres[-2])
        np.testing.assert_allclose(weights.sum(axis=1), 1, atol=1e-6)
        np.testing.assert_allclose(found[within], where[within], atol=0.05 * window.size[axis] / track[axis])


def test_samples_beside_the_track_become_neutral():
    grid = Grid(Sites.of((2, 2), "left"), Window(3, 37, 5, 44))
    assert grid.inside() == (slice(2, 19), slice(3, 22))
    plane = np.ones((20, 24), np.float32)
    grid.fill_beside(plane, np.zeros_like(plane))
    assert plane.sum() == 17 * 19
    assert plane[2:19, 3:22].all()
