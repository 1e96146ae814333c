import itertools
import threading
import time

import numpy as np
import pytest
from safetensors.numpy import load_file
from skimage.segmentation import slic
from threadpoolctl import threadpool_info, threadpool_limits

import huegraft
import oracle
from huegraft import Request, Session
from huegraft.errors import ArgumentError, BackboneError, EncodedMismatchError, PictureError, WeightsError
from huegraft.settings import Settings
from huegraft.threads import set_threads, thread_count


def oracle_run(mode, target, reference, backbone, tensors, standardize=False):
    """The whole method by the oracle, with scikit-image's SLIC."""
    colorize = mode == "colorize"
    layers, labels = [], []
    for picture in (target, reference):
        picture = picture.astype(float)
        seen = oracle.grey(picture) if colorize else picture
        count = 3 * int((picture.shape[0] * picture.shape[1]) ** 0.5)
        found = slic(seen.astype(np.float32), n_segments=count, compactness=10, start_label=0, channel_axis=-1)
        labels.append(found)
        layers.append([oracle.mean_over_superpixels(maps, found) for maps in backbone(seen, tensors)])
    pairs = list(zip(*layers, strict=True))
    pairs = [oracle.standardized(*pair) for pair in pairs] if standardize else pairs
    similarities = [oracle.similarity(*pair) for pair in pairs]
    merge = oracle.attention_colorize if colorize else oracle.attention_transfer
    attention = merge(similarities, [1] * len(similarities))
    colors = oracle.mean_over_superpixels(reference, labels[1])
    fused = oracle.fuse(oracle.grey(target.astype(float)) if colorize else target, labels[0], attention, colors)
    return attention, fused, oracle.finish(fused, target.astype(float), colorize)


def assert_agrees(result, expected):
    attention, fused, image = expected
    np.testing.assert_allclose(result.attention, attention, atol=1e-4)
    np.testing.assert_allclose(result.working_image, fused, atol=1e-4)
    np.testing.assert_allclose(result.image, image, atol=1e-4)


PAPER = huegraft.preset("paper").replace(backbone="builtin")
MODES = {"transfer": huegraft.transfer, "colorize": huegraft.colorize}


@pytest.mark.parametrize("mode", MODES)
def test_whole_method_with_vgg19_bn(mode, astronaut, coffee, vgg19_bn_tensors, vgg19_bn_file):
    target, reference = astronaut[8:32, 4:26], coffee[:20, 10:34]
    tensors = {name: tensor.astype(float) for name, tensor in vgg19_bn_tensors.items()}
    result = MODES[mode](target, reference, huegraft.preset("paper"), weights=str(vgg19_bn_file))
    assert_agrees(result, oracle_run(mode, target, reference, oracle.vgg19_bn, tensors))


@pytest.mark.parametrize("mode", MODES)
def test_whole_method_with_the_real_vgg19(mode, astronaut, coffee, shared_vgg19):
    target, reference = astronaut[8:32, 4:26], coffee[:20, 10:34]
    tensors = {name: tensor.astype(float) for name, tensor in load_file(shared_vgg19).items()}
    result = MODES[mode](target, reference, huegraft.preset("paper"), backbone="vgg19", weights=str(shared_vgg19))
    assert_agrees(result, oracle_run(mode, target, reference, oracle.vgg19, tensors))


@pytest.mark.parametrize("mode", MODES)
def test_whole_method_with_the_handcrafted_descriptor(mode, astronaut, coffee):
    target, reference = astronaut[8:32, 4:26], coffee[:20, 10:34]
    result = MODES[mode](target, reference, huegraft.preset("paper"), backbone="handcrafted")
    assert_agrees(result, oracle_run(mode, target, reference, oracle.handcrafted, None, standardize=True))


@pytest.mark.parametrize("mode", MODES)
def test_large_pictures_are_matched_small_and_finished_large(mode, astronaut, coffee):
    settings = PAPER.replace(working_pixels=500)
    result = MODES[mode](astronaut, coffee, settings)
    assert result.image.shape == astronaut.shape
    height, width = result.working_image.shape[:2]
    assert height * width <= 500
    small = oracle.area_average(astronaut, height, width).astype(np.float32)
    again = MODES[mode](small, coffee, settings)
    np.testing.assert_allclose(result.working_image, again.working_image, atol=1e-5)
    expected = oracle.finish(result.working_image.astype(float), astronaut.astype(float), mode == "colorize")
    np.testing.assert_allclose(result.image, expected, atol=1e-4)


