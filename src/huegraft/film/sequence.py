"""Folders of numbered pictures as sources: each picture is a frame."""

import zlib
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from huegraft.encodings import SRGB
from huegraft.errors import ArgumentError, FilmError, PictureFileError
from huegraft.film.combing import Combing
from huegraft.film.first_pass import FrameProgress, small_picture_of
from huegraft.film.index import CELLS, Index
from huegraft.film.input_lut import InputLut
from huegraft.film.numbered import numbered_files
from huegraft.film.planes import PlaneFormat, Planes
from huegraft.film.planes_of_frames import format_of
from huegraft.film.probe import check_progressive, with_bars
from huegraft.film.reading import Reading
from huegraft.film.samples import Samples
from huegraft.film.wording import counted
from huegraft.io.fitting import as_depth
from huegraft.io.image import read_picture
from huegraft.io.interpretation import FloatRange
from huegraft.picture import Picture
from huegraft.stages.alpha import hides
from huegraft.types import in_unit_range

_NAMES = {
    ("grey", 8, False): "gray", ("grey", 16, False): "gray16le",
    ("rgb", 8, False): "gbrp", ("rgb", 16, False): "gbrp16le",
    ("grey", 8, True): "ya8", ("grey", 16, True): "ya16le",
    ("rgb", 8, True): "gbrap", ("rgb", 16, True): "gbrap16le",
}  # fmt: skip


class Sequence:
    """A film whose frames are numbered picture files.

    Parameters
    ----------
    path
        A folder, all of whose pictures are numbered alike, or a pattern such as ``frames/%05d.png``.
    fps
        How many frames are shown in a second; see `rate_of`. With None the frames have numbers, and no times.
    index
        What the first pass found. With None the pass is made now: all pictures are read once.
    progress
        Is told after each frame of the pass how many frames are done, and how many there are.
    float_range, layer
        As :func:`huegraft.read_picture` takes them.
    lut
        Brings the values of the pictures, whatever their encoding says, to R′G′B′ of BT.709.
    progressive
        Whether the frames are taken as progressive, even where they look combed.

    Attributes
    ----------
    path, fps
        As above.
    files : tuple of Path
        The pictures in their order.
    first : int
        The number of the first one.
    index : Index
        Its digests are those of the files. Without `fps` the unit of its times is the frame.
    size : (H, W)
        The size of all frames, upright.
    format : PlaneFormat
        Whole numbers of sRGB are laid out at their own depth. Other pictures, such as OpenEXR, are given as their view
        in sRGB at 16 bits. Films whose frames are all grey have one plane, unless there is a LUT. Films
        with a frame whose alpha hides something have a plane of alpha, too.
    reading : Reading
        R′G′B′ of full range.

    Raises
    ------
    FilmError
        If frames are missing or cannot be read, the pictures are not numbered alike, or they are not all of one size,
        depth and meaning.
    """

    def __init__(
        self,
        path: str | Path,
        fps: Fraction | float | str | None = None,
        *,
        index: Index | None = None,
        progress: FrameProgress | None = None,
        float_range: FloatRange = None,
        layer: str | None = None,
        lut: InputLut | None = None,
        progressive: bool = False,
    ):
        self.path, self.fps, self._lut = Path(path), None if fps is None else rate_of(fps), lut
        self._options: dict[str, Any] = {"float_range": float_range, "layer": layer}
        files = numbered_files(self.path)
        self.files, self.first = tuple(files.values()), min(files)
        self._like = self.picture(0)
        self.size = self._like.size
        samples = Samples[Planes](len(self.files))
        self.index = self._made_index(progress, samples) if index is None else index
        if self.fps is not None and self.index.rate != self.fps:  # the first pass did not know the rate
            self.index = replace(self.index, rate=self.fps, time_base=1 / self.fps)
        if self.index.frames != len(self.files):
            raise FilmError(
                f"{self.path} has {counted(len(self.files), 'frame')}, but its index has {self.index.frames}; bring "
                "the frames back as they were, or make the project anew (--force)"
            )
        if self.index.file_size != sum(file.stat().st_size for file in self.files):
            raise FilmError(f"frames of {self.path} have changed; choose another project, or make it anew (--force)")
        if not progressive:
            check_progressive(self.index, str(self.path))
        self.format = format_of(self.index.pixel_format)
        if lut is not None:
            self.format = replace(self.format, kind="rgb")
        self.reading = Reading("rgb" if self.format.kind == "rgb" else "bt709", "pc")
        if lut is not None:
            self.reading = lut.reading(self.reading)
        if index is None:
            self.reading = with_bars(self.reading, samples.chosen())

    def frames(self, start: int, stop: int) -> Iterator[Planes]:
        """Yield the frames from `start` to `stop`, without the end, each exactly once.

        Raises
        ------
        ArgumentError
            If the film has no such frames.
        FilmError
            If a picture has changed since the first pass, or cannot be read.
        """
        if not 0 <= start <= stop <= self.index.frames:
            raise ArgumentError(f"frames must be from 0 to {self.index.frames}, got {start} to {stop}")
        return (self._planes(number) for number in range(start, stop))

    def picture(self, number: int) -> Picture:
        """Return a frame, counted from 0, with its metadata, its alpha and its own colours.

        Raises
        ------
        FilmError
            If the picture cannot be read.
        """
        try:
            return read_picture(self.files[number], **self._options)
        except PictureFileError as error:
            raise FilmError(f"the frame {self.first + number} cannot be read: {error}") from error

    def shared(self, threads: int) -> "Sequence":
        """Return the film itself, which several threads may read."""
        return self

    def close(self) -> None:
        """Do nothing: no file stays open."""

    def _planes(self, number: int) -> Planes:
        if _crc_of(self.files[number]) != self.index.digests[number]:
            raise FilmError(
                f"{self.files[number]} has changed since the film was looked through; bring it back as it was, or "
                "make the project anew (--force)"
            )
        picture = self.picture(number)
        if self._lut is None:
            pixels = _in_srgb(picture)
            channels = range(1 if self.format.kind == "grey" else 3)
            samples = tuple(np.ascontiguousarray(pixels[..., channel]) for channel in channels)
        else:
            samples = self._lut.planes(in_unit_range(picture.pixels), self.format.bits)
        return Planes(self.format, (*samples, _alpha(picture, self.format.dtype)) if self.format.alpha else samples)

    def _made_index(self, progress: FrameProgress | None, samples: Samples[Planes]) -> Index:
        count, grey, alpha, digests = len(self.files), True, False, list[int]()
        bits, pictures, combing = 8 * _in_srgb(self._like).itemsize, bytearray(), Combing()
        for number, path in enumerate(self.files):
            digests.append(_crc_of(path))
            picture = self.picture(number)
            self._check_like_first(picture, path)
            grey = grey and _is_grey(picture.pixels)
            alpha = alpha or hides(picture.alpha)
            green = np.ascontiguousarray(_in_srgb(picture)[..., 1])
            samples.add(Planes(PlaneFormat("grey", bits), (green,)))
            combing.add(green)
            pictures += small_picture_of(green, bits).data
            if progress is not None:
                progress(number + 1, count)
        rate = self.fps or Fraction(1)
        return Index(
            pts=np.arange(count),
            durations=np.ones(count, np.int64),
            keys=np.ones(count, bool),
            digests=np.array(digests, np.uint32),
            corrupt=np.zeros(count, bool),
            interlaced=np.full(count, combing.found),
            pictures=np.frombuffer(pictures, np.uint8).reshape(-1, *CELLS),
            time_base=1 / rate,
            rate=rate,
            variable=False,
            seekable=True,
            damaged=False,
            pixel_format=_NAMES["grey" if grey else "rgb", bits, alpha],
            file_size=sum(path.stat().st_size for path in self.files),
        )

    def _check_like_first(self, picture: Picture, path: Path) -> None:
        """Raise FilmError if a frame is not of the first one's size, depth and meaning."""
        kinds = [(each.size, each.pixels.dtype, each.encoding.key) for each in (self._like, picture)]
        if kinds[0] != kinds[1]:
            (height, width), (other_height, other_width) = self.size, picture.size
            raise FilmError(
                f"{path} is {other_width}x{other_height} {picture.pixels.dtype} {type(picture.encoding).__name__}, but "
                f"the first frame is {width}x{height} {self._like.pixels.dtype} {type(self._like.encoding).__name__}; "
                "expected frames of one size, one depth and one colour profile. Convert them first"
            )


