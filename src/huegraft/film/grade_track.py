"""Grade track: the grades of a shot of a recoloured film at some of its frames, kept apart from its pictures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors.numpy import save

from huegraft.compiled.grade import FlatGrade
from huegraft.errors import FilmError
from huegraft.io.tensors import read_record, write_record
from huegraft.records import Frozen
from huegraft.shapes import Float32, Int64

_NUMBERS = ("tones", "matrix", "before", "after", "limits", "coefficients", "by_color", "by_place", "kept")
_SCHEMA = "1"


@dataclass(frozen=True, eq=False)
class GradeTrack(Frozen):
    """The grades of a shot at its knots. Between two knots the numbers of a grade are interpolated.

    Attributes
    ----------
    knots : (k,) int64
        Frames of the shot, counted from its first frame. The first and the last frame are knots.
    confidence : (k,) float32
        The mean confidence at each knot.
    grades : mapping of (k, …) float32
        The numbers of the grades, by the names of :class:`huegraft.compiled.grade.FlatGrade`.
    """

    knots: Int64[np.ndarray, " k"]
    confidence: Float32[np.ndarray, " k"]
    grades: Mapping[str, np.ndarray]

    @classmethod
    def of(cls, knots: Sequence[int], confidence: Sequence[float], grades: Sequence[FlatGrade]) -> "GradeTrack":
        """Return the track of the grades at knots."""
        levels = max(len(grade.kept) for grade in grades)
        numbers = {name: [getattr(grade, name) for grade in grades] for name in _NUMBERS}
        numbers["kept"] = [np.resize(each, levels) if len(each) == 1 else each for each in numbers["kept"]]  # of zeros
        stacked = {name: np.stack(values) for name, values in numbers.items()}
        return cls(np.array(knots, np.int64), np.array(confidence, np.float32), stacked)

    def __len__(self) -> int:
        return int(self.knots[-1]) + 1

    @property
    def constant(self) -> bool:
        """Whether all frames have the same grade."""
        return all((values == values[0]).all() for values in self.grades.values())

    def __getitem__(self, frame: int) -> FlatGrade:
        if not 0 <= frame < len(self):
            raise IndexError(f"the track has {len(self)} frames, got {frame}")
        before = min(int(np.searchsorted(self.knots, frame, "right")), len(self.knots) - 1) - 1
        if before < 0:  # a single frame
            return FlatGrade(**{name: values[0] for name, values in self.grades.items()})
        first, last = self.knots[before : before + 2]
        share = np.float32((frame - first) / (last - first))
        return FlatGrade(
            **{
                name: values[before] + share * (values[before + 1] - values[before])
                for name, values in self.grades.items()
            }
        )


def write_grade_track(path: Path, track: GradeTrack) -> None:
    """Write a track of grades as safetensors, whole or not at all.

    Raises
    ------
    FilmError
        If the file cannot be written.
    """
    arrays = {"knots": track.knots, "confidence": track.confidence, **track.grades}
    content = save({name: np.array(values) for name, values in arrays.items()}, {"schema": _SCHEMA})
    write_record(path, content, FilmError, replace=True)


def read_grade_track(path: Path) -> GradeTrack:
    """Read a track of grades.

    Raises
    ------
    FilmError
        If the file is missing, damaged, or no track of grades.
    """
    metadata, arrays = read_record(path, "track of grades", FilmError)
    if metadata.get("schema") != _SCHEMA or set(arrays) != {"knots", "confidence", *_NUMBERS}:
        raise FilmError(f"{path} is no track of grades of this version; compute the shot again")
    return GradeTrack(arrays["knots"], arrays["confidence"], {name: arrays[name] for name in _NUMBERS})
