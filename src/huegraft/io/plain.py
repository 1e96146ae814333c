"""GIF, BMP and TGA, read only, by Pillow."""

from pathlib import Path

from PIL import Image

from huegraft.io.content import COMMENT, Content, Unsupported, text_of
from huegraft.io.limits import refuse_implausible
from huegraft.io.pillow import samples_of

_KINDS = {b"GIF": "GIF", b"BM": "BMP"}


def read(path: Path) -> Content:
    """Read a picture, or the first frame of an animation."""
    with path.open("rb") as file:
        head = file.read(3)
    kind = next((kind for mark, kind in _KINDS.items() if head.startswith(mark)), "TGA")
    try:
        with Image.open(path, formats=[kind]) as image:
            refuse_implausible(image, 1, path)
            content = samples_of(image)
            if kind == "GIF" and getattr(image, "is_animated", False):
                content.notes.append("it has several frames; the first frame is taken")
            comment, density = image.info.get("comment"), image.info.get("dpi")
    except OSError as error:
        if str(error).startswith("Unsupported"):
            raise Unsupported(f"a {kind} of this kind is not read ({error})") from error
        raise
    if isinstance(comment, bytes) and comment:
        content.add_texts([(COMMENT, text_of(comment))])
    if density and min(density) > 0:
        content.resolution = float(density[0]), float(density[1]), "inch"
    return content
