"""PQ and HLG of ITU-R BT.2100: what television's values of high dynamic range mean as light, and back."""

from dataclasses import dataclass

import numpy as np

from huegraft.color import sum_of_channels
from huegraft.encodings import LUMINANCE, SceneLinearEncoding
from huegraft.primaries import PRIMARIES, matrix_to_srgb
from huegraft.shapes import Float, Float32
from huegraft.types import Native

PQ, HLG = 16, 18
"""Transfer characteristics of ITU-T H.273."""
_REFERENCE_WHITE, _HLG_PEAK, _HLG_GAMMA = 203.0, 1000.0, 1.2  # cd/m²: ITU-R BT.2408; BT.2100, table 5


@dataclass(frozen=True)
class BroadcastEncoding:
    """PQ or HLG of ITU-R BT.2100, full range: light whose reference white of 203 cd/m² counts as 1 (BT.2408).

    HLG is shown on a display of 1000 cd/m².

    Attributes
    ----------
    primaries, transfer : int
        Code points of ITU-T H.273.
    """

    primaries: int
    transfer: int
    unbounded: bool = True

    @property
    def key(self) -> str:
        """The code points."""
        return f"h273-{self.primaries}-{self.transfer}"

    @property
    def light(self) -> SceneLinearEncoding:
        """The encoding of the light that the values stand for."""
        return SceneLinearEncoding(matrix_to_srgb(PRIMARIES[self.primaries]))

    def decode(self, pixels: Native) -> Float32[np.ndarray, "h w 3"]:
        """Convert from the values, by way of their light."""
        return self.light.decode(self.to_light(pixels))

    def encode(self, srgb: Float32[np.ndarray, "h w 3"]) -> Float32[np.ndarray, "h w 3"]:
        """Convert to values, by way of light."""
        return self.from_light(self.light.encode(srgb))

    def to_light(self, pixels: Native) -> Float32[np.ndarray, "h w 3"]:
        """Return the light of values."""
        if np.issubdtype(pixels.dtype, np.integer):
            most = np.iinfo(pixels.dtype).max
            curve = light_of_pq if self.transfer == PQ else light_of_hlg
            light = curve(np.arange(most + 1) / most).astype(np.float32)[pixels]
        else:
            light = (light_of_pq if self.transfer == PQ else light_of_hlg)(pixels.astype(np.float64))
        if self.transfer == PQ:
            return (light * (10000 / _REFERENCE_WHITE)).astype(np.float32)
        luminance = self._luminance(light)
        brightening = _HLG_PEAK / _REFERENCE_WHITE * luminance.clip(0) ** (_HLG_GAMMA - 1)
        return (light * brightening[..., None]).astype(np.float32)

    def from_light(self, light: Float32[np.ndarray, "h w 3"]) -> Float32[np.ndarray, "h w 3"]:
        """Return the values of light."""
        if self.transfer == PQ:
            return pq_of_light(light * np.float64(_REFERENCE_WHITE / 10000)).astype(np.float32)
        shown = light * np.float64(_REFERENCE_WHITE / _HLG_PEAK)
        luminance = self._luminance(shown).clip(1e-12)
        return hlg_of_light(shown * (luminance ** (1 / _HLG_GAMMA - 1))[..., None]).astype(np.float32)

    def _luminance(self, light: Float[np.ndarray, "h w 3"]) -> Float[np.ndarray, "h w"]:
        return sum_of_channels(light, LUMINANCE @ self.light.matrix)


_M1, _M2 = 2610 / 16384, 2523 / 4096 * 128
_C1, _C2, _C3 = 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32


def light_of_pq(values: Float[np.ndarray, "*n"]) -> Float[np.ndarray, "*n"]:
    """Return the light, 1 for 10 000 cd/m², of PQ's values (BT.2100, table 4); negative values mirror it."""
    power = np.abs(values).clip(0, 1) ** (1 / _M2)
    return np.copysign((np.maximum(power - _C1, 0) / (_C2 - _C3 * power)) ** (1 / _M1), values)


def pq_of_light(light: Float[np.ndarray, "*n"]) -> Float[np.ndarray, "*n"]:
    """Return PQ's values of light, 1 for 10 000 cd/m²; negative light mirrors it."""
    power = np.abs(light) ** _M1
    return np.copysign(((_C1 + _C2 * power) / (1 + _C3 * power)) ** _M2, light)


_A = 0.17883277
_B, _C = 1 - 4 * _A, 0.5 - _A * np.log(4 * _A)


def light_of_hlg(values: Float[np.ndarray, "*n"]) -> Float[np.ndarray, "*n"]:
    """Return the scene's light in [0, 1] of HLG's values (BT.2100, table 5); negative values mirror it."""
    size = np.abs(values)
    light = np.where(size <= 0.5, size**2 / 3, (np.exp((np.maximum(size, 0.5) - _C) / _A) + _B) / 12)
    return np.copysign(light, values)


def hlg_of_light(light: Float[np.ndarray, "*n"]) -> Float[np.ndarray, "*n"]:
    """Return HLG's values of the scene's light; negative light mirrors it."""
    size = np.abs(light)
    values = np.where(size <= 1 / 12, np.sqrt(3 * size), _A * np.log(12 * np.maximum(size, 1 / 12) - _B) + _C)
    return np.copysign(values, light)
