from pathlib import Path

import numpy as np
import pytest

from huegraft.errors import EvaluationError
from huegraft.evaluate.grades import RandomGrade, smooth_mask, view
from huegraft.evaluate.made import MadeSet
from huegraft.evaluate.package import NAMES, photograph
from huegraft.evaluate.pairs import grey, halves, shrunk
from huegraft.evaluate.sets import FolderSet, PairedSet, set_cases
from huegraft.io.image import read_picture, write_picture


def frames_of(description, folder):
    return {case.name: case.load() for case in set_cases(description, folder)}


def test_halves_are_halves_and_stay():
    names = [f"photo{number}" for number in range(13)]
    half = halves(names)
    assert sorted(half.values()).count("report") == 7
    assert halves(reversed(names)) == half
    more = halves([*names, "another"])
    assert sum(more[name] != half[name] for name in names) <= 1
    assert halves(["only"]) == {"only": "report"}


def test_view_flips_turns_and_zooms(rng):
    picture = np.zeros((81, 121, 3), np.float32)
    picture[40, 60] = picture[40, 80] = 1  # the middle, and 20 to its right
    seen = view(picture, rng)[..., 0]
    rows, columns = np.nonzero(seen > 0.2)
    distance = np.hypot(rows - 40, columns - 60)
    assert distance.min() < 1
    far = distance.argmax()
    assert distance[far] == pytest.approx(25, abs=1)  # 20 · 1.25
    assert columns[far] < 60
    assert np.degrees(np.arctan2(abs(rows[far] - 40), 60 - columns[far])) == pytest.approx(10, abs=2.5)


def test_grades_are_monotone_and_differ(astronaut, rng):
    first, second = RandomGrade.drawn(rng), RandomGrade.drawn(rng)
    assert not np.allclose(first(astronaut), second(astronaut))
    ramp = np.repeat(np.linspace(0, 1, 50, dtype=np.float32)[None, :, None], 3, axis=2)
    graded = first(ramp)
    assert (np.diff(graded, axis=1) >= 0).all()
    assert 0 <= graded.min() <= graded.max() <= 1
    same = RandomGrade(np.eye(3), np.linspace(0, 1, 5))
    np.testing.assert_allclose(same(astronaut), astronaut, atol=1e-6)


def test_smooth_mask(rng):
    mask = smooth_mask(60, 90, rng)
    assert mask.shape == (60, 90, 1)
    assert mask.min() < 0.2
    assert mask.max() > 0.8
    assert np.abs(np.diff(mask, axis=0)).max() < 0.25


def test_made_colorize(photographs):
    cases = frames_of(MadeSet("colorize", "photos/*.png", pixels=600), photographs)
    assert sorted(cases) == ["four", "one", "three", "two"]
    for name, (pair,) in cases.items():
        truth = shrunk(read_picture(photographs / "photos" / f"{name}.png").as_float(), 600)
        np.testing.assert_array_equal(pair.truth, truth)
        np.testing.assert_array_equal(pair.target, grey(truth))
        assert pair.mode == "colorize"
        assert np.ptp(pair.reference, axis=2).max() > 0.05
    again = frames_of(MadeSet("colorize", "photos/*.png", pixels=600), photographs)
    assert [again[name][0].digest() for name in cases] == [cases[name][0].digest() for name in cases]


def test_a_photograph_more_changes_no_other_case(photographs):
    description = MadeSet("regrade", "photos/*.png")
    before = frames_of(description, photographs)
    write_picture(photographs / "photos" / "five.png", np.full((20, 20, 3), 0.5, np.float32))
    after = frames_of(description, photographs)
    assert len(after) == 5
    assert all(after[name][0].digest() == before[name][0].digest() for name in before)


def test_distractors_stand_beside_and_come_from_the_same_half(photographs):
    description = MadeSet("distractor", "photos/*.png")
    plain, distracted = (frames_of(each, photographs) for each in (MadeSet("colorize", "photos/*.png"), description))
    for name, (pair,) in distracted.items():
        assert pair.reference.shape[1] > plain[name][0].reference.shape[1]
        np.testing.assert_array_equal(pair.truth, plain[name][0].truth)
    with pytest.raises(EvaluationError, match="a set of distractors needs four"):
        set_cases(MadeSet("distractor", "photos/one.png"), photographs)


def test_regrade_and_relight(photographs):
    for make in ("regrade", "relight"):
        for (pair,) in frames_of(MadeSet(make, "photos/*.png"), photographs).values():
            assert pair.mode == "transfer"
            assert np.abs(pair.truth - pair.target).mean() > 0.01


