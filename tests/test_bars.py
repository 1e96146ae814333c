"""Black bars count nothing: a barred picture gives the bytes of the cut one, and the target's bars stay."""

import numpy as np
import pytest
from skimage import data

import huegraft
from huegraft import EncodedCache, Picture, Pin, Region, Request, Session, Settings
from huegraft.encodings import SceneLinearEncoding
from huegraft.errors import ArgumentError, PictureError
from huegraft.report.explain import explain
from huegraft.report.sweep import sweep
from huegraft.windows import Bars

MODES = ("transfer", "colorize")
FEW = Settings().replace(working_pixels=1600)
LETTERBOX, PILLARBOX, BOTH = Bars(top=12, bottom=13), Bars(left=10, right=10), Bars(9, 9, 14, 14)
TARGET = np.ascontiguousarray(data.chelsea()[40:240:4, 100:340:4])
REFERENCE = np.ascontiguousarray(data.coffee()[100:340:4, 100:460:4])
"""Photographs, (50, 60, 3) and (60, 90, 3), bright along their borders."""


def barred(pixels, bars, black=0):
    sides = [(bars.top, bars.bottom), (bars.left, bars.right)]
    return np.pad(pixels, [*sides, *[(0, 0)] * (pixels.ndim - 2)], constant_values=black)


def content(array, bars):
    return array[bars.window(array.shape[:2]).crop()]


def beside(array, bars):
    """Return what lies in the bars."""
    outside = np.ones(array.shape[:2], np.bool_)
    outside[bars.window(array.shape[:2]).crop()] = False
    return array[outside]


def recolored(mode, target, references, settings=FEW, **controls):
    with Session(max_bytes=0) as session:
        return session.run(Request(mode, target, references, settings, **controls))


@pytest.mark.parametrize("bars", [LETTERBOX, PILLARBOX, BOTH])
@pytest.mark.parametrize("mode", MODES)
def test_a_barred_picture_gives_the_bytes_of_the_cut_one(mode, bars):
    plain = recolored(mode, TARGET, (REFERENCE,))
    result = recolored(mode, barred(TARGET, bars, 3), (barred(REFERENCE, bars),))
    np.testing.assert_array_equal(content(result.image, bars), plain.image)
    assert (beside(result.image, bars) == 3).all()
    np.testing.assert_array_equal(result.attention, plain.attention)
    assert [note.partition(":")[0] for note in result.notes if "bars" in note] == ["target", "reference"]
    assert not any("bars" in note for note in plain.notes)


@pytest.mark.parametrize(
    "kept", [lambda a: a, lambda a: a.astype(np.uint16) * 257, lambda a: (a / 255).astype(np.float32)]
)
@pytest.mark.parametrize("mode", MODES)
def test_at_every_depth(mode, kept):
    plain = recolored(mode, kept(TARGET), (REFERENCE,))
    result = recolored(mode, kept(barred(TARGET, LETTERBOX)), (kept(barred(REFERENCE, LETTERBOX)),))
    np.testing.assert_array_equal(content(result.image, LETTERBOX), plain.image)


def test_scene_linear_light_with_alpha():
    light = (4 * (TARGET / 255) ** 2.2).astype(np.float32)
    alpha = np.ones(TARGET.shape[:2], np.float32)
    alpha[20:30, 20:30] = 0
    bar = np.pad(alpha, [(12, 13), (0, 0)], constant_values=1)
    encoding = SceneLinearEncoding()
    plain = recolored("transfer", Picture(light, encoding, alpha), (REFERENCE,)).image
    result = recolored("transfer", Picture(barred(light, LETTERBOX), encoding, bar), (REFERENCE,)).image
    np.testing.assert_array_equal(content(result.pixels, LETTERBOX), plain.pixels)
    np.testing.assert_array_equal(result.alpha, bar)


