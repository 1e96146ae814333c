import numpy as np
import pytest
import torch

import oracle
from huegraft.backbones import load_backbone
from huegraft.backbones.parts import Part, Window
from huegraft.compiled.sums import add_enlarged
from huegraft.errors import BackboneError
from huegraft.setting_groups import FeatureSettings
from huegraft.stages.features import extract_features, tiled_features
from huegraft.stages.pool import Pooling, _between, _index_add_enlarged, areas, moments, pixel_positions, pool


def some_labels(rng, height, width, count):
    labels = rng.integers(0, count, (height, width))
    labels.flat[:count] = np.arange(count)
    return labels


def test_means_are_the_oracles(rng):
    maps, labels = rng.normal(size=(130, 9, 7)).astype(np.float32), some_labels(rng, 9, 7, 12)
    means = pool(torch.from_numpy(maps), torch.from_numpy(labels), 12)
    expected = oracle.mean_over_superpixels(np.moveaxis(maps, 0, -1), labels)
    np.testing.assert_allclose(means.numpy(), expected, atol=1e-12)


def test_enlargements_are_added_alike_on_other_devices(rng):
    labels, cells = some_labels(rng, 30, 21, 9).astype(np.int32), torch.from_numpy(rng.normal(size=(8, 6, 130)))
    rows, columns = _between(30, 7.5, 0, 30, 0), _between(21, 5.25, 0, 21, 0)
    compiled, plain = torch.zeros(9, 130, dtype=torch.float64), torch.zeros(9, 130, dtype=torch.float64)
    add_enlarged(compiled.numpy(), labels, rows, columns, cells.numpy())
    _index_add_enlarged(plain, labels, rows, columns, cells)
    torch.testing.assert_close(plain, compiled, atol=1e-12, rtol=0)


def test_a_part_with_too_few_cells_is_refused():
    pooling = Pooling(np.zeros((8, 8), np.int32), 1, torch.device("cpu"))
    with pytest.raises(BackboneError, match="layer 'a': the part does not hold all cells"):
        pooling.add("a", Window(0, 8, 0, 8), Part(torch.zeros(2, 3, 4), 0, 0, (4, 4)))


def test_large_sums_lose_nothing():
    maps = torch.full((1, 1000, 1000), 0.1)
    mean = pool(maps, torch.zeros(1000, 1000, dtype=torch.int64), 1)
    assert abs(mean.item() - maps[0, 0, 0].item()) < 1e-12


def test_areas_count_pixels(rng):
    labels = some_labels(rng, 9, 7, 12)
    np.testing.assert_array_equal(areas(torch.from_numpy(labels), 12).numpy(), np.bincount(labels.ravel()))


def test_moments_are_the_population_ones(rng):
    values, labels = rng.random((9, 7, 3)).astype(np.float32), some_labels(rng, 9, 7, 5)
    result = moments(torch.from_numpy(values), torch.from_numpy(labels), 5)
    for i in range(5):
        np.testing.assert_allclose(result.mean[i], values[labels == i].mean(axis=0, dtype=float), atol=1e-12)
        np.testing.assert_allclose(
            result.covariance[i], np.cov(values[labels == i].T.astype(float), bias=True), atol=1e-12
        )


def test_positions_in_both_units():
    frame = pixel_positions(4, 9, "frame", torch.device("cpu"))
    np.testing.assert_allclose(frame[3, 8], [3.5 / 4, 8.5 / 9])
    isotropic = pixel_positions(4, 9, "isotropic", torch.device("cpu"))
    np.testing.assert_allclose(isotropic[3, 8], [3.5 / 6, 8.5 / 6])


@pytest.mark.parametrize("pooling", [False, True])
@pytest.mark.parametrize(("height", "width"), [(40, 36), (31, 5), (1, 9)])
def test_parts_add_up_to_the_means_of_enlarged_maps(astronaut, vgg19_bn_file, monkeypatch, rng, height, width, pooling):
    settings = FeatureSettings(backbone="vgg19_bn", weights=str(vgg19_bn_file), pooling=pooling)
    backbone, device = load_backbone(settings), torch.device("cpu")
    monkeypatch.setattr(type(backbone), "tile", 9)
    picture, labels = astronaut[:height, :width], some_labels(rng, height, width, 9).astype(np.int32)
    sums = Pooling(labels, 9, device)
    for layer, window, part in tiled_features(picture, backbone, device):
        sums.add(layer, window, part)
    means = sums.means()
    assert list(means) == list(backbone.layers)
    for layer, whole in extract_features(picture, backbone, device):
        expected = pool(whole, torch.from_numpy(labels).long(), 9)
        assert (means[layer] - expected).abs().max() < 1e-5 * whole.max()
