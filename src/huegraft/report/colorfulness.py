"""How colourful a picture is."""

import numpy as np

from huegraft.shapes import Float


def colorfulness(picture: Float[np.ndarray, "h w 3"]) -> float:
    """Return Hasler and Süsstrunk's M = σ_rgyb + 0.3 μ_rgyb of an sRGB picture in [0, 1].

    0 is grey, 15 slightly, 33 moderately, 59 quite, 109 extremely colourful.

    References
    ----------
    D. Hasler, S. Süsstrunk. Measuring colourfulness in natural images. SPIE 5007, 2003. doi:10.1117/12.477378
    """
    red, green, blue = np.moveaxis(255 * picture.astype(np.float64), -1, 0)
    red_green, yellow_blue = red - green, (red + green) / 2 - blue
    spread = np.hypot(red_green.std(), yellow_blue.std())
    return float(spread + 0.3 * np.hypot(red_green.mean(), yellow_blue.mean()))
