import numpy as np
import pytest

from huegraft.arrays import as_mask, as_picture, like
from huegraft.errors import PictureError
from huegraft.io.image import Picture


def test_colour_grey_and_float64(rng):
    colour, grey = rng.random((4, 5, 3)), rng.random((4, 5)).astype(np.float32)
    np.testing.assert_array_equal(as_picture(colour, "target"), colour.astype(np.float32))
    np.testing.assert_array_equal(as_picture(grey, "target"), np.stack([grey] * 3, axis=-1))
    np.testing.assert_array_equal(as_picture(colour[::-1, ::-2], "target"), colour[::-1, ::-2].astype(np.float32))


def test_tensors(torch, rng):
    colour, mask = rng.random((4, 5, 3)), rng.random((4, 5)) > 0.5
    np.testing.assert_array_equal(as_picture(torch.tensor(colour, requires_grad=True), "target"), colour.astype("f4"))
    np.testing.assert_array_equal(as_mask(torch.tensor(mask), (4, 5)), mask)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_whole_numbers_keep_their_depth(rng, dtype):
    colour = rng.integers(0, np.iinfo(dtype).max, (4, 5, 3), endpoint=True).astype(dtype)
    for array in (colour, colour.astype(colour.dtype.newbyteorder(">"))):
        assert as_picture(array, "target").dtype == dtype
        np.testing.assert_array_equal(as_picture(array, "target"), colour)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_whole_numbers_of_tensors_keep_their_depth(torch, rng, dtype):
    colour = rng.integers(0, np.iinfo(dtype).max, (4, 5, 3), endpoint=True).astype(dtype)
    picture = as_picture(torch.from_numpy(colour), "target")
    assert picture.dtype == dtype
    np.testing.assert_array_equal(picture, colour)


@pytest.mark.parametrize(
    ("array", "message"),
    [
        ("a path", "NumPy or Torch array .* got str; read_picture reads a file"),
        ([[0.0]], "got list"),
        (Picture(np.zeros((1, 1, 3), np.uint8)), r"got Picture; call its as_float\(\)"),
        (np.zeros((4, 5, 3), dtype=np.int64), "uint8 or uint16, got int64; divide by"),
        (np.zeros((4, 5, 4)), r"got \(4, 5, 4\); take the alpha channel off"),
        (np.zeros((3, 4, 5)), r"got \(3, 4, 5\)"),
        (np.zeros((2, 4, 5, 3)), r"got \(2, 4, 5, 3\)"),
        (np.zeros(3), r"got \(3,\)"),
        (np.zeros((0, 5, 3)), "is empty"),
        (np.full((4, 5, 3), np.nan), "NaN or infinite"),
        (np.full((4, 5, 3), np.inf), "NaN or infinite"),
        (np.full((4, 5, 3), 255.0), r"in \[0, 1\], got 255 to 255"),
        (np.full((4, 5, 3), -0.5), r"in \[0, 1\], got -0.5"),
    ],
)
def test_other_arrays_are_refused(array, message):
    with pytest.raises(PictureError, match=f"the reference .*{message}"):
        as_picture(array, "reference")


def test_other_tensors_are_refused(torch):
    with pytest.raises(PictureError, match=r"the reference .*must be a dense tensor"):
        as_picture(torch.zeros(2, 2).to_sparse(), "reference")
    with pytest.raises(PictureError, match=r"the reference .*got torch.bfloat16"):
        as_picture(torch.zeros(4, 5, 3, dtype=torch.bfloat16), "reference")


def test_masks(rng):
    mask = rng.random((4, 5))
    np.testing.assert_array_equal(as_mask(mask, (4, 5)), mask.astype(np.float32))
    np.testing.assert_array_equal(as_mask(mask > 0.5, (4, 5)), mask > 0.5)
    with pytest.raises(PictureError, match="its picture's size"):
        as_mask(mask, (5, 4))
    with pytest.raises(PictureError, match="0 everywhere"):
        as_mask(np.zeros((4, 5)), (4, 5))


def test_like():
    values = np.zeros(2)
    like(np.zeros(1), values)[:] = 1
    assert (values == 0).all()
    assert isinstance(like(np.zeros(1), values), np.ndarray)
    like(np.zeros(1), values, copy=False)[0] = 1
    np.testing.assert_array_equal(values, [1, 0])


def test_like_a_tensor(torch):
    values = np.zeros(2)
    like(torch.zeros(1), values)[:] = 1
    assert (values == 0).all()
    assert isinstance(like(torch.zeros(1), values), torch.Tensor)
    like(torch.zeros(1), values, copy=False)[1] = 2
    np.testing.assert_array_equal(values, [0, 2])
