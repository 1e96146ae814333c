import ast
import subprocess
import sys
from pathlib import Path

import pytest

import huegraft

SOURCE = Path(huegraft.__file__).parent
RANKS = {
    "errors": 0, "digest": 0, "setting_groups": 1, "settings": 2, "types": 3, "color": 4, "compiled": 4, "weights": 4,
    "backbones": 5, "stages": 6, "arrays": 6, "stage_runner": 6, "run": 7, "pipeline": 8, "suggestion": 8, "io": 8,
    "report": 9, "evaluate": 10, "cli": 11, "__main__": 12,
}  # fmt: skip


def run_python(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()  # noqa: S603


def test_import_is_light():
    loaded = run_python("import huegraft, sys; print(*sys.modules)")
    assert "huegraft" in loaded
    assert not {"torch", "skimage", "scipy", "numpy"} & set(loaded)


def test_command_line_starts_without_torch():
    loaded = run_python("import huegraft.cli.main, sys; print(*sys.modules)")
    assert not {"torch", "skimage", "scipy"} & set(loaded)


def test_a_run_by_best_needs_neither_scipy_nor_scikit_image():
    code = (
        "import numpy, huegraft, sys; picture = numpy.random.default_rng(0).random((20, 20, 3)); "
        "huegraft.transfer(picture, picture, huegraft.preset('best')); "
        "huegraft.colorize(picture, picture, huegraft.preset('best')); print(*sys.modules)"
    )
    loaded = run_python(code)
    assert "torch" in loaded
    assert not {"skimage", "scipy"} & set(loaded)


def test_exported_names():
    assert huegraft.__all__ == sorted(huegraft.__all__)
    for name in huegraft.__all__:
        assert getattr(huegraft, name) is not None
    assert set(huegraft.__all__) < set(dir(huegraft))
    with pytest.raises(AttributeError, match="no attribute 'recolour'"):
        huegraft.recolour  # pyright: ignore[reportAttributeAccessIssue]  # noqa: B018


def imports(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("huegraft."):
            yield node.module.split(".")[1]
        elif isinstance(node, ast.Import):
            yield from (alias.name.split(".")[1] for alias in node.names if alias.name.startswith("huegraft."))


def test_imports_point_one_way():
    checked = 0
    for path in SOURCE.rglob("*.py"):
        part = path.relative_to(SOURCE).parts[0].removesuffix(".py")
        if part == "__init__":
            continue
        for imported in imports(path):
            assert imported == part or RANKS[imported] < RANKS[part], f"{path} may not import huegraft.{imported}"
            checked += 1
    assert checked > 40
