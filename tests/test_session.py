"""A session that remembers: what is made anew, what is kept, and that nothing of it shows in the bytes."""

import itertools
import pickle
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

import huegraft
from huegraft import Pin, Region, Request, Session, Settings
from huegraft.errors import ArgumentError, Cancelled, EncodedMismatchError, PictureError, SettingsError
from huegraft.records import arrays_in

MODES = ("transfer", "colorize")
EVERY_MODE = pytest.mark.parametrize("mode", MODES)
FEW = Settings().replace(working_pixels=900)


@pytest.fixture
def session():
    with Session() as session:
        yield session


@pytest.fixture(scope="module")
def request_of(astronaut, coffee):
    """Return requests on two small pictures."""

    def made(mode, settings=None, target=astronaut, references=(coffee,), controls=None, **changes):
        return Request(mode, target, references, (settings or Settings()).replace(**changes), **(controls or {}))

    return made


def fresh(request):
    """Return the same result by a call of its own."""
    recolor = huegraft.transfer if request.mode == "transfer" else huegraft.colorize
    names = ("target_mask", "reference_masks", "regions", "pins")
    controls = {name: getattr(request, name) for name in names}
    return recolor(request.target, list(request.references), request.settings, **controls)


def assert_same(found, expected):
    for name in ("image", "labels", "attention", "contributions", "similarity", "confidence", "working_image"):
        assert getattr(found, name).tobytes() == getattr(expected, name).tobytes(), name


SAME_STAGES = [
    ("transfer", {"strength": 0.4}, {"finish"}),
    ("transfer", {"gamut": "compress"}, {"finish"}),
    ("transfer", {"lightness": 0.3}, {"finish"}),
    ("transfer", {"fallback": "keep"}, {"finish"}),
    ("transfer", {"local_evidence": 0.1}, {"grade", "features", "match", "confidence", "finish"}),
    ("transfer", {"tau": 0.1}, {"grade", "features", "match", "confidence", "finish"}),
    ("transfer", {"rounds": 4}, {"grade", "features", "match", "confidence", "finish"}),
    ("transfer", {"rounds": 2}, {"match", "grade", "confidence", "finish"}),
    ("transfer", {"contrast": 0.3}, {"grade", "confidence", "finish"}),
    ("colorize", {"vividness": 0.5}, {"fuse", "finish"}),
    ("colorize", {"delta_s": 5.0}, {"fuse", "finish"}),
    ("colorize", {"tau": 0.1}, {"match", "confidence", "fuse", "finish"}),
    ("colorize", {"median": False}, {"match", "confidence", "fuse", "finish"}),
    ("colorize", {"upsample": "guided"}, {"finish"}),
    ("colorize", {"context": (0.2,)}, {"match", "confidence", "fuse", "finish"}),
    ("colorize", {"compactness": 20.0}, {"segment", "features", "match", "confidence", "fuse", "finish"}),
]


@pytest.mark.parametrize(("mode", "changes", "stages"), SAME_STAGES, ids=str)
def test_a_change_makes_anew_only_what_depends_on_it(session, request_of, mode, changes, stages):
    session.run(request_of(mode))
    request = request_of(mode, **changes)
    result = session.run(request)
    assert set(result.seconds) == stages
    assert_same(result, fresh(request))


@EVERY_MODE
def test_the_same_request_again_is_rendered_alone(session, request_of, mode):
    first, second = (session.run(request_of(mode)) for _ in range(2))
    assert set(second.seconds) == {"finish"}
    assert_same(first, second)


@EVERY_MODE
def test_a_new_mask_leaves_the_pictures_alone(session, request_of, astronaut, mode):
    session.run(request_of(mode))
    mask = np.zeros(astronaut.shape[:2], np.float32)
    mask[10:30] = 1
    request = request_of(mode, controls={"target_mask": mask})
    result = session.run(request)
    assert not {"prepare", "segment"} & set(result.seconds)
    assert_same(result, fresh(request))


@EVERY_MODE
def test_what_a_picture_holds_counts_and_not_which_array_it_is(session, request_of, astronaut, mode):
    target = astronaut.copy()
    session.run(request_of(mode, target=target))
    assert set(session.run(request_of(mode, target=target.copy())).seconds) == {"finish"}
    target[0, 0] = 0
    changed = session.run(request_of(mode, target=target))
    assert "segment" in changed.seconds
    assert_same(changed, fresh(request_of(mode, target=target)))