def test_numpy_in_numpy_out_torch_in_torch_out(torch, astronaut, coffee):
    as_numpy = huegraft.transfer(astronaut, torch.from_numpy(coffee))
    as_torch = huegraft.transfer(torch.from_numpy(astronaut), coffee)
    for name in ("image", "labels", "attention", "attention_origin", "working_image"):
        assert isinstance(getattr(as_numpy, name), np.ndarray)
        assert isinstance(getattr(as_torch, name), torch.Tensor)
        np.testing.assert_array_equal(getattr(as_numpy, name), getattr(as_torch, name))
    assert as_torch.image.requires_grad_(True).requires_grad


def test_what_a_result_holds(astronaut, coffee):
    result = huegraft.transfer(astronaut, coffee, PAPER)
    assert result.image.dtype == np.float32
    assert result.labels.shape == (40, 36)
    assert result.attention.shape[0] == result.labels.max() + 1
    assert 0 <= result.clipped_share <= 1
    assert list(result.seconds) == ["prepare", "segment", "features", "match", "confidence", "fuse", "finish"]
    assert all(seconds >= 0 for seconds in result.seconds.values())
    assert result.settings.match.merge == "before"
    assert result.settings.match.standardize is True
    assert huegraft.transfer(astronaut, coffee, PAPER, backbone="handcrafted").settings.match.merge == "after"


@pytest.mark.parametrize("mode", MODES)
def test_an_encoded_reference_gives_the_same_bytes(mode, astronaut, coffee):
    encoded = huegraft.encode_reference(coffee, mode=mode)
    direct, by_encoded = MODES[mode](astronaut, coffee), MODES[mode](astronaut, encoded)
    assert direct.image.tobytes() == by_encoded.image.tobytes()


def test_several_references(astronaut, coffee):
    encoded = huegraft.encode_reference(coffee, PAPER)
    once = huegraft.transfer(astronaut, coffee, PAPER)
    twice = huegraft.transfer(astronaut, [coffee, encoded], PAPER)
    np.testing.assert_allclose(twice.image, once.image, atol=1e-6)
    mixed = huegraft.transfer(astronaut, [coffee, astronaut], PAPER)
    assert set(mixed.attention_origin) == {0, 1}
    np.testing.assert_allclose(mixed.attention.sum(axis=1), 1, atol=1e-12)


def test_a_mask_confines_the_reference(astronaut, coffee):
    mask = np.zeros(coffee.shape[:2])
    mask[:, :20] = 1
    encoded = huegraft.encode_reference(coffee, mask=mask)
    result = huegraft.transfer(astronaut, encoded)
    columns = np.nonzero(result.attention.sum(axis=0))[0]
    assert encoded.positions[columns, 1].max() < 24 / 44
    with pytest.raises(PictureError, match="0 everywhere"):
        huegraft.encode_reference(coffee, mask=np.zeros(coffee.shape[:2]))


def test_a_reference_encoded_otherwise_is_refused(astronaut, coffee):
    for encoded, difference in (
        (huegraft.encode_reference(coffee, mode="colorize"), "mode colorize, not transfer;"),
        (huegraft.encode_reference(coffee, compactness=20.0), r"compactness 20.0, not 10.0;"),
        (
            huegraft.encode_reference(coffee, backbone="handcrafted"),
            r"backbone handcrafted, not pointer:\w{16}, .*;",
        ),
    ):
        with pytest.raises(EncodedMismatchError, match=f"{difference} encode the reference again"):
            huegraft.transfer(astronaut, encoded)


def test_the_same_input_gives_the_same_bytes(astronaut, coffee):
    first, second = huegraft.transfer(astronaut, coffee), huegraft.transfer(astronaut, coffee)
    assert first.image.tobytes() == second.image.tobytes()


def test_inputs_are_left_alone(astronaut, coffee):
    target, reference = astronaut.copy(), coffee.copy()
    target.setflags(write=False)
    huegraft.colorize(target, reference)
    np.testing.assert_array_equal(target, astronaut)
    np.testing.assert_array_equal(reference, coffee)


def test_a_session_goes_on_from_the_first_changed_stage(astronaut, coffee):
    with Session() as session:

        def run(target, reference, settings=PAPER):
            return session.run(Request("transfer", target, reference, settings))

        run(astronaut, coffee)
        assert list(run(astronaut, coffee).seconds) == ["finish"]
        changed = run(astronaut, coffee, PAPER.replace(delta_c=0.2))
        assert list(changed.seconds) == ["fuse", "finish"]
        np.testing.assert_array_equal(changed.image, huegraft.transfer(astronaut, coffee, PAPER, delta_c=0.2).image)
        other = run(coffee, astronaut)
        np.testing.assert_array_equal(other.image, huegraft.transfer(coffee, astronaut, PAPER).image)


