"""Backbones that nothing in this process has registered."""

import subprocess
import sys
from pathlib import Path

import pytest

import huegraft
from huegraft.backbones import load_backbone, wants_standardization
from huegraft.batch.inputs import Inputs
from huegraft.batch.job import Job
from huegraft.batch.worker import Worker
from huegraft.errors import BackboneError
from huegraft.setting_groups import FeatureSettings

REGISTERS = """
import huegraft


class Chroma:
    name, layers, radius = "{name}", ("chroma",), 0

    def __call__(self, picture):
        yield picture - picture.mean(axis=-1, keepdims=True)


huegraft.register_backbone("{name}", lambda settings, device: Chroma(), standardize=True)
"""


@pytest.fixture
def module(tmp_path, monkeypatch):
    """Make a module on Python's path, of this process and of those that it starts."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{Path(huegraft.__file__).parents[1]}")
    before = set(sys.modules)

    def write(name, text):
        (tmp_path / f"{name}.py").write_text(text)
        return name

    yield write
    for name in {path.stem for path in tmp_path.glob("*.py")} - before:
        sys.modules.pop(name, None)


@pytest.fixture
def offer(tmp_path, module):
    """Install a distribution that offers a module under the name of a backbone."""

    def install(backbone, value):
        folder = tmp_path / "offers-1.0.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: offers\nVersion: 1.0\n")
        (folder / "entry_points.txt").write_text(f"[huegraft.backbones]\n{backbone} = {value}\n")

    return install


def loaded(name):
    return load_backbone(FeatureSettings(backbone=name))


def test_an_entry_point_is_loaded_when_its_name_is_asked_for(module, offer):
    offer("offered", module("offering", REGISTERS.format(name="offered")))
    assert "offered" in huegraft.backbone_names()
    assert "offering" not in sys.modules
    assert loaded("offered").name == "offered"
    assert wants_standardization("offered")


def test_an_entry_point_may_be_an_object_of_the_module(module, offer):
    offer("offered", f"{module('offering', REGISTERS.format(name='offered'))}:Chroma")
    assert loaded("offered").name == "offered"


def test_modules_that_the_variable_names_are_imported(module, monkeypatch):
    modules = [module(f"naming_{name}", REGISTERS.format(name=name)) for name in ("one", "two")]
    monkeypatch.setenv("HUEGRAFT_BACKBONES", " , ".join(modules) + ",")
    assert loaded("two").name == "two"
    assert {"one", "two", "builtin"} <= set(huegraft.backbone_names())


def test_names_are_those_of_named_modules_too(module, monkeypatch):
    monkeypatch.setenv("HUEGRAFT_BACKBONES", module("naming", REGISTERS.format(name="named")))
    assert "named" in huegraft.backbone_names()


def test_what_is_registered_is_looked_for_nowhere(monkeypatch):
    monkeypatch.setenv("HUEGRAFT_BACKBONES", "no_such_module")
    assert loaded("builtin").name


def test_a_module_that_cannot_be_imported(module, monkeypatch):
    monkeypatch.setenv("HUEGRAFT_BACKBONES", module("broken", "1 / 0"))
    expected = r"HUEGRAFT_BACKBONES names 'broken', which cannot be imported \(ZeroDivisionError: .*register_backbone"
    with pytest.raises(BackboneError, match=expected):
        loaded("own")
    monkeypatch.setenv("HUEGRAFT_BACKBONES", "no_such_module")
    with pytest.raises(BackboneError, match=r"'no_such_module'.*ModuleNotFoundError.*on Python's path"):
        huegraft.backbone_names()


def test_a_module_that_registers_another_name(module, monkeypatch):
    monkeypatch.setenv("HUEGRAFT_BACKBONES", module("naming", REGISTERS.format(name="named")))
    expected = "unknown backbone 'own'; known are builtin, .*named.*now names naming, where no such name is registered"
    with pytest.raises(BackboneError, match=expected):
        loaded("own")


def test_an_entry_point_that_cannot_be_loaded(offer):
    offer("offered", "no_such_module")
    with pytest.raises(BackboneError, match=r"cannot load 'no_such_module'.*ModuleNotFoundError.*mend the package"):
        loaded("offered")


def test_an_entry_point_that_registers_another_name(module, offer):
    offer("offered", module("offering", REGISTERS.format(name="other")))
    with pytest.raises(BackboneError, match=r"'offering', which registers no backbone 'offered'; importing it must"):
        loaded("offered")


def test_an_unknown_name_says_where_others_are_found():
    with pytest.raises(BackboneError, match=r"group huegraft\.backbones, .* variable HUEGRAFT_BACKBONES names$"):
        loaded("own")


def test_a_known_name_costs_no_look_at_packages():
    code = (
        "import sys, huegraft; from huegraft.runnable import check_runnable; "
        "check_runnable(huegraft.preset('best')); print('importlib.metadata' in sys.modules)"
    )
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert made.stdout.strip() == "False"


@pytest.mark.parametrize("way", ["entry point", "variable"])
def test_a_process_of_a_batch_finds_it(tmp_path, module, offer, monkeypatch, astronaut, way):
    name = module("apart", REGISTERS.format(name="apart"))
    if way == "variable":
        monkeypatch.setenv("HUEGRAFT_BACKBONES", name)
    else:
        offer("apart", name)
    path = tmp_path / "picture.png"
    huegraft.write_picture(path, astronaut)
    settings = huegraft.preset("best").replace(backbone="apart")
    with Worker("cpu", 1, None) as worker:
        job = Job("transfer", path, (path,), tmp_path / "out" / "made.png", settings, Inputs())
        outcome = worker.run(job, replace=False, progress=lambda _: None)
    assert outcome.error is None
    assert "apart" not in sys.modules
    assert job.output.is_file()
