"""XMP packets of JPEG. A packet above 64 kB continues in further segments (XMP specification, part 3, 1.1.3.1).

A `Picture` holds the whole packet, as other formats do.
"""

import hashlib
import re
import struct
from collections.abc import Iterable

PACKET_MARK = b"http://ns.adobe.com/xap/1.0/\0"
EXTENSION_MARK = b"http://ns.adobe.com/xmp/extension/\0"
_LONGEST = 65533 - len(PACKET_MARK)
_LONGEST_PART = 65400
_LINK = re.compile(rb"""\s*xmpNote:HasExtendedXMP\s*=\s*["']([0-9A-Fa-f]{32})["']""")
_BODY = re.compile(rb"<rdf:RDF\b[^>]*>(.*)</rdf:RDF>", re.DOTALL)
_END = b"</rdf:RDF>"
_SHORT = (
    b'<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
    b'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" xmlns:xmpNote='
    b'"http://ns.adobe.com/xmp/note/" xmpNote:HasExtendedXMP="%s"/></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
)


def joined(packet: bytes, parts: Iterable[bytes]) -> bytes | None:
    """Return the whole packet, or None if the extension that the packet names is missing or damaged.

    Parameters
    ----------
    packet
        The packet in the first segment.
    parts
        The segments of the extension, without their mark, in any order.
    """
    link = _LINK.search(packet)
    if link is None:
        return packet
    pieces = dict[int, bytes]()
    for part in parts:
        if part[:32].upper() == link[1].upper() and len(part) > 40:
            pieces.setdefault(int.from_bytes(part[36:40]), part[40:])
    extension = b"".join(piece for _, piece in sorted(pieces.items()))
    body = _BODY.search(extension)
    sound = hashlib.md5(extension, usedforsecurity=False).hexdigest().encode() == link[1].lower()
    if body is None or not sound or _END not in packet:
        return None
    begin, _, end = without_link(packet).rpartition(_END)
    return begin + body[1] + _END + end


def without_link(packet: bytes) -> bytes:
    """Return a packet that names no extension."""
    return _LINK.sub(b"", packet, count=1)


def divided(packet: bytes) -> list[bytes]:
    """Return the contents of the JPEG segments that hold a packet, with their marks."""
    if len(packet) <= _LONGEST:
        return [PACKET_MARK + packet]
    name = hashlib.md5(packet, usedforsecurity=False).hexdigest().upper().encode()
    parts = [
        EXTENSION_MARK + name + struct.pack(">II", len(packet), at) + packet[at : at + _LONGEST_PART]
        for at in range(0, len(packet), _LONGEST_PART)
    ]
    return [PACKET_MARK + _SHORT % name, *parts]