@pytest.mark.parametrize("mode", ["transfer", "colorize"])
@pytest.mark.parametrize("name", ["paper", "best"])
def test_whole_numbers_in_and_out(astronaut, coffee, mode, name):
    settings = huegraft.preset(name).replace(backbone="builtin")
    target = np.rint(astronaut * 255).astype(np.uint8)
    kept = target.copy()
    recolor = getattr(huegraft, mode)
    result = recolor(target, coffee, settings).image
    assert result.dtype == np.uint8
    np.testing.assert_array_equal(target, kept)
    expected = recolor((target / 255).astype(np.float32), coffee, settings).image
    np.testing.assert_array_equal(result, np.rint(expected * 255))


@pytest.mark.parametrize("mode", ["transfer", "colorize"])
def test_results_share_no_memory_with_the_pictures(astronaut, coffee, mode):
    result = getattr(huegraft, mode)(astronaut, coffee, huegraft.preset("best"))
    for name in ("image", "working_image", "labels", "confidence"):
        assert not np.shares_memory(getattr(result, name), astronaut)


def test_bands_change_nothing(astronaut, coffee, monkeypatch):
    whole = huegraft.transfer(astronaut, coffee, working_pixels=300)
    monkeypatch.setattr("huegraft.stages.composite._PIXELS_AT_ONCE", 100)
    banded = huegraft.transfer(astronaut, coffee, working_pixels=300)
    np.testing.assert_allclose(banded.image, whole.image, atol=1e-6)
    assert banded.clipped_share == whole.clipped_share


def in_turn(stages):
    """Return the stages without those that follow themselves: one may have several steps, each of which is told."""
    return [stage for stage, _ in itertools.groupby(stages)]


@pytest.mark.parametrize(("threads", "backbone"), [(1, "builtin"), (2, "builtin"), (2, "sober")])
def test_progress_names_each_stage_in_the_calling_thread(astronaut, coffee, threads, backbone):
    stages, tellers = [], set()

    def tell(stage):
        stages.append(stage)
        tellers.add(threading.get_ident())

    class Sober:  # says nothing of threads
        name, layers, radius = "sober", ("sober",), 0

        def __call__(self, picture):
            yield picture

    huegraft.register_backbone("sober", lambda settings, device: Sober())
    set_threads(threads)
    try:
        result = huegraft.transfer(astronaut, coffee, PAPER, backbone=backbone, progress=tell)
    finally:
        set_threads(None)
    of_a_picture, rest = ["prepare", "segment", "features"], ["match", "confidence", "fuse", "finish"]
    if backbone == "sober":  # one picture is made ready for the matching after the other
        assert in_turn(stages) == [*of_a_picture, "match", *of_a_picture, *rest]
    else:
        if threads == 2:  # two pictures side by side
            assert sorted(stages[:6]) == sorted(2 * of_a_picture)
        else:
            assert stages[:6] == 2 * of_a_picture
        assert in_turn(stages[6:]) == rest
    assert tellers == {threading.get_ident()}
    assert set(result.seconds) == {*of_a_picture, *rest}


def test_the_time_of_stages_side_by_side_is_no_more_than_passes(astronaut, coffee):
    set_threads(2)
    try:
        began = time.perf_counter()
        result = huegraft.transfer(astronaut, coffee, backbone="builtin")
        passed = time.perf_counter() - began
    finally:
        set_threads(None)
    assert sum(result.seconds.values()) <= passed


def test_an_error_of_progress_ends_the_call(astronaut, coffee):
    def stop(stage):
        raise ZeroDivisionError(stage)

    with pytest.raises(ZeroDivisionError):
        huegraft.transfer(astronaut, coffee, backbone="builtin", progress=stop)


def made(kind, shape):
    rng = np.random.default_rng(7)
    return {
        "flat": np.full((*shape, 3), 0.4, dtype=np.float32),
        "black": np.zeros((*shape, 3), dtype=np.float32),
        "white": np.ones((*shape, 3), dtype=np.float32),
        "grey": rng.random(shape).astype(np.float32),
        "noise": rng.random((*shape, 3)).astype(np.float32),
    }[kind]


ODD = [
    ("flat", (9, 9)),
    ("black", (5, 8)),
    ("white", (8, 5)),
    ("grey", (12, 11)),
    ("noise", (1, 1)),
    ("noise", (1, 30)),
]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("target", "reference"), list(itertools.product(ODD, ODD)))
def test_odd_pictures_work_in_both_roles(mode, target, reference):
    result = MODES[mode](made(*target), made(*reference))
    assert result.image.shape == (*target[1], 3)
    assert np.isfinite(result.image).all()
    assert result.image.min() >= 0
    assert result.image.max() <= 1
    np.testing.assert_allclose(result.attention.sum(axis=1), 1, atol=1e-12)