def test_noise_in_the_bars_is_copied(rng):
    target = barred(TARGET, LETTERBOX).astype(np.float64)
    noisy = np.where(np.arange(len(target))[:, None, None] % 63 < 12, rng.normal(14, 3, target.shape), target)
    noisy[-13:] = rng.normal(14, 3, noisy[-13:].shape)
    noisy = noisy.clip(0, 255).astype(np.uint8)
    noisy[12:-13] = TARGET
    result = recolored("transfer", noisy, (REFERENCE,))
    np.testing.assert_array_equal(content(result.image, LETTERBOX), recolored("transfer", TARGET, (REFERENCE,)).image)
    np.testing.assert_array_equal(beside(result.image, LETTERBOX), beside(noisy, LETTERBOX))


def test_bars_can_be_kept_in():
    kept = FEW.replace(bars=False)
    result = recolored("transfer", barred(TARGET, LETTERBOX), (REFERENCE,), kept)
    assert result.labels.min() == 0
    assert not result.notes
    assert not any(result.look.bars)
    cut = recolored("transfer", barred(TARGET, LETTERBOX), (REFERENCE,))
    assert cut.image.tobytes() != result.image.tobytes()


CONTROLS = {
    "pins": lambda at: {"pins": (Pin(at(20, 15), at(50, 40)), Pin(at(40, 30), at(8, 5)))},
    "target mask": lambda at: {"target_mask": MASK},
    "reference mask": lambda at: {"reference_masks": (THEIRS,)},
    "regions": lambda at: {"regions": (Region(MASK, THEIRS), Region(1 - MASK))},
}
MASK = np.tri(*TARGET.shape[:2], dtype=np.float32)
THEIRS = np.tri(*REFERENCE.shape[:2], dtype=np.float32)


@pytest.mark.parametrize("encoded", [False, True])
@pytest.mark.parametrize("controls", CONTROLS)
@pytest.mark.parametrize("mode", MODES)
def test_controls_are_in_coordinates_of_the_whole_frame(mode, controls, encoded):
    def whole(value):
        if isinstance(value, np.ndarray):
            return barred(value, BOTH, 1)
        if isinstance(value, tuple):
            return tuple(map(whole, value))
        return Region(*map(whole, (value.target_mask, value.reference_mask))) if isinstance(value, Region) else value

    plain = recolored(mode, TARGET, (REFERENCE,), **CONTROLS[controls](lambda x, y: (x, y)))
    given = CONTROLS[controls](lambda x, y: (x + BOTH.left, y + BOTH.top))
    reference = barred(REFERENCE, BOTH)
    if encoded:
        reference = huegraft.encode_reference(reference, FEW, mode=mode)
    result = recolored(mode, barred(TARGET, BOTH), (reference,), **{name: whole(each) for name, each in given.items()})
    np.testing.assert_array_equal(content(result.image, BOTH), plain.image)


def test_pins_and_masks_in_bars_are_refused():
    target = barred(TARGET, LETTERBOX)
    with pytest.raises(ArgumentError, match="the pin at 5,11 lies in a black bar of the target"):
        recolored("transfer", target, (REFERENCE,), pins=(Pin((5, 11), (5, 5)),))
    with pytest.raises(ArgumentError, match="the pin at 5,75 lies outside the target of 60×75 pixels"):
        recolored("transfer", target, (REFERENCE,), pins=(Pin((5, 75), (5, 5)),))
    mask = np.zeros(target.shape[:2], np.uint8)
    mask[:12] = 255
    with pytest.raises(PictureError, match="target mask lies in the black bars of its picture only"):
        recolored("transfer", target, (REFERENCE,), target_mask=mask)
    with pytest.raises(PictureError, match=r"size \(75, 60\)"):
        recolored("transfer", target, (REFERENCE,), target_mask=MASK)


@pytest.mark.parametrize("working_pixels", [700, 2**18])
@pytest.mark.parametrize("mode", MODES)
def test_maps_of_a_result_show_the_whole_frame(mode, working_pixels):
    settings = FEW.replace(working_pixels=working_pixels)
    result = recolored(mode, barred(TARGET, BOTH), (REFERENCE,), settings)
    plain = recolored(mode, TARGET, (REFERENCE,), settings)
    scale = plain.labels.shape[0] / TARGET.shape[0]
    bars = Bars(*(round(lines * scale) for lines in BOTH))
    for name, filling in (("labels", -1), ("confidence", 1), ("working_image", 0)):
        shown = getattr(result, name)
        np.testing.assert_array_equal(content(shown, bars), getattr(plain, name))
        assert (beside(shown, bars) == filling).all()
    assert result.look.window == BOTH.window(result.look.size)


