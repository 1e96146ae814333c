import pytest
import torch

from huegraft.backbones.convolution import Convolution


@pytest.fixture
def convolution():
    generator = torch.Generator().manual_seed(3)

    def normal(*shape):
        return torch.randn(*shape, generator=generator)

    norm = (1 + 0.2 * normal(64), normal(64), normal(64), 0.5 + normal(64).square())
    return Convolution(normal(64, 64, 3, 3) / 24, normal(64), norm)


def some_maps(height, width):
    maps = torch.randn(1, 64, height, width, generator=torch.Generator().manual_seed(4))
    return maps.contiguous(memory_format=torch.channels_last)


def as_defined(convolution, maps, border, padding):
    """The batch norm as a step of its own, in float64."""
    above, below, left, right = border
    maps = torch.nn.functional.pad(maps.double(), (left, right, above, below), mode=padding)
    maps = torch.nn.functional.conv2d(maps, convolution.weight.double(), convolution.bias.double())
    weight, bias, mean, variance = (tensor.double() for tensor in convolution.norm)
    return torch.nn.functional.batch_norm(maps, mean, variance, weight, bias, eps=1e-5).relu()


@pytest.mark.parametrize("padding", ["constant", "reflect"])
@pytest.mark.parametrize("border", [(1, 1, 1, 1), (1, 0, 0, 1), (0, 0, 0, 0), (0, 1, 1, 0)])
@pytest.mark.parametrize(("height", "width"), [(3, 4), (6, 10), (9, 70), (34, 33)])
def test_plain_and_fast_are_the_definition(convolution, height, width, border, padding):
    maps = some_maps(height, width)
    expected = as_defined(convolution, maps, border, padding)
    for result in (convolution(maps, border, padding), convolution.fast(maps, border, padding)):
        assert result.shape == expected.shape
        assert result.is_contiguous(memory_format=torch.channels_last)
        assert (result - expected).abs().max() < 2e-5 * expected.max()


def test_a_side_of_one_pixel_is_repeated(convolution):
    maps = some_maps(1, 9)
    expected = as_defined(convolution, maps.expand(-1, -1, 3, -1), (0, 0, 1, 1), "reflect")
    for result in (convolution(maps, (1, 1, 1, 1), "reflect"), convolution.fast(maps, (1, 1, 1, 1), "reflect")):
        assert (result - expected).abs().max() < 2e-5 * expected.max()


def test_any_number_of_threads_gives_the_same_bytes(convolution):
    before, results = torch.get_num_threads(), []
    try:
        for threads in (1, 2, 3):
            torch.set_num_threads(threads)
            results.append(convolution.fast(some_maps(50, 61), (1, 1, 1, 1), "reflect"))
    finally:
        torch.set_num_threads(before)
    assert torch.equal(results[0], results[1])
    assert torch.equal(results[0], results[2])
