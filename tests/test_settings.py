import dataclasses
import json
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest

from huegraft.encoding import encoding
from huegraft.errors import HuegraftError, SettingsError
from huegraft.graph import graph_of, unused_settings
from huegraft.nodes import Choices, Source
from huegraft.request import Request
from huegraft.setting_groups import FuseSettings, MatchSettings
from huegraft.settings import STAGES, Settings, preset
from huegraft.windows import Frame


def test_the_paper_s_are_those_of_the_paper():
    settings = preset("paper")
    assert settings.prepare.working_pixels == 2**18
    assert (settings.segment.superpixels, settings.segment.compactness, settings.segment.iterations) == (None, 10, 10)
    assert settings.match.tau == 0.015
    assert settings.match.layer_weights is None
    assert settings.match.merge is None
    assert settings.match == MatchSettings(0.015, None, None, 0.0, (), None, 0.0, 0.0, False, None)
    assert settings.fuse == FuseSettings("eq5", 10.0, 0.1, 1e-4, None, "frame", False, 0.0, 0.0, 1e-5)
    assert (settings.segment.slic, settings.features.backbone, settings.grade.base) == (
        "scikit-image", "vgg19_bn", "none",
    )  # fmt: skip
    assert settings.finish.finish == "lab"
    assert settings.features.pooling is False


def test_the_default_is_best():
    assert preset("best") == Settings()
    assert (Settings().segment.slic, Settings().features.backbone, Settings().grade.base) == (
        "huegraft", "builtin", "transport",
    )  # fmt: skip


def test_unknown_preset():
    with pytest.raises(SettingsError, match="unknown preset 'nicest'; known are best, paper"):
        preset("nicest")


def test_replace_finds_the_stage():
    changed = Settings().replace(tau=0.1, finish="rgb")
    assert changed.match.tau == 0.1
    assert changed.finish.finish == "rgb"
    assert changed.fuse == Settings().fuse


def test_names_are_unique_over_all_stages():
    names = [entry.name for stage in STAGES for entry in dataclasses.fields(getattr(Settings(), stage))]
    assert len(names) == len(set(names))


def test_settings_are_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Settings().match.tau = 1  # pyright: ignore[reportAttributeAccessIssue]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("working_pixels", 0),
        ("working_pixels", 2.5),
        ("working_pixels", True),
        ("bars", 1),
        ("superpixels", 0),
        ("compactness", 0),
        ("iterations", -1),
        ("backbone", None),
        ("weights", 3),
        ("layers", ()),
        ("layers", ("a", "a")),
        ("pooling", 1),
        ("tau", 0),
        ("tau", -0.1),
        ("tau", float("nan")),
        ("tau", float("inf")),
        ("tau", 1e-310),
        ("tau", 10**400),
        ("superpixels", 10**9),
        ("iterations", 10**20),
        ("compactness", 1e-30),
        ("delta_s", 1e200),
        ("epsilon", 1e-300),
        ("layer_weights", (1e308, 1e308)),
        ("tau", "warm"),
        ("layer_weights", (0.0, 0.0)),
        ("layer_weights", (-1.0, 2.0)),
        ("merge", "middle"),
        ("standardize", "yes"),
        ("tolerance", 0),
        ("tolerance", 1e-7),
        ("tolerance", 1),
        ("fusion", "eq6"),
        ("delta_s", 0),
        ("delta_c", -1),
        ("epsilon", 0),
        ("sigma_g", 0),
        ("positions", "polar"),
        ("finish", "oil"),
    ],
)
def test_bad_values_are_refused(name, value):
    with pytest.raises(SettingsError, match=rf"{name} must be .*, got "):
        Settings().replace(**{name: value})


def test_unknown_names_are_refused():
    with pytest.raises(SettingsError, match="unknown setting 'temperature'; known are backbone, "):
        Settings().replace(temperature=1)


def test_errors_are_value_errors_and_huegrafts():
    assert issubclass(SettingsError, ValueError)
    assert issubclass(SettingsError, HuegraftError)


