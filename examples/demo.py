"""Recolour two real photographs and put the results into demo/.

The photographs come inside scikit-image and scikit-learn (the README names their authors and licences). The transfer
gives a pagoda by day the colours of a rocket at dusk. The colourisation gives a grey cat the colours of a picture made
from the same photograph, mirrored, turned and cropped: the right answer is known.
"""

import subprocess
import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps
from skimage.transform import rotate

from huegraft.color import grey_from_srgb
from huegraft.evaluate.package import photograph

FOLDER = Path(__file__).resolve().parent.parent / "demo"
SHEET_HEIGHT = 240


def main() -> None:
    """Write the photographs, run both commands on them, and set target, reference and result side by side."""
    FOLDER.mkdir(exist_ok=True)
    cat = photograph("chelsea")
    turned = rotate(cat[:, ::-1], 8, mode="reflect")[40:-40, 60:-60]
    recolor("transfer", photograph("china"), photograph("rocket"))
    recolor("colorize", grey_from_srgb(cat), turned)


def recolor(mode: str, target: np.ndarray, reference: np.ndarray) -> None:
    """Run one command as a user would, and put its three pictures on one sheet."""
    names = [f"{mode}_{role}.png" for role in ("target", "reference", "result")]
    for name, picture in zip(names, (target, reference), strict=False):
        Image.fromarray(np.rint(picture * 255).astype(np.uint8)).save(FOLDER / name)
    arguments = ["huegraft", mode, names[0], names[1], "-o", names[2], "--force"]
    print("$", *arguments, flush=True)
    subprocess.run([sys.executable, "-m", *arguments], cwd=FOLDER, check=True)  # noqa: S603
    sheet = FOLDER / f"{mode}.jpg"
    side_by_side([FOLDER / name for name in names]).save(sheet, quality=90)
    print(f"  target, reference and result side by side: {sheet}", flush=True)


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
