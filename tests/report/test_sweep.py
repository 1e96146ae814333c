import numpy as np
import pytest

import huegraft
from huegraft.errors import SettingsError
from huegraft.report.colorfulness import colorfulness
from huegraft.report.sweep import sweep, sweep_sheet, varied_settings
from huegraft.stages.fuse import fuse


def test_every_combination_is_what_a_single_run_gives(astronaut, coffee):
    studies = sweep("colorize", astronaut, coffee, {"tau": [0.1, 0.01], "delta_c": [0.1, 1.0], "compactness": [9.0]})
    assert [tuple(study.changes.values()) for study in studies] == [
        (0.1, 0.1, 9.0), (0.1, 1.0, 9.0), (0.01, 0.1, 9.0), (0.01, 1.0, 9.0),
    ]  # fmt: skip
    assert varied_settings(studies) == ["tau", "delta_c"]
    for study in studies:
        alone = huegraft.colorize(astronaut, coffee, **study.changes)
        np.testing.assert_array_equal(study.result.image, alone.image)
        assert study.colorfulness == colorfulness(alone.image)


def test_stages_before_the_swept_one_run_once(astronaut, coffee, monkeypatch):
    fused = []
    monkeypatch.setattr("huegraft.fusing.fuse", lambda *given: fused.append(1) or fuse(*given))
    values = {"merge": ["before", "after"], "finish": ["rgb", "lab"]}
    studies = sweep("transfer", astronaut, coffee, values, huegraft.Settings().replace(base="none"))
    stages = [set(study.result.seconds) for study in studies]
    assert stages[0] == {"prepare", "segment", "features", "match", "confidence", "fuse", "finish"}
    assert [each - {"fuse"} for each in stages[1:]] == [{"finish"}, {"match", "confidence", "finish"}, {"finish"}]
    assert len(fused) == 2  # what has "fuse" in its name beside is the change to another finish


def test_bad_values_stop_before_anything_is_run(astronaut, coffee):
    stages = []
    with pytest.raises(SettingsError, match="tau must be"):
        sweep("transfer", astronaut, coffee, {"tau": [0.1, -1]}, progress=stages.append)
    assert stages == []


def test_two_settings_make_a_grid(astronaut, coffee):
    values = {"tau": [0.1, 0.01], "delta_c": [0.1, 0.2, 0.3]}
    grid = sweep_sheet(sweep("transfer", astronaut, coffee, values), astronaut, coffee)
    line = sweep_sheet(sweep("transfer", astronaut, coffee, {"tau": [0.1]}), astronaut, coffee)
    strip = sweep_sheet(sweep("transfer", astronaut[:, :1], coffee[:1], {"tau": [0.1]}), astronaut[:, :1], coffee[:1])
    assert max(strip.shape) < 2000
    rows = grid.shape[0] / line.shape[0]
    assert 1.3 < rows < 1.6  # three rows against two
    assert grid.dtype == np.float32
    assert (grid == 0).any()  # labels are drawn
