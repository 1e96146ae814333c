import numpy as np
import pytest

import huegraft
from huegraft.errors import LutError
from huegraft.lut.table import as_title

IDENTITY = np.stack(np.meshgrid(*[np.linspace(0, 1, 3)] * 3, indexing="ij"), axis=-1).astype(np.float32)


def test_a_lut_cannot_be_changed():
    table = IDENTITY.copy()
    lut = huegraft.Lut(table, "mine")
    table[0] = 7
    assert (lut.size, lut.title, lut.table.max()) == (3, "mine", 1)
    with pytest.raises(ValueError, match="read-only"):
        lut.table[0] = 0


@pytest.mark.parametrize(
    ("table", "changes", "message"),
    [
        (np.zeros((1, 1, 1, 3), np.float32), {}, r"n from 2 to 129, got \(1, 1, 1, 3\)"),
        (np.full((2, 2, 2, 3), np.nan, np.float32), {}, "finite numbers"),
        (IDENTITY, {"title": 'my "best"'}, "without double quotes"),
        (IDENTITY, {"title": "two\nlines"}, "one line"),
        (IDENTITY, {"title": "x" * 201}, "at most 200 bytes"),
        (IDENTITY, {"domain": ((0.0, 0.0, 1.0), (1.0, 1.0, 1.0))}, "the first below the second"),
    ],
)
def test_what_is_no_lut_is_refused(table, changes, message):
    with pytest.raises(LutError, match=message):
        huegraft.Lut(table, **changes)


def test_titles():
    assert as_title('a "b"\nc\udcff') == "a _b__c_"
    assert as_title("ü" * 150) == "ü" * 100
    assert as_title("a" + "ü" * 150) == "a" + "ü" * 99
