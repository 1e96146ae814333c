"""Containers: the files that films are written to, and what each needs to be told."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType

from huegraft.errors import ArgumentError

_LARGEST = 2**31 - 1


@dataclass(frozen=True)
class Container:
    """What is known of one container.

    Attributes
    ----------
    muxer
        The name of the muxer in FFmpeg.
    options
        Its options.
    grid
        The step of all times, in seconds; None where each stream has steps of its own.
    pixel_aspect
        Whether the container says what shape pixels have. Matroska could; PyAV has no way to ask for it.
    siting
        Whether the container says where chroma lies.
    tags
        The four letters that name a codec, where players know others than those that the muxer takes.
    """

    muxer: str
    options: Mapping[str, str] = field(default_factory=dict[str, str])
    grid: Fraction | None = None
    pixel_aspect: bool = True
    siting: bool = False
    tags: Mapping[str, str] = field(default_factory=dict[str, str])


CONTAINERS: Mapping[str, Container] = MappingProxyType(
    {
        ".mp4": Container("mp4", {"movflags": "+faststart"}, tags={"x265": "hvc1"}),
        ".mov": Container("mov", tags={"x265": "hvc1"}),
        ".mkv": Container("matroska", grid=Fraction(1, 1000), pixel_aspect=False, siting=True),
    }
)


def container_of(suffix: str) -> Container:
    """Return the container of an ending.

    Raises
    ------
    ArgumentError
        If no container has the ending.
    """
    found = CONTAINERS.get(suffix.lower())
    if found is None:
        raise ArgumentError(f"no film is written to {suffix or 'no ending'}; choose one of {', '.join(CONTAINERS)}")
    return found


def muxer_options(container: Container, time_base: Fraction, labels: Iterable[str]) -> dict[str, str]:
    """Return the options of a muxer for a film whose times are in steps of `time_base`, with labels of these names."""
    # Packets come in order here, so the muxer need not hold ten seconds of them back for a stream with few.
    options = {"strict": "experimental", "max_interleave_delta": "1000000", **container.options}
    if container.grid is None:  # edit lists, which hold where a stream begins, have steps of this
        options["movie_timescale"] = str(min(time_base.denominator, _LARGEST))
        if any(name.lower().startswith("com.") for name in labels):  # cameras' labels have a place of their own
            options["movflags"] = options.get("movflags", "") + "+use_metadata_tags"
    return options