def rate_of(fps: Fraction | float | str) -> Fraction:
    """Return frames a second as an exact number: 23.976 or "23.98" are 24000/1001, and so on.

    Raises
    ------
    ArgumentError
        If it is no number above 0.

    Examples
    --------
    >>> rate_of(29.97), rate_of("24000/1001"), rate_of(25)
    (Fraction(30000, 1001), Fraction(24000, 1001), Fraction(25, 1))
    """
    try:
        rate = Fraction(fps)
    except (ValueError, TypeError, ZeroDivisionError, OverflowError) as error:
        raise ArgumentError(f"fps must be a number above 0 such as 24 or 24000/1001, got {fps!r}") from error
    if not 0 < rate <= 10**4:
        raise ArgumentError(f"fps must be above 0 and at most 10000, got {fps!r}")
    broadcast = Fraction(round(rate * 1001 / 1000) * 1000, 1001)
    if rate.denominator > 1 and abs(rate - broadcast) < rate / 5000:
        return broadcast
    return rate.limit_denominator(10**5)


def _in_srgb(picture: Picture) -> np.ndarray:
    """Return the pixels of a picture if they are whole numbers of sRGB, else its view in sRGB at 16 bits."""
    if picture.encoding == SRGB and np.issubdtype(picture.pixels.dtype, np.unsignedinteger):
        return picture.pixels
    return np.rint(picture.as_float() * np.float32(65535)).astype(np.uint16)


def _alpha(picture: Picture, dtype: type[np.uint8] | type[np.uint16]) -> np.ndarray:
    """Return the alpha of a picture in whole numbers; a picture without alpha hides nothing."""
    if picture.alpha is None:
        return np.full(picture.size, np.iinfo(dtype).max, dtype)
    return np.ascontiguousarray(as_depth(picture.alpha, np.dtype(dtype)))


def _is_grey(pixels: np.ndarray) -> bool:
    return all(np.array_equal(pixels[..., 0], pixels[..., channel]) for channel in (1, 2))


def _crc_of(path: Path) -> int:
    try:
        return zlib.crc32(path.read_bytes())
    except OSError as error:
        raise FilmError(f"cannot read {path}: {error}") from error
