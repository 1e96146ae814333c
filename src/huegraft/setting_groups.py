"""The settings of each stage, frozen and validated. Their names are unique over all stages."""

from dataclasses import dataclass, field, fields
from typing import Any, Literal

from huegraft.errors import SettingsError
from huegraft.setting_kinds import Choice, Kind, Number, OrNone, Several, Switch, Text, Whole

MOST_SUPERPIXELS = 20_000
"""The most superpixels of a picture. Attention holds the product of the numbers of two pictures."""


def _setting(default: Any, kind: Kind, text: str) -> Any:
    return field(default=default, metadata={"help": text, "kind": kind})


@dataclass(frozen=True)
class _Group:
    """Settings that are checked by their kinds."""

    def __post_init__(self) -> None:
        for entry in fields(self):
            kind, value = entry.metadata["kind"], getattr(self, entry.name)
            if not kind.accepts(value):
                raise SettingsError(f"{entry.name} must be {kind.expected}, got {value!r}")


@dataclass(frozen=True)
class PrepareSettings(_Group):
    """How pictures are cut and shrunk before anything else."""

    working_pixels: int = _setting(
        2**18,
        Whole(1, 2**26),
        "Both pictures are shrunk to at most this many pixels. All stages but the last run at that size.",
    )
    bars: bool = _setting(
        True,
        Switch(),
        "Black bars are cut off both pictures before any stage sees them. The result keeps the bars of the target.",
    )


@dataclass(frozen=True)
class SegmentSettings(_Group):
    """Superpixels by SLIC (section 2.1.1)."""

    superpixels: int | None = _setting(
        None,
        OrNone(Whole(1, MOST_SUPERPIXELS)),
        "The number N of superpixels that SLIC is asked for in each picture, at most 20 000. The default is "
        "3⌊√(H·W)⌋ (section 3.2).",
    )
    compactness: float = _setting(
        10.0,
        Number(1e-6, 1e6),
        "The weight of position against colour in SLIC.",
    )
    iterations: int = _setting(
        10,
        Whole(1, 1000),
        "The number of iterations of SLIC.",
    )
    slic: Literal["scikit-image", "huegraft"] = _setting(
        "huegraft",
        Choice(("scikit-image", "huegraft")),
        "The implementation of SLIC. The one of scikit-image stretches each picture to the picture's own range; "
        "the one of huegraft does not.",
    )


@dataclass(frozen=True)
class FeatureSettings(_Group):
    """The feature maps (section 2.1.2)."""

    backbone: str = _setting(
        "builtin",
        Text(),
        "The registered name of the backbone, which turns a picture into feature maps.",
    )
    weights: str | None = _setting(
        None,
        OrNone(Text("a path as a string")),
        "The file of the backbone's weights (.safetensors or .pth).",
    )
    layers: tuple[str, ...] | None = _setting(
        None,
        OrNone(Several(Text(), "a tuple of distinct layer names", distinct=True)),
        "The names of the layers l whose feature maps are used. By default the backbone chooses the layers.",
    )
    pooling: bool = _setting(
        False,
        Switch(),
        "VGG keeps its max-pooling, which saves nine tenths of the arithmetic. The paper removes the max-pooling.",
    )


