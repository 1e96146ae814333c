from fractions import Fraction

import pytest

from huegraft.errors import FilmError
from huegraft.film.edl import edl_of, rows_of_edl
from huegraft.film.shot_list import Keyframe, Shot
from huegraft.film.shot_table import Clock, Row, csv_of, rows_of, rows_of_csv, shots_of

SHOTS = (
    Shot("s0001", 0, 48, keyframes=(Keyframe(4, "r1"),), rest={"into": {"dissolve": 24}}),
    Shot("s0007", 48, 100, kind="title", note="what was said"),
    Shot("x", 100, 130, kind="black"),
    Shot("s0004", 140, 200, settings={"tau": 0.02}),
)
CLOCKS = [
    Clock(Fraction(24), "01:00:00:00", 200),
    Clock(Fraction(25), "00:00:00:00", 200),
    Clock(Fraction(24000, 1001), "23:59:58:00", 200),
    Clock(Fraction(30000, 1001), "00:00:59;20", 200),
    Clock(Fraction(30000, 1001), "00:00:59:20", 200),
    Clock(Fraction(60000, 1001), "00:08:59;40", 200),
]


@pytest.mark.parametrize("clock", CLOCKS)
def test_what_is_written_is_read_again(clock):
    text = edl_of(rows_of(SHOTS), clock, "film.mkv")
    assert shots_of(rows_of_edl(text, clock), SHOTS, 200) == SHOTS
    assert edl_of(rows_of(shots_of(rows_of_edl(text, clock), (), 200)), clock, "film.mkv") == text
    for known in (clock, None):
        assert shots_of(rows_of_csv(csv_of(rows_of(SHOTS), known)), SHOTS, 200) == SHOTS


def test_an_edl_as_it_is_written():
    assert edl_of(rows_of(SHOTS[:3]), CLOCKS[3], "film.mkv").splitlines() == [
        "TITLE: film.mkv",
        "FCM: DROP FRAME",
        "",
        "001  AX       V     C        00:00:59;20 00:01:00;28 00:00:59;20 00:01:00;28",
        "* SHOT ID: s0001",
        "002  AX       V     C        00:01:00;28 00:01:00;28 00:01:00;28 00:01:00;28",
        "002  AX       V     D    024 00:01:00;28 00:01:03;02 00:01:00;28 00:01:03;02",
        "* SHOT ID: s0007",
        "* SHOT KIND: title",
        "* SHOT NOTE: what was said",
        "003  BL       V     C        00:01:03;02 00:01:04;02 00:01:03;02 00:01:04;02",
        "* SHOT ID: x",
        "* SHOT KIND: black",
    ]


def test_an_edl_of_another_program():
    text = """\ufeffTITLE: Timeline 1
FCM: NON-DROP FRAME

001  AX       V     C        00:00:00:00 00:00:02:00 01:00:00:00 01:00:02:00\x20
* FROM CLIP NAME: film.mov

002  AX       V     C        00:00:02:00 00:00:03:00 01:00:02:00 01:00:03:00
002  BL       V     D    024 00:00:00:00 00:00:02:00 01:00:03:00 01:00:05:00
EFFECTS NAME IS CROSS DISSOLVE
003  BL       V     C        00:00:00:00 00:00:00:00 01:00:05:00 01:00:05:00
003  TAPE_1   V     D    012 00:00:05:00 00:00:07:00 01:00:05:00 01:00:07:00
M2   TAPE_1       012.0                00:00:05:00
004  AX       AA/V  W001 010 00:00:07:00 00:00:08:00 01:00:07:00 01:00:08:00
005  AX       A2    C        00:00:00:00 00:00:08:00 01:00:00:00 01:00:08:00
>>> SOURCE AX 1234
"""
    expected = [Row(0, 48), Row(48, 96), Row(96, 120, kind="black"), Row(120, 173, dissolve=10), Row(173, 192)]
    for first in ("00:00:00:00", "01:00:00:00"):
        assert rows_of_edl(text, Clock(Fraction(24), first, 200)) == expected
    with pytest.raises(FilmError, match="events lie outside the film, which has 100 frames from 00:00:00:00 on"):
        rows_of_edl(text, Clock(Fraction(24), "00:00:00:00", 100))


def test_shots_that_change_are_new_ones():
    rows = [Row(0, 48), Row(48, 90), Row(90, 130), Row(140, 200, dissolve=8)]
    found = shots_of(rows, SHOTS, 200)
    assert [shot.id for shot in found] == ["s0001", "s0008", "s0009", "s0004"]
    assert found[0].keyframes == SHOTS[0].keyframes
    assert "into" not in found[0].rest
    assert found[3].rest["into"] == {"dissolve": 8}
    moved = shots_of([Row(0, 30, "s0001"), Row(30, 60)], SHOTS, 200)
    assert [(shot.id, shot.start, shot.stop) for shot in moved] == [("s0001", 0, 30), ("s0008", 30, 60)]
    assert moved[0].keyframes == SHOTS[0].keyframes
    assert [shot.id for shot in shots_of([Row(0, 48), Row(50, 60, "s0001")], SHOTS, 200)] == ["s0008", "s0001"]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([Row(0, 20), Row(10, 30)], "0 to 20 and the shot of the frames 10 to 30 overlap"),
        ([Row(0, 201)], "expected 0 <= in < out <= 200"),
        ([Row(5, 5)], "expected 0 <= in < out"),
        ([Row(0, 5, kind="dream")], "kind 'dream'; expected one of picture, title"),
        ([Row(0, 5, "a"), Row(5, 9, "a")], "0 to 5 and the shot of the frames 5 to 9 are both called a"),
    ],
)
def test_what_cannot_be_is_refused(rows, message):
    with pytest.raises(FilmError, match=message):
        shots_of(rows, (), 200)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["0,40,,", "40,300,,"], "^line 3: the shot of the frames 40 to 300: expected 0 <= in < out <= 200"),
        (
            ["50,90,,", "", "0,51,,"],
            "^line 4: the shot of the frames 0 to 51 and line 2: the shot of the",
        ),
        (["0,40,,", "40,90,,dream"], "^line 3: the shot of the frames 40 to 90 is of the kind 'dream'"),
        (["0,40,a,", "40,90,a,"], "^line 2: .* and line 3: .* are both called a"),
    ],
)
def test_lines_of_a_csv_are_named(lines, message):
    with pytest.raises(FilmError, match=message):
        shots_of(rows_of_csv("\n".join(["in,out,id,kind", *lines])), (), 200)


def test_tables_that_are_none():
    with pytest.raises(FilmError, match="it lacks 'out'"):
        rows_of_csv("id,in\na,1\n")
    with pytest.raises(FilmError, match="line 3: expected numbers of frames"):
        rows_of_csv("In,OUT\n0,4\n4,\n")
    with pytest.raises(FilmError, match="no events of pictures"):
        rows_of_edl("TITLE: nothing\n", CLOCKS[0])
    with pytest.raises(FilmError, match="line 1 is no event of CMX 3600"):
        rows_of_edl("001  AX  V  C  00:00:00:00 00:00:01:00\n", CLOCKS[0])
    with pytest.raises(FilmError, match="at most 99 frames a second"):
        edl_of([Row(0, 5)], Clock(Fraction(120), "00:00:00:00", 9), "fast")
    assert rows_of_csv("In,OUT\n0,4\n") == [Row(0, 4)]
