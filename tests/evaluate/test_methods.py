import sys

import numpy as np
import pytest
from scipy.optimize import linprog
from scipy.spatial.distance import cdist

import huegraft
from huegraft.color import lab_from_srgb, srgb_from_lab
from huegraft.errors import EvaluationError, SettingsError
from huegraft.evaluate.methods import PEERS
from huegraft.evaluate.methods.external import ExternalMethod
from huegraft.evaluate.methods.monge_kantorovitch import monge_kantorovitch_lab, monge_kantorovitch_rgb
from huegraft.evaluate.methods.ours import OwnMethod
from huegraft.evaluate.methods.pitie import iterative_distribution_transfer, regrain
from huegraft.evaluate.methods.regression import lightness_regression
from huegraft.evaluate.methods.reinhard import reinhard
from huegraft.evaluate.methods.ruderman import lalphabeta_from_rgb, rgb_from_lalphabeta
from huegraft.evaluate.methods.sct import matched
from huegraft.evaluate.methods.transport import optimal_transport
from huegraft.evaluate.methods.welsh import welsh
from huegraft.evaluate.pairs import Pair, eight_bits, grey


@pytest.fixture
def soft(astronaut, coffee):
    """Pictures of so little contrast that no map leaves the gamut."""
    return 0.4 + 0.2 * astronaut, 0.35 + 0.2 * coffee


@pytest.mark.parametrize("name", PEERS)
def test_every_peer_gives_pictures(name, transfer_pair, colorize_pair):
    for pair in (transfer_pair, colorize_pair):
        if pair.mode not in PEERS[name].modes:
            continue
        (first,), (second,) = PEERS[name]([pair]), PEERS[name]([pair])
        assert first.image.shape == pair.target.shape
        assert first.image.dtype == np.float32
        np.testing.assert_array_equal(first.image, eight_bits(first.image))
        np.testing.assert_array_equal(first.image, second.image)


def test_flat_pictures_are_no_trouble():
    pair = Pair("transfer", np.full((20, 24, 3), 0.5, np.float32), np.full((16, 16, 3), 0.25, np.float32))
    for name, peer in PEERS.items():
        if name == "truth":
            continue
        for mode in peer.modes:
            (result,) = peer([Pair(mode, pair.target, pair.reference)])
            assert np.isfinite(result.image).all(), name


def test_the_truth_needs_one(astronaut):
    with pytest.raises(EvaluationError, match="no truth"):
        PEERS["truth"]([Pair("transfer", astronaut, astronaut)])


def test_versions_tell_peers_apart():
    identities = {(peer.version, str(peer.settings)) for peer in PEERS.values()}
    assert len(identities) == len(PEERS)


def test_lalphabeta_there_and_back(astronaut):
    bright = np.maximum(astronaut, 0.05)
    np.testing.assert_allclose(rgb_from_lalphabeta(lalphabeta_from_rgb(bright)), bright, atol=1e-6)


def test_reinhard_matches_mean_and_deviation(soft):
    found, wanted = (lalphabeta_from_rgb(each) for each in (reinhard(*soft), soft[1]))
    np.testing.assert_allclose(found.mean(axis=(0, 1)), wanted.mean(axis=(0, 1)), atol=1e-4)
    np.testing.assert_allclose(found.std(axis=(0, 1)), wanted.std(axis=(0, 1)), atol=1e-4)


def test_monge_kantorovitch_matches_mean_and_covariance(soft):
    as_lab = [lambda x: x, lambda x: lab_from_srgb(x.astype(np.float64))]
    for method, space in zip((monge_kantorovitch_rgb, monge_kantorovitch_lab), as_lab, strict=True):
        found, wanted = (space(each).reshape(-1, 3) for each in (method(*soft), soft[1]))
        np.testing.assert_allclose(found.mean(axis=0), wanted.mean(axis=0), rtol=2e-3, atol=1e-3)
        np.testing.assert_allclose(np.cov(found.T), np.cov(wanted.T), rtol=0.02, atol=2e-3)


def test_distribution_transfer_matches_every_direction(soft, rng):
    found, wanted = (each.reshape(-1, 3) for each in (iterative_distribution_transfer(*soft), soft[1]))
    before = soft[0].reshape(-1, 3)
    levels = np.linspace(0.02, 0.98, 20)
    for direction in rng.normal(size=(5, 3)):
        distance = [np.abs(np.quantile(each @ direction, levels) - np.quantile(wanted @ direction, levels)).max()
                    for each in (found, before)]  # fmt: skip
        assert distance[0] < 0.2 * distance[1]


def test_regrain_keeps_gradients_and_takes_colours(soft, rng):
    target, _ = soft
    np.testing.assert_allclose(regrain(target, target), target, atol=1e-6)
    np.testing.assert_allclose(regrain(target, target + np.float32(0.1)), target + 0.1, atol=2e-3)
    grainy = np.clip(target + rng.normal(0, 0.03, target.shape), 0, 1).astype(np.float32)
    smoothed = regrain(target, grainy)
    assert np.abs(np.diff(smoothed - target, axis=0)).mean() < 0.3 * np.abs(np.diff(grainy - target, axis=0)).mean()


def test_optimal_transport_of_the_same_colours_changes_little(astronaut, coffee):
    assert np.abs(optimal_transport(astronaut, astronaut[:, ::-1]) - astronaut).mean() < 0.04
    moved = optimal_transport(astronaut, coffee).mean(axis=(0, 1))
    np.testing.assert_allclose(moved, coffee.mean(axis=(0, 1)), atol=0.05)