@pytest.mark.parametrize("fusion", ["eq5", "sct"])
@pytest.mark.parametrize("shape", [(1, 1), (3, 200), (2, 2)])
def test_odd_pictures_work_with_vgg(fusion, shape, coffee, vgg19_bn_file):
    for pooling in (False, True):
        paper = huegraft.preset("paper").replace(weights=str(vgg19_bn_file), pooling=pooling, fusion=fusion)
        assert np.isfinite(huegraft.transfer(made("noise", shape), coffee[:8, :8], paper).image).all()
        assert np.isfinite(huegraft.colorize(coffee[:8, :8], made("noise", shape), paper).image).all()


def test_a_long_picture(coffee):
    long = made("noise", (3, 10_000))
    assert huegraft.transfer(long, coffee).image.shape == (3, 10_000, 3)
    assert huegraft.colorize(coffee, long).image.shape == coffee.shape


def test_bad_arguments_give_one_clear_error(astronaut, coffee):
    with pytest.raises(PictureError, match="the target must be float32"):
        huegraft.transfer((astronaut * 255).astype(np.int32), coffee)
    with pytest.raises(PictureError, match="the reference holds NaN"):
        huegraft.transfer(astronaut, np.full((4, 4, 3), np.nan))
    with pytest.raises(ArgumentError, match="tau must be"):
        huegraft.transfer(astronaut, coffee, tau=0)
    with pytest.raises(BackboneError, match="unknown backbone 'resnet'; known are builtin, "):
        huegraft.transfer(astronaut, coffee, backbone="resnet")
    with pytest.raises(BackboneError, match="has no layer 'relu9'"):
        huegraft.transfer(astronaut, coffee, layers=("relu9",))
    with pytest.raises(WeightsError, match="run `huegraft weights pull vgg19_bn`"):
        huegraft.transfer(astronaut, coffee, Settings().replace(backbone="vgg19_bn"))
    with pytest.raises(PictureError, match=r"reference must be a NumPy or Torch array .* got NoneType"):
        huegraft.transfer(astronaut, None)
    with pytest.raises(ArgumentError, match=r"settings must be huegraft.Settings, got dict"):
        huegraft.transfer(astronaut, coffee, {"tau": 1})
    for settings in (PAPER, Settings()):
        with pytest.raises(ArgumentError, match="at least one reference"):
            huegraft.transfer(astronaut, [], settings)
    with pytest.raises(ArgumentError, match="device must be 'cpu' or 'cuda'"):
        huegraft.transfer(astronaut, coffee, device="meta")
    with pytest.raises(ArgumentError, match="device must be 'cpu' or 'cuda', got 'abacus'"):
        huegraft.transfer(astronaut, coffee, device="abacus")
    with pytest.raises(ArgumentError, match="mode must be"):
        huegraft.encode_reference(coffee, mode="paint")  # pyright: ignore[reportArgumentType]


def test_threads_are_left_as_found(astronaut, coffee):
    with threadpool_limits(2, user_api="blas"):
        before = thread_count(), threads_of_blas()
        huegraft.transfer(astronaut, coffee)
        assert (thread_count(), threads_of_blas()) == before


def test_torchs_threads_are_left_as_found(torch, astronaut, coffee):
    before = torch.get_num_threads()
    huegraft.transfer(astronaut, coffee)
    assert torch.get_num_threads() == before


def threads_of_blas():
    return [library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"]


@pytest.mark.parametrize("mode", ["transfer", "colorize"])
def test_native_fusion_is_the_plain_one_at_the_working_size(astronaut, coffee, mode):
    recolor = getattr(huegraft, mode)
    plain, native = (recolor(astronaut, coffee, Settings().replace(native=native)) for native in (False, True))
    np.testing.assert_array_equal(native.image, plain.image)
    np.testing.assert_allclose(native.working_image, plain.working_image, atol=1e-6)


def test_native_fusion_of_a_larger_picture(astronaut, coffee):
    large = astronaut.repeat(3, axis=0).repeat(3, axis=1)
    plain, native = (
        huegraft.colorize(large, coffee, working_pixels=40 * 36, native=native) for native in (False, True)
    )
    assert native.image.shape == large.shape
    assert native.working_image.shape == (40, 36, 3)
    np.testing.assert_array_equal(native.attention, plain.attention)
    whole = huegraft.colorize(astronaut, coffee)
    enlarged = whole.image.repeat(3, axis=0).repeat(3, axis=1)
    off = [np.abs(result.image - enlarged).mean() for result in (plain, native)]
    assert off[1] < 0.5 * off[0]  # each pixel thrice beside itself: fused at full size it is fused as before