def test_what_the_features_saw_is_in_their_key(session, request_of, astronaut):
    """A picture and its grey have the same labels here, and colourisation sees the same of both."""
    grey = np.repeat(huegraft.color.grey_from_srgb(astronaut)[..., :1], 3, axis=2)
    for mode in MODES:
        for target in (astronaut, grey):
            request = request_of(mode, target=target)
            assert_same(session.run(request), fresh(request))


def test_results_are_the_callers_own(session, request_of):
    request = request_of("transfer")
    first = session.run(request)
    kept = {name: getattr(first, name).copy() for name in ("image", "attention", "confidence", "labels")}
    for name in kept:
        getattr(first, name)[...] = 0
    second = session.run(request)
    for name, values in kept.items():
        np.testing.assert_array_equal(getattr(second, name), values)


@EVERY_MODE
def test_solve_and_render_make_what_run_does(session, request_of, astronaut, mode):
    request = request_of(mode, FEW)
    look, result = session.solve(request), session.run(request)
    rendering = session.render(look, astronaut)
    np.testing.assert_array_equal(rendering.image, result.image)
    assert rendering.clipped.mean() == result.clipped_share
    part = session.render(look, astronaut, window=(3, 20, 5, 9))
    np.testing.assert_array_equal(part.image, result.image[3:20, 5:9])
    np.testing.assert_array_equal(part.clipped, rendering.clipped[3:20, 5:9])


@EVERY_MODE
def test_a_look_renders_in_another_session(request_of, astronaut, mode):
    with Session() as session:
        look = session.solve(request_of(mode, FEW))
        expected = session.render(look, astronaut).image
    with Session() as other:
        np.testing.assert_array_equal(other.render(pickle.loads(pickle.dumps(look)), astronaut).image, expected)  # noqa: S301


@EVERY_MODE
def test_the_size_limits_the_output_alone(session, request_of, astronaut, mode):
    request = request_of(mode)
    small, whole = session.run(request, size=(20, 30)), session.run(request)
    assert small.image.shape == (20, 18, 3)
    assert small.attention.tobytes() == whole.attention.tobytes()
    shrunk = whole.image.reshape(20, 2, 18, 2, 3).mean(axis=(1, 3))
    assert np.abs(small.image - shrunk).mean() < 0.02
    assert session.run(request, size=(4000, 4000)).image.shape == astronaut.shape


def test_windows_and_sizes_have_to_fit(session, request_of, astronaut):
    look = session.solve(request_of("colorize"))
    for window in ((0, 0, 0, 5), (0, 41, 0, 5), (-1, 5, 0, 5), (0, 5, 9, 5)):
        with pytest.raises(ArgumentError, match=r"the window must be \(top, bottom, left, right\) within \(40, 36\)"):
            session.render(look, astronaut, window=window)
    with pytest.raises(ArgumentError, match="size must be the greatest height and width"):
        session.render(look, astronaut, size=(0, 5))
    with pytest.raises(PictureError, match=r"solved for a target of \(40, 36\) pixels, got one of \(20, 36\)"):
        session.render(look, astronaut[:20])


def test_a_picture_keeps_its_kind_and_its_alpha_in_a_window(session, coffee, astronaut):
    alpha = np.arange(40 * 36, dtype=np.uint16).reshape(40, 36)
    picture = huegraft.Picture(np.rint(astronaut * 65535).astype(np.uint16), alpha=alpha)
    look = session.solve(Request("transfer", picture, (coffee,)))
    part = session.render(look, picture, window=(2, 12, 3, 33)).image
    assert part.pixels.dtype == np.uint16
    np.testing.assert_array_equal(part.alpha, alpha[2:12, 3:33])
    assert session.render(look, picture, size=(10, 10)).image.alpha.shape == (10, 9)


