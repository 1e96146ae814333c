"""Combing: whether the frames of a film are of two fields, told from the pictures where no flag says it."""

import numpy as np

_DENSE, _CLOSE, _WIDE = 60, 3, 24
"""Up to which frame one frame of how many is looked at, and one of how many after it. None is a multiple of five, the
period of telecined films."""
_LINES = 240  # that films of two fields have at least, even if they are cropped
_COLUMNS = 320  # that are looked at, about
_SIDES = (1.12, 0.96), (1.5, 0.75)
"""How much worse the one neighbour has to fit than the other, and how badly the frame's own lines have to fit, by the
neighbour that fits better: either of the two will do."""
_DOUBLED = 0.52  # how badly they have to fit, by the lines of one field: pictures whose lines stand twice have 0.5
_FEW, _SHARE = 3, 0.15  # how many of the frames have to be combed
_OF_ONE_ORDER = 0.8  # how many of these have to have one order of fields


class Combing:
    """Looks at some frames of a film, one after the other.

    The lines between the lines of a frame are taken from the frame itself, from the one before it and from the one
    after it. In a frame of two fields, lines of one neighbour fit nearly as well as its own lines, or better, and those
    of the other neighbour fit much worse; which one, depends on the field. In a progressive frame both neighbours fit
    alike, whatever moves.
    """

    def __init__(self) -> None:
        self._seen = 0
        self._recent: list[np.ndarray] = []
        self._orders: list[int] = []  # 1 or -1 by the order of the fields of a frame that is combed, 0 for others

    def add(self, luma: np.ndarray) -> None:
        """Take the next frame of the film: its samples (H, W) of luma or of green, of any depth."""
        step = _CLOSE if self._seen < _DENSE else _WIDE
        phase = self._seen % step
        self._seen += 1
        if phase > 2 or len(luma) < _LINES:
            return
        self._recent.append(luma[:, :: max(1, luma.shape[1] // _COLUMNS)].astype(np.float32))
        if phase == 2:
            self._orders.append(_order(*self._recent))
            self._recent.clear()

    @property
    def found(self) -> bool:
        """Whether the film is interlaced or telecined, as far as the frames tell that were added."""
        orders = np.array(self._orders)
        combed = int(np.abs(orders).sum())
        return combed >= max(_FEW, _SHARE * len(orders)) and bool(abs(orders.sum()) >= (2 * _OF_ONE_ORDER - 1) * combed)


def _order(before: np.ndarray, frame: np.ndarray, after: np.ndarray) -> int:
    """Return 1 or -1 by the order of the fields of a frame that is combed, and 0 for another frame."""
    around = frame[:-2] + frame[2:]
    own, back, forth = (np.abs(2 * lines[1:-1] - around).sum(axis=1) for lines in (frame, before, after))
    first, second = back[0::2].sum() + forth[1::2].sum(), back[1::2].sum() + forth[0::2].sum()
    low, high = sorted((float(first), float(second)))
    field = np.abs(2 * frame[2:-2] - frame[:-4] - frame[4:]).sum()
    combed = any(high > sided * low and own.sum() >= rough * low for sided, rough in _SIDES)
    if not combed or own.sum() < _DOUBLED * field:
        return 0
    return 1 if first > second else -1
