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
    drop = is_drop_frame(timecode, rate)
    first = count_of(timecode, rate, drop=drop)
    if first is None:
        return None
    base, left_out = _base(rate), _left_out(rate) if drop else 0
    count = first + frames
    if drop:
        count += _left_out_before(count, base, left_out)
    seconds, number = divmod(count, base)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours % 24:02}:{minutes:02}:{seconds:02}{';' if drop else ':'}{number:02}"


def count_of(timecode: str, rate: Fraction, *, drop: bool) -> int | None:
    """Return how many frames after 00:00:00:00 the frame of a timecode is; None where it is no timecode.

    Parameters
    ----------
    timecode, rate
        As above.
    drop
        Whether the timecode leaves numbers out, whatever stands between its seconds and frames.
    """
    parts = _TIMECODE.fullmatch(timecode)
    if not parts:
        return None
    hours, minutes, seconds, number = (int(parts[group]) for group in (1, 2, 3, 5))
    minute = 60 * hours + minutes
    left_out = _left_out(rate) * (minute - minute // 10) if drop else 0
    return (60 * minute + seconds) * _base(rate) + number - left_out


def is_drop_frame(timecode: str, rate: Fraction) -> bool:
    """Tell whether a timecode leaves numbers out: a semicolon stands before its frames, which are 30 or 60 a second."""
    parts = _TIMECODE.fullmatch(timecode)
    return bool(parts and parts[4] != ":" and _base(rate) % 30 == 0)


def _base(rate: Fraction) -> int:
    """Return how many frames a second of timecode has."""
    return max(1, round(rate))


def _left_out(rate: Fraction) -> int:
    """Return how many numbers a drop-frame timecode leaves out in a minute."""
    return 2 * round(_base(rate) / 30)


def _left_out_before(count: int, base: int, left_out: int) -> int:
    """Return how many numbers were left out up to a frame of a drop-frame timecode."""
    ten_minutes, rest = divmod(count, 600 * base - 9 * left_out)
    minutes = max(0, rest - left_out) // (60 * base - left_out)
    return left_out * (9 * ten_minutes + minutes)
