import av
import numpy as np
import pytest

from huegraft.errors import FilmError
from huegraft.film.planes import PlaneFormat, Planes
from huegraft.film.planes_of_frames import format_of, frame_of, planes_of

_BY_BITS = {
    bits: [f"gray{bits}le", f"gbrp{bits}le", *(f"yuv{part}p{bits}le" for part in ("420", "422", "444"))]
    for bits in (9, 10, 12, 14, 16)
}
EIGHT = [
    "gray",
    "yuv420p",
    "yuv422p",
    "yuv444p",
    "yuv440p",
    "yuv411p",
    "yuv410p",
    "yuvj420p",
    "yuvj422p",
    "yuvj444p",
    "yuva420p",
    "yuva422p",
    "yuva444p",
    "nv12",
    "nv21",
    "nv16",
    "nv24",
    "yuyv422",
    "uyvy422",
    "yvyu422",
    "gbrp",
    "gbrap",
    "rgb24",
    "bgr24",
    "rgba",
    "bgra",
    "argb",
    "abgr",
    "0rgb",
    "rgb0",
    "0bgr",
    "bgr0",
    "ya8",
]
DEEP = [
    "yuva444p10le",
    "yuva422p12le",
    "yuva444p16le",
    "gbrap10le",
    "gbrap16le",
    "rgb48le",
    "rgb48be",
    "bgr48le",
    "rgba64le",
    "bgra64be",
    "gray16be",
    "yuv422p10be",
    "gbrp16be",
    "p010le",
    "p012le",
    "p016le",
    "p210le",
    "p410le",
    "p010be",
    "ya16le",
]
FORMATS = [*EIGHT, *DEEP, *(name for names in _BY_BITS.values() for name in names)]


def ramps(layout, size):
    """Return planes in which every code occurs, if the size allows it, in another order in each plane."""
    count = 2**layout.bits
    chroma = [layout.chroma_size(size)] * 2 if layout.kind != "grey" else []
    shapes = [size, *chroma, *([size] if layout.alpha else [])]
    samples = [
        ((np.arange(height * width) + 37 * plane) % count).astype(layout.dtype).reshape(height, width)
        for plane, (height, width) in enumerate(shapes)
    ]
    return Planes(layout, tuple(samples))


@pytest.mark.parametrize("name", FORMATS)
def test_every_code_comes_back(name):
    for size in ((17, 33), (64, 256), (1, 1)):
        planes = ramps(format_of(name), size)
        frame = frame_of(planes, name)
        assert (frame.format.name, frame.height, frame.width) == (name, *size)
        back = planes_of(frame)
        assert back.format == planes.format
        assert back.size == size
        for ours, theirs in zip(back.samples, planes.samples, strict=True):
            assert ours.dtype == planes.format.dtype
            np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("name", ["gray", "gray10le", "gray12le", "yuv420p", "yuv420p10le", "yuv444p12le", "yuvj420p"])
@pytest.mark.parametrize("codes", ["tv", "pc"])
def test_a_lossless_codec_gives_every_code_back(name, codes, tmp_path):
    planes = ramps(format_of(name), (64, 64))
    path = tmp_path / "ramp.mkv"
    with av.open(path, "w") as container:
        stream = container.add_stream("ffv1", rate=25, options={"level": "3"})
        stream.width, stream.height, stream.pix_fmt = 64, 64, name.replace("yuvj", "yuv")
        stream.codec_context.color_range = {"tv": 1, "pc": 2}[codes]
        frame = frame_of(planes, stream.pix_fmt)
        frame.pts = 0
        container.mux([*stream.encode(frame), *stream.encode(None)])
    with av.open(path) as container:
        (read,) = container.decode(video=0)
        for ours, theirs in zip(planes_of(read).samples, planes.samples, strict=True):
            np.testing.assert_array_equal(ours, theirs)


def test_samples_of_frames_are_where_pyav_finds_them():
    rng = np.random.default_rng(3)
    for name, shape in (("rgb24", (6, 10, 3)), ("gray", (6, 10)), ("bgra", (6, 10, 4)), ("gbrp", (6, 10, 3))):
        pixels = rng.integers(0, 256, shape).astype(np.uint8)
        planes = planes_of(av.VideoFrame.from_ndarray(pixels, name)).samples
        order = {"bgra": [2, 1, 0, 3]}.get(name, [0, 1, 2])[: len(planes)]
        for index, samples in zip(order, planes, strict=True):
            np.testing.assert_array_equal(samples, pixels if pixels.ndim == 2 else pixels[..., index])


def test_planes_are_a_copy():
    planes = ramps(format_of("gray"), (4, 4))
    frame = frame_of(planes, "gray")
    copied = planes_of(frame).samples[0]
    memory = np.frombuffer(frame.planes[0], np.uint8)
    memory[:] = 0
    assert copied.any()


@pytest.mark.parametrize(
    "name", ["pal8", "rgb8", "monoblack", "xyz12le", "grayf32le", "rgb565le", "x2rgb10le", "yuv999p"]
)
def test_other_formats_are_refused_by_name(name):
    with pytest.raises(FilmError, match=f"pixel format {name} are not read.*convert the film first"):
        format_of(name)


def test_planes_must_fit_the_format():
    planes = ramps(PlaneFormat("ycbcr", 10, (2, 2)), (4, 4))
    with pytest.raises(FilmError, match="do not fit frames of the pixel format yuv420p"):
        frame_of(planes, "yuv420p")
