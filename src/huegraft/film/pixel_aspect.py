"""Pixel aspect: the shape of a film's pixels, written on its frames for codecs that keep it there."""

from collections.abc import Iterable, Iterator
from fractions import Fraction

import av
from av.filter import Graph


def with_pixel_aspect(frames: Iterable[av.VideoFrame], aspect: Fraction) -> Iterator[av.VideoFrame]:
    """Yield frames whose pixels have a shape.

    FFV1 writes the shape of its frames, and Matroska files by PyAV hold no other one. A frame's shape has no setter in
    PyAV; FFmpeg's filter `setsar` sets it and changes no sample.

    Parameters
    ----------
    frames
        Frames of one layout and one size.
    aspect
        How many times wider than high a pixel is shown; 1 leaves the frames as they are.
    """
    graph: Graph | None = None
    for frame in frames:
        if aspect == 1:
            yield frame
            continue
        graph = graph or _graph(frame, aspect)
        graph.vpush(frame)
        yield graph.vpull()


def _graph(frame: av.VideoFrame, aspect: Fraction) -> Graph:
    graph = Graph()
    source = graph.add_buffer(width=frame.width, height=frame.height, format=frame.format, time_base=Fraction(1, 25))
    shape = graph.add("setsar", f"sar={aspect.numerator}/{aspect.denominator}:max=1000")
    graph.link_nodes(source, shape, graph.add("buffersink")).configure()
    return graph