@EVERY_MODE
def test_attention_of_a_look(session, request_of, mode):
    look, result = session.solve(request_of(mode)), session.run(request_of(mode))
    np.testing.assert_array_equal(session.attention(look, [3, 0]), result.attention[[3, 0]])
    with pytest.raises(ArgumentError, match="rows must be a list of superpixels from 0 to"):
        session.attention(look, [10**6])
    session.forget()
    with pytest.raises(ArgumentError, match="does not hold this look's attention any more"):
        session.attention(look, [0])


def test_memory_is_bounded(request_of, astronaut):
    rng = np.random.default_rng(0)
    with Session(max_bytes=2**20) as session:
        for _ in range(12):
            target = astronaut * np.float32(rng.uniform(0.5, 1))
            session.run(request_of(MODES[int(rng.integers(2))], target=target, tau=float(rng.uniform(0.01, 0.1))))
            assert 0 < session.held_bytes <= 2**20
        session.forget()
        assert session.held_bytes == 0


def test_at_0_bytes_nothing_is_kept(request_of):
    with Session(max_bytes=0) as session:
        first, second = (session.run(request_of("colorize")) for _ in range(2))
        assert session.held_bytes == 0
    assert "segment" in second.seconds
    assert_same(first, second)


def test_a_backbone_is_loaded_once(session, request_of):
    class Plain:
        name, layers, radius = "plain", ("plain",), 0

        def __call__(self, picture):
            yield picture

    loaded = []
    huegraft.register_backbone("plain", lambda *_: loaded.append(1) or Plain())
    for tau in (0.1, 0.2, 0.3):
        session.run(request_of("transfer", backbone="plain", tau=tau))
    assert len(loaded) == 1
    huegraft.register_backbone("plain", lambda *_: loaded.append(2) or Plain())
    session.run(request_of("transfer", backbone="plain", tau=0.1))
    assert loaded == [1, 2]


def test_a_session_travels_as_its_arguments(tmp_path, request_of):
    store = huegraft.EncodedCache(tmp_path)
    with Session(threads=2, max_bytes=2**20, store=store) as session:
        session.run(request_of("colorize"))
        travelled = pickle.loads(pickle.dumps(session))  # noqa: S301
        assert travelled.held_bytes == 0
        assert_same(travelled.run(request_of("colorize")), session.run(request_of("colorize")))


def test_a_closed_session_says_so(request_of):
    session = Session()
    session.close()
    session.close()
    for call in (lambda: session.run(request_of("transfer")), session.forget, lambda: session.held_bytes):
        with pytest.raises(ArgumentError, match="the session was closed"):
            call()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"threads": 0}, "threads must be None or a whole number above 0, got 0"),
        ({"max_bytes": -1}, "max_bytes must be a whole number, 0 or more, got -1"),
        ({"store": "folder"}, r"store must be huegraft.EncodedCache\(folder\), got str"),
    ],
)
def test_arguments_are_checked(arguments, message):
    with pytest.raises(ArgumentError, match=message):
        Session(**arguments)


def test_the_threads_of_a_session_change_no_byte(request_of):
    results = []
    for count in (None, 1, 2, 5):
        with Session(threads=count) as session:
            results.append(session.run(request_of("transfer")))
    for each in results[1:]:
        assert_same(each, results[0])


def test_references_that_do_not_fit_fail_before_anything_is_computed(session, request_of, coffee):
    encoded = huegraft.encode_reference(coffee, compactness=3.0)
    stages = []
    with pytest.raises(EncodedMismatchError, match=r"compactness 3.0, not 10.0"):
        session.run(request_of("transfer", references=(coffee, encoded)), progress=stages.append)
    mask = np.ones((3, 3), np.float32)
    for controls in ({"target_mask": mask}, {"regions": (Region(mask),)}, {"reference_masks": (mask,)}):
        with pytest.raises(PictureError, match="must be of its picture's size"):
            session.run(request_of("transfer", controls=controls), progress=stages.append)
    with pytest.raises(ArgumentError, match="lies outside the target"):
        session.run(request_of("transfer", controls={"pins": (Pin((99, 0), (0, 0)),)}), progress=stages.append)
    assert stages == []


@pytest.mark.parametrize("name", ["best", "paper"])
def test_no_reference_is_an_argument_error_in_every_preset(astronaut, name):
    with pytest.raises(ArgumentError, match="expected at least one reference, got none"):
        huegraft.transfer(astronaut, [], huegraft.preset(name))


