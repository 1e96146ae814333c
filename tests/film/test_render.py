from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from huegraft.film.planes import PlaneFormat, Planes
from huegraft.film.reading import Reading
from huegraft.film.render import Part, renderer
from huegraft.settings import Mode, Settings


@pytest.mark.parametrize("mode", ["colorize", "transfer"])
@pytest.mark.parametrize(("before", "after"), [(8, 10), (10, 10), (12, 10), (16, 10), (8, 16)])
def test_alpha_gets_the_depth_of_the_output(mode: Mode, before: int, after: int) -> None:
    source, layout = (PlaneFormat("ycbcr", bits, (1, 1), alpha=True) for bits in (before, after))
    alpha = np.linspace(0, 2**before - 1, 16 * 64).round().astype(source.dtype).reshape(16, 64)
    grey = np.full((16, 64), 2 ** (before - 1), source.dtype)
    film: Any = SimpleNamespace(
        format=source,
        reading=Reading("bt709"),
        size=(16, 64),
        frames=lambda *_: iter([Planes(source, (grey,) * 3 + (alpha,))]),
    )
    made = renderer(mode, film, [Part(0, 1, None, Settings())], layout, Reading("bt709"))
    [frame] = made.frames(0, 1)
    expected = np.rint(alpha.astype(np.float64) * (2**after - 1) / (2**before - 1))
    np.testing.assert_array_equal(frame.samples[3], expected)
    assert frame.samples[3].dtype == layout.dtype
