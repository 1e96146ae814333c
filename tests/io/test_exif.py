import struct

import pytest

import picture_files
from huegraft.io.directories import EXIF, GPS, INTEROPERABILITY, Directories, block_of, rational, shorts
from huegraft.io.exif import (
    block_of_tiff,
    check_block,
    descriptive_tree,
    orientation_of,
    resolution_of,
    upright,
    upright_xmp,
)

ORDERS = ["<", ">"]


def oriented(order, orientation):
    block = picture_files.exif_block(order)
    entry = struct.pack(order + "HHIH", 0x112, 3, 1, 1)
    assert block.count(entry) == 1
    return block.replace(entry, struct.pack(order + "HHIH", 0x112, 3, 1, orientation))


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_block_is_patched_in_place_and_nothing_else_of_it(order, orientation):
    block = oriented(order, orientation)
    check_block(block)
    assert orientation_of(block) == orientation
    turned = upright(block, orientation)
    assert len(turned) == len(block)
    assert orientation_of(turned) == 1
    changed = {place for place, (before, after) in enumerate(zip(block, turned, strict=True)) if before != after}
    directories = Directories(block)
    entries, end = directories.entries(directories.first)
    allowed = set(range(end, end + 4)) | set(range(dict(entries)[0x112], dict(entries)[0x112] + 12))
    if orientation >= 5:
        below = directories.entries(200)[0]
        for tag, place in [*entries, *below]:
            allowed |= set(range(place + 2, place + 12)) if tag in (0x11A, 0x11B, 0xA002, 0xA003) else set()
        tree = Directories(turned).tree(8, 10_000)
        sides = [directories.number(tree[EXIF][tag]) for tag in (0xA002, 0xA003)]
        assert sides == [10, 14]
        assert resolution_of(Directories(turned)) == (150, 300, "inch")
    assert changed <= allowed


def test_a_tree_is_put_together_again():
    for order in ORDERS:
        block = picture_files.exif_block(order)
        tree = descriptive_tree(Directories(block))
        assert tree[EXIF][0x927C].content == picture_files.MAKER_NOTE
        assert tree[EXIF][INTEROPERABILITY][1].content == b"R03\0"
        assert tree[GPS][2].count == 3
        again = block_of(tree, order)
        assert descriptive_tree(Directories(again)) == tree
        assert orientation_of(again) == 1


def test_resolutions_and_orientations_that_are_none():
    block = block_of({0x112: shorts("<", 9), 0x11A: rational("<", 72), 0x11B: rational("<", 118.11)}, "<")
    assert orientation_of(block) == 1
    assert resolution_of(Directories(block)) == (72, 118.11, "inch")
    nothing = block_of({0x11A: rational("<", 0), 0x11B: rational("<", 0)}, "<")
    assert resolution_of(Directories(nothing)) is None
    assert block_of_tiff(Directories(nothing)) is None


@pytest.mark.parametrize(
    ("packet", "expected"),
    [
        (b'<a tiff:Orientation="8"/>', b'<a tiff:Orientation="1"/>'),
        (b"<a tiff:Orientation='3'/>", b"<a tiff:Orientation='1'/>"),
        (b"<tiff:Orientation>6</tiff:Orientation>", b"<tiff:Orientation>1</tiff:Orientation>"),
        (b"<tiff:Orientation> 6 </tiff:Orientation>", b"<tiff:Orientation> 1 </tiff:Orientation>"),
        (b"<a>6</a>", b"<a>6</a>"),
    ],
)
def test_the_orientation_of_a_packet(packet, expected):
    assert upright_xmp(packet) == expected


@pytest.mark.parametrize(
    "block",
    [
        b"",
        b"no block at all",
        b"II*\0",
        b"II*\0\x08\0\0\0\xff\xff",
        picture_files.exif_block()[:150],
        block_of(
            {
                0x10F: shorts("<", *range(60_000)),
                0x110: shorts("<", *range(60_000)),
                0x131: shorts("<", *range(60_000)),
            },
            "<",
        ),
    ],
)
def test_damaged_blocks(block):
    with pytest.raises(ValueError, match=r"byte order|too early|beyond the end|too long to be true"):
        check_block(block)
