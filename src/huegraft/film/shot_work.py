"""Shot work: what the colours of a shot are made from."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from huegraft import __version__
from huegraft.film.project import digest_of
from huegraft.film.source import Source
from huegraft.settings import Mode, Settings

_SPACING: dict[Mode, int] = {"colorize": 4, "transfer": 8}


@dataclass(frozen=True)
class ShotWork:
    """What a shot's track is made from. Another process can do the work, because the record holds no pictures.

    Attributes
    ----------
    source
        Where the frames come from.
    start, stop
        The frames of the shot, without the end.
    mode, settings
        What is done to them.
    references : tuple of Path
        The pictures that lend their colours.
    """

    source: Source
    start: int
    stop: int
    mode: Mode
    settings: Settings
    references: tuple[Path, ...]

    @property
    def spacing(self) -> int:
        """How many frames lie from one solved frame to the next. The last frame of a shot is solved in any case."""
        return _SPACING[self.mode]

    def is_knot(self, number: int) -> bool:
        """Tell whether the shot's frame of a number, counted from 0, is solved."""
        return number % self.spacing == 0 or number == self.stop - self.start - 1

    @property
    def key(self) -> str:
        """What the track is known by: the frames, the references, the weights, the settings and the version."""
        weights = self.settings.features.weights
        content = {
            "version": __version__,
            "mode": self.mode,
            "spacing": self.spacing,
            "settings": self.settings.to_dict(),
            "weights": weights and digest_of(Path(weights)),
            "reading": repr(self.source.reading),
            "references": [digest_of(path) for path in self.references],
            "frames": self.source.index.digests[self.start : self.stop].tolist(),
        }
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:32]