def keys_of_stages(settings):
    """Return the key of what each stage of a colourisation makes."""
    request = Request("colorize", None, None, settings)
    backbone = Source(SimpleNamespace(name="some", layers=("some",)), lambda: "backbone")
    choices, frame = Choices(settings), Frame((5, 5))
    target, reference = (
        encoding("colorize", choices, backbone, Source(None, partial(str, name)), frame)
        for name in ("target", "reference")
    )
    graph = graph_of(request, choices, backbone, target, [reference.encoded], [frame, frame])
    stages = {
        "prepare": target.prepared,
        "segment": target.geometry,
        "features": target.encoded,
        "match": graph.attention,
        "fuse": graph.working_image,
        "finish": graph.layers[0],
    }
    return {stage: node.key for stage, node in stages.items()}


@pytest.mark.parametrize(
    ("name", "value", "stage"),
    [
        ("working_pixels", 99, "prepare"),
        ("superpixels", 9, "segment"),
        ("pooling", True, "features"),
        ("tau", 0.02, "match"),
        ("delta_c", 0.2, "fuse"),
        ("finish", "rgb", "finish"),
    ],
)
def test_keys_change_from_the_changed_stage_on(name, value, stage):
    before, after = keys_of_stages(Settings()), keys_of_stages(Settings().replace(**{name: value}))
    changed = [before[each] != after[each] for each in before]
    assert changed == [STAGES.index(each) >= STAGES.index(stage) for each in before]


def test_settings_become_json():
    assert json.loads(json.dumps(Settings().to_dict()))["match"]["tau"] == 0.03


def test_lists_paths_and_numpy_numbers_become_plain(tmp_path):
    changed = Settings().replace(
        layers=["a", "b"],
        layer_weights=[np.float32(2), 1],
        weights=tmp_path,
        tau=np.float64(0.5),
        superpixels=np.int64(7),
    )
    assert changed == Settings().replace(
        layers=("a", "b"), layer_weights=(2.0, 1), weights=str(tmp_path), tau=0.5, superpixels=7
    )


def test_settings_that_change_nothing():
    def unused(settings, mode):
        return set(unused_settings(Request(mode, None, None, settings)))

    paper, best = preset("paper"), preset("best")
    assert {"delta_s", "finish", "caution", "lightness_prior"} <= unused(best, "transfer")
    assert not {"tau", "base", "degree"} & unused(best, "transfer")
    assert {"degree", "rounds", "vividness"} <= unused(paper, "transfer")
    assert not {"base", "delta_s", "finish"} & unused(paper, "transfer")
    assert unused(paper, "colorize") == {*best.to_dict()["grade"], "min_confidence", "context_layers"}
    assert unused(best, "colorize") == {"standardize", "min_confidence", *best.to_dict()["grade"]}
    assert "min_confidence" not in unused(best.replace(fallback="keep"), "colorize")
    for changes in ({"native": True}, {"finish": "rgb"}):
        assert unused(best.replace(**changes), "colorize") - unused(best, "colorize") == {"upsample"}
    assert "tolerance" in unused(best.replace(fusion="sct"), "colorize") - unused(best, "colorize")
    assert set(best.idle()) == {"standardize", "min_confidence"}
    assert set(paper.idle()) == {"context_layers", "min_confidence"}


@pytest.mark.parametrize(
    "change",
    [
        {"context": (0.0,)}, {"context": "wide"}, {"lightness_prior": 0.01}, {"lightness_prior": True},
        {"balance": 1.1}, {"median": 1}, {"rounds": 0}, {"rounds": 1.5}, {"caution": -0.1}, {"vividness": -1},
        {"color_width": 0}, {"color_evidence": 0}, {"native": 1}, {"upsample": "nearest"}, {"slic": "mine"},
        {"tolerance": 0},
    ],
)  # fmt: skip
def test_steps_of_best_are_bounded(change):
    with pytest.raises(SettingsError, match=f"{next(iter(change))} must be"):
        Settings().replace(**change)
