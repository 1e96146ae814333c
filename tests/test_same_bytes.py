"""The same bytes on any number of threads, and in calls that run side by side."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import numpy as np
import pytest
from skimage import data
from threadpoolctl import threadpool_limits

import huegraft
from huegraft import Picture, Pin, Region
from huegraft.encodings import SceneLinearEncoding

BEST = huegraft.preset("best")
PAPER = huegraft.preset("paper")
SECONDS = 120
OF_A_RESULT = (
    "labels", "attention", "attention_origin", "contributions", "similarity", "confidence", "working_image",
)  # fmt: skip


@pytest.fixture(scope="module")
def target():
    """A portrait, 120×90."""
    return (data.astronaut()[20:260:2, 140:320:2] / 255).astype(np.float32)


@pytest.fixture(scope="module")
def reference():
    """A landscape, 88×124."""
    return (data.coffee()[20:372:4, 60:556:4] / 255).astype(np.float32)


def left(picture):
    mask = np.zeros(picture.shape[:2], np.float32)
    mask[:, : picture.shape[1] // 2] = 1
    return mask


def sixteen_bits(picture):
    return np.rint(picture * 65535).astype(np.uint16)


def scene_linear(picture):
    return Picture((4 * picture**2.2).astype(np.float16), SceneLinearEncoding())


def by_vgg(mode, target, reference, weights, **changes):
    return mode(target, reference, PAPER, weights=str(weights), **changes)


def by_regions(target, reference):
    regions = [Region(left(target), left(reference)), Region(1 - left(target), 1 - left(reference))]
    return huegraft.transfer(target, reference, BEST, regions=regions)


def by_pins(mode, target, reference):
    return mode(target, reference, BEST, pins=[Pin((20, 30), (40, 50)), Pin((70, 100), (110, 20))])


RUNS = {
    "transfer": lambda t, r, _: huegraft.transfer(t, r, BEST),
    "colorize": lambda t, r, _: huegraft.colorize(t, r, BEST),
    "shrunk": lambda t, r, _: huegraft.transfer(t, r, BEST, working_pixels=5000, strength=0.5),
    "handcrafted transfer": lambda t, r, _: huegraft.transfer(t, r, backbone="handcrafted"),
    "handcrafted colorize": lambda t, r, _: huegraft.colorize(t, r, backbone="handcrafted"),
    "vgg transfer": lambda t, r, w: by_vgg(huegraft.transfer, t, r, w),
    "vgg colorize": lambda t, r, w: by_vgg(huegraft.colorize, t, r, w, pooling=True),
    "sct transfer": lambda t, r, _: huegraft.transfer(t, r, BEST, base="none", fusion="sct"),
    "sct colorize": lambda t, r, _: huegraft.colorize(t, r, BEST, fusion="sct"),
    "regions": lambda t, r, _: by_regions(t, r),
    "pins transfer": lambda t, r, _: by_pins(huegraft.transfer, t, r),
    "pins colorize": lambda t, r, _: by_pins(huegraft.colorize, t, r),
    "16 bits transfer": lambda t, r, _: huegraft.transfer(sixteen_bits(t), sixteen_bits(r), BEST),
    "16 bits colorize": lambda t, r, _: huegraft.colorize(sixteen_bits(t), sixteen_bits(r), BEST),
    "scene-linear transfer": lambda t, r, _: huegraft.transfer(scene_linear(t), r, BEST),
    "scene-linear colorize": lambda t, r, _: huegraft.colorize(scene_linear(t), scene_linear(r), BEST),
}


def contents(result):
    """Return the bytes of all arrays of a result."""
    image = result.image.pixels if isinstance(result.image, Picture) else result.image
    return {"image": image.tobytes()} | {name: getattr(result, name).tobytes() for name in OF_A_RESULT}


def assert_same(found, expected):
    assert [name for name in expected if found[name] != expected[name]] == []


@pytest.mark.parametrize("name", RUNS)
def test_any_number_of_threads_gives_the_same_bytes(name, target, reference, vgg19_bn_file, threads):
    found = {}
    for count in (1, 2, 3, 7):
        with threads(count), threadpool_limits(count, user_api="blas"):
            found[count] = contents(RUNS[name](target, reference, vgg19_bn_file))
    for count in (2, 3, 7):
        assert_same(found[count], found[1])


@pytest.mark.parametrize("name", RUNS)
def test_calls_side_by_side_give_the_bytes_of_each_alone(name, target, reference, vgg19_bn_file, threads):
    pairs = [(target, reference), (target[::-1], reference[:, ::-1].copy())]
    run, together = RUNS[name], Barrier(2)

    def call(pair):
        together.wait(SECONDS)
        return contents(run(*pair, vgg19_bn_file))

    with threads(2), threadpool_limits(2, user_api="blas"):
        expected = [contents(run(*pair, vgg19_bn_file)) for pair in pairs]
        with ThreadPoolExecutor(2) as pool:
            for found, alone in zip(pool.map(call, pairs), expected, strict=True):
                assert_same(found, alone)


def test_a_lut_and_suggestions_are_the_same_on_any_number_of_threads(target, reference, rng, threads):
    lut = huegraft.Lut(rng.random((9, 9, 9, 3), dtype=np.float32))
    found = []
    for count in (1, 2, 3, 7):
        with threads(count), threadpool_limits(count, user_api="blas"):
            seen = huegraft.suggest(target, [reference, target[:60]], BEST, mode="colorize")
            found.append((huegraft.apply_lut(lut, sixteen_bits(target)).tobytes(), seen))
    assert all(each == found[0] for each in found[1:])


LONG = """
import numpy, huegraft
target = numpy.empty((40, 140_000, 3), numpy.uint8)
target[:] = numpy.linspace(0, 255, 140_000)[:, None] // [1, 2, 3]
reference = target[:, ::2000].copy()
image = huegraft.transfer(target, reference, huegraft.preset("best"), strength=0.5, working_pixels=4096).image
print(image.shape, (image != target).any())
"""


def test_a_picture_of_very_long_rows_is_finished():
    done = subprocess.run([sys.executable, "-c", LONG], capture_output=True, text=True, timeout=SECONDS, check=False)  # noqa: S603
    assert (done.returncode, done.stdout) == (0, "(40, 140000, 3) True\n"), done.stderr
