"""Pictures of 8 bits as Pillow decodes them."""

import logging

import numpy as np
from PIL import Image

from huegraft.io.content import Content

logging.getLogger("PIL").addHandler(logging.NullHandler())  # errors that it logs are raised as well


def samples_of(image: Image.Image) -> Content:
    """Decode an opened picture: grey, RGB or CMYK, with straight alpha."""
    image.load()
    alpha = None
    if image.has_transparency_data:
        alpha = np.array((image if "A" in image.getbands() else image.convert("RGBA")).getchannel("A"))
    notes = ["the colours of its palette become RGB"] if image.mode in ("P", "PA") else []
    if image.mode not in ("L", "RGB", "CMYK"):
        image = image.convert("L" if image.mode in ("1", "LA", "La") else "RGB")
    return Content(np.atleast_3d(np.array(image)), alpha, notes=notes)
