"""How good a method is: sets of pictures × methods × measures (the extra ``bench``)."""

from huegraft.extras import require

require("bench", __name__, "scipy", "skimage")
