"""Session: many calls that share what they have computed."""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from threading import Event
from typing import Any, Self

import numpy as np

from huegraft.arrays import as_source, like
from huegraft.blas import blas_on_one_thread
from huegraft.call import Progress
from huegraft.errors import ArgumentError
from huegraft.look import Look, Warm
from huegraft.memory import Memory
from huegraft.picture import Picture
from huegraft.records import Encoded, EncodedStore, Result
from huegraft.rendering import Rendering, check_size, rendered
from huegraft.request import Request, check_mode
from huegraft.settings import Mode, Settings
from huegraft.shapes import Float64
from huegraft.solving import Solving, look_of
from huegraft.stages.match import Attention
from huegraft.threads import check_cancelled, working
from huegraft.types import FloatPicture
from huegraft.windows import Frame, Window, in_frame

SESSION_BYTES = 2**29
"""What a session keeps at most, unless it is told."""


class Session:
    """Calls that share what they have computed. A change makes anew only the steps that depend on it.

    A session has no mode and no settings of its own, because each request brings them. Several threads may call a
    session at a time. A value that two calls want at once is computed once. A session can be pickled. It travels as its
    arguments, without what it remembers.

    Parameters
    ----------
    threads
        How many threads of the process's pool a call may use. With None a call may use all of them.
    max_bytes
        How many bytes the arrays that are kept between calls may take together. The session first forgets the value
        that was not used for the longest time. The memory that one call needs while it runs comes on top. It is about
        150 MB at the default working size. At 0 nothing is kept.
    device
        The device that runs a backbone of Torch: "cpu" or "cuda". Everything else runs on the CPU.
    store
        A :class:`huegraft.EncodedCache`, a folder in which encoded pictures outlast the session. The folder keeps
        references, and targets that are matched as they are. It does not keep targets that a base map recolours first.

    Raises
    ------
    ArgumentError
        If an argument is of another kind or out of range, or if the session was closed.

    Examples
    --------
    >>> import numpy as np
    >>> target, reference = np.random.default_rng(0).random((2, 24, 24, 3), np.float32)
    >>> with Session() as session:
    ...     first = session.run(Request("transfer", target, (reference,)))
    ...     half = session.run(Request("transfer", target, (reference,), Settings().replace(strength=0.5)))
    >>> sorted(half.seconds)
    ['finish']
    """

    def __init__(
        self,
        *,
        threads: int | None = None,
        max_bytes: int = SESSION_BYTES,
        device: Any = "cpu",
        store: EncodedStore | None = None,
    ) -> None:
        if threads is not None and not _is_whole(threads, 1):
            raise ArgumentError(f"threads must be None or a whole number above 0, got {threads!r}")
        if not _is_whole(max_bytes, 0):
            raise ArgumentError(f"max_bytes must be a whole number, 0 or more, got {max_bytes!r}")
        if not isinstance(store, EncodedStore | None):
            raise ArgumentError(f"store must be huegraft.EncodedCache(folder), got {type(store).__name__}")
        self._arguments = {"threads": threads, "max_bytes": max_bytes, "device": device, "store": store}
        self._threads, self._device, self._store = threads, str(device), store
        self._memory: Memory | None = Memory(max_bytes)

    def encode(
        self,
        picture: Any,
        settings: Settings | None = None,
        mode: Mode = "transfer",
        *,
        mask: Any = None,
        cancel: Event | None = None,
        progress: Progress | None = None,
    ) -> Encoded:
        """Encode a picture once, and use it as a reference for many targets.

        Parameters
        ----------
        picture
            As in a :class:`huegraft.Request`.
        settings
            By default ``Settings()``. Only the settings of preparing, segmenting and describing have an effect.
        mode
            The mode that the reference will serve: "transfer" or "colorize".
        mask : (H, W) array in [0, 1], bool, or whole numbers that stand for [0, 1]; optional
            Where the reference may lend its colours, and how readily. Each superpixel lends its colours by the mean of
            the mask over the superpixel.
        cancel, progress
            As for `solve`.

        Raises
        ------
        PictureError
            If the picture is not one; if the mask is 0 everywhere or of another size.
        SettingsError, BackboneError, WeightsError, MissingExtraError
            As for `solve`.
        """
        check_mode(mode)
        with self._working(cancel):
            return self._solving(progress).encode(mode, Settings() if settings is None else settings, picture, mask)

    def solve(
        self,
        request: Request,
        *,
        warm: Warm | None = None,
        cancel: Event | None = None,
        progress: Progress | None = None,
    ) -> Look:
        """Find the colours that a request asks for, without laying them over the target.

        Parameters
        ----------
        request
            The request to solve.
        warm
            The ``look.warm`` of the frame before in the same shot. The superpixels go on from that frame, and the
            whitening and the base map stay as they are. The result is quicker and steadier than without `warm`, and it
            is not the same.
        cancel
            Once this event is set, the call ends with :class:`huegraft.Cancelled`, within a tenth of a second. Steps
            that were finished serve later calls.
        progress
            A function that is called with the name of each stage as the stage begins.

        Raises
        ------
        PictureError
            If a picture is no picture, or holds NaN or values outside [0, 1]; if a mask is not of its picture's size,
            or is 0 everywhere.
        ArgumentError
            If a region or a pin does not fit the pictures, or `warm` does not fit the request.
        SettingsError, BackboneError, WeightsError, MissingExtraError
            If a setting is out of range, or the backbone, its weights or an extra is missing.
        EncodedMismatchError
            If an encoded reference was made with other settings.
        Cancelled
            If `cancel` was set.
        """
        with self._working(cancel):
            solving = self._solving(progress)
            graph, _ = solving.graph(request, warm)
            return look_of(request, graph, solving.values(graph.look), kept=self._open().keeps)

    def render(
        self,
        look: Look,
        target: Any,
        *,
        size: tuple[int, int] | None = None,
        window: Window | tuple[int, int, int, int] | None = None,
        cancel: Event | None = None,
    ) -> Rendering:
        """Lay the colours of a look over its target.

        Parameters
        ----------
        look
            The look that `solve` gave, in this session or in another one.
        target
            The picture that the look was solved for.
        size
            The greatest height and width that the output may have. The target is shrunk to this size, and never
            enlarged. The size that the look was worked out at does not depend on `size`.
        window : (top, bottom, left, right), optional
            The rows and columns of the output to render, without the ends. They are the same as in the whole output,
            byte for byte.
        cancel
            As for `solve`.

        Raises
        ------
        PictureError
            If the target is no picture, or if its size is not the size that the look was solved for.
        ArgumentError
            If the window lies outside the output.
        Cancelled
            If `cancel` was set.
        """
        if not isinstance(look, Look):
            hint = "; a result has it as .look" if isinstance(look, Result) else ""
            raise ArgumentError(f"look must be a huegraft.Look, got {type(look).__name__}{hint}")
        source = as_source(target, "target")
        with self._working(cancel):
            picture, clipped = rendered(look, source, size, window)
        return Rendering(_image_like(target, picture), clipped)

    def run(
        self,
        request: Request,
        *,
        warm: Warm | None = None,
        size: tuple[int, int] | None = None,
        cancel: Event | None = None,
        progress: Progress | None = None,
    ) -> Result:
        """Solve a request and render it.

        Parameters
        ----------
        request
            The request to solve and render.
        size
            As for `render`.
        warm, cancel, progress
            As for `solve`. The errors of `solve` are raised here, too.
        """
        check_size(size)
        with self._working(cancel):
            solving = self._solving(progress)
            graph, source = solving.graph(request, warm)
            *found, attention, working_image = solving.values([*graph.look, graph.attention, graph.working_image])
            look = look_of(request, graph, found, kept=self._open().keeps)
            with solving.clock("finish"):
                rendering = rendered(look, source, size)
        return _result(request.target, look, attention, working_image, rendering, solving.seconds)

    def _match(self, request: Request, progress: Progress | None) -> tuple[Mapping[str, float], list[str]]:
        """Match pictures as they are, and return what their fit is made from and what to know of the reference.

        `huegraft.suggest` uses it. Masks, regions and pins are not looked at. The target may be
        :class:`huegraft.Encoded` too.
        """
        with self._working(None):
            return self._solving(progress).match(request)

    def attention(self, look: Look, rows: Sequence[int]) -> Float64[np.ndarray, "k n_r"]:
        """Return what superpixels of a look's target attend to: rows of A(i, j), with pins.

        Parameters
        ----------
        look
            A look that this session solved.
        rows
            Superpixels of the target, by their numbers in ``look.labels`` or in the labels of the result.

        Raises
        ------
        ArgumentError
            If the session has forgotten the attention, or there is no such superpixel.
        """
        found = self._open().find(look.key)
        if not isinstance(found, Attention):
            raise ArgumentError(
                "the session does not hold this look's attention any more: solve its request again, if necessary "
                "in a session with a larger max_bytes"
            )
        count = len(found.weights)
        chosen = np.asarray(rows)
        if chosen.ndim != 1 or chosen.dtype.kind not in "iu" or ((chosen < 0) | (chosen >= count)).any():
            raise ArgumentError(f"rows must be a list of superpixels from 0 to {count - 1}, got {rows}")
        return found.weights[chosen]

    @property
    def held_bytes(self) -> int:
        """How many bytes the arrays that are kept between calls take."""
        return self._open().held_bytes

    @property
    def device(self) -> str:
        """Where a backbone of Torch makes its feature maps."""
        return self._device

    @property
    def store(self) -> EncodedStore | None:
        """Where encoded pictures outlast the session."""
        return self._store

    def forget(self) -> None:
        """Forget everything that was computed."""
        self._open().forget()

    def close(self) -> None:
        """Forget everything that was computed, and take no further calls."""
        if self._memory is not None:
            self._memory.forget()
        self._memory = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __reduce__(self) -> tuple[Any, ...]:
        return partial(Session, **self._arguments), ()

    def _open(self) -> Memory:
        if self._memory is None:
            raise ArgumentError("the session was closed")
        return self._memory

    @contextmanager
    def _working(self, cancel: Event | None) -> Generator[None]:
        self._open()
        if not isinstance(cancel, Event | None):
            raise ArgumentError(f"cancel must be a threading.Event, got {type(cancel).__name__}")
        with working(self._threads, cancel), blas_on_one_thread():
            check_cancelled()
            yield

    def _solving(self, progress: Progress | None) -> Solving:
        return Solving(self._open(), self._device, self._store, progress)


def _is_whole(value: Any, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def _result(
    target: Any,
    look: Look,
    attention: Attention,
    working_image: FloatPicture,
    rendering: tuple[Picture, np.ndarray],
    seconds: Mapping[str, float],
) -> Result:
    """Return a look and its rendering as arrays of the target's kind, none of which the session holds."""
    kind = look.labels if isinstance(target, Picture) else target
    picture, clipped = rendering
    frame = Frame(look.size, look.bars)
    return Result(
        image=_image_like(target, picture),
        labels=like(kind, in_frame(look.labels, frame, -1)),
        attention=like(kind, attention.weights),
        attention_origin=like(kind, attention.origin),
        contributions=like(kind, look.contributions),
        fit=look.fit,
        similarity=like(kind, attention.similarity),
        confidence=like(kind, in_frame(look.confidence, frame, 1)),
        working_image=like(kind, in_frame(working_image.clip(0, 1), frame, 0), copy=False),
        clipped_share=float(clipped.mean()),
        settings=look.settings,
        seconds=seconds,
        notes=look.notes,
        look=look,
    )


def _image_like(target: Any, picture: Picture) -> Any:
    return picture if isinstance(target, Picture) else like(target, picture.pixels, copy=False)