@dataclass(frozen=True)
class GradeSettings(_Group):
    """Maps of colour instead of mean colours, in transfer (decision 007)."""

    base: Literal["none", "transport"] = _setting(
        "transport",
        Choice(("none", "transport")),
        "In transfer, the map of all colours that the target goes through before it is matched. transport is a "
        "tone curve and the linear Monge-Kantorovitch map; the matches then refine this map, and there is no "
        "fusion. none uses no map and fuses colours, as the paper does.",
    )
    rounds: int = _setting(
        3,
        Whole(1, 20),
        "With a base, the number of times that the target is matched. Each round matches the target as the round "
        "before graded it.",
    )
    degree: int = _setting(
        2,
        Whole(0, 2),
        "With a base, the degree (0 to 2) of the polynomial in colour that is fitted to the matches.",
    )
    color_width: float = _setting(
        8.0,
        Number(1e-6, 1e6),
        "With a base, the width in CIELAB within which displacements are averaged over similar colours.",
    )
    color_evidence: float = _setting(
        0.015,
        Number(1e-6, 1e9),
        "With a base, the share of sure matches of a colour at which the displacement of this colour is halved. A "
        "large value switches these displacements off.",
    )
    evidence: float = _setting(
        0.001,
        Number(1e-6, 1e6),
        "With a base, the share of the picture whose matches outweigh the base when the polynomial is fitted.",
    )
    local_radius: float = _setting(
        0.1,
        Number(1e-6, 1e6),
        "With a base, the width, as a share of √(H·W), within which displacements are averaged over nearby places.",
    )
    local_lightness: float = _setting(
        8.0,
        Number(1e-6, 1e6),
        "With a base, the width in L* within which displacements are averaged over nearby places.",
    )
    local_evidence: float = _setting(
        0.015,
        Number(1e-6, 1e9),
        "With a base, the share of sure matches nearby at which the displacement of a place is halved. A large "
        "value switches these displacements off.",
    )
    lightness: float = _setting(
        1.0,
        Number(0, 1),
        "With a base, the share of the new lightness that is taken. At 0 the target keeps its own lightness, as "
        "in the paper.",
    )
    contrast: float = _setting(
        0.5,
        Number(0, 1),
        "With a base, the share of the target's contrast that is kept beside a reference that would leave nothing "
        "to be seen, such as fog, a plain wall or the dark. At 0 the contrast of the reference is taken as it is.",
    )


@dataclass(frozen=True)
class MatchSettings(_Group):
    """Attention between superpixels (equations 1 to 3 and 7)."""

    tau: float = _setting(
        0.03,
        Number(1e-9, 1e9),
        "The temperature τ of the softmax (equations 1 and 7). A higher temperature mixes more colours.",
    )
    layer_weights: tuple[float, ...] | None = _setting(
        None,
        OrNone(Several(Number(0, 1e6), "a tuple of numbers from 0 to 1e+06, not all 0", positive=True)),
        "The weights w_l of the layers (equations 3 and 7). By default the backbone brings weights; without them "
        "each layer weighs 1.",
    )
    merge: Literal["after", "before"] | None = _setting(
        "before",
        OrNone(Choice(("after", "before"))),
        "Whether the layers are merged after the softmax (equation 3) or before it (equation 7). In Python, None "
        "takes the choice of the backbone; without such a choice it is after in transfer and before in "
        "colourisation.",
    )
    whiten: float = _setting(
        0.9,
        Number(0, 1),
        "The exponent by which super-features are whitened over both pictures. At 0 the super-features stay as "
        "they are; at 1 all their principal components count alike. Above 0 whitening takes the place of "
        "standardising.",
    )
    context: tuple[float, ...] = _setting(
        (0.05, 0.15),
        Several(Number(1e-3, 10), "a tuple of numbers from 0.001 to 10, or an empty one", empty=True),
        "The radii, as shares of √(H·W), within which the features of neighbours are averaged. These averages "
        "join the superpixel's own features.",
    )
    context_layers: tuple[str, ...] | None = _setting(
        None,
        OrNone(Several(Text(), "a tuple of names", empty=True)),
        "The layers that the features of neighbours join. By default the backbone names these layers; without "
        "such a choice they are all layers.",
    )
    lightness_prior: float = _setting(
        10.0,
        Number(0.1, 1e6, or_zero=True),
        "In colourisation, the width in L* of a preference for superpixels of similar lightness. The mean and the "
        "deviation of the target's lightness are first brought to those of the reference. At 0 there is no "
        "preference.",
    )
    balance: float = _setting(
        0.0,
        Number(0, 1),
        "How far, from 0 to 1, the area of each reference superpixel limits how much of its colour is taken.",
    )
    median: bool = _setting(
        True,
        Switch(),
        "The median (in a*b*) of the colours attended to is taken in place of their mean. The median is less drab.",
    )
    standardize: bool | None = _setting(
        None,
        OrNone(Switch()),
        "Each channel is divided by its deviation over both pictures. By default the backbone decides.",
    )


