"""Why a picture got its colours: every step as a picture, and the reference superpixels that points attend to."""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass

import numpy as np

from huegraft.arrays import as_source
from huegraft.parts import check_place
from huegraft.picture import Picture
from huegraft.records import Result, superpixel_at
from huegraft.report.drawing import with_boundaries
from huegraft.request import Request
from huegraft.session import Session
from huegraft.settings import Mode, Settings
from huegraft.shapes import Float, Int32
from huegraft.stages.bars import without_bars
from huegraft.stages.prepare import prepare
from huegraft.types import AnyPicture
from huegraft.windows import Frame, in_frame

_LISTED = 5


@dataclass(frozen=True, eq=False)
class Point:
    """The reference superpixels that one target superpixel attends to.

    Attributes
    ----------
    superpixel : int
        The index i of the target superpixel.
    entropy : float
        The entropy of A(i, ·) over log N_R. At 0 one reference superpixel is taken, at 1 all are taken alike.
    best : list of (index j, A(i, j), (r, g, b))
        The reference superpixels with the largest weights, and their mean sRGB colours.
    target_picture, reference_picture : (h, w, 3) float32
        The target with its superpixel, and the reference, whose superpixels are as bright as they are weighted. The
        best ones are outlined.
    """

    superpixel: int
    entropy: float
    best: Sequence[tuple[int, float, tuple[float, float, float]]]
    target_picture: AnyPicture
    reference_picture: AnyPicture


@dataclass(frozen=True, eq=False)
class Explanation:
    """The pictures of each step by name, with texts that say what they show, and the chosen points."""

    pictures: dict[str, tuple[str, AnyPicture]]
    points: Sequence[Point]
    result: Result


def explain(
    mode: Mode,
    target: AnyPicture | Picture,
    reference: AnyPicture | Picture,
    settings: Settings | None = None,
    points: Sequence[tuple[float, float]] = (),
    *,
    session: Session | None = None,
    progress: Callable[[str], None] | None = None,
) -> Explanation:
    """Run the method and keep what each step made.

    Parameters
    ----------
    mode
        "transfer" or "colorize".
    target, reference
        sRGB in [0, 1], or Pictures.
    points
        Positions (x, y) in pixels of the full-size target, with its bars. By default they are the middles of the target
        superpixels with the lowest, the median and the highest entropy of attention.
    session
        The session that runs it. By default the call makes a session of its own.
    progress
        As for `huegraft.transfer`.

    Raises
    ------
    ArgumentError
        If a point lies outside the target or in a black bar of it, and as `huegraft.transfer` does.
    """
    settings = settings or Settings()
    sources = [as_source(target, "target"), as_source(reference, "reference")]
    pictures = [source.as_float() for source in sources]
    for point in points:
        check_place(point, Frame(sources[0].size), "point", "target")
    with Session(max_bytes=0) if session is None else nullcontext(session) as used:
        encoded = used.encode(sources[1], settings, mode, progress=progress)
        result = used.run(Request(mode, sources[0], (encoded,), settings), progress=progress)
    image = result.image.as_float() if isinstance(result.image, Picture) else result.image
    entropy = attention_entropy(result.attention)
    if points:
        for point in points:
            check_place(point, Frame(result.look.size, result.look.bars), "point", "target")
        chosen = [superpixel_at(point, result.look.labels, result.look.window) for point in points]
    else:
        order = np.argsort(entropy, kind="stable")
        chosen = list(dict.fromkeys([int(order[0]), int(order[len(order) // 2]), int(order[-1])]))
    mapped = mode == "transfer" and settings.grade.base != "none"
    matched = (result.attention @ encoded.color_mean).astype(np.float32)
    frames = [Frame(result.look.size, result.look.bars), encoded.geometry.frame]
    ready = [
        prepare(without_bars(each, frame.bars), mode, settings.prepare)
        for each, frame in zip(sources, frames, strict=True)
    ]
    seen, theirs = (in_frame(each.seen, frame, 0) for each, frame in zip(ready, frames, strict=True))
    their_color = in_frame(ready[1].color, frames[1], 0)
    labels, their_labels = result.labels, in_frame(encoded.labels, frames[1], -1)
    steps = {
        "target_superpixels": (
            "Superpixels of the target (Figure 1)",
            with_boundaries(seen, labels + 1),
        ),
        "reference_superpixels": (
            "Superpixels of the reference",
            with_boundaries(theirs, their_labels + 1),
        ),
        "matched": ("Matched colour of each target superpixel, Σ_j A(i, j) Ī_R(j)", _on_pixels(matched, labels)),
        "entropy": (
            "Entropy of attention: dark is decided, bright is undecided",
            _as_grey(_on_pixels(entropy, labels)),
        ),
        "confidence": ("Confidence: bright where the colour is likely right", _as_grey(result.confidence)),
        "fused": ("Colours of the maps, at the working size" if mapped else "Fused colours Î", result.working_image),
        "result": ("The result", image),
    }
    first = {"target": ("The target", pictures[0]), "reference": ("The reference", pictures[1])}
    return Explanation(
        pictures=first | steps,
        points=[_point(i, entropy[i], result, their_labels, encoded.color_mean, (seen, their_color)) for i in chosen],
        result=result,
    )


def attention_entropy(attention: Float[np.ndarray, "n_t n_r"]) -> Float[np.ndarray, " n_t"]:
    """Return the entropy of each row over the logarithm of its length, in [0, 1]. It is 0 for a single column."""
    logarithm = np.log(np.where(attention > 0, attention, 1))
    return -(attention * logarithm).sum(axis=1) / max(np.log(attention.shape[1]), 1e-12)


def _point(
    superpixel: int,
    entropy: float,
    result: Result,
    reference_labels: Int32[np.ndarray, "h w"],
    colors: Float[np.ndarray, "n 3"],
    pictures: tuple[AnyPicture, AnyPicture],
) -> Point:
    weights = result.attention[superpixel]
    order = np.argsort(-weights, kind="stable")[:_LISTED]
    brightness = 0.15 + 0.85 * weights / weights.max()
    own = result.labels == superpixel
    return Point(
        superpixel=superpixel,
        entropy=float(entropy),
        best=[
            (int(j), float(weights[j]), (float(colors[j, 0]), float(colors[j, 1]), float(colors[j, 2]))) for j in order
        ],
        target_picture=with_boundaries(pictures[0] * np.float32(0.3) ** ~own[..., None], own.astype(np.int32)),
        reference_picture=with_boundaries(
            (pictures[1] * _on_pixels(brightness, reference_labels)[..., None]).astype(np.float32),
            np.where(np.isin(reference_labels, order), reference_labels + 1, 0).astype(np.int32),
        ),
    )


def _on_pixels(values: Float[np.ndarray, "n ..."], labels: Int32[np.ndarray, "h w"]) -> Float[np.ndarray, "h w ..."]:
    """Return the values of superpixels at their pixels. Bars, whose label is -1, get 0."""
    return np.concatenate([values, np.zeros_like(values[:1])])[labels]


def _as_grey(values: Float[np.ndarray, "h w"]) -> AnyPicture:
    return np.repeat(values.astype(np.float32)[..., None], 3, axis=2)
