"""IPTC, comments, texts and extended XMP: kept where the format holds them, else named."""

import hashlib
import struct
import zlib

import numpy as np
import pytest
import tifffile
from PIL import Image

import hostile
import picture_files
from huegraft import Picture, read_picture, write_picture
from huegraft.io.photoshop import IPTC, resource, resources
from huegraft.io.xmp import divided, joined

RECORDS = b"\x1c\x02\x05\x00\x05Title\x1c\x02\x78\x00\x07Caption"
TEXTS = (("Title", "\u00fcn\u00ef"), ("Author", "me"), ("Comment", "\u65e5\u672c"))


@pytest.fixture
def pixels(rng):
    return rng.integers(0, 256, (8, 9, 3)).astype(np.uint8)


def packet(length):
    """Return a packet with a description so long, in an element of its own."""
    filler = "".join(chr(97 + each % 26) for each in range(length)).encode()
    own = b'<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:source>%s</dc:source></rdf:Description>'
    return picture_files.XMP.replace(b"</rdf:RDF>", own % filler + b"</rdf:RDF>")


@pytest.mark.parametrize("ending", ["jpg", "tif", "png", "jp2"])
@pytest.mark.parametrize("source", ["jpg", "tif", "png", "jp2"])
def test_iptc_goes_from_format_to_format(tmp_path, pixels, source, ending):
    write_picture(tmp_path / f"a.{source}", Picture(pixels, iptc=RECORDS, exif=picture_files.exif_block()))
    picture = read_picture(tmp_path / f"a.{source}")
    assert picture.iptc == RECORDS
    assert write_picture(tmp_path / f"b.{ending}", picture) == ()
    tags = picture_files.tags(tmp_path / f"b.{ending}")[f"b.{ending}"]
    found = {name.partition(":")[2]: value for name, value in tags.items() if name.startswith("IPTC")}
    assert (found.get("ObjectName"), found.get("Caption-Abstract")) == ("Title", "Caption")


def test_iptc_as_other_programs_write_it(tmp_path, pixels):
    block = b"".join([resource(1005, bytes(16)), resource(IPTC, RECORDS), resource(1036, bytes(99))])
    good = hostile.saved(Image.fromarray(pixels), "jpg")
    parts = [hostile.segment(0xED, b"Photoshop 3.0\0" + part) for part in (block[:30], block[30:])]
    (tmp_path / "a.jpg").write_bytes(good[:2] + b"".join(parts) + good[2:])
    assert read_picture(tmp_path / "a.jpg").iptc == RECORDS
    tags = [(34377, "B", len(block), block, True)]
    tifffile.imwrite(tmp_path / "a.tif", pixels, photometric="rgb", metadata=None, extratags=tags)
    picture = read_picture(tmp_path / "a.tif")
    assert picture.iptc == RECORDS
    digits = b"\niptc\n%8d\n" % len(block) + block.hex().encode()
    (tmp_path / "a.png").write_bytes(hostile.png(more=[(b"tEXt", b"Raw profile type 8bim\0" + digits)]))
    assert read_picture(tmp_path / "a.png").iptc == RECORDS
    assert resources(block[:40] + b"x" + block[41:])  # what is damaged ends the list


@pytest.mark.parametrize(("ending", "name"), [("webp", "WebP"), ("exr", "OpenEXR")])
def test_iptc_that_is_lost_is_named(tmp_path, pixels, ending, name):
    notes = write_picture(tmp_path / f"a.{ending}", Picture(pixels, iptc=RECORDS))
    assert f"a.{ending}: {name} holds no IPTC records, so the IPTC records are left out" in notes


def test_long_iptc_is_lost_in_jpeg_and_named(tmp_path, pixels):
    notes = write_picture(tmp_path / "a.jpg", Picture(pixels, iptc=RECORDS * 10_000))
    assert notes == ("a.jpg: its IPTC records are too long for JPEG and are left out",)


def test_texts_of_png(tmp_path, pixels):
    assert write_picture(tmp_path / "a.png", Picture(pixels, texts=TEXTS)) == ()
    assert read_picture(tmp_path / "a.png").texts == TEXTS
    with Image.open(tmp_path / "a.png") as image:
        image.load()
        assert image.text == dict(TEXTS)


def test_texts_as_other_programs_write_them(tmp_path):
    chunks = [
        (b"tEXt", b"Author\0J\xfcrgen"), (b"zTXt", b"Title\0\0" + zlib.compress(b"packed")),
        (b"iTXt", b"Source\0\1\0de\0Quelle\0" + zlib.compress("\u65e5".encode())), (b"iTXt", b"Plain\0\0\0\0\0here"),
        (b"tEXt", b"Raw profile type unknown\0\nunknown\n 3\nabcdef"),
    ]  # fmt: skip
    (tmp_path / "a.png").write_bytes(hostile.png(depth=16, more=chunks[:2], after=chunks[2:]))
    picture = read_picture(tmp_path / "a.png")
    assert picture.texts == (("Author", "J\u00fcrgen"), ("Title", "packed"), ("Source", "\u65e5"), ("Plain", "here"))
    assert picture.notes == ("a.png: these parts of it are left out: Raw profile type unknown",)


