import numpy as np
import pytest

import oracle
from huegraft.backbones import load_backbone
from huegraft.backbones.tiles import Cells, Pooling
from huegraft.errors import BackboneError
from huegraft.setting_groups import FeatureSettings
from huegraft.stages.features import extract_features, super_features
from huegraft.stages.pool import areas, moments, pixel_positions, pool
from huegraft.windows import Window


def some_labels(rng, height, width, count):
    labels = rng.integers(0, count, (height, width), dtype=np.int32)
    labels.flat[:count] = np.arange(count)
    return labels


def test_means_are_the_oracles(rng):
    maps, labels = rng.normal(size=(9, 7, 130)).astype(np.float32), some_labels(rng, 9, 7, 12)
    expected = oracle.mean_over_superpixels(maps, labels)
    np.testing.assert_allclose(pool(maps, labels, 12), expected, atol=1e-12)
    planes = np.moveaxis(np.ascontiguousarray(np.moveaxis(maps, 2, 0)), 0, 2)
    np.testing.assert_allclose(pool(planes, labels, 12), expected, atol=1e-12)
    np.testing.assert_allclose(pool(maps.astype(float)[:, :, ::2], labels, 12), expected[:, ::2], atol=1e-12)


def plainly_enlarged(cells, size, grid):
    """A bilinear enlargement of (cells_down, cells_across, c), the last cells reaching beyond the picture."""
    for axis in (0, 1):
        places = ((np.arange(size[axis]) + 0.5) * (grid[axis] / size[axis]) - 0.5).clip(0, cells.shape[axis] - 1)
        weights = np.maximum(1 - np.abs(places[:, None] - np.arange(cells.shape[axis])), 0)
        cells = np.moveaxis(np.tensordot(weights, cells, (1, axis)), 0, axis)
    return cells


@pytest.mark.parametrize("grid", [(7.5, 5.25), (8, 6)])
def test_enlargements_are_pooled_in_windows(rng, grid):
    labels, cells = some_labels(rng, 30, 21, 9), rng.normal(size=(8, 6, 130))
    pooling = Pooling(labels, 9)
    for window in (Window(0, 17, 0, 21), Window(17, 30, 0, 9), Window(17, 30, 9, 21)):
        pooling.add("a", window, Cells(cells, 0, 0, grid))
    expected = pool(plainly_enlarged(cells, (30, 21), grid), labels, 9)
    np.testing.assert_allclose(pooling.means()["a"], expected, atol=1e-12, rtol=0)


def test_a_part_with_too_few_cells_is_refused():
    pooling = Pooling(np.zeros((8, 8), np.int32), 1)
    with pytest.raises(BackboneError, match="layer 'a': not all cells that its window lies between are there"):
        pooling.add("a", Window(0, 8, 0, 8), Cells(np.zeros((3, 4, 2)), 0, 0, (4, 4)))


def test_large_sums_lose_nothing():
    maps = np.full((1000, 1000, 1), 0.1, np.float32)
    mean = pool(maps, np.zeros((1000, 1000), np.int32), 1)
    assert abs(mean.item() - float(maps[0, 0, 0])) < 1e-12


def test_areas_count_pixels(rng):
    labels = some_labels(rng, 9, 7, 12)
    np.testing.assert_array_equal(areas(labels, 12), np.bincount(labels.ravel()))


def test_moments_are_the_population_ones(rng):
    values, labels = rng.random((9, 7, 3)).astype(np.float32), some_labels(rng, 9, 7, 5)
    result = moments(values, labels, 5)
    for i in range(5):
        np.testing.assert_allclose(result.mean[i], values[labels == i].mean(axis=0, dtype=float), atol=1e-12)
        np.testing.assert_allclose(
            result.covariance[i], np.cov(values[labels == i].T.astype(float), bias=True), atol=1e-12
        )


def test_positions_in_both_units():
    frame = pixel_positions(4, 9, "frame")
    np.testing.assert_allclose(frame[3, 8], [3.5 / 4, 8.5 / 9])
    isotropic = pixel_positions(4, 9, "isotropic")
    np.testing.assert_allclose(isotropic[3, 8], [3.5 / 6, 8.5 / 6])


@pytest.mark.parametrize("pooling", [False, True])
@pytest.mark.parametrize(("height", "width"), [(40, 36), (31, 5), (1, 9)])
def test_parts_add_up_to_the_means_of_enlarged_maps(astronaut, vgg19_bn_file, monkeypatch, rng, height, width, pooling):
    settings = FeatureSettings(backbone="vgg19_bn", weights=str(vgg19_bn_file), pooling=pooling)
    backbone = load_backbone(settings)
    monkeypatch.setattr(type(backbone), "tile", 9)
    picture, labels = astronaut[:height, :width], some_labels(rng, height, width, 9)
    means = super_features(picture, labels, 9, backbone)
    assert list(means) == list(backbone.layers)
    for layer, whole in extract_features(picture, backbone):
        assert np.abs(means[layer] - pool(whole, labels, 9)).max() < 1e-5 * whole.max()
