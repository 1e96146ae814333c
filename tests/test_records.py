import copy
import dataclasses
import pickle

import numpy as np
import pytest

import huegraft
from huegraft.errors import ArgumentError
from superpixels import changed, of_arrays


@pytest.fixture
def encoded(astronaut):
    return huegraft.encode_reference(astronaut)


def test_encoded_is_immutable(encoded):
    for array in (encoded.labels, encoded.color_mean, *encoded.features.values()):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0
    with pytest.raises(TypeError):
        encoded.features["more"] = encoded.color_mean
    with pytest.raises(dataclasses.FrozenInstanceError):
        encoded.mode = "colorize"


def test_encoded_does_not_freeze_the_callers_arrays():
    areas = np.ones(1)
    one = np.zeros((1, 3))
    of_arrays(
        "transfer", "", np.zeros((1, 1), np.int32), {}, areas, np.zeros((1, 2)), one, np.zeros((1, 3, 3)), np.ones(1)
    )
    areas[0] = 2


def test_encoded_measures_the_original_colours(astronaut):
    encoded = huegraft.encode_reference(astronaut, mode="colorize")
    inside = astronaut[encoded.labels == 5].astype(float)
    np.testing.assert_allclose(encoded.color_mean[5], inside.mean(axis=0), atol=1e-12)
    np.testing.assert_allclose(encoded.color_covariance[5], np.cov(inside.T, bias=True), atol=1e-12)
    assert encoded.areas[5] == len(inside)
    rows, columns = np.nonzero(encoded.labels == 5)
    np.testing.assert_allclose(
        encoded.positions[5], [(rows.mean() + 0.5) / 40, (columns.mean() + 0.5) / 36], atol=1e-12
    )


@pytest.mark.parametrize(
    "change",
    [
        {"labels": np.zeros((2, 2), np.int32)},
        {"validity": np.ones(2)},
        {"features": {"x": np.ones((1, 2))}},
        {"color_mean": np.full((70, 3), np.nan)},
    ],
)
def test_arrays_must_fit_each_other(encoded, change):
    with pytest.raises(ArgumentError, match=r"one (row )?for each (of|superpixel)"):
        changed(encoded, **change)


def test_values_must_be_sound(encoded):
    with pytest.raises(ArgumentError, match="mode must be one of transfer, colorize, got 'paint'"):
        dataclasses.replace(encoded, mode="paint")
    with pytest.raises(ArgumentError, match=r"must be of shape \(superpixels, channels\)"):
        changed(encoded, features={"x": np.ones(encoded.count)})
    with pytest.raises(ArgumentError, match="finite float64 numbers"):
        changed(encoded, validity=np.ones(encoded.count, dtype=np.float32))


@pytest.fixture(scope="module")
def records(astronaut, coffee, tmp_path_factory):
    """One of each public record, by name."""
    masks = [np.linspace(0, 1, size[0] * size[1], dtype=np.float32).reshape(size) for size in ((40, 36), (30, 44))]
    region, pin = huegraft.Region(masks[0], masks[1], 0), huegraft.Pin((3, 4), (5, 6))
    settings = huegraft.Settings().replace(fallback="global", context=(0.1,))
    file = tmp_path_factory.mktemp("picture") / "grey.png"
    huegraft.write_picture(file, astronaut)
    picture = huegraft.read_picture(file)
    request = huegraft.Request("transfer", picture, (coffee,), settings, masks[0], (masks[1],), (region,), (pin,))
    with huegraft.Session() as session:
        result = session.run(request)
        encoded = session.encode(coffee, settings)
        rendering = session.render(result.look, picture, window=(3, 9, 4, 20))
    lut = huegraft.fit_lut(astronaut, astronaut[::-1].copy(), 5)
    return {
        "Colors": encoded.colors,
        "Description": encoded.description,
        "Encoded": encoded,
        "FittedLut": lut,
        "Geometry": encoded.geometry,
        "Look": result.look,
        "Lut": huegraft.Lut(lut.table),
        "Picture": picture,
        "Pin": pin,
        "Region": region,
        "Rendering": rendering,
        "Request": request,
        "Result": result,
        "Settings": settings,
        "Suggestion": huegraft.suggest(astronaut, [coffee])[0],
        "Warm": result.look.warm,
        "Window": huegraft.Window(0, 3, 4, 9),
    }


NO_RECORDS = {"Backbone", "Cancelled", "EncodedCache", "Film", "HuegraftError", "Session"}


def test_every_public_class_is_a_record_that_travels_or_known_to_be_none(records):
    classes = {name for name in huegraft.__all__ if isinstance(getattr(huegraft, name), type)}
    assert classes - NO_RECORDS == set(records)
    assert all(type(record).__name__ == name for name, record in records.items())


@pytest.mark.parametrize(
    "way",
    [copy.deepcopy, lambda record: pickle.loads(pickle.dumps(record))],  # noqa: S301
    ids=["copy", "pickle"],
)
def test_records_travel(records, way):
    for name, record in records.items():
        travelled = way(record)
        assert type(travelled) is type(record)
        assert_alike(travelled, record, name)
        if hasattr(record, "digest"):
            assert travelled.digest == record.digest


def assert_alike(found, expected, place):
    if isinstance(expected, np.ndarray):
        assert found.dtype == expected.dtype, place
        assert found.flags.writeable == expected.flags.writeable, place
        np.testing.assert_array_equal(found, expected, err_msg=place)
    elif dataclasses.is_dataclass(expected):
        for entry in dataclasses.fields(expected):
            assert_alike(getattr(found, entry.name), getattr(expected, entry.name), f"{place}.{entry.name}")
    elif hasattr(expected, "items"):
        assert list(found) == list(expected), place
        for key, value in expected.items():
            assert_alike(found[key], value, f"{place}[{key!r}]")
    elif isinstance(expected, tuple | list):
        assert len(found) == len(expected), place
        for number, value in enumerate(expected):
            assert_alike(found[number], value, f"{place}[{number}]")
    else:
        assert found == expected, place


def test_a_picture_that_travelled_is_still_srgb(records, astronaut, coffee):
    picture = pickle.loads(pickle.dumps(huegraft.Picture(np.rint(astronaut * 255).astype(np.uint8))))  # noqa: S301
    assert picture.as_srgb() is picture.pixels
    plain = huegraft.transfer(np.rint(astronaut * 255).astype(np.uint8), coffee, gamut="compress").image
    np.testing.assert_array_equal(huegraft.transfer(picture, coffee, gamut="compress").image.pixels, plain)


def test_digests_tell_records_apart(encoded, coffee):
    digests = {
        encoded.digest,
        huegraft.encode_reference(coffee).digest,
        dataclasses.replace(encoded, fingerprint="").digest,
    }
    half = dataclasses.replace(encoded, validity=encoded.validity / 2)
    assert len(digests | {half.digest}) == 4
