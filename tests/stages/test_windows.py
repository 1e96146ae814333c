"""A window of the finished picture is that part of the whole, byte for byte, and costs no more than its pixels."""

import numpy as np
import pytest
from imagecodecs import cms_profile
from skimage import data

import huegraft
from huegraft import Picture, Pin, Region, Request, Session
from huegraft.compiled.grade import FlatGrade
from huegraft.encodings import ProfileEncoding, SceneLinearEncoding
from huegraft.matrix_profile import matrix_profile
from huegraft.setting_groups import FinishSettings
from huegraft.stages.composite import Finished, Layer, composite
from huegraft.stages.fallback import Trust, with_fallback
from huegraft.stages.finish import enlarged_colors, graded_colors
from huegraft.windows import Window

BEST = huegraft.preset("best").replace(working_pixels=2500)
D65 = [0.3127, 0.329, 1.0]
P3 = [0.68, 0.32, 1.0, 0.265, 0.69, 1.0, 0.15, 0.06, 1.0]
STEPS = np.repeat(np.linspace(0, 1, 16, dtype=np.float32), 64)
PROFILES = {
    "matrix": lambda: cms_profile("adobergb"),
    "parametric": lambda: cms_profile("rgb", whitepoint=D65, primaries=P3, gamma=2.2),
    "steps": lambda: cms_profile("rgb", whitepoint=D65, primaries=P3, transferfunction=STEPS),
}
HEIGHT, WIDTH = 120, 90
PINS = [Pin((20, 30), (40, 50)), Pin((70, 60), (80, 20))]
FADING = np.linspace(0, 1.2, HEIGHT * WIDTH, dtype=np.float32).reshape(HEIGHT, WIDTH).clip(0, 1)
SPOTTED = (np.arange(HEIGHT * WIDTH) % 7 * 40).astype(np.uint8).reshape(HEIGHT, WIDTH)
REGIONS = [Region(FADING, None), Region(np.ascontiguousarray(FADING[:, ::-1]) / 2, None)]
MIDDLE = {"min_confidence": 0.55}


def of_kind(kind):
    """Return the portrait, 120×90, as a kind of numbers or picture."""
    values = data.astronaut()[20:260:2, 140:320:2] / np.float32(255)
    if kind == "half":
        return Picture((4 * values**2.2).astype(np.float16), SceneLinearEncoding(np.linalg.inv(np.eye(3) + 0.1)))
    name, _, numbers = kind.rpartition(" ")
    pixels = values if numbers == "float32" else np.rint(values * np.iinfo(numbers).max).astype(numbers)
    return Picture(pixels, ProfileEncoding(PROFILES[name]())) if name else pixels


WAYS = {
    "graded": ("float32", "transfer", {}),
    "graded of 8 bits": ("uint8", "transfer", {}),
    "graded of 16 bits": ("uint16", "transfer", {}),
    "graded, lightness kept": ("float32", "transfer", {"lightness": 0.0}),
    "displaced": ("float32", "transfer", {"pins": PINS}),
    "fused": ("float32", "colorize", {}),
    "fused of 8 bits": ("uint8", "transfer", {"base": "none"}),
    "fused at full size": ("float32", "colorize", {"working_pixels": 2**18}),
    "native": ("float32", "colorize", {"native": True, "pins": PINS}),
    "guided": ("float32", "colorize", {"upsample": "guided"}),
    "rgb": ("uint16", "transfer", {"base": "none", "finish": "rgb"}),
    "strength": ("uint8", "transfer", {"strength": 0.5}),
    "mask": ("float32", "transfer", {"strength": 0.7, "target_mask": FADING}),
    "mask of 8 bits": ("uint8", "colorize", {"target_mask": SPOTTED}),
    "regions": ("float32", "transfer", {"regions": REGIONS}),
    "compressed": ("float32", "transfer", {"gamut": "compress"}),
    "compressed of 16 bits": ("uint16", "colorize", {"gamut": "compress", "vividness": 1.0}),
    "keep": ("float32", "transfer", {"fallback": "keep", "target_mask": FADING, **MIDDLE}),
    "neutral": ("uint8", "transfer", {"fallback": "neutral", **MIDDLE}),
    "global": ("float32", "transfer", {"fallback": "global", **MIDDLE}),
    "global of lightness": ("float32", "colorize", {"fallback": "global", **MIDDLE}),
    "scene-linear": ("half", "transfer", {}),
    "scene-linear, luminance kept": ("half", "transfer", {"lightness": 0.0, "gamut": "compress"}),
    "scene-linear, grey kept": ("half", "colorize", {"strength": 0.8}),
    "matrix profile of 8 bits": ("matrix uint8", "transfer", {}),
    "matrix profile of 16 bits": ("matrix uint16", "colorize", {"gamut": "compress"}),
    "matrix profile of floats": ("matrix float32", "transfer", {"gamut": "compress"}),
    "parametric profile": ("parametric uint16", "transfer", {"fallback": "neutral", **MIDDLE}),
    "profile of steps": ("steps uint16", "transfer", {"strength": 0.9}),
}