def test_welsh_takes_the_chroma_of_equal_luminance():
    ramp = np.linspace(0.3, 0.7, 60, dtype=np.float32)
    reference = np.zeros((40, 60, 3), np.float32)
    reference[:, :30] = [0.5, 0.2, 0.2]
    reference[:, 30:] = [0.8, 0.8, 0.3]
    reference = reference * (0.9 + 0.2 * ramp[None, :, None] / ramp.max())
    colored = welsh(grey(reference), reference)
    assert np.abs(colored[:, 5:25, 0] - colored[:, 5:25, 1]).mean() > 0.2
    assert np.abs(colored[:, 35:55, 0] - colored[:, 35:55, 1]).mean() < 0.1


def test_regression_finds_a_line(rng):
    lightness = rng.uniform(20, 80, (60, 60))
    lines = np.stack([lightness, 0.3 * lightness - 10, 20 - 0.2 * lightness], axis=-1)
    reference = srgb_from_lab(lines).astype(np.float32)
    assert reference.min() >= 0
    assert reference.max() <= 1
    target = srgb_from_lab(np.array([[[30.0, 0, 0], [70.0, 0, 0]]], dtype=np.float32))
    found = lab_from_srgb(lightness_regression(target, reference))
    np.testing.assert_allclose(found, [[[30, -1, 14], [70, 11, 6]]], atol=0.5)


def test_sct_matching_is_the_least_under_its_limit(rng):
    ours, theirs = rng.uniform(size=(7, 4)), rng.uniform(size=(3, 4))
    partner = matched(ours, theirs)
    assert np.bincount(partner).max() <= 3
    cost = cdist(ours, theirs)
    rows = np.kron(np.eye(7), np.ones(3))
    columns = np.kron(np.ones(7), np.eye(3))
    least = linprog(cost.ravel(), A_ub=columns, b_ub=[3] * 3, A_eq=rows, b_eq=[1] * 7).fun
    assert cost[np.arange(7), partner].sum() == pytest.approx(least)
    assert np.bincount(matched(rng.uniform(size=(20, 4)), theirs)).max() == 7  # ε raised: 3 · 3 < 20


def test_own_method_is_huegraft(transfer_pair):
    method = OwnMethod.from_settings({"tau": 0.05})
    (result,) = method([transfer_pair])
    expected = huegraft.transfer(transfer_pair.target, transfer_pair.reference, tau=0.05)
    np.testing.assert_array_equal(result.image, eight_bits(expected.image))
    np.testing.assert_array_equal(result.labels, expected.labels)
    assert result.colors.shape == (expected.labels.max() + 1, 3)
    assert method.settings["match"]["tau"] == 0.05


def test_own_method_minds_the_reference_mask(transfer_pair, coffee):
    mask = np.zeros(coffee.shape[:2], bool)
    mask[:, :10] = True
    masked = Pair("transfer", transfer_pair.target, transfer_pair.reference, reference_mask=mask)
    method = OwnMethod.from_settings({})
    assert not np.array_equal(method([masked])[0].image, method([transfer_pair])[0].image)


def test_own_method_tells_weights_apart(vgg19_bn_file, tmp_path):
    other = tmp_path / vgg19_bn_file.name
    other.write_bytes(vgg19_bn_file.read_bytes() + b" ")
    methods = [OwnMethod.from_settings({"weights": str(path)}) for path in (vgg19_bn_file, other)]
    assert methods[0].settings == methods[1].settings
    assert methods[0].version != methods[1].version


def test_own_method_refuses_what_it_does_not_know():
    with pytest.raises(SettingsError, match="unknown setting 'tua'"):
        OwnMethod.from_settings({"tua": 1})
    with pytest.raises(EvaluationError, match="modes must be"):
        OwnMethod.from_settings({"modes": ["paint"]})


def external(folder, code):
    head = "import sys\nfrom PIL import Image\ntarget, reference, output = sys.argv[1:]\n"
    (folder / "peer.py").write_text(head + "target = target.removeprefix('--in=')\n" + code)
    return ExternalMethod([sys.executable, "peer.py", "--in={target}", "{reference}", "{output}"], str(folder))


def test_external_method(tmp_path, transfer_pair):
    method = external(tmp_path, "Image.open(target).transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(output)")
    (result,) = method([transfer_pair])
    np.testing.assert_array_equal(result.image, transfer_pair.target[:, ::-1])
    version = method.version
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "anything").write_text("not its own")
    assert method.version == version
    (tmp_path / "part").mkdir()
    (tmp_path / "part" / "peer.py").write_text("changed")
    assert method.version != version


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("sys.exit('no colours today')", "ended with 1: no colours today"),
        ("sys.exit(3)", "ended with 3: no message"),
        ("sys.stderr.buffer.write(b'\\xff'); sys.exit(1)", "ended with 1"),
        ("Image.new('RGB', (3, 3)).save(output)", r"wrote \(3, 3\) pixels for \(40, 36\)"),
        ("pass", "output.png"),
    ],
)
def test_external_methods_that_fail(tmp_path, transfer_pair, code, message):
    with pytest.raises(huegraft.HuegraftError, match=message):
        external(tmp_path, code)([transfer_pair])


def test_external_program_that_is_missing(tmp_path, transfer_pair):
    with pytest.raises(EvaluationError, match="cannot run nothing-here"):
        ExternalMethod(["nothing-here"], str(tmp_path))([transfer_pair])
