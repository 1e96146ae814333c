"""The settings of each stage, frozen and validated. Their names are unique over all stages."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from huegraft.errors import SettingsError

MOST_SUPERPIXELS = 20_000
"""The most superpixels of a picture. Attention holds the product of the numbers of two pictures."""


def _setting(default: Any, text: str) -> Any:
    return field(default=default, metadata={"help": text})


def _require(group: Any, name: str, accepts: Callable[[Any], bool], expected: str) -> None:
    value = getattr(group, name)
    if not accepts(value):
        raise SettingsError(f"{name} must be {expected}, got {value!r}")


def _is_integer(value: Any, largest: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= largest


def _is_number(value: Any, smallest: float, largest: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and smallest <= value <= largest


def _require_integer(group: Any, name: str, largest: int) -> None:
    _require(group, name, lambda n: _is_integer(n, largest), f"a whole number from 1 to {largest}")


def _require_number(group: Any, name: str, smallest: float, largest: float) -> None:
    _require(group, name, lambda x: _is_number(x, smallest, largest), f"a number from {smallest:g} to {largest:g}")


def _is_tuple_of(value: Any, accepts: Callable[[Any], bool]) -> bool:
    return isinstance(value, tuple) and len(value) > 0 and all(map(accepts, value))


def _is_boolean(value: Any) -> bool:
    return isinstance(value, bool)


@dataclass(frozen=True)
class PrepareSettings:
    """How pictures are cut and shrunk before anything else."""

    working_pixels: int = _setting(
        2**18,
        "Both pictures are shrunk to at most this many pixels. All stages but the last run at that size.",
    )
    bars: bool = _setting(
        True,
        "Black bars are cut off both pictures before any stage sees them. The result keeps the bars of the target.",
    )

    def __post_init__(self) -> None:
        _require_integer(self, "working_pixels", 2**26)
        _require(self, "bars", _is_boolean, "True or False")


@dataclass(frozen=True)
class SegmentSettings:
    """Superpixels by SLIC (section 2.1.1)."""

    superpixels: int | None = _setting(
        None,
        "The number N of superpixels that SLIC is asked for in each picture, at most 20 000. The default is "
        "3⌊√(H·W)⌋ (section 3.2).",
    )
    compactness: float = _setting(
        10.0,
        "The weight of position against colour in SLIC.",
    )
    iterations: int = _setting(
        10,
        "The number of iterations of SLIC.",
    )
    slic: Literal["scikit-image", "huegraft"] = _setting(
        "huegraft",
        "The implementation of SLIC. The one of scikit-image stretches each picture to the picture's own range; "
        "the one of huegraft does not.",
    )

    def __post_init__(self) -> None:
        if self.superpixels is not None:
            _require_integer(self, "superpixels", MOST_SUPERPIXELS)
        _require_number(self, "compactness", 1e-6, 1e6)
        _require_integer(self, "iterations", 1000)
        _require(self, "slic", lambda slic: slic in ("scikit-image", "huegraft"), "'scikit-image' or 'huegraft'")


@dataclass(frozen=True)
class FeatureSettings:
    """The feature maps (section 2.1.2)."""

    backbone: str = _setting(
        "builtin",
        "The registered name of the backbone, which turns a picture into feature maps.",
    )
    weights: str | None = _setting(
        None,
        "The file of the backbone's weights (.safetensors or .pth).",
    )
    layers: tuple[str, ...] | None = _setting(
        None,
        "The names of the layers l whose feature maps are used. By default the backbone chooses the layers.",
    )
    pooling: bool = _setting(
        False,
        "VGG keeps its max-pooling, which saves nine tenths of the arithmetic. The paper removes the max-pooling.",
    )

    def __post_init__(self) -> None:
        _require(self, "backbone", lambda name: isinstance(name, str), "a name")
        _require(self, "weights", lambda path: path is None or isinstance(path, str), "None or a path as a string")
        _require(
            self,
            "layers",
            lambda names: (
                names is None
                or (_is_tuple_of(names, lambda name: isinstance(name, str)) and len(set(names)) == len(names))
            ),
            "None or a tuple of distinct layer names",
        )
        _require(self, "pooling", _is_boolean, "True or False")


@dataclass(frozen=True)
class GradeSettings:
    """Maps of colour instead of mean colours, in transfer (decision 007)."""

    base: Literal["none", "transport"] = _setting(
        "transport",
        "In transfer, the map of all colours that the target goes through before it is matched. transport is a "
        "tone curve and the linear Monge-Kantorovitch map; the matches then refine this map, and there is no "
        "fusion. none uses no map and fuses colours, as the paper does.",
    )
    rounds: int = _setting(
        3,
        "With a base, the number of times that the target is matched. Each round matches the target as the round "
        "before graded it.",
    )
    degree: int = _setting(
        2,
        "With a base, the degree (0 to 2) of the polynomial in colour that is fitted to the matches.",
    )
    color_width: float = _setting(
        8.0,
        "With a base, the width in CIELAB within which displacements are averaged over similar colours.",
    )
    color_evidence: float = _setting(
        0.015,
        "With a base, the share of sure matches of a colour at which the displacement of this colour is halved. A "
        "large value switches these displacements off.",
    )
    evidence: float = _setting(
        0.001,
        "With a base, the share of the picture whose matches outweigh the base when the polynomial is fitted.",
    )
    local_radius: float = _setting(
        0.1,
        "With a base, the width, as a share of √(H·W), within which displacements are averaged over nearby places.",
    )
    local_lightness: float = _setting(
        8.0,
        "With a base, the width in L* within which displacements are averaged over nearby places.",
    )
    local_evidence: float = _setting(
        0.015,
        "With a base, the share of sure matches nearby at which the displacement of a place is halved. A large "
        "value switches these displacements off.",
    )
    lightness: float = _setting(
        1.0,
        "With a base, the share of the new lightness that is taken. At 0 the target keeps its own lightness, as "
        "in the paper.",
    )
    contrast: float = _setting(
        0.5,
        "With a base, the share of the target's contrast that is kept beside a reference that would leave nothing "
        "to be seen, such as fog, a plain wall or the dark. At 0 the contrast of the reference is taken as it is.",
    )

    def __post_init__(self) -> None:
        _require(self, "base", lambda base: base in ("none", "transport"), "'none' or 'transport'")
        _require_integer(self, "rounds", 20)
        _require(self, "degree", lambda n: n == 0 or _is_integer(n, 2), "0, 1 or 2")
        for name in ("evidence", "color_width", "local_radius", "local_lightness"):
            _require_number(self, name, 1e-6, 1e6)
        for name in ("color_evidence", "local_evidence"):
            _require_number(self, name, 1e-6, 1e9)
        _require_number(self, "lightness", 0, 1)
        _require_number(self, "contrast", 0, 1)


@dataclass(frozen=True)
class MatchSettings:
    """Attention between superpixels (equations 1 to 3 and 7)."""

    tau: float = _setting(
        0.03,
        "The temperature τ of the softmax (equations 1 and 7). A higher temperature mixes more colours.",
    )
    layer_weights: tuple[float, ...] | None = _setting(
        None,
        "The weights w_l of the layers (equations 3 and 7). By default the backbone brings weights; without them "
        "each layer weighs 1.",
    )
    merge: Literal["after", "before"] | None = _setting(
        "before",
        "Whether the layers are merged after the softmax (equation 3) or before it (equation 7). In Python, None "
        "takes the choice of the backbone; without such a choice it is after in transfer and before in "
        "colourisation.",
    )
    whiten: float = _setting(
        0.9,
        "The exponent by which super-features are whitened over both pictures. At 0 the super-features stay as "
        "they are; at 1 all their principal components count alike. Above 0 whitening takes the place of "
        "standardising.",
    )
    context: tuple[float, ...] = _setting(
        (0.05, 0.15),
        "The radii, as shares of √(H·W), within which the features of neighbours are averaged. These averages "
        "join the superpixel's own features.",
    )
    context_layers: tuple[str, ...] | None = _setting(
        None,
        "The layers that the features of neighbours join. By default the backbone names these layers; without "
        "such a choice they are all layers.",
    )
    lightness_prior: float = _setting(
        10.0,
        "In colourisation, the width in L* of a preference for superpixels of similar lightness. The mean and the "
        "deviation of the target's lightness are first brought to those of the reference. At 0 there is no "
        "preference.",
    )
    balance: float = _setting(
        0.0,
        "How far, from 0 to 1, the area of each reference superpixel limits how much of its colour is taken.",
    )
    median: bool = _setting(
        True,
        "The median (in a*b*) of the colours attended to is taken in place of their mean. The median is less drab.",
    )
    standardize: bool | None = _setting(
        None,
        "Each channel is divided by its deviation over both pictures. By default the backbone decides.",
    )

    def __post_init__(self) -> None:
        _require_number(self, "tau", 1e-9, 1e9)
        _require(
            self,
            "layer_weights",
            lambda weights: (
                weights is None or (_is_tuple_of(weights, lambda w: _is_number(w, 0, 1e6)) and sum(weights) > 1e-6)
            ),
            "None or a tuple of numbers from 0 to 1e+06, not all 0",
        )
        _require(
            self, "merge", lambda merge: merge is None or merge in ("after", "before"), "'after', 'before' or None"
        )
        _require_number(self, "whiten", 0, 1)
        _require(
            self,
            "context",
            lambda radii: radii == () or _is_tuple_of(radii, lambda radius: _is_number(radius, 1e-3, 10)),
            "a tuple of numbers from 0.001 to 10, or an empty one",
        )
        _require(
            self,
            "context_layers",
            lambda layers: layers is None or layers == () or _is_tuple_of(layers, lambda name: isinstance(name, str)),
            "None or a tuple of names",
        )
        _require(
            self,
            "lightness_prior",
            lambda width: width == 0 or _is_number(width, 0.1, 1e6),
            "0 or a number from 0.1 to 1e+06",
        )
        _require_number(self, "balance", 0, 1)
        _require(self, "median", _is_boolean, "True or False")
        _require(self, "standardize", lambda value: value is None or _is_boolean(value), "True, False or None")


@dataclass(frozen=True)
class FuseSettings:
    """Colours from superpixels to pixels (equations 4 to 6)."""

    fusion: Literal["eq5", "sct"] = _setting(
        "eq5",
        "The covariance of the fusion. eq5 takes the covariance of each candidate superpixel, as printed; sct "
        "takes the covariance of the pixel's own superpixel (Giraud 2017).",
    )
    delta_s: float = _setting(
        1.5,
        "The weight δ_s of the spatial covariance (equation 6).",
    )
    delta_c: float = _setting(
        0.1,
        "The weight δ_c of the colour covariance (equation 6).",
    )
    epsilon: float = _setting(
        1e-3,
        "The number ε that is added to the diagonal of Σ_i.",
    )
    sigma_g: float | None = _setting(
        None,
        "The width σ_g of equation 5. The default is adaptive: min_i q(p, i) + 1e-5.",
    )
    positions: Literal["frame", "isotropic"] = _setting(
        "frame",
        "The units of position. frame is (y/H, x/W); isotropic divides both coordinates by √(H·W).",
    )
    native: bool = _setting(
        False,
        "Colours are fused at the picture's own size, by the superpixels of the working size. This is slower, and "
        "the result is as sharp as the picture.",
    )
    vividness: float = _setting(
        1.0,
        "In colourisation, averaging makes the reference's colours less colourful. This is how much of the loss "
        "is given back.",
    )
    caution: float = _setting(
        0.2,
        "In colourisation, how much chroma unsure superpixels lose, from 0 to 1. At 1, superpixels of confidence "
        "0 turn grey.",
    )
    tolerance: float = _setting(
        1 / 1024,
        "With the fusion eq5, superpixels that hardly count for a pixel are left out. This is the largest error "
        "that leaving them out may cause in a channel, whose range is 0 to 1.",
    )

    def __post_init__(self) -> None:
        _require(self, "fusion", lambda fusion: fusion in ("eq5", "sct"), "'eq5' or 'sct'")
        for name in ("delta_s", "delta_c"):
            _require_number(self, name, 1e-6, 1e6)
        _require_number(self, "epsilon", 1e-10, 1e6)
        if self.sigma_g is not None:
            _require_number(self, "sigma_g", 1e-10, 1e10)
        _require(self, "native", _is_boolean, "True or False")
        _require_number(self, "vividness", 0, 4)
        _require_number(self, "caution", 0, 1)
        _require_number(self, "tolerance", 1e-6, 0.1)
        _require(self, "positions", lambda units: units in ("frame", "isotropic"), "'frame' or 'isotropic'")


@dataclass(frozen=True)
class FinishSettings:
    """Full size and lightness (sections 3.1 and 4.1), and how much of the new colours is taken where."""

    finish: Literal["lab", "rgb"] = _setting(
        "lab",
        "lab puts the fused chroma under the target's own lightness. rgb is the plain enlargement of the fused "
        "colours (Figures 3c and 7c).",
    )
    upsample: Literal["bicubic", "guided"] = _setting(
        "bicubic",
        "How the fused chroma is enlarged. bicubic is smooth; guided follows the edges of the full-size lightness.",
    )
    strength: float = _setting(
        1.0,
        "How far the colours go from the old ones (0) to the new ones (1), in CIELAB. At 0 the pixels are copied.",
    )
    gamut: Literal["clip", "compress"] | None = _setting(
        None,
        "What happens to colours that the output cannot hold. clip clips each channel; compress reduces the "
        "chroma until the colour fits, and keeps hue and L*. The default is compress in colourisation and clip in "
        "transfer.",
    )
    fallback: Literal["none", "keep", "neutral", "global"] = _setting(
        "none",
        "What pixels below the minimum confidence get. With none they get their new colour all the same; with keep "
        "they keep their old colour; with neutral they get no chroma; with global they get the colour of one map for "
        "all colours.",
    )
    min_confidence: float = _setting(
        0.5,
        "With a fallback, the confidence below which a pixel gets the fallback.",
    )

    def __post_init__(self) -> None:
        _require(self, "finish", lambda finish: finish in ("lab", "rgb"), "'lab' or 'rgb'")
        _require(self, "upsample", lambda upsample: upsample in ("bicubic", "guided"), "'bicubic' or 'guided'")
        _require(self, "gamut", lambda gamut: gamut in (None, "clip", "compress"), "'clip', 'compress' or None")
        _require(
            self,
            "fallback",
            lambda fallback: fallback in ("none", "keep", "neutral", "global"),
            "'none', 'keep', 'neutral' or 'global'",
        )
        _require_number(self, "strength", 0, 1)
        _require_number(self, "min_confidence", 0, 1)
