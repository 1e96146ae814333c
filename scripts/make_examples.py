"""Make the example pairs of the page from photographs of scikit-image (CC0): web/public/static/examples/.

python scripts/make_examples.py
"""

from pathlib import Path

from PIL import Image
from skimage import data

FOLDER = Path(__file__).parent.parent / "web" / "public" / "static" / "examples"
SIDE, QUALITY = 640, 88


def main() -> None:
    """Write four pictures."""
    coffee, chelsea, rocket = (Image.fromarray(each) for each in (data.coffee(), data.chelsea(), data.rocket()))
    width, height = coffee.size
    pairs = {
        "transfer-target": chelsea,
        "transfer-reference": rocket,
        "colorize-target": coffee.crop((0, 0, width * 3 // 4, height)).convert("L"),
        "colorize-reference": coffee.crop((width // 4, 0, width, height)).transpose(Image.Transpose.FLIP_LEFT_RIGHT),
    }
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, picture in pairs.items():
        picture.thumbnail((SIDE, SIDE))
        picture.save(FOLDER / f"{name}.jpg", quality=QUALITY, optimize=True)


if __name__ == "__main__":
    main()