def windows_of(height, width, rng):
    """Yield windows, of one pixel and of whole rows and columns among them."""
    row, column = (int(rng.integers(size)) for size in (height, width))
    yield Window(row, row + 1, column, column + 1)
    yield Window(height - 1, height, width - 1, width)
    yield Window(row, row + 1, 0, width)
    yield Window(0, height, column, column + 1)
    for _ in range(12):
        (top, bottom), (left, right) = (np.sort(rng.choice(size + 1, 2, replace=False)) for size in (height, width))
        yield Window(int(top), int(bottom), int(left), int(right))


def assert_windows_are_parts(rng, monkeypatch, whole, rendered):
    height, width = whole.clipped.shape
    for pixels_at_once in (2**15, 300):
        monkeypatch.setattr("huegraft.stages.composite._PIXELS_AT_ONCE", pixels_at_once)
        for window in windows_of(height, width, rng):
            part = rendered(window)
            assert part.image.dtype == whole.image.dtype
            np.testing.assert_array_equal(part.image, whole.image[window.crop()], err_msg=str(window))
            np.testing.assert_array_equal(part.clipped, whole.clipped[window.crop()], err_msg=str(window))


@pytest.mark.parametrize("way", WAYS)
def test_a_window_is_that_part_of_the_whole(way, rng, monkeypatch):
    kind, mode, changes = WAYS[way]
    controls = {name: changes[name] for name in ("pins", "regions", "target_mask") if name in changes}
    settings = BEST.replace(**{name: value for name, value in changes.items() if name not in controls})
    target, reference = of_kind(kind), (data.coffee()[20:372:4, 60:556:4] / 255).astype(np.float32)
    session = Session()
    look = session.solve(Request(mode, target, (reference,), settings, **controls))

    def rendered(window=None):
        rendering = session.render(look, target, window=window)
        image = rendering.image.pixels if isinstance(rendering.image, Picture) else rendering.image
        return Finished(image, rendering.clipped)

    whole = rendered()
    assert (whole.image != (target.pixels if isinstance(target, Picture) else target)).mean() > 0.3
    if changes.get("gamut") == "compress":
        assert whole.clipped.any()
    assert_windows_are_parts(rng, monkeypatch, whole, rendered)


def test_the_profiles_are_of_two_kinds():
    assert [matrix_profile(make()) is None for make in PROFILES.values()] == [False, False, True]


def test_windows_under_many_layers(rng, monkeypatch):
    """NumPy adds eight numbers and more of one line in another order than those of many."""
    old, shares = rng.random((40, 50, 3), dtype=np.float32), rng.random((11, 40, 50), dtype=np.float32)
    layers = [
        Layer(lambda old, _, k=k: np.roll(old, k, axis=2), lambda _, window, share=share: share[window.crop()])
        for k, share in enumerate(shares)
    ]
    arguments = Picture(old), layers, FinishSettings(), None
    whole = composite(*arguments)
    assert_windows_are_parts(rng, monkeypatch, whole, lambda window: composite(*arguments, window))


def test_a_window_costs_its_pixels():
    target, seen = Picture(np.zeros((3000, 4000, 3), np.uint8)), {"colors": 0, "share": 0, "global": 0}
    fused = np.full((30, 40, 3), 0.5, np.float32)
    lines = np.zeros((30, 40, 2), np.float32)

    def counted(name, function):
        def call(old, window):
            assert old.shape[:2] == window.size
            found = function(old, window)
            assert found.shape[:2] == window.size
            seen[name] += old.shape[0] * old.shape[1]
            return found

        return call

    settings = FinishSettings(fallback="global")
    colors = counted("colors", enlarged_colors(fused, target.size))
    share = counted("share", lambda _, window: np.full(window.size, np.float32(0.5)))
    plain = counted("global", graded_colors(_grade(), target.size, 1.0))
    layer = with_fallback(Layer(colors, share), Trust(lines, target.size), "global", plain)
    window = Window(1700, 1956, 3000, 3256)
    finished = composite(target, [layer], settings, None, window)
    assert finished.image.shape == (256, 256, 3)
    assert finished.clipped.shape == (256, 256)
    assert seen == {"colors": 256**2, "share": 256**2, "global": 256**2}


def _grade():
    nothing, levels = np.zeros((1, 1, 1, 4), np.float32), np.array([[0, 100], [10, 90]], np.float32)
    zeros, limits = np.zeros(3, np.float32), np.array([[0, -100, -100], [100, 100, 100]], np.float32)
    polynomial = np.zeros((10, 3), np.float32)
    return FlatGrade(levels, np.eye(3, dtype=np.float32), zeros, zeros, limits, polynomial, nothing, nothing, zeros[:1])