def test_no_global_map_is_right_for_relight(tmp_path):
    (tmp_path / "photos").mkdir()
    write_picture(tmp_path / "photos" / "flat.png", np.full((60, 60, 3), 0.5, np.float32))
    spread = {
        make: np.ptp(frames_of(MadeSet(make, "photos/*.png"), tmp_path)["flat"][0].truth, axis=(0, 1)).max()
        for make in ("regrade", "relight")
    }
    assert spread["regrade"] == 0
    assert spread["relight"] > 0.03


def test_clips(photographs):
    description = MadeSet("clip", "frames", frames_per_second=2)
    (frames,) = frames_of(description, photographs).values()
    assert len(frames) == 1  # of three frames, two for each second, the last
    first, last = (read_picture(photographs / "frames" / f"{number}.png").as_float() for number in (0, 2))
    np.testing.assert_allclose(frames[0].reference, first, atol=1e-6)
    np.testing.assert_allclose(frames[0].truth, last, atol=1e-6)
    with pytest.raises(EvaluationError, match=r"3 frames, and none is 1\.0 s away"):
        frames_of(MadeSet("clip", "frames"), photographs)


def test_clips_pan_over_photographs(photographs):
    (frames,) = frames_of(MadeSet("clip", "photos/one.png", frames_per_second=3), photographs).values()
    assert len(frames) == 3
    assert all(frame.truth.shape == (28, 25, 3) for frame in frames)
    assert not np.array_equal(frames[0].truth, frames[1].truth)
    corner = read_picture(photographs / "photos" / "one.png").as_float()[-28:, -25:]
    np.testing.assert_allclose(frames[-1].truth, corner, atol=1e-6)


def test_photographs_of_packages():
    assert all(photograph(name).shape[2] == 3 for name in NAMES)
    assert [case.name for case in set_cases(MadeSet("colorize", "package"), Path())] == list(NAMES)


@pytest.fixture
def pairs(tmp_path, astronaut, coffee):
    for name in ("first", "second"):
        folder = tmp_path / name
        folder.mkdir()
        write_picture(folder / "input.png", astronaut)
        write_picture(folder / "truth.png", astronaut[..., ::-1].copy())
        write_picture(folder / "mask.png", np.tile(np.linspace(0, 1, 36, dtype=np.float32)[None, :, None], (40, 1, 3)))
        write_picture(folder / "dark.png", np.zeros((40, 36, 3), np.float32))
        for number in range(2):
            write_picture(folder / f"frame{number}.png", coffee)
    write_picture(tmp_path / "still.png", coffee)
    return tmp_path


def test_folders_with_roles(pairs, astronaut):
    description = FolderSet("transfer", "*", reference="../still.png", target="input.png", truth="truth.png",
                            mask="mask.png", reference_mask="mask.png", leave_out=["second"])  # fmt: skip
    ((pair,),) = frames_of(description, pairs).values()
    np.testing.assert_allclose(pair.target, astronaut, atol=0.003)
    np.testing.assert_allclose(pair.truth, astronaut[..., ::-1], atol=0.003)
    assert pair.reference.shape == (30, 44, 3)
    np.testing.assert_array_equal(pair.mask[0], np.linspace(0, 1, 36) > 0.5)
    assert pair.reference_mask.shape == (30, 44)


def test_the_truth_seen_otherwise_as_reference(pairs):
    description = FolderSet("transfer", "*", reference="truth.png", target="input.png", truth="truth.png",
                            view_reference=True)  # fmt: skip
    for (pair,) in frames_of(description, pairs).values():
        assert pair.reference.shape == pair.truth.shape
        assert not np.array_equal(pair.reference, pair.truth)


def test_targets_are_made_from_the_truth_where_none_is_named(pairs):
    description = FolderSet("colorize", "*", reference="../still.png", truth="truth.png", pixels=500)
    for (pair,) in frames_of(description, pairs).values():
        np.testing.assert_array_equal(pair.target, grey(pair.truth))
        assert pair.truth.shape[0] * pair.truth.shape[1] <= 500


def test_the_mask_of_a_viewed_reference_is_viewed_too(pairs):
    half = np.zeros((40, 36, 3), np.float32)
    half[:, :18] = 1
    for name in ("first", "second"):
        write_picture(pairs / name / "truth.png", half, replace=True)
        write_picture(pairs / name / "mask.png", half, replace=True)
    description = FolderSet("transfer", "*", reference="truth.png", target="input.png", view_reference=True,
                            reference_mask="mask.png")  # fmt: skip
    for (pair,) in frames_of(description, pairs).values():
        assert pair.reference[pair.reference_mask].mean() > 0.95


