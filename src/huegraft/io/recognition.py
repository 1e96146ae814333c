"""Which module reads a file: decided by how it begins, of camera raw by its ending, since most of it begins as TIFF."""

from pathlib import Path

from huegraft.io import heif, jpeg2000, raw


def module_of(path: Path) -> str | None:
    """Return the name of the module of :mod:`huegraft.io` that reads a file; None if none does."""
    with path.open("rb") as file:
        head = file.read(32)
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if head.startswith(b"\xff\xd8"):
        return "jpeg"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if head.startswith(b"v/1\x01"):
        return "exr"
    if head.startswith((jpeg2000.SIGNATURE, jpeg2000.CODESTREAM)):
        return "jpeg2000"
    if head[4:8] == b"ftyp" and not heif.BRANDS.isdisjoint({head[8:12], head[16:20], head[20:24]}):
        return "heif"
    if path.suffix.lower() in raw.ENDINGS:
        return "raw"
    if head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return "tiff"
    return None
