"""Timecode: the labels of frames, as hours, minutes, seconds and frames."""

import re
from fractions import Fraction

_TIMECODE = re.compile(r"(\d\d):(\d\d):(\d\d)([:;.])(\d\d)")


def timecode_after(timecode: str, frames: int, rate: Fraction) -> str | None:
    """Return the timecode of a frame; None where the first one is no timecode.

    Drop-frame timecodes, whose frames stand after a semicolon, leave out two numbers a minute (four at 60 frames a
    second), but not in each tenth minute (SMPTE ST 12-1). At other rates no number is left out, and a colon stands in
    its place.

    Parameters
    ----------
    timecode
        The timecode of the first frame, for example "01:00:00:00".
    frames
        How many frames later. At least 0.
    rate
        Frames a second. Above 0.
    """
    parts = _TIMECODE.fullmatch(timecode)
    if not parts:
        return None
    hours, minutes, seconds, number = (int(parts[group]) for group in (1, 2, 3, 5))
    base = max(1, round(rate))
    drop = parts[4] != ":" and base % 30 == 0
    left_out = 2 * round(base / 30) if drop else 0
    minute = 60 * hours + minutes
    count = (60 * minute + seconds) * base + number - left_out * (minute - minute // 10) + frames
    if drop:
        count += _left_out_before(count, base, left_out)
    seconds, number = divmod(count, base)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours % 24:02}:{minutes:02}:{seconds:02}{';' if drop else ':'}{number:02}"


def _left_out_before(count: int, base: int, left_out: int) -> int:
    """Return how many numbers were left out up to a frame of a drop-frame timecode."""
    ten_minutes, rest = divmod(count, 600 * base - 9 * left_out)
    minutes = max(0, rest - left_out) // (60 * base - left_out)
    return left_out * (9 * ten_minutes + minutes)
