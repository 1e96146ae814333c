import ast
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import huegraft

SOURCE = Path(huegraft.__file__).parent
RANKS = {
    "errors": 0, "shapes": 0, "windows": 0, "blas": 0, "scopes": 1, "views": 1, "extras": 1, "setting_kinds": 0,
    "setting_groups": 1, "primaries": 1,
    "threads": 2, "settings": 2, "digest": 3, "types": 3, "nodes": 3, "request": 3, "color": 4, "records": 4,
    "compiled": 5, "weights": 5, "memory": 5, "matrix_profile": 6, "backbones": 6, "call": 6, "runnable": 7,
    "encodings": 7, "broadcast": 8, "picture": 8, "stages": 9, "arrays": 9, "lut": 10, "look": 10, "notes": 11,
    "encoding": 10, "parts": 10, "matching": 11, "grading": 12, "fusing": 13, "graph": 14, "rendering": 14,
    "solving": 15, "session": 16, "pipeline": 17, "suggestion": 17, "io": 17, "report": 17, "batch": 18, "film": 18,
    "farm": 18, "web": 19, "evaluate": 19, "cluster": 19, "cli": 20, "__main__": 21,
}  # fmt: skip


HEAVY = {"torch", "scipy", "skimage", "jaxtyping"}
BLOCKER = f"""
import sys

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {HEAVY}:
            raise ImportError(f"{{name}} is blocked")

sys.meta_path.insert(0, Blocker())
"""


def run_python(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()  # noqa: S603


def test_import_is_light():
    loaded = run_python("import huegraft, sys; print(*sys.modules)")
    assert "huegraft" in loaded
    assert not (HEAVY | {"numpy"}) & set(loaded)


def test_command_line_starts_without_torch():
    loaded = run_python("import huegraft.cli.recolor, huegraft.cli.batch, huegraft.cli.film, sys; print(*sys.modules)")
    assert not (HEAVY | {"dask", "distributed"}) & set(loaded)


def test_the_command_that_serves_starts_without_the_server():
    loaded = run_python("import huegraft.cli.serve, sys; print(*sys.modules)")
    assert not (HEAVY | {"fastapi", "starlette", "pydantic", "uvicorn", "huegraft.web"}) & set(loaded)


def test_a_process_that_decodes_loads_no_server():
    pytest.importorskip("fastapi", reason="needs the extra web")
    loaded = run_python("import huegraft.web.decode_worker, sys; print(*sys.modules)")
    assert not (HEAVY | {"fastapi", "uvicorn"}) & set(loaded)


def test_signals_are_met_before_most_is_loaded():
    loaded = run_python("import huegraft.cli.main, sys; print(*sys.modules)")
    assert not (HEAVY | {"numpy", "huegraft.io.image"}) & set(loaded)


def test_a_run_by_best_needs_none_of_the_heavy_libraries():
    code = (
        "import numpy, huegraft, sys; picture = numpy.random.default_rng(0).random((20, 20, 3)); "
        "huegraft.transfer(picture, picture, huegraft.preset('best')); "
        "huegraft.colorize(picture, picture, huegraft.preset('best')); print(*sys.modules)"
    )
    loaded = run_python(code)
    assert "huegraft.pipeline" in loaded
    assert not HEAVY & set(loaded)


@pytest.fixture
def without_heavy(tmp_path, astronaut, coffee):
    """A folder with small pictures, and what runs Python there where nothing can import the heavy libraries."""
    folder = tmp_path / "pictures"
    (folder / "scans").mkdir(parents=True)
    for name, picture in (("target.png", astronaut), ("reference.png", coffee)):
        huegraft.write_picture(folder / name, picture)
        huegraft.write_picture(folder / "scans" / name, picture)
    (tmp_path / "blocking").mkdir()
    (tmp_path / "blocking" / "sitecustomize.py").write_text(BLOCKER)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path / "blocking"), *sys.path])}

    def call(*arguments):
        command = [sys.executable, *map(str, arguments)]
        return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)  # noqa: S603

    return folder, call


