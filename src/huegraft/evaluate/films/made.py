"""Made clips: frames of a photograph under a motion or a light that is known."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from scipy.ndimage import map_coordinates

from huegraft.color import linear_from_srgb, srgb_from_linear
from huegraft.evaluate.films.motion import Flow
from huegraft.stages.prepare import shrink, working_size
from huegraft.types import AnyPicture

_WINDOW, _NEAREST = 0.7, 1.25  # of the photograph's sides at the beginning of a pan; how far it zooms in
_LENGTH = 40  # frames of a pan and of a change of light, of which a shorter clip is the beginning
_STEP = 6  # pixels a frame of a moving square
_SQUARE = 0.3  # its side over the frame's height
_STOPS, _WARMTH = 1.0, 0.35  # how far light changes: stops of exposure, and of red against blue
Frames = list[AnyPicture]


def still(photograph: AnyPicture, pixels: int, count: int) -> tuple[Frames, Sequence[Flow]]:
    """Return frames that all show the same, and their motion."""
    frame = _part(photograph, pixels)
    flow = np.zeros((2, *frame.shape[:2]), np.float32)
    return [frame] * count, [flow] * (count - 1)


def pan(photograph: AnyPicture, pixels: int, count: int) -> tuple[Frames, Sequence[Flow]]:
    """Return frames that move from the upper left of a photograph to its lower right and come nearer.

    Parameters
    ----------
    photograph
        sRGB in [0, 1].
    pixels
        The most pixels of a frame.
    count
        How many frames there are.

    Returns
    -------
    frames, flows
        The flow of each frame but the first, back to the one before it.
    """
    scene = _shrunk(photograph, pixels)
    whole = np.array(scene.shape[:2])
    size = (_WINDOW * whole).astype(int)
    grid = np.indices(tuple(size)).astype(np.float64)
    middle = (size[:, None, None] - 1) / 2
    places = list[np.ndarray]()
    for share in _way(count):
        scale = _NEAREST**-share
        low, high = (size - 1) / 2, whole - 1 - scale * (size - 1) / 2
        centre = low + share * (high - low)
        places.append(centre[:, None, None] + scale * (grid - middle))
    frames = [_sampled(scene, each) for each in places]
    flows = list[Flow]()
    for before, after in pairwise(places):
        step = before[:, 1, 1] - before[:, 0, 0]
        back = (after - before[:, :1, :1]) / step[:, None, None]
        flows.append((back - grid).astype(np.float32))
    return frames, flows


def exposure(photograph: AnyPicture, pixels: int, count: int) -> tuple[Frames, Sequence[Flow]]:
    """Return a pan whose light goes from a stop below to a stop above that of the photograph."""
    frames, flows = pan(photograph, pixels, count)
    gains = np.exp2(_STOPS * (2 * _way(count) - 1))
    return [_lit(frame, np.full(3, gain)) for frame, gain in zip(frames, gains, strict=True)], flows


def warmth(photograph: AnyPicture, pixels: int, count: int) -> tuple[Frames, Sequence[Flow]]:
    """Return a pan whose light goes from blue to yellow."""
    frames, flows = pan(photograph, pixels, count)
    shifts = _WARMTH * (2 * _way(count) - 1)
    lights = [np.exp2([shift, 0, -shift]) for shift in shifts]
    return [_lit(frame, light) for frame, light in zip(frames, lights, strict=True)], flows


def moving_square(photograph: AnyPicture, other: AnyPicture, pixels: int, count: int) -> Frames:
    """Return frames in which a square of another photograph moves before a still one, from side to side."""
    ground = _part(photograph, pixels)
    height, width = ground.shape[:2]
    side = int(_SQUARE * height)
    square = shrink(other, (height, width))[(height - side) // 2 :, (width - side) // 2 :][:side, :side]
    room, top = width - side, (height - side) // 2
    frames = Frames()
    for number in range(count):
        left = _STEP * number % (2 * room)
        left = left if left <= room else 2 * room - left
        frames.append(ground.copy())
        frames[-1][top : top + side, left : left + side] = square
    return frames


def _way(count: int) -> np.ndarray:
    """Return how far each frame is on a way from 0 to 1, which it takes the same number of frames for in every clip."""
    return np.linspace(0, 1, max(count, _LENGTH))[:count]


def _shrunk(photograph: AnyPicture, pixels: int) -> AnyPicture:
    """Return a photograph at a size of which a window has at most this many pixels."""
    height, width, _ = photograph.shape
    return shrink(photograph, working_size(height, width, int(pixels / _WINDOW**2)))


def _part(photograph: AnyPicture, pixels: int) -> AnyPicture:
    """Return the middle of a photograph, as large as the frames of a pan."""
    scene = _shrunk(photograph, pixels)
    height, width = (int(_WINDOW * side) for side in scene.shape[:2])
    top, left = (scene.shape[0] - height) // 2, (scene.shape[1] - width) // 2
    return np.ascontiguousarray(scene[top : top + height, left : left + width])


def _sampled(picture: AnyPicture, places: np.ndarray) -> AnyPicture:
    channels = [map_coordinates(picture[..., each], places, order=3, mode="nearest") for each in range(3)]
    return np.stack(channels, axis=2).clip(0, 1).astype(np.float32)


def _lit(frame: AnyPicture, gains: np.ndarray) -> AnyPicture:
    """Return a frame under another light: linear R, G, B times their gains."""
    linear = linear_from_srgb(frame.astype(np.float64)) * gains
    return srgb_from_linear(linear.clip(0, 1)).clip(0, 1).astype(np.float32)
