"""Welsh, Ashikhmin, Mueller. Transferring color to greyscale images. SIGGRAPH 2002. doi:10.1145/566570.566576."""

import numpy as np
from scipy.ndimage import uniform_filter
from scipy.spatial import KDTree

from huegraft.evaluate.methods.ruderman import lalphabeta_from_rgb, rgb_from_lalphabeta
from huegraft.shapes import Float64
from huegraft.types import AnyPicture

_GRID = (10, 20)  # about 200 samples
_NEIGHBOURHOOD = 5


def welsh(target: AnyPicture, reference: AnyPicture) -> AnyPicture:
    """Give each pixel α and β of the sample whose luminance and deviation nearby are nearest; both count half.

    There are 200 jittered samples. The luminance of the reference is first given the mean and deviation of the target.
    """
    ours, theirs = lalphabeta_from_rgb(target), lalphabeta_from_rgb(reference)
    scale = ours[..., 0].std() / max(theirs[..., 0].std(), 1e-6)
    theirs[..., 0] = (theirs[..., 0] - theirs[..., 0].mean()) * scale + ours[..., 0].mean()
    rows, columns = _jittered(*reference.shape[:2])
    _, nearest = KDTree(_statistics(theirs[..., 0])[rows, columns]).query(_statistics(ours[..., 0]), p=1)
    colored = np.concatenate([ours[..., :1], theirs[rows, columns][nearest][..., 1:]], axis=-1)
    return np.clip(rgb_from_lalphabeta(colored), 0, 1).astype(np.float32)


def _statistics(luminance: Float64[np.ndarray, "_ _"]) -> Float64[np.ndarray, "_ _ 2"]:
    mean = uniform_filter(luminance, _NEIGHBOURHOOD)
    variance = uniform_filter(luminance**2, _NEIGHBOURHOOD) - mean**2
    return np.stack([luminance, np.sqrt(np.maximum(variance, 0))], axis=-1)


def _jittered(height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Return one random pixel of each cell of a grid."""
    rng = np.random.default_rng(0)
    down, across = _GRID if height <= width else _GRID[::-1]
    rows = (np.arange(down)[:, None] + rng.uniform(size=(down, across))) / down * height
    columns = (np.arange(across)[None] + rng.uniform(size=(down, across))) / across * width
    return rows.astype(int).ravel(), columns.astype(int).ravel()
