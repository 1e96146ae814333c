"""Plain shrinking, frozen for comparison: a sparse matrix for the rows and one for the columns."""

import numpy as np
from jaxtyping import Float, Float32
from scipy import sparse


def shrink(picture: Float[np.ndarray, "H W c"], size: tuple[int, int]) -> Float32[np.ndarray, "h w c"]:
    """Resize values in [0, 1] by area averaging."""
    height, width, channels = picture.shape
    rows = _area_weights(height, size[0]) @ picture.reshape(height, -1)
    columns = rows.reshape(size[0], width, channels).swapaxes(0, 1).reshape(width, -1)
    shrunk = (_area_weights(width, size[1]) @ columns).reshape(size[1], size[0], channels).swapaxes(0, 1)
    return np.ascontiguousarray(np.clip(shrunk, 0, 1), dtype=np.float32)


def _area_weights(old: int, new: int) -> sparse.csr_array:
    edges = np.union1d(np.arange(old + 1) / old, np.arange(new + 1) / new)
    middles = (edges[1:] + edges[:-1]) / 2
    entries = (np.diff(edges) * new, ((middles * new).astype(int), (middles * old).astype(int)))
    return sparse.csr_array(entries, shape=(new, old), dtype=np.float32)
