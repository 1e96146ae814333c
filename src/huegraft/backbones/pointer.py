"""The backbone that comes with huegraft: a small network trained to point at the right colour (decision 017).

In transfer, where there is colour to see, two layers without learned weights follow its maps: the handcrafted
descriptor and a kernel of colour.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial
from pathlib import Path

import numpy as np

from huegraft.backbones.color_kernel import color_kernel, pooled_color_kernel
from huegraft.backbones.handcrafted import Handcrafted
from huegraft.backbones.pointer_network import CONVOLUTIONS, INPUTS, STRIDES, feature_maps
from huegraft.backbones.registry import check_cpu, choose_layers
from huegraft.backbones.tiles import Cells, cells_between, enlarged, pooled_cells
from huegraft.compiled.network import Kernel
from huegraft.errors import BackboneError, WeightsError
from huegraft.setting_groups import FeatureSettings
from huegraft.settings import Mode
from huegraft.shapes import Float32, Float64, Int32
from huegraft.threads import side_by_side
from huegraft.weights.read import read_tensors
from huegraft.windows import Window

WEIGHTS = Path(__file__).with_name("pointer.safetensors")
"""The weights that training/ made; training/recipe.json says how."""

LAYERS: Mapping[Mode, tuple[str, ...]] = {
    "colorize": tuple(STRIDES),
    "transfer": (*STRIDES, "handcrafted", "color"),
}
"""The layers of each mode, in the order in which they are yielded."""

CONTEXT_LAYERS = (*STRIDES, "color")
"""The layers that their surroundings join. The handcrafted descriptor describes its surroundings already."""

_COARSEST = max(STRIDES.values())


@dataclass(frozen=True, eq=False)
class Pointer:
    """The network of one mode.

    Attributes
    ----------
    mode
        Which of the two networks it is.
    kernels
        The kernel of each of `CONVOLUTIONS`, by name.
    layers
        The layers that are yielded.
    layer_weights
        How much each of `layers` counts unless the settings say otherwise. These weights are learned as well.
    """

    mode: Mode
    kernels: Mapping[str, Kernel]
    layers: tuple[str, ...]
    layer_weights: tuple[float, ...]
    name: str = field(init=False)
    radius = 256
    tile = 1024
    side_by_side = True

    def __post_init__(self) -> None:
        digest = hashlib.sha256(repr(self.layer_weights).encode())
        for name in CONVOLUTIONS:
            kernel = self.kernels[name]
            by_tap = kernel.weights.reshape(kernel.side, kernel.side, -1, len(kernel.bias))
            digest.update(by_tap.transpose(3, 2, 0, 1).tobytes() + kernel.bias.tobytes())
        object.__setattr__(self, "name", f"pointer:{digest.hexdigest()[:16]}")

    @property
    def context_layers(self) -> tuple[str, ...]:
        """The layers among `layers` that their surroundings join."""
        return tuple(layer for layer in self.layers if layer in CONTEXT_LAYERS)

    def __call__(self, picture: Float32[np.ndarray, "h w 3"], /) -> Iterator[Float32[np.ndarray, "h w c"]]:
        """Yield the maps of `layers` at the size of a picture, which is sRGB in [0, 1]."""
        size = (picture.shape[0], picture.shape[1])
        for layer, maps in self._maps(picture):
            yield enlarged(maps, (size[0] / STRIDES[layer], size[1] / STRIDES[layer]), size)
        if "handcrafted" in self.layers:
            yield from Handcrafted()(picture)
        if "color" in self.layers:
            yield color_kernel(picture)

    def pooled(
        self, picture: Float32[np.ndarray, "h w 3"], labels: Int32[np.ndarray, "h w"], count: int, /
    ) -> Iterator[Float64[np.ndarray, "n c"]]:
        """Yield the super-features of `layers`."""
        maps = [layer for layer in self.layers if layer in STRIDES]
        makers: list[Callable[[], list[Float64[np.ndarray, "n c"]]]] = []
        if maps:
            makers.append(lambda: list(pooled_cells(maps, labels, count, self.tile, partial(self._cells, picture))))
        if "handcrafted" in self.layers:
            cells_of = partial(_handcrafted_cells, picture)
            makers.append(lambda: list(pooled_cells(["handcrafted"], labels, count, self.tile, cells_of)))
        if "color" in self.layers:
            makers.append(lambda: [pooled_color_kernel(picture, labels, count)])
        for features in side_by_side(*makers):
            yield from features

    def _cells(self, picture: Float32[np.ndarray, "h w 3"], window: Window) -> Iterator[Cells]:
        """Yield the cells of the network's maps that a window's features depend on."""
        height, width = picture.shape[:2]
        top, left = (max(0, start - self.radius) // _COARSEST * _COARSEST for start in (window.top, window.left))
        bottom, right = (_up(end + self.radius) for end in (window.bottom, window.right))
        for layer, maps in self._maps(picture[top:bottom, left:right]):
            stride = STRIDES[layer]
            size = height / stride, width / stride
            first, end = cells_between(height, size[0], window.top, window.bottom)
            rows = slice(first - top // stride, end - top // stride)
            left_cell, end = cells_between(width, size[1], window.left, window.right)
            columns = slice(left_cell - left // stride, end - left // stride)
            yield Cells(maps[rows, columns], first, left_cell, size)

    def _maps(self, picture: Float32[np.ndarray, "h w 3"]) -> Iterator[tuple[str, Float32[np.ndarray, "h2 w2 c"]]]:
        """Yield (layer, map) of the network's `layers`. The picture's edges are repeated to fill the last cells."""
        if not set(self.layers) & set(STRIDES):
            return
        height, width = picture.shape[:2]
        beyond = ((0, _up(height) - height), (0, _up(width) - width), (0, 0))
        seen = np.pad(np.ascontiguousarray(picture[..., : INPUTS[self.mode]]) - np.float32(0.5), beyond, mode="edge")
        for layer, maps in zip(STRIDES, feature_maps(seen, self.kernels), strict=True):
            if layer in self.layers:
                yield layer, maps[: -(-height // STRIDES[layer]), : -(-width // STRIDES[layer])]


def load_pointer(settings: FeatureSettings, device: str, mode: Mode) -> Pointer:
    """Load the network of a mode from the file in the package, or from one of the same layout.

    Raises
    ------
    BackboneError
        If a layer is unknown, or if pooling or another device than the CPU is asked for.
    WeightsError
        If the file is missing, damaged or holds other tensors.
    """
    check_cpu("builtin", device)
    layers = choose_layers("builtin", settings.layers, LAYERS[mode], LAYERS[mode])
    if settings.pooling:
        raise BackboneError("backbone 'builtin' has no pooling; leave the setting out")
    path = Path(settings.weights or WEIGHTS)
    stamp = (path.stat().st_mtime_ns, path.stat().st_size) if path.is_file() else (0, 0)
    return _read(str(path), stamp, mode, layers)


@lru_cache(maxsize=4)
def _read(path: str, _stamp: tuple[int, int], mode: Mode, layers: tuple[str, ...]) -> Pointer:
    """Read a network. An unchanged file is read once, because reading takes as long as a small picture."""
    sizes: dict[str, tuple[int, ...]] = {f"{mode}.layer_weights": (len(LAYERS[mode]),)}
    for name, shape in CONVOLUTIONS.items():
        inputs = shape.inputs or INPUTS[mode]
        sizes[f"{mode}.{name}.weight"] = (shape.outputs, inputs, shape.kernel, shape.kernel)
        sizes[f"{mode}.{name}.bias"] = (shape.outputs,)
    tensors = read_tensors(path, set(sizes))
    for tensor, size in sizes.items():
        if tensor not in tensors or tensors[tensor].shape != size or not np.isfinite(tensors[tensor]).all():
            raise WeightsError(f"{path}: expected a tensor {tensor!r} of shape {size}, all finite")
    layer_weights = dict(zip(LAYERS[mode], tensors[f"{mode}.layer_weights"].tolist(), strict=True))
    kernels = {
        name: Kernel.of(*(tensors[f"{mode}.{name}.{part}"] for part in ("weight", "bias"))) for name in CONVOLUTIONS
    }
    return Pointer(mode, kernels, layers, tuple(layer_weights[layer] for layer in layers))


def _handcrafted_cells(picture: Float32[np.ndarray, "h w 3"], window: Window) -> Iterator[Cells]:
    (values,) = Handcrafted()(picture[window.crop(Handcrafted.radius)])
    inside = values[window.inside(Handcrafted.radius)]
    yield Cells(inside, window.top, window.left, (picture.shape[0], picture.shape[1]))


def _up(size: int) -> int:
    """Round up to whole cells of the coarsest map."""
    return -(-size // _COARSEST) * _COARSEST
