import numpy as np
import pytest
from skimage import data

from huegraft.evaluate.pairs import Case, Pair, eight_bits, grey
from huegraft.io.image import write_picture


@pytest.fixture
def transfer_pair(astronaut, coffee):
    truth = eight_bits(astronaut[..., ::-1] * 0.8)
    return Pair("transfer", eight_bits(astronaut), eight_bits(coffee), truth)


@pytest.fixture
def colorize_pair(astronaut):
    truth = eight_bits(astronaut)
    return Pair("colorize", grey(truth), eight_bits(astronaut[:, ::-1]), truth)


@pytest.fixture
def case(transfer_pair):
    return Case("astronaut", "tune", lambda: [transfer_pair])


@pytest.fixture
def photographs(tmp_path, astronaut, coffee):
    """A data folder of four photographs, and one of three frames."""
    folder = tmp_path / "data"
    for name in ("photos", "frames"):
        (folder / name).mkdir(parents=True)
    pictures = {"one": astronaut, "two": coffee, "three": astronaut[::-1], "four": coffee[..., ::-1]}
    for name, picture in pictures.items():
        write_picture(folder / "photos" / f"{name}.png", np.ascontiguousarray(picture))
    for number in range(3):
        write_picture(folder / "frames" / f"{number}.png", np.ascontiguousarray(astronaut[:, number : 30 + number]))
    return folder


@pytest.fixture
def coffee_wide():
    return data.coffee()[::2, ::2].astype(np.float32) / np.float32(255)


@pytest.fixture
def chelsea_wide():
    return data.chelsea()[::2, ::2].astype(np.float32) / np.float32(255)