def test_a_pin_on_an_encoded_reference_is_in_pixels_of_the_picture(session, request_of, coffee):
    large = coffee.repeat(3, axis=0).repeat(3, axis=1)
    settings = Settings().replace(working_pixels=700)
    encoded = session.encode(large, settings, "colorize")
    pins = {"pins": (Pin((10, 20), (100, 60)),)}
    found, expected = (
        session.run(request_of("colorize", settings, references=(each,), controls=pins)) for each in (encoded, large)
    )
    assert_same(found, expected)
    with pytest.raises(ArgumentError, match="outside the reference of 132×90 pixels"):
        session.run(
            request_of("colorize", settings, references=(encoded,), controls={"pins": (Pin((1, 1), (132, 1)),)})
        )


def test_settings_given_by_name_have_to_act(astronaut, coffee):
    with pytest.raises(SettingsError, match="vividness would change nothing: this is transfer by maps of colour"):
        huegraft.transfer(astronaut, coffee, vividness=2)
    with pytest.raises(SettingsError, match="min_confidence would change nothing: there is no fallback"):
        huegraft.colorize(astronaut, coffee, min_confidence=0.2)
    with pytest.raises(SettingsError, match="tau would change nothing: an encoded picture does not depend on it"):
        huegraft.encode_reference(coffee, tau=0.1)
    settings = Settings().replace(vividness=2.0, min_confidence=0.2)
    assert huegraft.transfer(astronaut, coffee, settings).settings.fuse.vividness == 2
    pins = [Pin((3, 4), (5, 6))]
    assert huegraft.transfer(astronaut, coffee, delta_s=8.0, pins=pins).image.shape == astronaut.shape
    with pytest.raises(SettingsError, match="delta_s would change nothing"):
        huegraft.transfer(astronaut, coffee, delta_s=8.0)


CHANGES = {
    "working_pixels": 700, "superpixels": 30, "compactness": 3.0, "iterations": 2, "slic": "scikit-image",
    "backbone": "handcrafted", "layers": ("fine",), "base": "none", "rounds": 1, "degree": 1, "color_width": 20.0,
    "color_evidence": 1.0, "evidence": 0.1, "local_radius": 0.5, "local_lightness": 30.0, "local_evidence": 1.0,
    "lightness": 0.3, "contrast": 1.0, "tau": 0.2, "layer_weights": (1.0, 2.0, 0.5), "merge": "after", "whiten": 0.0,
    "context": (), "context_layers": ("fine",), "lightness_prior": 2.0, "balance": 1.0, "median": False,
    "standardize": False, "fusion": "sct", "delta_s": 9.0, "delta_c": 2.0, "epsilon": 0.1, "sigma_g": 3.0,
    "positions": "isotropic", "native": True, "vividness": 0.0, "caution": 1.0, "tolerance": 0.1, "finish": "rgb",
    "upsample": "guided", "strength": 0.5, "gamut": "compress", "fallback": "neutral", "min_confidence": 0.9,
}  # fmt: skip
BASES = [
    ("transfer", {}),
    ("transfer", {"base": "none", "whiten": 0.0, "fallback": "keep"}),
    ("transfer", {"fallback": "global", "min_confidence": 0.6}),
    ("colorize", {}),
    ("colorize", {"fallback": "keep", "whiten": 0.0, "fusion": "sct"}),
    ("colorize", {"native": True, "context": ()}),
]


@pytest.mark.parametrize("pinned", [False, True], ids=["plain", "pinned"])
@pytest.mark.parametrize(("mode", "base"), BASES, ids=str)
def test_unused_settings_are_those_that_change_no_byte(session, request_of, mode, base, pinned):
    """A setting that is unused changes nothing; that the others do is seen in their keys."""
    settings = Settings().replace(working_pixels=900, **base)
    controls = {"pins": (Pin((10, 20), (30, 10)),)} if pinned else {}
    request = request_of(mode, settings, controls=controls)
    unused = huegraft.unused_settings(request)
    plain = session.run(request)
    for name in CHANGES.keys() & unused.keys():
        changed = replace(request, settings=settings.replace(**{name: CHANGES[name]}))
        assert_same(session.run(changed), plain)
        assert unused[name]
    used = {name: value for name, value in CHANGES.items() if name not in unused and name not in base}
    used["gamut"] = "compress" if mode == "transfer" else "clip"
    for name in used.keys() - {"layers", "layer_weights"}:  # numbers of layers differ between the modes
        result = session.run(replace(request, settings=settings.replace(**{name: used[name]})))
        arrays = ("image", "confidence", "attention", "working_image")
        if name in ("standardize", "merge", "tolerance"):  # the backbone's own choice, or too small a change here
            continue
        assert any(getattr(result, each).tobytes() != getattr(plain, each).tobytes() for each in arrays), name


