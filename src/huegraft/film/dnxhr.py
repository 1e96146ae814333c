"""DNxHR: the matrix in the header of each frame, which FFmpeg's encoder leaves at BT.709."""

from huegraft.film.reading import Matrix

_PLACE = 0x2C  # SMPTE ST 2019-1: two bits name the colour volume, from the second lowest on
_BT2020, _IN_THE_FILE = 1 << 1, 3 << 1


def with_matrix(frame: bytes, matrix: Matrix) -> bytes:
    """Return an encoded frame whose header names its matrix.

    The header has names for BT.709 and BT.2020. For another matrix it says that the file names it, as MOV does.

    Parameters
    ----------
    frame
        A frame as FFmpeg's encoder writes it.
    matrix
        The matrix of its Y′CbCr.
    """
    volume = {"bt709": 0, "bt2020": _BT2020}.get(matrix, _IN_THE_FILE)
    return frame[:_PLACE] + bytes([frame[_PLACE] | volume]) + frame[_PLACE + 1 :]
