"""The examples in docstrings run, and every public function has one."""

import doctest
import importlib
import inspect
from pathlib import Path

import numpy as np
import pytest

import huegraft
from huegraft.threads import set_threads

SOURCE = Path(huegraft.__file__).parent
MODULES = sorted(
    ".".join(("huegraft", *path.relative_to(SOURCE).with_suffix("").parts))
    for path in SOURCE.rglob("*.py")
    if ">>> " in path.read_text(encoding="utf-8")
)
FUNCTIONS = [name for name in huegraft.__all__ if inspect.isfunction(getattr(huegraft, name))]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module(name, tmp_path, monkeypatch):
    if name == "huegraft.backbones.torch":
        pytest.importorskip("torch", reason="needs Torch: make torch")
    monkeypatch.chdir(tmp_path)
    try:
        with np.printoptions(legacy=False):  # another library may have set older ones
            failed, tried = doctest.testmod(importlib.import_module(name), optionflags=doctest.NORMALIZE_WHITESPACE)
    finally:
        set_threads(None)
    assert tried > 0
    assert failed == 0


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_public_function_has_an_example(name):
    assert ">>> " in inspect.getdoc(getattr(huegraft, name))