def test_every_setting_is_in_the_list_of_changes():
    assert CHANGES.keys() | {"weights", "pooling", "bars"} == set(Settings().names())


def some_request(rng, request_of, pictures):
    """Return one of many requests, on few pictures, so that threads meet at the same steps."""
    mode = rng.choice(MODES)
    target, reference = rng.sample(range(len(pictures)), 2)
    changes = rng.choice(
        [
            {}, {"strength": 0.5}, {"tau": 0.1}, {"median": False}, {"lightness": 0.5}, {"delta_s": 4.0},
            {"vividness": 0.2}, {"fallback": "global"}, {"rounds": 2}, {"context": ()},
        ]
    )  # fmt: skip
    controls = {}
    if rng.random() < 0.2:
        controls["pins"] = (Pin((5, 6), (7, 8)),)
    if rng.random() < 0.2:
        controls["target_mask"] = np.tri(*pictures[target].shape[:2], dtype=np.float32)
    settings = Settings().replace(working_pixels=800, **changes)
    return request_of(mode, settings, target=pictures[target], references=(pictures[reference],), controls=controls)


def test_ten_threads_on_one_session_get_the_bytes_of_fresh_calls(request_of, astronaut, coffee):
    """300 requests, of which many are cancelled at some moment; no cancelling ends another's work."""
    pictures = [astronaut, coffee, astronaut[::-1].copy(), coffee[:, ::-1].copy()]
    rng = random.Random(11)  # noqa: S311
    requests = [some_request(rng, request_of, pictures) for _ in range(300)]
    waits = [rng.choice([None, None, 0, rng.uniform(0, 0.2)]) for _ in requests]
    bound = 3 * 2**20  # so little that much is forgotten and made again
    with Session(max_bytes=bound) as session:

        def call(number):
            cancel, wait = threading.Event(), waits[number]
            if wait is not None:
                threading.Timer(wait, cancel.set).start()
            try:
                return session.run(requests[number], cancel=cancel)
            except Cancelled:
                assert wait is not None
                return None

        with ThreadPoolExecutor(10) as pool:
            results = list(pool.map(call, range(len(requests))))
        assert session.held_bytes <= bound
    assert sum(result is None for result in results) > 20
    expected = {}
    for request, result in zip(requests, results, strict=True):
        if result is None:
            continue
        key = repr((request.mode, id(request.target), id(request.references[0]), request.settings, request.pins,
                    request.target_mask is None))  # fmt: skip
        if key not in expected:
            expected[key] = fresh(request)
        assert_same(result, expected[key])


def test_a_cancelled_call_ends_soon_and_leaves_finished_steps(coffee):
    rng = np.random.default_rng(3)
    target = rng.random((700, 700, 3), np.float32)
    request = Request("transfer", target, (coffee,))
    late = []
    for _ in range(3):  # a busy machine may be late once
        with Session() as session:
            cancel, stages = threading.Event(), []
            with ThreadPoolExecutor(1) as pool:
                running = pool.submit(session.run, request, cancel=cancel, progress=stages.append)
                while "match" not in stages:
                    time.sleep(0.005)
                time.sleep(0.03)
                began = time.perf_counter()
                cancel.set()
                with pytest.raises(Cancelled):
                    running.result(30)
                late.append(time.perf_counter() - began)
            done = session.run(request)
            assert not {"prepare", "segment"} & set(done.seconds)
        if late[-1] < 0.1:
            break
    assert min(late) < 0.1


