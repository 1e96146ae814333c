import ast
import subprocess
import sys
from pathlib import Path

import pytest

import huegraft

SOURCE = Path(huegraft.__file__).parent
RANKS = {
    "errors": 0, "digest": 0, "controls": 0, "setting_groups": 1, "settings": 2, "types": 3, "color": 4, "compiled": 4,
    "weights": 4, "matrix_profile": 5, "encodings": 6, "backbones": 5, "picture": 7, "stages": 8, "arrays": 8,
    "stage_runner": 8, "lut": 9, "suggestion": 10, "parts": 9, "run": 9, "recoloring": 10, "pipeline": 11, "io": 11,
    "report": 12, "batch": 12, "evaluate": 13, "cli": 14, "__main__": 15,
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


def test_pictures_of_8_bits_need_none_of_the_libraries_of_the_deep_ones(tmp_path):
    code = (
        "import io, sys, numpy; from PIL import ImageCms; from huegraft import Picture, read_picture, write_picture; "
        "srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile('sRGB')).tobytes(); "
        "picture = Picture(numpy.zeros((9, 9, 3), numpy.uint8), profile=srgb); "
        f"[write_picture(f'{tmp_path}/a.{{ending}}', picture) for ending in ('png', 'jpg', 'webp')]; "
        f"[read_picture(f'{tmp_path}/a.{{ending}}') for ending in ('png', 'jpg', 'webp')]; print(*sys.modules)"
    )
    loaded = run_python(code)
    assert "huegraft.io.png" in loaded
    assert not {"tifffile", "imagecodecs", "OpenEXR", "pi_heif", "rawpy", "torch"} & set(loaded)


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
