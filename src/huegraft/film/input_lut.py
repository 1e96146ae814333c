"""Input LUT: films whose code values are not those of video, brought to BT.709 by a lookup table."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from huegraft.compiled.lut import look_up_in_curves, look_up_in_tetrahedra
from huegraft.errors import LutFileError
from huegraft.film.coding import luma_levels
from huegraft.film.decode import FilmFile
from huegraft.film.planes import PlaneFormat, Planes
from huegraft.film.reading import Reading
from huegraft.film.ycbcr import dithered, picture_of
from huegraft.io.lut import read_lut_or_curves
from huegraft.lut.table import Curves, Lut
from huegraft.shapes import Float32


@dataclass(frozen=True, eq=False)
class InputLut:
    """A lookup table from the R′G′B′ of a film to that of BT.709, which is taken as sRGB.

    Attributes
    ----------
    path
        Its file.
    table
        What the file holds.
    digest
        The SHA-256 of the file, in hexadecimal.
    """

    path: Path
    table: Lut | Curves
    digest: str

    @classmethod
    def read(cls, path: Path) -> "InputLut":
        """Read a .cube file.

        Raises
        ------
        LutFileError
            If the file is missing or damaged.
        """
        table = read_lut_or_curves(path)
        try:
            return cls(path, table, hashlib.sha256(path.read_bytes()).hexdigest())
        except OSError as error:
            raise LutFileError(f"cannot read {path}: {error}") from error

    def planes(self, rgb: Float32[np.ndarray, "H W 3"], bits: int) -> tuple[np.ndarray, ...]:
        """Return the planes of R′, G′, B′ that the table gives for those of a film, in the nearest codes of full range.

        Parameters
        ----------
        rgb
            Values beyond the domain of the table get the value of the nearest colour of the domain.
        bits
            How many bits the codes have.
        """
        low, high = np.array(self.table.domain, dtype=np.float32)
        look_up = look_up_in_curves if isinstance(self.table, Curves) else look_up_in_tetrahedra
        found = np.moveaxis(look_up(rgb, self.table.table, low, high), 2, 0)
        levels = luma_levels(bits, "pc")
        return tuple(dithered(np.ascontiguousarray(each), levels, bits, 0, 0, nearest=True) for each in found)

    def reading(self, of_film: Reading) -> Reading:
        """Return what the code values stand for that the table gives for those of a film."""
        return Reading("rgb", "pc", bars=of_film.bars, lut=f"{self.digest} {replace(of_film, bars=None)!r}")


class ThroughLut:
    """A film file behind a LUT: its frames are those of R′G′B′ pictures at the depth of the film.

    Parameters
    ----------
    film
        The film file.
    lut
        The LUT.

    Attributes
    ----------
    path, index, size, rotation, pixel_aspect
        Those of the film.
    format
        R′G′B′ at the depth of the film, with its alpha.
    reading
        R′G′B′ of full range.
    """

    def __init__(self, film: FilmFile, lut: InputLut) -> None:
        self._film, self._lut = film, lut
        self.path, self.index, self.size = film.path, film.index, film.size
        self.rotation, self.pixel_aspect = film.rotation, film.pixel_aspect
        self.format = PlaneFormat("rgb", film.format.bits, alpha=film.format.alpha)
        self.reading = lut.reading(film.reading)

    def frames(self, start: int, stop: int) -> Iterator[Planes]:
        """Yield the frames from `start` to `stop`, without the end, as :meth:`FilmFile.frames` does."""
        return map(self._converted, self._film.frames(start, stop))

    def _converted(self, planes: Planes) -> Planes:
        rgb = picture_of(planes, replace(self._film.reading, primaries="bt709"))  # the LUT sees to the primaries
        alpha = planes.samples[-1:] if planes.format.alpha else ()
        return Planes(self.format, (*self._lut.planes(rgb, self.format.bits), *alpha))

    def shared(self, threads: int) -> "ThroughLut":
        """Return the film for a thread of its own, which decodes with so many threads."""
        return ThroughLut(self._film.shared(threads), self._lut)

    def close(self) -> None:
        """Close the file where frames of it are still being read."""
        self._film.close()