def test_a_set_event_cancels_at_once(session, request_of, astronaut):
    cancel, stages = threading.Event(), []
    look = session.solve(request_of("colorize"))
    cancel.set()
    for call in (
        lambda: session.run(request_of("transfer"), cancel=cancel, progress=stages.append),
        lambda: session.solve(request_of("transfer"), cancel=cancel, progress=stages.append),
        lambda: session.render(look, astronaut, cancel=cancel),
        lambda: session.encode(astronaut, cancel=cancel, progress=stages.append),
    ):
        with pytest.raises(Cancelled):
            call()
    assert stages == []


def frames_of(picture, count, step=1):
    """Return parts of a picture that move over it."""
    height, width = picture.shape[0] - count * step, picture.shape[1] - count * step
    return [np.ascontiguousarray(picture[n * step :][:height, n * step :][:, :width]) for n in range(count)]


@EVERY_MODE
def test_a_warm_frame_goes_on_from_the_one_before(session, coffee, astronaut, mode):
    large = astronaut.repeat(3, axis=0).repeat(3, axis=1)
    reference = session.encode(coffee, mode=mode)
    warm, ids = None, []
    for frame in frames_of(large, 4):
        request = Request(mode, frame, (reference,))
        look = session.solve(request, warm=warm)
        again = session.solve(request, warm=warm)
        assert session.render(again, frame).image.tobytes() == session.render(look, frame).image.tobytes()
        cold = session.run(request)
        assert np.abs(session.render(look, frame).image - cold.image).mean() < 0.03
        warm = look.warm
        ids.append(set(warm.centres.ids.tolist()))
    for before, after in itertools.pairwise(ids):
        assert len(before & after) > 0.8 * len(before)


@EVERY_MODE
def test_whitening_and_base_map_are_frozen(session, coffee, astronaut, mode):
    first = session.solve(Request(mode, astronaut, (coffee,)))
    darker = astronaut * np.float32(0.9)
    second = session.solve(Request(mode, darker, (coffee,)), warm=first.warm)
    for one, other in zip(first.warm.parts[0].whitening, second.warm.parts[0].whitening, strict=True):
        np.testing.assert_array_equal(one, other)
    if mode == "transfer":
        np.testing.assert_array_equal(first.warm.parts[0].base.matrix, second.warm.parts[0].base.matrix)


def test_what_a_frame_hands_on_has_to_fit(session, coffee, astronaut):
    request = Request("colorize", astronaut, (coffee,))
    warm = session.solve(request).warm
    others = [
        replace(request, settings=Settings().replace(compactness=3.0)),
        replace(request, mode="transfer"),
        replace(request, settings=Settings().replace(context=(0.1,))),
        replace(request, regions=(Region(np.ones((40, 36))), Region(np.ones((40, 36))))),
    ]
    for other in others:
        with pytest.raises(ArgumentError, match="warm was made with other settings, or for other regions"):
            session.solve(other, warm=warm)


def test_the_cap_on_superpixels_is_said(session, request_of, monkeypatch):
    monkeypatch.setattr("huegraft.stages.segment.MOST_SUPERPIXELS", 20)
    result = session.run(request_of("colorize"))
    capped = [note for note in result.notes if "superpixels are capped at 20" in note]
    assert len(capped) == 2
    assert not any("capped" in note for note in session.run(request_of("colorize", superpixels=15)).notes)


@EVERY_MODE
def test_nothing_that_a_caller_holds_changes_later_calls(session, request_of, astronaut, mode):
    """Arrays of looks and encoded pictures can't be written to, and a mask is the session's own copy."""
    mask = np.tri(40, 36, dtype=np.float32)
    request = request_of(mode, controls={"target_mask": mask})
    look = session.solve(request)
    before = session.render(look, astronaut).image
    held = [
        *arrays_in(look),
        *arrays_in(session.encode(astronaut, mode=mode)),
        *arrays_in(session._match(request, None)),
    ]
    assert len(held) > 20
    assert not any(array.flags.writeable for array in held)
    mask[:] = 1
    np.testing.assert_array_equal(session.render(look, astronaut).image, before)