def test_too_many_texts_are_said(tmp_path):
    (tmp_path / "a.png").write_bytes(hostile.png(more=[(b"tEXt", b"a\0b")] * 2000))
    picture = read_picture(tmp_path / "a.png")
    assert len(picture.texts) == 1024
    assert picture.notes == ("a.png: it has more texts than a picture can have, so some texts are left out",)


def test_comments_of_jpeg(tmp_path, pixels):
    texts = (("Comment", "caf\u00e9"), ("Comment", "x" * 100_000))
    notes = write_picture(tmp_path / "a.jpg", Picture(pixels, texts=(*texts, ("Title", "t"))))
    assert notes == ("a.jpg: JPEG cannot hold the texts Title, so they are left out",)
    comments = [text for _, text in read_picture(tmp_path / "a.jpg").texts]
    assert comments[0] == texts[0][1]
    assert "".join(comments[1:]) == texts[1][1]
    with Image.open(tmp_path / "a.jpg") as image:
        assert next(part for name, part in image.applist if name == "COM") == "caf\u00e9".encode()
    good = hostile.saved(Image.fromarray(pixels), "jpg")
    (tmp_path / "b.jpg").write_bytes(good[:2] + hostile.segment(0xFE, b"gr\xfcn\0") + good[2:])
    picture = read_picture(tmp_path / "b.jpg")
    assert picture.texts == (("Comment", "gr\u00fcn"),)
    assert write_picture(tmp_path / "b.png", picture) == ()
    assert write_picture(tmp_path / "b.tif", picture) == (
        "b.tif: TIFF cannot hold the texts Comment, so they are left out",
    )


@pytest.mark.parametrize("length", [1000, 64_000, 200_000])
@pytest.mark.parametrize("ending", ["png", "tif", "webp", "jp2", "jpg"])
def test_extended_xmp_of_jpeg_is_one_packet_elsewhere(tmp_path, pixels, length, ending):
    whole = packet(length)
    assert write_picture(tmp_path / "a.jpg", Picture(pixels, xmp=whole)) == ()
    picture = read_picture(tmp_path / "a.jpg")
    assert picture.notes == ()
    assert write_picture(tmp_path / f"b.{ending}", picture) == ()
    for name in ("a.jpg", f"b.{ending}"):
        tags = picture_files.tags(tmp_path / name)[name]
        assert len(tags["XMP-dc:Source"]) == length
        assert tags["XMP-xmp:Rating"] == 4
        assert not [tag for tag in tags if "Warning" in tag]


def test_extended_xmp_as_other_programs_write_it(tmp_path, pixels):
    extension = packet(100_000)
    name = hashlib.md5(extension, usedforsecurity=False).hexdigest().upper().encode()
    link = b'xmlns:xmpNote="http://ns.adobe.com/xmp/note/" xmpNote:HasExtendedXMP="' + name + b'" xmp:Rating'
    main = picture_files.XMP.replace(b"xmp:Rating", link).replace(b'"4"', b'"5"')
    head = b"http://ns.adobe.com/xmp/extension/\0" + name + struct.pack(">I", len(extension))
    pieces = [struct.pack(">I", at) + extension[at : at + 60_000] for at in (60_000, 0)]  # in any order
    parts = [hostile.segment(0xE1, head + piece) for piece in pieces]
    good = hostile.saved(Image.fromarray(pixels), "jpg")
    first = hostile.segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + main)
    (tmp_path / "a.jpg").write_bytes(good[:2] + first + b"".join(parts) + good[2:])
    picture = read_picture(tmp_path / "a.jpg")
    assert b"HasExtendedXMP" not in picture.xmp
    assert picture.xmp.count(b"<rdf:RDF") == picture.xmp.count(b"</rdf:RDF>") == 1
    assert b"<dc:source>abc" in picture.xmp
    assert picture.notes == ()
    (tmp_path / "b.jpg").write_bytes(good[:2] + first + parts[0] + good[2:])
    picture = read_picture(tmp_path / "b.jpg")
    assert b'xmp:Rating="5"' in picture.xmp
    assert b"HasExtendedXMP" not in picture.xmp
    assert picture.notes == ("b.jpg: its extended XMP is damaged and left out",)


def test_packets_that_fit_stay_the_same_bytes():
    assert divided(picture_files.XMP) == [b"http://ns.adobe.com/xap/1.0/\0" + picture_files.XMP]
    assert joined(picture_files.XMP, []) == picture_files.XMP
