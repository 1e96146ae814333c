"""EXIF blocks and XMP packets of a picture that was turned upright. They are patched in place, so the rest stays.

A block that goes from a TIFF file into another format, or the other way, is taken apart and put together again. Its
values stay the same bytes (docs/decisions/012-files.md).
"""

import io
import re
import struct

from huegraft.io.directories import EXIF, GPS, Directories, Tree, block_of
from huegraft.io.limits import check_directories

IPTC = 0x83BB
_ORIENTATION = 0x112
_SIDES = ((0x100, 0x101), (0x11A, 0x11B), (0xA002, 0xA003))  # sizes and resolutions: across, down
_X_RESOLUTION, _Y_RESOLUTION, _RESOLUTION_UNIT = 0x11A, 0x11B, 0x128
_RESOLUTION = frozenset({_X_RESOLUTION, _Y_RESOLUTION, _RESOLUTION_UNIT})
_UNITS = {1: "none", 2: "inch", 3: "centimetre"}
_LONGEST_TREE = 2**26
_DESCRIPTIVE = frozenset(
    {
        0x10D,  # DocumentName
        0x10E,  # ImageDescription
        0x10F,  # Make
        0x110,  # Model
        _X_RESOLUTION,
        _Y_RESOLUTION,
        0x11D,  # PageName
        _RESOLUTION_UNIT,
        0x131,  # Software
        0x132,  # DateTime
        0x13B,  # Artist
        0x13C,  # HostComputer
        0x4746,  # Rating
        0x4749,  # RatingPercent
        0x8298,  # Copyright
        IPTC,
        EXIF,
        GPS,
        0x9C9B,  # XPTitle
        0x9C9C,  # XPComment
        0x9C9D,  # XPAuthor
        0x9C9E,  # XPKeywords
        0x9C9F,  # XPSubject
    }
)
_XMP_ORIENTATION = re.compile(rb"(tiff:Orientation\s*(?:=\s*[\"']|>)\s*)[1-8](?=\s*[\"'<])")


def check_block(block: bytes) -> None:
    """Raise ValueError for a block whose directories are damaged, or too long for an honest file."""
    check_directories(io.BytesIO(block))
    descriptive_tree(Directories(block))


def orientation_of(block: bytes) -> int:
    """Return the orientation, 1 to 8, that a sound block names, or 1 if the block names none."""
    directories = Directories(block)
    places = dict(directories.entries(directories.first)[0])
    value = directories.value(places[_ORIENTATION]) if _ORIENTATION in places else None
    number = directories.number(value) if value is not None and value.kind in (1, 3, 4) else 1
    return number if number in range(1, 9) else 1


def upright(block: bytes, orientation: int) -> bytes:
    """Return the block of the upright picture: with orientation 1, swapped sides if needed, and no thumbnail."""
    directories, changed = Directories(block), bytearray(block)
    entries, end = directories.entries(directories.first)
    places = dict(entries)
    changed[end : end + 4] = bytes(4)
    if _ORIENTATION in places:
        value = struct.pack(directories.order + "HHIHxx", _ORIENTATION, 3, 1, 1)
        changed[places[_ORIENTATION] : places[_ORIENTATION] + 12] = value
    if orientation >= 5:
        pointer = directories.value(places[EXIF]) if EXIF in places else None
        below = directories.entries(directories.number(pointer))[0] if pointer is not None else []
        _swap_sides(changed, places)
        _swap_sides(changed, dict(below))
    return bytes(changed)


def upright_xmp(packet: bytes) -> bytes:
    """Return a packet whose orientation is 1."""
    return _XMP_ORIENTATION.sub(rb"\g<1>1", packet)


def descriptive_tree(directories: Directories, offset: int | None = None) -> Tree:
    """Return what a directory says about the picture, without what it says about the file.

    Parameters
    ----------
    directories
        The directories of the file.
    offset
        Where the picture's directory begins, or None for the first directory. Values that the picture's directory lacks
        come from the first directory.

    Raises
    ------
    ValueError
        If a directory is damaged.
    """
    tree: Tree = {}
    for place in reversed(_places(directories, offset)):
        own = directories.tree(place, _LONGEST_TREE)
        if own.keys() & _RESOLUTION:
            tree = {tag: value for tag, value in tree.items() if tag not in _RESOLUTION}
        tree |= own
    return {tag: value for tag, value in tree.items() if tag in _DESCRIPTIVE}


def block_of_tiff(directories: Directories, offset: int | None = None) -> bytes | None:
    """Return what a TIFF file says about its picture as an EXIF block, without IPTC.

    It is None if the file says nothing but a resolution. `offset` is as in `descriptive_tree`.
    """
    tree = descriptive_tree(directories, offset)
    tree.pop(IPTC, None)
    found = (dict(directories.entries(place)[0]).get(_ORIENTATION) for place in _places(directories, offset))
    at = next((each for each in found if each is not None), None)
    orientation = None if at is None else directories.value(at)
    if orientation is not None and directories.number(orientation) != 1:
        tree[_ORIENTATION] = orientation
    if not tree.keys() - _RESOLUTION:
        return None
    return block_of(tree, directories.order)


def resolution_of(directories: Directories, offset: int | None = None) -> tuple[float, float, str] | None:
    """Return the resolution of a picture: the pixels for each unit across and down, and the unit.

    `offset` is as in `descriptive_tree`.
    """
    found = (_resolution(directories, place) for place in _places(directories, offset))
    return next((each for each in found if each is not None), None)


def _places(directories: Directories, offset: int | None) -> list[int]:
    """Return where the directory of a picture begins, followed by the first directory if that is another one."""
    return list(dict.fromkeys((offset or directories.first, directories.first)))


def _resolution(directories: Directories, offset: int) -> tuple[float, float, str] | None:
    places = dict(directories.entries(offset)[0])
    pair = list[float]()
    for tag in (_X_RESOLUTION, _Y_RESOLUTION):
        value = directories.value(places[tag]) if tag in places else None
        if value is None or value.kind != 5:
            return None
        above, below = struct.unpack_from(directories.order + "II", value.content)
        if above == 0 or below == 0:
            return None
        pair.append(above / below)
    unit = directories.value(places[_RESOLUTION_UNIT]) if _RESOLUTION_UNIT in places else None
    number = directories.number(unit) if unit is not None and unit.kind in (1, 3, 4) else 2
    return pair[0], pair[1], _UNITS.get(number, "none")


def _swap_sides(block: bytearray, places: dict[int, int]) -> None:
    for across, down in _SIDES:
        if across in places and down in places:
            first, second = slice(places[across] + 2, places[across] + 12), slice(places[down] + 2, places[down] + 12)
            block[first], block[second] = block[second], block[first]
