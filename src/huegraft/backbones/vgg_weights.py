"""VGG-19 from its files of weights: the published ones, or files with names of their own."""

import numpy as np

from huegraft.backbones.convolution import Convolution
from huegraft.backbones.registry import Backbone, choose_layers
from huegraft.backbones.vgg import Vgg
from huegraft.errors import WeightsError
from huegraft.setting_groups import FeatureSettings
from huegraft.weights.catalogue import find_fetched
from huegraft.weights.read import read_tensors

CHANNELS = {
    "1_1": (3, 64), "1_2": (64, 64),
    "2_1": (64, 128), "2_2": (128, 128),
    "3_1": (128, 256), "3_2": (256, 256), "3_3": (256, 256), "3_4": (256, 256),
}  # fmt: skip
"""Input and output channels of the convolutions, named block_index."""

_BLOCK_ENDS = ("1_2", "2_2", "3_4")
_IMAGENET_MEAN = (0.485, 0.456, 0.406)
_IMAGENET_DEVIATION = (0.229, 0.224, 0.225)
_PREPROCESS = ("preprocess.weight", "preprocess.bias")
_NORM_PARTS = ("weight", "bias", "running_mean", "running_var")


def load_vgg19(settings: FeatureSettings, device: str) -> Backbone:
    """Load plain VGG-19, up to the last layer that the file holds.

    Without ``weights`` in the settings, the file that ``huegraft weights pull`` fetched is taken. A file either has
    convolutions named ``conv1_1`` … and a 1×1 convolution ``preprocess`` (reflect padding), or it is torchvision's
    published checkpoint (ImageNet mean and deviation, zero padding).

    Raises
    ------
    WeightsError
        If the file is missing, damaged or holds other tensors.
    BackboneError
        If a layer is unknown.
    """
    return on_device(_load("vgg19", settings), device)


def load_vgg19_bn(settings: FeatureSettings, device: str) -> Backbone:
    """Load VGG-19 with batch norm from torchvision's published checkpoint. It raises as `load_vgg19` does."""
    return on_device(_load("vgg19_bn", settings), device)


def on_device(vgg: Vgg, device: str) -> Backbone:
    """Return the network itself for the CPU, or an adapter of Torch for a GPU."""
    if device == "cpu":
        return vgg
    from huegraft.backbones.torch import vgg_on_torch

    return vgg_on_torch(vgg, device)


def _load(kind: str, settings: FeatureSettings) -> Vgg:
    path = settings.weights or str(find_fetched(kind).path)
    wanted = [name for position in CHANNELS for name in (*_published(kind, position), *_named(position))]
    tensors = read_tensors(path, {*wanted, *_PREPROCESS})
    if all(name in tensors for name in _PREPROCESS) and kind == "vgg19":
        weight = _tensor(path, tensors, _PREPROCESS[0], (3, 3, 1, 1))
        offset = _tensor(path, tensors, _PREPROCESS[1], (3,))
        preprocess, padding = (weight[:, :, 0, 0], offset), "reflect"
        convolutions = _convolutions(path, tensors, {position: _named(position) for position in CHANNELS})
    else:
        deviation = np.array(_IMAGENET_DEVIATION, np.float32)
        preprocess = (np.diag(1 / deviation), -np.array(_IMAGENET_MEAN, np.float32) / deviation)
        padding = "constant"
        names = {position: _published(kind, position) for position in CHANNELS}
        convolutions = _convolutions(path, tensors, names)
        if len(convolutions) < len(CHANNELS):
            missing = _published(kind, list(CHANNELS)[len(convolutions)])[0]
            raise WeightsError(f"{path} is not the published checkpoint of {kind}: it lacks {missing!r}")
    last = list(convolutions)[-1]
    default = [position for position in _BLOCK_ENDS if position in convolutions]
    return Vgg(
        kind=kind,
        convolutions=convolutions,
        preprocess=preprocess,
        padding=padding,
        layers=choose_layers(
            kind,
            settings.layers,
            available=tuple(f"relu{position}" for position in convolutions),
            default=tuple(f"relu{position}" for position in dict.fromkeys([*default, last])),
        ),
        pooling=settings.pooling,
    )


def _named(position: str) -> tuple[str, ...]:
    """Return the names of a convolution's tensors in a file with names of its own."""
    return (f"conv{position}.weight", f"conv{position}.bias")


def _published(kind: str, position: str) -> tuple[str, ...]:
    """Return the names of a convolution's tensors, and its batch norm's, in torchvision's checkpoint.

    The checkpoint numbers the modules of all blocks through: convolution, (batch norm,) ReLU, one pooling per block.
    """
    modules = 3 if kind == "vgg19_bn" else 2
    number = modules * list(CHANNELS).index(position) + int(position[0]) - 1
    convolution = (f"features.{number}.weight", f"features.{number}.bias")
    return convolution + tuple(f"features.{number + 1}.{part}" for part in _NORM_PARTS if kind == "vgg19_bn")


def _convolutions(
    path: str, tensors: dict[str, np.ndarray], names: dict[str, tuple[str, ...]]
) -> dict[str, Convolution]:
    """Build the convolutions from 1_1 on, up to the first that the file does not hold."""
    convolutions: dict[str, Convolution] = {}
    for position, (weight, bias, *norm) in names.items():
        if weight not in tensors:
            break
        inputs, outputs = CHANNELS[position]
        convolutions[position] = Convolution(
            _tensor(path, tensors, weight, (outputs, inputs, 3, 3)),
            _tensor(path, tensors, bias, (outputs,)),
            tuple(_tensor(path, tensors, name, (outputs,)) for name in norm),
        )
    if not convolutions:
        raise WeightsError(f"{path} holds no first convolution: expected a tensor {names['1_1'][0]!r}")
    return convolutions


def _tensor(path: str, tensors: dict[str, np.ndarray], name: str, shape: tuple[int, ...]) -> np.ndarray:
    if name not in tensors:
        raise WeightsError(f"{path} lacks the tensor {name!r}")
    tensor = tensors[name]
    if tensor.shape != shape:
        raise WeightsError(f"{path}: expected {name!r} of shape {shape}, got {tuple(tensor.shape)}")
    if not np.isfinite(tensor).all():
        raise WeightsError(f"{path}: {name!r} holds NaN or infinite numbers")
    return tensor
