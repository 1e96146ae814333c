import hashlib
import struct

import pytest

import hostile
import metadata_reader
import picture_files


def with_segments(*segments):
    """Return a JPEG with these behind the first segment."""
    good = hostile.saved(hostile.photograph(), "jpg")
    return good[:20] + b"".join(hostile.segment(*segment) for segment in segments) + good[20:]


def test_records_and_comments(tmp_path):
    records = b"\x1c\x02\x78\x00\x07Caption\x1c\x02\x19\x00\x03sea\x1c\x02\x19\x00\x03sky"
    block = b"Photoshop 3.0\x008BIM\4\4\0\0" + struct.pack(">I", len(records)) + records + b"\0" * (len(records) % 2)
    (tmp_path / "a.jpg").write_bytes(with_segments((0xED, block), (0xFE, b"a comment")))
    tags = metadata_reader.tags(tmp_path / "a.jpg")
    assert tags["IPTC:Caption-Abstract"] == "Caption"
    assert tags["IPTC:Keywords"] == ["sea", "sky"]
    assert tags["File:Comment"] == "a comment"
    assert not [name for name in tags if "Warning" in name]


def test_damage_is_told(tmp_path):
    make = b"\x01\x0f\0\2"  # the tag and its type, ahead of its length
    block = picture_files.exif_block().replace(make + b"\0\0", make + b"\xff\xff")
    (tmp_path / "a.png").write_bytes(hostile.png(more=[(b"eXIf", block)]))
    assert [name for name in metadata_reader.tags(tmp_path / "a.png") if "Warning" in name]


@pytest.mark.parametrize("whole", [True, False])
def test_extended_packets(tmp_path, whole):
    filler = b'<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:source>%s</dc:source>'
    packet = picture_files.XMP.replace(b"</rdf:RDF>", filler % (b"x" * 90_000) + b"</rdf:Description></rdf:RDF>")
    digest = hashlib.md5(packet, usedforsecurity=False).hexdigest().upper().encode()
    head = metadata_reader.EXTENDED + digest + struct.pack(">I", len(packet))
    parts = [head + struct.pack(">I", start) + packet[start : start + 60_000] for start in (60_000, 0)]
    segments = [(0xE1, part) for part in parts[: 2 if whole else 1]]
    (tmp_path / "a.jpg").write_bytes(with_segments(*segments))
    if whole:
        assert metadata_reader.tags(tmp_path / "a.jpg")["XMP-dc:Source"] == "x" * 90_000
    else:
        with pytest.raises(AssertionError):
            metadata_reader.tags(tmp_path / "a.jpg")