def test_a_backbone_registered_anew_is_taken_anew(session, request_of):
    def backbone(shift):
        class Shifted:
            name, layers, radius = "shifted", ("shifted",), 0

            def __call__(self, picture):
                yield np.roll(picture, shift, axis=1)

        return Shifted()

    found = []
    for shift in (0, 5, 9):
        huegraft.register_backbone("shifted", lambda *_, shift=shift: backbone(shift))
        result = session.run(request_of("transfer", backbone="shifted"))
        assert_same(result, fresh(request_of("transfer", backbone="shifted")))
        found.append(result.attention.tobytes())
    assert len(set(found)) == 3


def test_a_backbone_may_go_on_writing_to_its_own_arrays(session, request_of):
    class Scribbling:
        name, layers, radius = "scribbling", ("scribbling",), None

        def __init__(self):
            self.room = np.zeros((100, 100, 3), np.float32)

        def __call__(self, picture):
            height, width = picture.shape[:2]
            self.room[:height, :width] = picture
            yield self.room[:height, :width]

    huegraft.register_backbone("scribbling", lambda *_: Scribbling())
    for tau in (0.1, 0.2):
        request = request_of("transfer", backbone="scribbling", tau=tau)
        assert_same(session.run(request), fresh(request))


def test_a_progress_callback_may_call_the_session(session, request_of):
    request, inner = request_of("transfer"), []

    def tell(_stage):
        if not inner:
            inner.append(None)
            inner[0] = session.run(request)

    assert_same(session.run(request, progress=tell), inner[0])


def test_a_backbone_that_calls_its_own_session_is_told(session, request_of):
    class Selfish:
        name, layers, radius = "selfish", ("selfish",), 0

        def __call__(self, picture):
            session.run(request_of("transfer", backbone="selfish"))
            yield picture

    huegraft.register_backbone("selfish", lambda *_: Selfish())
    with pytest.raises(ArgumentError, match="called from within its own step"):
        session.run(request_of("transfer", backbone="selfish"))


def test_what_the_store_gave_is_remembered(tmp_path, request_of):
    asked = []

    class Store(huegraft.EncodedCache):
        def find(self, key):
            asked.append(key)
            return super().find(key)

    huegraft.Session(store=huegraft.EncodedCache(tmp_path)).run(request_of("colorize"))
    with Session(store=Store(tmp_path)) as session:
        for strength in (0.25, 0.5, 0.75):
            result = session.run(request_of("colorize", strength=strength))
    assert len(asked) == 2
    assert set(result.seconds) == {"finish"}


def test_the_same_call_saves_the_same_look(request_of):
    looks = [fresh(request_of("transfer")).look for _ in range(2)]
    assert looks[0].digest == looks[1].digest
    with Session() as session:
        looks = [session.solve(request_of("transfer")), Session().solve(request_of("transfer"))]
    assert looks[0].digest == looks[1].digest


@pytest.mark.parametrize(("shape", "size"), [((1, 400), (1, 20)), ((2, 300), (20, 1))])
def test_native_fusion_at_odd_sizes(session, coffee, shape, size):
    target = np.random.default_rng(0).random((*shape, 3), np.float32)
    settings = Settings().replace(native=True, working_pixels=256)
    image = session.run(Request("colorize", target, (coffee,), settings), size=size).image
    assert np.isfinite(image).all()
    assert image.shape[0] <= size[0]


def test_slips_are_told_in_plain_words(session, request_of, astronaut):
    request = request_of("colorize")
    result = session.run(request)
    stages = []
    calls = {
        "size must be the greatest height and width": lambda: session.run(request, size=30, progress=stages.append),
        r"the window must be \(top, bottom, left, right\)": lambda: session.render(
            result.look, astronaut, window=(1, 2, 3)
        ),
        "got Result; a result has it as .look": lambda: session.render(result, astronaut),
        "request must be a huegraft.Request, got ndarray": lambda: session.solve(astronaut),
        "warm must be the .warm of a look, got Look": lambda: session.solve(request, warm=result.look),
        "cancel must be a threading.Event, got bool": lambda: session.run(request, cancel=True),
        "rows must be a list of superpixels": lambda: session.attention(result.look, 3),
    }
    for message, call in calls.items():
        with pytest.raises(ArgumentError, match=message):
            call()
    assert stages == []
    pinned = Request("colorize", astronaut, request.references, pins=Pin((3, 4), (5, 6)))
    assert len(pinned.pins) == 1
    assert len(repr(result.look)) < 6000
