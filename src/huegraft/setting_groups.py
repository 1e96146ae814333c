"""The settings of each stage, frozen and validated. Their names are unique over all stages."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from huegraft.errors import SettingsError

MOST_SUPERPIXELS = 20_000
"""Of a picture: attention holds the product of two pictures' numbers."""


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

    working_pixels: int = _setting(2**18, "Pictures are shrunk to at most this many pixels for all but the last stage.")
    bars: bool = _setting(True, "Cut black bars off both pictures before anything looks; the result has the target's.")

    def __post_init__(self) -> None:
        _require_integer(self, "working_pixels", 2**26)
        _require(self, "bars", _is_boolean, "True or False")


@dataclass(frozen=True)
class SegmentSettings:
    """Superpixels by SLIC (section 2.1.1)."""

    superpixels: int | None = _setting(
        None, "Superpixels asked for, N, at most 20 000; by default 3⌊√(H·W)⌋ (section 3.2)."
    )
    compactness: float = _setting(10.0, "Weight of position against colour in SLIC.")
    iterations: int = _setting(10, "Iterations of SLIC.")
    slic: Literal["scikit-image", "huegraft"] = _setting(
        "huegraft", "Whose SLIC: scikit-image's, which stretches each picture to its own range, or huegraft's."
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

    backbone: str = _setting("builtin", "What turns a picture into feature maps: a registered name.")
    weights: str | None = _setting(None, "File of the backbone's weights (.safetensors, .pth).")
    layers: tuple[str, ...] | None = _setting(None, "Names of the layers l; by default the backbone's own choice.")
    pooling: bool = _setting(False, "Keep the max-pooling of VGG: a tenth of the arithmetic; the paper removes it.")

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
        "In transfer, a map of all colours that the target goes through before it is matched: none, or a tone curve "
        "and the linear Monge-Kantorovitch map (transport); the matches then refine it, and there is no fusion.",
    )
    rounds: int = _setting(3, "With a base, how often the target is matched, each time as the grade before shows it.")
    degree: int = _setting(2, "With a base, the degree of the polynomial in colour fitted to the matches, 0 to 2.")
    color_width: float = _setting(
        8.0, "With a base, the width in CIELAB within which displacements are averaged over like colours."
    )
    color_evidence: float = _setting(
        0.015,
        "With a base, the share of sure matches of a colour at which its displacement is halved; large means none.",
    )
    evidence: float = _setting(
        0.001, "With a base, the share of the picture whose matches outweigh the base in fitting the polynomial."
    )
    local_radius: float = _setting(
        0.1, "With a base, the width, over √(H·W), within which displacements of colour are averaged."
    )
    local_lightness: float = _setting(8.0, "With a base, the width of the same in L*.")
    local_evidence: float = _setting(
        0.015,
        "With a base, the share of sure matches nearby at which displacements are halved; large means no local ones.",
    )
    lightness: float = _setting(
        1.0, "With a base, how much of the new lightness is taken; 0 keeps the target's own, as the paper does."
    )
    contrast: float = _setting(
        0.5,
        "With a base, the share of the target's contrast that is kept where the reference would leave nothing to be "
        "seen: fog, a plain wall, the dark; 0 takes the reference's contrast as it is.",
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

    tau: float = _setting(0.03, "Temperature τ of the softmax (equations 1 and 7).")
    layer_weights: tuple[float, ...] | None = _setting(
        None, "Weights w_l of the layers (equations 3 and 7); by default the backbone's own, or 1."
    )
    merge: Literal["after", "before"] | None = _setting(
        "before",
        "Merge the layers after the softmax (equation 3) or before it (equation 7); in Python None stands for what the "
        "backbone wants, or else for after in transfer and before in colourisation.",
    )
    whiten: float = _setting(
        0.9,
        "Exponent of the whitening of super-features over both pictures: 0 leaves them, 1 makes all their principal "
        "components count alike; above 0 it takes the place of standardising.",
    )
    context: tuple[float, ...] = _setting(
        (0.05, 0.15),
        "Radii, over √(H·W), within which the features of neighbours are averaged and join a superpixel's own.",
    )
    context_layers: tuple[str, ...] | None = _setting(
        None, "Layers that the neighbours' features join; by default those that the backbone says, or all."
    )
    lightness_prior: float = _setting(
        10.0,
        "In colourisation, the width in L* of a preference for superpixels of like lightness, the target's mean and "
        "deviation first brought to the reference's; 0 means no preference.",
    )
    balance: float = _setting(
        0.0, "How far the areas of the reference's superpixels limit how much they are taken, 0 to 1."
    )
    median: bool = _setting(True, "Take the median of the colours attended to (in a*b*) for their mean: less drab.")
    standardize: bool | None = _setting(
        None, "Divide each channel by its deviation over both pictures; by default as the backbone wants it."
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
        "eq5", "Covariance of each candidate superpixel (eq5, as printed) or of the pixel's own (sct; Giraud 2017)."
    )
    delta_s: float = _setting(1.5, "Weight δ_s of the spatial covariance (equation 6).")
    delta_c: float = _setting(0.1, "Weight δ_c of the colour covariance (equation 6).")
    epsilon: float = _setting(1e-3, "ε, added to the diagonal of Σ_i.")
    sigma_g: float | None = _setting(None, "σ_g of equation 5; by default adaptive, min_i q(p, i) + 1e-5.")
    positions: Literal["frame", "isotropic"] = _setting(
        "frame", "Units of position: (y/H, x/W) (frame) or both divided by √(H·W) (isotropic)."
    )
    native: bool = _setting(
        False, "Fuse at the picture's own size, by the superpixels of the working size: slower, and as sharp as it is."
    )
    vividness: float = _setting(
        1.0, "In colourisation, how much of the colourfulness that averaging takes from the reference is given back."
    )
    caution: float = _setting(
        0.2, "In colourisation, how much chroma unsure superpixels lose, 0 to 1: at 1 those of confidence 0 turn grey."
    )
    tolerance: float = _setting(
        1 / 1024,
        "Largest error in a channel, of 1, from leaving out superpixels that hardly count for a pixel (eq5).",
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
        "lab", "Fused chroma under the target's own lightness (lab), or the plain enlargement (rgb; Figures 3c and 7c)."
    )
    upsample: Literal["bicubic", "guided"] = _setting(
        "bicubic",
        "How fused chroma is enlarged: smoothly (bicubic), or with the edges of the full-size lightness (guided).",
    )
    strength: float = _setting(
        1.0, "How far colours go from the old ones (0) to the new ones (1), in CIELAB; at 0 pixels are copied."
    )
    gamut: Literal["clip", "compress"] | None = _setting(
        None,
        "What becomes of colours that the output cannot hold: each channel is clipped, or chroma is reduced until they "
        "fit, hue and L* kept (compress); by default compress in colourisation and clip in transfer.",
    )
    fallback: Literal["none", "keep", "neutral", "global"] = _setting(
        "none",
        "What pixels get whose new colour is not trusted: that colour all the same, their old one, none (neutral), or "
        "that of one map for all colours.",
    )
    min_confidence: float = _setting(0.5, "With a fallback, the confidence below which a colour is not trusted.")

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
