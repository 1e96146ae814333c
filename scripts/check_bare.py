"""Install huegraft without extras into a fresh environment, measure it, and run there what must work without them.

INDEX_URL names a package index, as for setup_environment.py.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements" / "development.txt"
PICTURES = [ROOT / "docs" / "images" / f"{name}.jpg" for name in ("transfer", "colorize")]
MOST_MEGABYTES = 240  # without pip
ABSENT = ("torch", "scipy", "skimage")
CUBE = "LUT_3D_SIZE 2\n" + "".join(f"{r} {g} {b}\n" for b in (0, 1) for g in (0, 1) for r in (0, 1))
IN_PYTHON = f"""
from importlib.util import find_spec
import numpy as np
import huegraft
assert not [name for name in {ABSENT} if find_spec(name)], "extras are installed"
picture = huegraft.read_picture("target.jpg").as_float()
lut = huegraft.read_lut("same.cube")
assert np.abs(huegraft.apply_lut(lut, picture) - picture).max() < 1e-5
huegraft.write_lut("again.cube", lut)
try:
    huegraft.fit_lut
except ImportError as error:
    assert 'pip install "huegraft[lut]"' in str(error), error
else:
    raise AssertionError("fit_lut is there without SciPy")
"""
WORKS = (
    ["transfer", "target.jpg", "reference.jpg", "-o", "transfer.png"],
    ["colorize", "target.jpg", "reference.jpg", "-o", "colorize.png"],
    ["explain", "target.jpg", "reference.jpg", "-o", "explained"],
    ["sweep", "target.jpg", "reference.jpg", "-o", "sheet.png", "--tau", "0.01,0.1"],
    ["suggest", "target.jpg", "."],
    ["batch", "scans", "-r", "reference.jpg", "-o", "{stem}.tif"],
)
NEEDS = {  # an extra, and what fails without it
    "lut": ["lut", "target.jpg", "reference.jpg", "-o", "look.cube"],
    "paper": ["transfer", "target.jpg", "reference.jpg", "-o", "paper.png", "--preset", "paper"],
    "torch": ["transfer", "target.jpg", "reference.jpg", "-o", "cuda.png", "--backbone", "vgg19", "--device", "cuda"],
    "film": ["colorize", "film.mkv", "reference.jpg", "-o", "colored.mkv"],
    "web": ["serve"],
    "bench": ["evaluate", "-o", "evaluation"],
}


def main() -> None:
    """Stop with an error at the first thing that does not hold."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environment = folder / "environment"
        run([sys.executable, "-m", "venv", str(environment)], folder)
        python = environment / "bin" / "python"
        index = ["--index-url", os.environ["INDEX_URL"]] if os.environ.get("INDEX_URL") else []
        run([str(python), "-m", "pip", "install", "--quiet", *index, "--constraint", str(LOCK), str(ROOT)], folder)
        megabytes = size(environment, without=("pip", "setuptools")) / 2**20
        print(f"environment without pip: {megabytes:.0f} MB, at most {MOST_MEGABYTES} asked for", flush=True)
        for source, target in zip(PICTURES, ("target.jpg", "reference.jpg"), strict=True):
            (folder / target).write_bytes(source.read_bytes())
        (folder / "scans").mkdir()
        (folder / "scans" / "scan.jpg").write_bytes(PICTURES[0].read_bytes())
        (folder / "same.cube").write_text(CUBE)
        run([str(python), "-W", "error", "-c", IN_PYTHON], folder)
        command = str(environment / "bin" / "huegraft")
        for arguments in WORKS:
            run([command, *arguments], folder)
        for extra, arguments in NEEDS.items():
            failed = subprocess.run([command, *arguments], cwd=folder, capture_output=True, text=True)  # noqa: S603
            if failed.returncode != 1 or f'pip install "huegraft[{extra}]"' not in failed.stderr:
                sys.exit(f"huegraft {arguments[0]} without the extra {extra}: {failed.returncode}, {failed.stderr}")
        if megabytes > MOST_MEGABYTES:
            sys.exit("the environment is too large")
    print("all commands ran without Torch, SciPy and scikit-image, and named the extras that others need")


def size(folder: Path, without: tuple[str, ...]) -> int:
    """Return the bytes of all files and folders, as ``du --apparent-size`` counts them, less some packages."""
    left_out = [path for name in without for path in folder.glob(f"lib/*/site-packages/{name}*")]
    return sum(
        path.lstat().st_size
        for path in [folder, *folder.rglob("*")]
        if not any(path.is_relative_to(package) for package in left_out)
    )


def run(command: list[str], folder: Path) -> None:
    """Run a command in a folder, and stop when it fails."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)  # noqa: S603
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")


if __name__ == "__main__":
    main()
