"""Resources of Photoshop, in which JPEG, TIFF and PSD files keep the description of a picture.

Adobe Photoshop File Formats Specification, "Image Resource Blocks".
"""

import struct

IPTC, RESOLUTION, PROFILE, EXIF, XMP, VERSION = 1028, 1005, 1039, 1058, 1060, 1057
MARK = b"Photoshop 3.0\0"
"""The mark before the resources in a JPEG."""
_MOST = 2**12


def resources(data: bytes) -> dict[int, bytes]:
    """Return the content of each resource by its number. The first of several counts. A damaged one ends the list."""
    found, at = dict[int, bytes](), 0
    for _ in range(_MOST):
        if data[at : at + 4] != b"8BIM" or at + 7 > len(data):
            break
        number = int.from_bytes(data[at + 4 : at + 6])
        at += 6 + (data[at + 6] // 2 + 1) * 2  # the name with its length, of an even number of bytes
        size = int.from_bytes(data[at : at + 4])
        if at + 4 + size > len(data):
            break
        found.setdefault(number, data[at + 4 : at + 4 + size])
        at += 4 + size + size % 2
    return found


def resource(number: int, content: bytes) -> bytes:
    """Return a resource without a name."""
    return b"8BIM" + struct.pack(">HHI", number, 0, len(content)) + content + bytes(len(content) % 2)