WAYS = [
    ("transfer", {}),
    ("transfer", {"strength": 0.5, "fallback": "global"}),
    ("colorize", {"upsample": "guided"}),
    ("colorize", {"native": True}),
    ("transfer", {"base": "none", "finish": "rgb"}),
]


@pytest.mark.parametrize(("mode", "changes"), WAYS)
def test_windows_are_parts_of_the_whole(mode, changes):
    target, settings = barred(TARGET, BOTH, 2), FEW.replace(**changes)
    with Session() as session:
        look = session.solve(Request(mode, target, (REFERENCE,), settings))
        plain = session.run(Request(mode, TARGET, (REFERENCE,), settings)).image
        whole = session.render(look, target)
        np.testing.assert_array_equal(content(whole.image, BOTH), plain)
        assert not beside(whole.clipped, BOTH).any()
        for size in (None, (30, 60)):
            full = session.render(look, target, size=size).image
            height, width = full.shape[:2]
            for window in ((0, 3, 0, width), (3, height, 2, 20), (10, 20, 15, 30), (0, height, width - 2, width)):
                part = session.render(look, target, size=size, window=window).image
                np.testing.assert_array_equal(part, full[window[0] : window[1], window[2] : window[3]])


@pytest.mark.parametrize("mode", MODES)
def test_smaller_outputs(mode):
    even = Bars(12, 12, 8, 8)  # which thirds and quarters divide
    target = barred(TARGET[:48, :48], even, 2)
    with Session() as session:
        look = session.solve(Request(mode, target, (REFERENCE,), FEW))
        plain = session.solve(Request(mode, np.ascontiguousarray(TARGET[:48, :48]), (REFERENCE,), FEW))
        for divisor in (2, 4):
            bars = Bars(*(lines // divisor for lines in even))
            image = session.render(look, target, size=(72 // divisor, 64 // divisor)).image
            cut = np.ascontiguousarray(TARGET[:48, :48])
            expected = session.render(plain, cut, size=(48 // divisor, 48 // divisor)).image
            np.testing.assert_array_equal(content(image, bars), expected)
            assert (beside(image, bars) == 2).all()
        assert session.render(look, target, size=(5, 7)).image.shape[:2] == (5, 4)  # bars of less than a line
        session.render(look, target, size=(1, 1))


def test_a_look_keeps_its_bars_in_a_file(tmp_path):
    target = barred(TARGET, BOTH)
    mask = barred(MASK, BOTH, 1)
    with Session() as session:
        look = session.solve(Request("transfer", target, (REFERENCE,), FEW, target_mask=mask))
        huegraft.save_look(look, tmp_path / "look.safetensors")
        loaded = huegraft.load_look(tmp_path / "look.safetensors")
        assert (loaded.bars, loaded.warm.bars, loaded.digest) == (BOTH, BOTH, look.digest)
        np.testing.assert_array_equal(session.render(loaded, target).image, session.render(look, target).image)


def test_a_dark_frame_has_the_bars_of_the_frame_before():
    with Session() as session:
        first = session.solve(Request("transfer", barred(TARGET, LETTERBOX), (REFERENCE,), FEW))
        dark = barred((TARGET // 20).astype(np.uint8), LETTERBOX)
        assert not any(session.solve(Request("transfer", dark, (REFERENCE,), FEW)).bars)
        look = session.solve(Request("transfer", dark, (REFERENCE,), FEW), warm=first.warm)
        assert look.bars == look.warm.bars == LETTERBOX
        result = session.render(look, dark).image
        assert not beside(result, LETTERBOX).any()
        plain = session.solve(Request("transfer", TARGET, (REFERENCE,), FEW))
        cut = session.solve(Request("transfer", TARGET // 20, (REFERENCE,), FEW), warm=plain.warm)
        np.testing.assert_array_equal(content(result, LETTERBOX), session.render(cut, TARGET // 20).image)


@pytest.mark.parametrize("mode", MODES)
def test_encoded_references(mode, tmp_path):
    encoded = huegraft.encode_reference(barred(REFERENCE, BOTH), FEW, mode=mode)
    huegraft.save_encoded(encoded, tmp_path / "reference.safetensors")
    loaded = huegraft.load_encoded(tmp_path / "reference.safetensors")
    assert loaded.geometry.frame == ((78, 118), BOTH)
    plain = recolored(mode, TARGET, (REFERENCE,)).image
    for reference in (encoded, loaded):
        result = recolored(mode, TARGET, (reference,))
        np.testing.assert_array_equal(result.image, plain)
        assert result.notes[0].startswith(
            "reference: black bars are cut off (9 lines at the top, 9 at the bottom, 14 at"
        )


def test_a_cache_and_a_session_tell_barred_from_cut(tmp_path):
    whole = barred(REFERENCE, BOTH)
    cut = FEW.replace(bars=False)
    with Session(store=EncodedCache(tmp_path)) as session:
        for _ in range(2):
            assert session.encode(REFERENCE, FEW).geometry.bars == Bars()
            assert session.encode(whole, FEW).geometry.bars == BOTH
            assert session.encode(whole, FEW).geometry.window == BOTH.window(whole.shape[:2])
            assert session.encode(whole, cut).geometry.window.size == whole.shape[:2]
            session.forget()
        assert len(list(tmp_path.rglob("*.safetensors"))) == 3


@pytest.mark.parametrize("mode", MODES)
def test_suggestions_do_not_see_bars(mode):
    plain = huegraft.suggest(TARGET, [REFERENCE, TARGET], FEW, mode=mode)
    found = huegraft.suggest(barred(TARGET, BOTH), [barred(REFERENCE, LETTERBOX), TARGET], FEW, mode=mode)
    assert [(each.index, each.fit) for each in found] == [(each.index, each.fit) for each in plain]
    assert {each.index: len(each.notes) for each in found} == {0: 1, 1: 0}


def test_sweeps_compare_with_and_without():
    studies = sweep("transfer", Picture(barred(TARGET, LETTERBOX)), Picture(REFERENCE), {"bars": [True, False]}, FEW)
    cut, kept = (study.result for study in studies)
    assert (cut.labels.min(), kept.labels.min()) == (-1, 0)


@pytest.mark.parametrize("working_pixels", [700, 2**18])
@pytest.mark.parametrize("mode", MODES)
def test_an_explanation_shows_whole_frames(mode, working_pixels):
    settings = FEW.replace(working_pixels=working_pixels)
    target, reference = Picture(barred(TARGET, BOTH)), Picture(barred(REFERENCE, LETTERBOX))
    place = (30, 20)
    plain = explain(mode, Picture(TARGET), Picture(REFERENCE), settings, [place])
    shown = explain(mode, target, reference, settings, [(place[0] + BOTH.left, place[1] + BOTH.top)])
    assert shown.points[0].superpixel == plain.points[0].superpixel
    assert shown.points[0].best == plain.points[0].best
    labels = shown.result.labels
    for name in ("target_superpixels", "matched", "entropy", "confidence", "fused"):
        picture = shown.pictures[name][1]
        assert picture.shape[:2] == labels.shape
        if name != "confidence":
            assert (picture[labels < 0] == 0).all()
    edge = [line for line in labels if line.max() >= 0]
    bars = Bars(*(round(lines * len(edge) / len(TARGET)) for lines in BOTH))
    for name in ("matched", "entropy", "confidence", "fused"):
        np.testing.assert_array_equal(content(shown.pictures[name][1], bars), plain.pictures[name][1])
    assert shown.pictures["reference_superpixels"][1].shape[0] > plain.pictures["reference_superpixels"][1].shape[0]
    assert sum("bars" in note for note in shown.result.notes) == 2
    with pytest.raises(ArgumentError, match="the point 3,40 lies in a black bar of the target"):
        explain(mode, target, reference, settings, [(3, 40)])
