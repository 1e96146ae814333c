"""Encoder: one of FFmpeg's, set up for a film. The join opens it too, for the same header."""

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from typing import cast

import av
from av.codec.codec import UnknownCodecError
from av.codec.context import Flags
from av.error import FFmpegError
from av.video.codeccontext import VideoCodecContext

from huegraft.errors import ArgumentError, FilmError
from huegraft.film.codecs import CODECS, Encoding
from huegraft.film.reading import Reading
from huegraft.threads import thread_count

# Numbers of ITU-T H.273, which FFmpeg takes over. A film tagged with BT.709 means its curve too, and so on.
_MATRICES = {"rgb": 0, "bt709": 1, "bt470bg": 5, "bt601": 6, "bt2020": 9}
_PRIMARIES = {"bt709": 1, "bt601-625": 5, "bt601-525": 6, "bt2020": 9}
_CURVES = {"rgb": 13, "bt709": 1, "bt470bg": 6, "bt601": 6, "bt2020": 14}
_RANGES = {"tv": 1, "pc": 2}


@dataclass(frozen=True)
class ColorTags:
    """How a film's colours are tagged, in the numbers of ITU-T H.273."""

    colorspace: int
    color_primaries: int
    color_trc: int
    color_range: int

    def put_on(self, tagged: VideoCodecContext | av.VideoFrame) -> None:
        """Write the tags on an encoder, or on a frame: some encoders ask the frame."""
        tagged.colorspace, tagged.color_range = self.colorspace, self.color_range
        tagged.color_primaries, tagged.color_trc = self.color_primaries, self.color_trc


@dataclass(frozen=True)
class EncoderSettings:
    """All that the bytes of an encoded film depend on, the frames apart.

    Attributes
    ----------
    encoding
        The codec, and the layout of the frames.
    size : (H, W)
        The size of the frames.
    rate
        Frames a second; the mean where the rate varies. Above 0.
    reading
        What the code values of the frames stand for. The range is that of the encoding.
    pixel_aspect
        How many times wider than high a pixel is shown. Above 0.
    quality
        The quality in the codec's own numbers (x264 and x265: CRF, 0 to 51; svtav1: CRF, whole numbers from 1 to 63);
        None takes the default.
    reproducible
        Whether each run has to give the same bytes. It is slower with some codecs.
    """

    encoding: Encoding
    size: tuple[int, int]
    rate: Fraction
    reading: Reading
    pixel_aspect: Fraction = Fraction(1)
    quality: float | None = None
    reproducible: bool = False

    @property
    def frame_time(self) -> Fraction:
        """The seconds of one frame, in numbers that fit the fields of a codec."""
        return 1 / self.rate.limit_denominator(100_000)

    @property
    def tags(self) -> ColorTags:
        """How the film's colours are tagged."""
        rgb = self.encoding.format.kind == "rgb"
        matrix = "rgb" if rgb else "bt709" if self.reading.matrix == "rgb" else self.reading.matrix
        curve = _CURVES["bt709" if self.reading.lut else self.reading.matrix]
        return ColorTags(_MATRICES[matrix], _PRIMARIES[self.reading.primaries], curve, _RANGES[self.encoding.range])


def opened(settings: EncoderSettings, threads: int = 0) -> VideoCodecContext:
    """Return an encoder that is ready for frames.

    Parameters
    ----------
    settings
        The film's settings.
    threads
        How many threads the encoder runs; 0 lets the encoder choose.

    Raises
    ------
    ArgumentError
        If the quality is out of the codec's range.
    FilmError
        If the encoder does not take the settings, or FFmpeg was built without it.
    """
    context = _created(settings)
    set_up(context, settings, accepted(settings), threads)
    return _open(context, settings)


def accepted(settings: EncoderSettings) -> Mapping[str, str]:
    """Return the first of the codec's alternatives that the encoder accepts; the last where it accepts none."""
    codec = CODECS[settings.encoding.codec]
    for alternative in codec.alternatives[:-1]:
        context = _created(settings)
        set_up(context, settings, alternative, threads=1)
        with suppress(FFmpegError):
            context.open()
            return alternative
    return codec.alternatives[-1]


def header_writer(context: VideoCodecContext, settings: EncoderSettings, extradata: bytes) -> None:
    """Set up the encoder of an output's stream, which encodes nothing: it tells the muxer what the packets are."""
    set_up(context, settings, accepted(settings), threads=1)
    _open(context, settings)
    if extradata:
        context.extradata = extradata


def _created(settings: EncoderSettings) -> VideoCodecContext:
    codec = CODECS[settings.encoding.codec]
    for variable, value in codec.environment.items():
        os.environ.setdefault(variable, value)
    try:
        return cast(VideoCodecContext, av.CodecContext.create(codec.encoder, "w"))
    except UnknownCodecError as cause:
        raise FilmError(
            f"FFmpeg was built without {codec.encoder}; choose another codec than {settings.encoding.codec}"
        ) from cause


def _open(context: VideoCodecContext, settings: EncoderSettings) -> VideoCodecContext:
    try:
        context.open()
    except FFmpegError as cause:
        height, width = settings.size
        raise FilmError(
            f"{context.name} cannot encode {width} × {height} pixels of {settings.encoding.pixel_format}: {cause}; "
            "another codec may"
        ) from cause
    return context


def set_up(context: VideoCodecContext, settings: EncoderSettings, alternative: Mapping[str, str], threads: int) -> None:
    """Write a film's settings on an encoder that is not open yet."""
    codec = CODECS[settings.encoding.codec]
    context.height, context.width = settings.size
    context.pix_fmt = settings.encoding.pixel_format
    context.time_base, context.framerate = settings.frame_time, 1 / settings.frame_time
    context.sample_aspect_ratio = settings.pixel_aspect.limit_denominator(255)
    settings.tags.put_on(context)
    context.flags |= Flags.global_header.value | Flags.closed_gop.value
    context.thread_type, context.thread_count = codec.threading, threads
    options = {**alternative, **_options(settings)}
    number = str(threads or thread_count())
    context.options = {name: value.replace("{threads}", number) for name, value in options.items()}


def _options(settings: EncoderSettings) -> dict[str, str]:
    codec = CODECS[settings.encoding.codec]
    options = dict(codec.options)
    if settings.reproducible:
        options |= codec.reproducible
    if settings.quality is not None:
        options |= _quality(settings)
    if settings.encoding.format.subsampling != (1, 1):
        options["chroma_sample_location"] = settings.reading.siting
    return options


def _quality(settings: EncoderSettings) -> dict[str, str]:
    codec = CODECS[settings.encoding.codec]
    if codec.quality is None:
        raise ArgumentError(f"{settings.encoding.codec} has one quality; a quality of {settings.quality} was asked for")
    option, best, worst = codec.quality
    quality = settings.quality
    if quality is None or not best <= quality <= worst or (codec.whole_quality and quality % 1):
        numbers = "in whole numbers " if codec.whole_quality else ""
        raise ArgumentError(
            f"quality of {settings.encoding.codec} is {numbers}from {best:g} (best) to {worst:g}; got {quality:g}"
        )
    return {option: f"{quality:g}"}