@dataclass(frozen=True)
class FuseSettings(_Group):
    """Colours from superpixels to pixels (equations 4 to 6)."""

    fusion: Literal["eq5", "sct"] = _setting(
        "eq5",
        Choice(("eq5", "sct")),
        "The covariance of the fusion. eq5 takes the covariance of each candidate superpixel, as printed; sct "
        "takes the covariance of the pixel's own superpixel (Giraud 2017).",
    )
    delta_s: float = _setting(
        1.5,
        Number(1e-6, 1e6),
        "The weight δ_s of the spatial covariance (equation 6).",
    )
    delta_c: float = _setting(
        0.1,
        Number(1e-6, 1e6),
        "The weight δ_c of the colour covariance (equation 6).",
    )
    epsilon: float = _setting(
        1e-3,
        Number(1e-10, 1e6),
        "The number ε that is added to the diagonal of Σ_i.",
    )
    sigma_g: float | None = _setting(
        None,
        OrNone(Number(1e-10, 1e10)),
        "The width σ_g of equation 5. The default is adaptive: min_i q(p, i) + 1e-5.",
    )
    positions: Literal["frame", "isotropic"] = _setting(
        "frame",
        Choice(("frame", "isotropic")),
        "The units of position. frame is (y/H, x/W); isotropic divides both coordinates by √(H·W).",
    )
    native: bool = _setting(
        False,
        Switch(),
        "Colours are fused at the picture's own size, by the superpixels of the working size. This is slower, and "
        "the result is as sharp as the picture.",
    )
    vividness: float = _setting(
        1.0,
        Number(0, 4),
        "In colourisation, averaging makes the reference's colours less colourful. This is how much of the loss "
        "is given back.",
    )
    caution: float = _setting(
        0.2,
        Number(0, 1),
        "In colourisation, how much chroma unsure superpixels lose, from 0 to 1. At 1, superpixels of confidence "
        "0 turn grey.",
    )
    tolerance: float = _setting(
        1 / 1024,
        Number(1e-6, 0.1),
        "With the fusion eq5, superpixels that hardly count for a pixel are left out. This is the largest error "
        "that leaving them out may cause in a channel, whose range is 0 to 1.",
    )


@dataclass(frozen=True)
class FinishSettings(_Group):
    """Full size and lightness (sections 3.1 and 4.1), and how much of the new colours is taken where."""

    finish: Literal["lab", "rgb"] = _setting(
        "lab",
        Choice(("lab", "rgb")),
        "lab puts the fused chroma under the target's own lightness. rgb is the plain enlargement of the fused "
        "colours (Figures 3c and 7c).",
    )
    upsample: Literal["bicubic", "guided"] = _setting(
        "bicubic",
        Choice(("bicubic", "guided")),
        "How the fused chroma is enlarged. bicubic is smooth; guided follows the edges of the full-size lightness.",
    )
    strength: float = _setting(
        1.0,
        Number(0, 1),
        "How far the colours go from the old ones (0) to the new ones (1), in CIELAB. At 0 the pixels are copied.",
    )
    gamut: Literal["clip", "compress"] | None = _setting(
        None,
        OrNone(Choice(("clip", "compress"))),
        "What happens to colours that the output cannot hold. clip clips each channel; compress reduces the "
        "chroma until the colour fits, and keeps hue and L*. The default is compress in colourisation and clip in "
        "transfer.",
    )
    fallback: Literal["none", "keep", "neutral", "global"] = _setting(
        "none",
        Choice(("none", "keep", "neutral", "global")),
        "What pixels below the minimum confidence get. With none they get their new colour all the same; with keep "
        "they keep their old colour; with neutral they get no chroma; with global they get the colour of one map for "
        "all colours.",
    )
    min_confidence: float = _setting(
        0.5,
        Number(0, 1),
        "With a fallback, the confidence below which a pixel gets the fallback.",
    )