def test_names_that_would_be_one_case(photographs):
    write_picture(photographs / "photos" / "one.jpg", np.zeros((20, 20, 3), np.float32))
    with pytest.raises(EvaluationError, match="would both be the case 'one'"):
        set_cases(MadeSet("colorize", "photos/*"), photographs)


def test_what_is_no_photograph_is_named_and_hidden_files_are_passed_over(photographs):
    before = [case.name for case in set_cases(MadeSet("colorize", "photos/*"), photographs)]
    for name in ("one.txt", "._one.png", "list.csv"):
        (photographs / "photos" / name).touch()
    said = []
    cases = set_cases(MadeSet("colorize", "photos/*"), photographs, said.append)
    assert [case.name for case in cases] == before
    names = ", ".join(str(Path("photos", name)) for name in ("list.csv", "one.txt"))
    assert said == [f"{photographs}: these are no pictures and are left out: {names}"]


def test_frames_are_in_the_order_of_their_numbers(tmp_path):
    (tmp_path / "clip.v1").mkdir()
    for number in range(1, 13):
        write_picture(tmp_path / "clip.v1" / f"{number}.png", np.full((12, 12, 3), number / 20, np.float32))
    (frames,) = frames_of(MadeSet("clip", "clip.v1", frames_per_second=2), tmp_path).values()
    np.testing.assert_allclose([frame.truth.mean() for frame in frames], np.arange(3, 13) / 20, atol=0.01)


def test_pictures_too_small_to_measure(tmp_path):
    (tmp_path / "photos").mkdir()
    write_picture(tmp_path / "photos" / "tiny.png", np.zeros((8, 30, 3), np.float32))
    with pytest.raises(EvaluationError, match="30 × 8 pixels; SSIM needs 11"):
        frames_of(MadeSet("colorize", "photos/*"), tmp_path)


def test_frames(pairs):
    description = FolderSet("colorize", "*", reference="truth.png", frames="frame*.png")
    for frames in frames_of(description, pairs).values():
        assert len(frames) == 2
        assert frames[0].truth is None
        assert np.ptp(frames[0].target, axis=2).max() == 0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"folders": "none*"}, r"no folder none\*"),
        ({"target": "missing.png"}, "has no files missing.png"),
        ({"reference": "frame*.png"}, r"has 2 files frame\*\.png; one is needed"),
        ({"target": None, "truth": None}, "has 0 targets and 0 truths"),
        ({"truth": "frame0.png"}, "does not shrink to its target's 36 × 40"),
        ({"mask": "dark.png"}, "dark everywhere"),
        ({"folders": "/absolute"}, "is no pattern"),
        ({"target": None, "frames": "frame*.png", "truth": "truth.png"}, "has 2 targets and 1 truths"),
    ],
)
def test_folders_that_do_not_fit(pairs, changes, message):
    fields = {"folders": "*", "reference": "../still.png", "target": "input.png", "truth": "truth.png"} | changes
    with pytest.raises(EvaluationError, match=message):
        frames_of(FolderSet("transfer", **fields), pairs)


def test_photographs_that_are_not_there(tmp_path):
    with pytest.raises(EvaluationError, match=r"no photograph \*\.png"):
        set_cases(MadeSet("colorize", "*.png"), tmp_path)


def test_paired_photographs(photographs):
    pairs = [["one", "two"], ["one", "three"], ["two", "one"], ["one", "two"]]
    cases = set_cases(PairedSet("colorize", pairs, "photos/*.png", pixels=300), photographs)
    assert [case.name for case in cases] == ["one like two", "one like three", "two like one"]
    assert cases[0].half == cases[1].half != cases[2].half
    (pair,) = cases[0].load()
    assert pair.truth is None
    assert pair.target.shape[0] * pair.target.shape[1] <= 300
    assert (pair.target == grey(pair.target)).all()
    assert np.ptp(pair.reference, axis=2).max() > 0
    (transferred,) = set_cases(PairedSet("transfer", [["one", "two"]], "photos/*.png"), photographs)
    assert np.ptp(transferred.load()[0].target, axis=2).max() > 0
    for pair in (["one"], ["one", "five"], ["one", "two", "three"]):
        with pytest.raises(EvaluationError, match="does not name two of the photographs four, one"):
            set_cases(PairedSet("transfer", [pair], "photos/*.png"), photographs)