@pytest.mark.parametrize("name", sorted(HEAVY))
def test_the_heavy_libraries_are_blocked(without_heavy, name):
    done = without_heavy[1]("-c", f"import {name}")
    assert f"ImportError: {name} is blocked" in done.stderr


def test_a_batch_that_needs_one_fails_before_its_pictures(without_heavy):
    folder, call = without_heavy
    (folder / "vgg19_bn.pth").touch()  # which Torch would read
    vgg = ["--backbone", "vgg19_bn", "--weights", "vgg19_bn.pth"]
    done = call("-m", "huegraft", "batch", "scans", "-r", "reference.png", "-o", "{stem}.webp", *vgg)
    assert done.returncode == 1
    assert "torch is blocked" in done.stderr
    assert "written" not in done.stderr


def test_they_are_blocked_in_a_worker_too(without_heavy):
    folder, call = without_heavy
    (folder / "vgg19_bn.pth").touch()
    code = """if True:
        from pathlib import Path
        from huegraft.batch.job import Job
        from huegraft.batch.worker import Worker
        from huegraft.settings import Settings
        settings = Settings().replace(backbone="vgg19_bn", weights="vgg19_bn.pth")
        if __name__ == "__main__":
            with Worker("cpu", 1, None) as worker:
                job = Job("transfer", Path("target.png"), (Path("reference.png"),), Path("out.png"), settings)
                print(worker.run(job, replace=False, progress=print).error)
        """
    done = call("-c", code)
    assert "torch is blocked" in done.stdout, done.stderr


@pytest.mark.parametrize(
    ("arguments", "written"),
    [
        (["transfer", "target.png", "reference.png", "-o", "out.png", "--threads", "2"], "out.png"),
        (["colorize", "target.png", "reference.png", "-o", "out.png"], "out.png"),
        (["colorize", "target.png", "reference.png", "-o", "out.png", "--fusion", "sct", "--cache", "kept"], "out.png"),
        (["transfer", "target.png", "reference.png", "-o", "out.png", "--pin", "3,4:5,6"], "out.png"),
        (["transfer", "target.png", "reference.png", "-o", "out.png", "--strength", "0.5"], "out.png"),
        (["explain", "target.png", "reference.png", "-o", "why", "--mode", "colorize", "--point", "3,4"], "why"),
        (["explain", "target.png", "reference.png", "-o", "why", "--point", "3,4"], "why"),
        (["sweep", "target.png", "reference.png", "-o", "sheet.png", "--tau", "0.1,0.01"], "sheet.png"),
        (["suggest", "target.png", "scans"], None),
        (["suggest", "target.png", "scans", "--mode", "colorize"], None),
        (["batch", "scans", "-r", "reference.png", "-o", "out/{stem}.png"], "out/target.png"),
        (["batch", "scans", "-r", "reference.png", "-o", "out/{stem}.png", "--mode", "colorize"], "out/target.png"),
    ],
)
def test_commands_need_none_of_the_heavy_libraries(without_heavy, arguments, written):
    folder, call = without_heavy
    done = call("-m", "huegraft", *arguments)
    assert done.returncode == 0, done.stderr
    assert written is None or (folder / written).exists()


def test_a_lut_is_read_and_applied_without_them(without_heavy):
    folder, call = without_heavy
    nodes = np.stack(np.meshgrid(*[np.linspace(0, 1, 5, dtype=np.float32)] * 3, indexing="ij"), axis=-1)
    huegraft.write_lut(folder / "look.cube", huegraft.Lut(nodes**2))
    code = (
        "import sys, huegraft; picture = huegraft.read_picture('target.png').pixels; "
        "graded = huegraft.apply_lut(huegraft.read_lut('look.cube'), picture); "
        "huegraft.write_picture('graded.png', huegraft.Picture(graded)); print(*sys.modules)"
    )
    done = call("-c", code)
    assert done.returncode == 0, done.stderr
    assert (folder / "graded.png").is_file()
    assert not HEAVY & set(done.stdout.split())


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
    assert not {"tifffile", "imagecodecs", "OpenEXR", "pi_heif", "rawpy", *HEAVY} & set(loaded)


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
