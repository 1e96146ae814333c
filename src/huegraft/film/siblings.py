"""Siblings: shots that show one scene from one place, since a film cuts back and forth (decision 029)."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from huegraft.color import grey_from_srgb
from huegraft.compiled.color import lab_picture
from huegraft.compiled.shrink import shrink_areas
from huegraft.film.cuts import change_between
from huegraft.film.ranking import STRANGER
from huegraft.film.shot_list import Shot, ShotList
from huegraft.film.shot_work import ShotWork
from huegraft.film.shots import cells_inside
from huegraft.film.solver import Solver
from huegraft.film.source import Source
from huegraft.records import Encoded
from huegraft.request import Request
from huegraft.session import Session
from huegraft.settings import preset
from huegraft.stages.prepare import working_size
from huegraft.suggestion import suggest
from huegraft.types import FloatPicture

DISAGREEING = 8.0
"""The report names siblings whose a* and b* are further apart than this, in the mean over what both show."""
_SETTINGS = preset("best").replace(working_pixels=2**14)
_REACH = 64  # shots before and after a shot that it is compared with
_PLACES = (1 / 6, 1 / 2, 5 / 6)  # of a shot, where its frames are compared
_FIRST_FRAMES = 96  # of a shot: decoding to its end would take as long as colouring it
_CHANGE = 0.5  # of small pictures: up to 0.3 in one scene from one place, and from 0.6 on in others
_CERTAIN = 0.98  # the fit of one frame to the other, both ways
_SURE = 0.5  # the confidence from which on a thing counts as one that both show
_CELLS = 6, 8
_ENCODED = 2 * _REACH  # frames that are kept

Report = Callable[[int, int, str], None]
"""Told how many shots are done, of how many, and the id of the next one."""


def with_scenes(shots: ShotList, source: Source, device: str, report: Report) -> ShotList:
    """Return a shot list that says of each picture which scene it shows.

    A shot whose scene is known keeps it. The others take the scene of the shot that they are most alike, if it is
    certain that both show one scene from one place. A shot without such a sibling has its own id as its scene.

    Parameters
    ----------
    shots, source
        The shot list and its film.
    device
        The device that runs a backbone of Torch.
    report
        A function that is called with the shots that are done, of how many, and the id of the next shot.

    Raises
    ------
    FilmError
        If frames cannot be read.
    """
    pictures = [shot for shot in shots.shots if shot.kind == "picture"]
    unknown = sum(shot.scene is None for shot in pictures)
    if not unknown:
        return shots
    scenes = {shot.id: shot.scene for shot in pictures}
    with Session(max_bytes=0, device=device) as session:
        likeness, done = _Likeness(source, session), 0
        for place, shot in enumerate(pictures):
            if scenes[shot.id] is not None:
                continue
            report(done, unknown, shot.id)
            near = pictures[max(0, place - _REACH) : place + _REACH + 1]
            sibling = likeness.sibling(shot, [each for each in near if scenes[each.id]])
            scenes[shot.id] = shot.id if sibling is None else scenes[sibling.id]
            done += 1
    return replace(shots, shots=tuple(replace(shot, scene=scenes.get(shot.id, shot.scene)) for shot in shots.shots))


class _Likeness:
    """Tells which shots show one scene from one place: by small pictures, and then by features."""

    def __init__(self, source: Source, session: Session) -> None:
        self._source, self._session = source, session
        self._cells = cells_inside(source.reading.bars, source.size)
        self._encoded: dict[int, Encoded] = {}

    def sibling(self, shot: Shot, others: Sequence[Shot]) -> Shot | None:
        """Return the shot of some that shows what a shot shows, the one that is most like it."""
        own = _numbers(shot)
        pairs = [(each, mine, theirs) for each in others for mine in own for theirs in _numbers(each)]
        if not pairs:
            return None
        numbers = sorted({number for _, *pair in pairs for number in pair})
        cells = self._source.index.pictures[(numbers, *self._cells)]
        changes = change_between(cells, np.searchsorted(numbers, [pair for _, *pair in pairs]))
        refused = set[str]()
        for place in np.argsort(changes, kind="stable"):
            other, mine, theirs = pairs[place]
            if changes[place] > _CHANGE:
                break
            if other.id not in refused and self._shows_the_same(mine, theirs):
                return other
            refused.add(other.id)
        return None

    def _shows_the_same(self, one: int, other: int) -> bool:
        frames = self._of_frame(one), self._of_frame(other)
        fits = (
            suggest(target, [reference], _SETTINGS, mode="colorize", session=self._session)[0].fit
            for target, reference in (frames, frames[::-1])
        )
        return all(fit >= _CERTAIN for fit in fits)

    def _of_frame(self, number: int) -> Encoded:
        if number not in self._encoded:
            solver = Solver(ShotWork(self._source, number, number + 1, "colorize", _SETTINGS, ()), self._session)
            frame = solver.seen(next(solver.frames()))
            self._encoded[number] = self._session.encode(frame, _SETTINGS, "colorize")
            if len(self._encoded) > _ENCODED:
                del self._encoded[next(iter(self._encoded))]
        return self._encoded[number]


def alike_frames(source: Source, one: Shot, other: Shot) -> tuple[int, int]:
    """Return a frame of each of two shots: those whose small pictures are the most alike."""
    first, second = _numbers(one), _numbers(other)
    cells = source.index.pictures[([*first, *second], *cells_inside(source.reading.bars, source.size))]
    pairs = [(mine, theirs) for mine in range(len(first)) for theirs in range(len(first), len(cells))]
    mine, theirs = pairs[int(change_between(cells, np.array(pairs)).argmin())]
    return first[mine], second[theirs - len(first)]


def apart(one: FloatPicture, other: FloatPicture, session: Session) -> float | None:
    """Return how far the colours of what two frames show are apart in a* and b*.

    The one frame without its colours takes those of the other. What it becomes is compared with what it was, by the
    means of 6 by 8 cells, since single details do not match each other exactly.

    Parameters
    ----------
    one, other : (h, w, 3) float32
        The frames.
    session
        The session that matches them.

    Returns
    -------
    float, or None
        None if the frames may show different scenes.
    """
    small = [_small(each) for each in (one, other)]
    result = session.run(Request("colorize", grey_from_srgb(small[0]), (small[1],), _SETTINGS))
    sure = result.confidence >= _SURE
    if result.fit < STRANGER or not sure.any():
        return None
    rows, columns = (np.arange(side) * count // side for side, count in zip(sure.shape, _CELLS, strict=True))
    cells = (rows[:, None] * _CELLS[1] + columns)[sure]
    difference = (lab_picture(result.image) - lab_picture(small[0]))[sure]
    sums = [np.bincount(cells, difference[:, channel]) for channel in (1, 2)]
    return float(np.hypot(*sums).sum() / len(cells))


def _small(picture: FloatPicture) -> FloatPicture:
    pixels = np.ascontiguousarray(picture[..., :3], np.float32)
    size = working_size(pixels.shape[0], pixels.shape[1], _SETTINGS.prepare.working_pixels)
    return shrink_areas(pixels, size).clip(0, 1)  # codes of a film may lie outside R′G′B′


def _numbers(shot: Shot) -> list[int]:
    """Return the numbers of frames that stand for a shot."""
    length = min(shot.stop - shot.start, _FIRST_FRAMES)
    return sorted({shot.start + int(place * length) for place in _PLACES})
