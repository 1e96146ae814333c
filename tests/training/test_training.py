from dataclasses import replace
from itertools import cycle

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs Torch: make torch")

import torch
from PIL import Image
from skimage import data
from training.color import lab_from_srgb
from training.network import TrainedNetwork
from training.pairs import Batch, _under_base, draw_batch, token_means
from training.pictures import load_scenes
from training.train import Recipe, Run, main
from training.views import draw_views, look, same_places, spread

from huegraft.backbones.pointer import Pointer
from huegraft.backbones.pointer_network import CONVOLUTIONS, INPUTS, STRIDES
from huegraft.compiled.network import Kernel
from huegraft.settings import preset
from huegraft.stages.match import match
from superpixels import changed, encoded
from training import loss as training_loss

MODES = ("colorize", "transfer")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Eight pictures: the halves of four photographs, one of them two frames of a clip."""
    folder = tmp_path_factory.mktemp("pictures")
    for name in ("astronaut", "chelsea", "coffee", "rocket"):
        photograph = getattr(data, name)()[::2, ::2]
        middle = photograph.shape[1] // 2
        for half, part in enumerate((photograph[:, :middle], photograph[:, middle:])):
            name_of_file = f"{name}@{half}" if name == "coffee" else f"{name}{half}"
            Image.fromarray(part).save(folder / f"{name_of_file}.png")
    return folder


@pytest.fixture(scope="module")
def scenes(folder):
    return load_scenes(folder)


@pytest.fixture
def one_thread(threads):
    """One thread for huegraft's loops and for Torch."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    with threads(1):
        yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.usefixtures("one_thread")
def test_forty_steps_on_eight_pictures_lower_the_loss(scenes, mode, monkeypatch):
    monkeypatch.setattr("training.pairs._SIZES", ((96, 4), (112, 3)))
    batches = [draw_batch(scenes, mode, np.random.default_rng(number)) for number in range(10)]
    turns = cycle(batches)  # the first ten steps and the last ten see the same pairs
    monkeypatch.setattr("training.train.draw_batch", lambda *_: next(turns))
    run = Run(Recipe(mode, steps=40, warm_up=5), scenes, torch.device("cpu"))
    losses = [float(run.advance().total.detach()) for _ in range(40)]
    assert np.mean(losses[-10:]) < np.mean(losses[:10])


@pytest.mark.usefixtures("one_thread")
def test_a_run_that_was_stopped_is_the_run_that_was_not(folder, monkeypatch, tmp_path):
    monkeypatch.setattr("training.pairs._SIZES", ((64, 2),))
    monkeypatch.setattr("training.train._EVERY", 2)
    monkeypatch.setattr("training.train.FOLDER", folder)

    def trained(runs, stops):
        monkeypatch.setattr("training.train.RUNS", tmp_path / runs)
        taken = 0
        advance = Run.advance

        def stopping(run):
            nonlocal taken
            if taken == stops:
                raise KeyboardInterrupt
            taken += 1
            return advance(run)

        with monkeypatch.context() as patched:
            patched.setattr(Run, "advance", stopping)
            with pytest.raises(KeyboardInterrupt):
                main(["transfer", "--steps", "6", "--threads", "1"])
        main(["transfer", "--steps", "6", "--threads", "1"])
        return torch.load(tmp_path / runs / "transfer" / "checkpoint.pt", weights_only=True)["network"]

    early, late = trained("early", 3), trained("late", 5)
    with pytest.raises(SystemExit, match="made by the recipe"):
        main(["transfer", "--steps", "7", "--threads", "1"])
    assert all(torch.equal(early[name], late[name]) for name in early)
    for runs in ("early", "late"):
        log = (tmp_path / runs / "transfer" / "log.csv").read_text().splitlines()
        assert [line.split(",")[0] for line in log] == ["step", "2", "4", "6"]
        with Image.open(tmp_path / runs / "transfer" / "curves.png") as curves:
            assert curves.size == (900, 400)


def test_a_run_begins_with_another_one(scenes, tmp_path):
    first = Run(Recipe("transfer", steps=5), scenes, torch.device("cpu"))
    first.save(tmp_path / "checkpoint.pt")
    second = Run(Recipe("transfer", steps=9, seed=2), scenes, torch.device("cpu"))
    second.begin_with(tmp_path / "checkpoint.pt")
    weights, begun = first.network.convolutions.state_dict(), second.network.convolutions.state_dict()
    assert all(torch.equal(weights[name], begun[name]) for name in weights)
    assert second.step == 0
    assert second.origin["began with"]["steps"] == 5
    second.save(tmp_path / "second.pt")
    second.load(tmp_path / "second.pt")
    assert second.origin["began with"]["seed"] == 1
    with pytest.raises(SystemExit, match="of the mode transfer"):
        Run(Recipe("colorize"), scenes, torch.device("cpu")).begin_with(tmp_path / "checkpoint.pt")


@pytest.mark.parametrize("mode", MODES)
def test_what_is_exported_is_what_was_trained(mode, astronaut):
    network = TrainedNetwork(mode)
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.normal_(module.bias)
            torch.nn.init.uniform_(module.weight, 0.5, 1.5)
            module.running_mean.normal_()
            module.running_var.uniform_(0.5, 1.5)
    tensors = {name.partition(".")[2]: tensor.float().numpy() for name, tensor in network.folded().items()}
    kernels = {name: Kernel.of(tensors[f"{name}.weight"], tensors[f"{name}.bias"]) for name in CONVOLUTIONS}
    exported = Pointer(mode, kernels, tuple(STRIDES), (1.0, 1.0, 1.0))
    picture = np.resize(astronaut, (96, 96, 3))
    picture = picture.mean(axis=2, keepdims=True).repeat(3, axis=2) if mode == "colorize" else picture
    with torch.no_grad():
        trained = network.eval()(torch.from_numpy(picture[..., : INPUTS[mode]]).permute(2, 0, 1)[None])
    for (_, found), maps in zip(exported._maps(picture), trained, strict=True):
        expected = maps[0].permute(1, 2, 0).numpy()
        assert found.shape == expected.shape
        assert np.abs(found - expected).max() < 0.01 * np.abs(expected).max()  # float16


def test_the_attention_is_that_of_best(rng, monkeypatch):
    tokens, best = 7, replace(preset("best").match, median=False, layer_weights=(0.5, 0.2))
    best = replace(best, context_layers=("fine",))
    pictures = torch.rand(4, 1, tokens, tokens, dtype=torch.float64)
    colors = torch.zeros(2, tokens**2, 3, dtype=torch.float64)
    nowhere = torch.zeros(2, tokens**2, tokens**2, dtype=torch.bool)
    layers = {
        name: torch.from_numpy(rng.normal(size=(4, channels, tokens, tokens)))
        for name, channels in (("fine", 5), ("handcrafted", 6))
    }
    seen = []
    attention = training_loss.attention
    monkeypatch.setattr(training_loss, "attention", lambda *given: seen.append(attention(*given)) or seen[-1])
    batch = Batch(pictures[:2], pictures[2:], colors, colors, nowhere, tokens)
    training_loss.loss(layers, torch.tensor(best.layer_weights, dtype=torch.float64), batch, "colorize")
    grid = np.stack(np.meshgrid(range(tokens), range(tokens), indexing="ij"), axis=-1).reshape(-1, 2)
    first, second, own, other = (
        changed(
            encoded(
                rng,
                tokens**2,
                mode="colorize",
                features={name: maps[side].flatten(1).T.numpy() for name, maps in layers.items()},
                positions=(grid + 0.5) / tokens,
                color_mean=pictures[side].flatten().numpy()[:, None].repeat(3, axis=1),
            ),
            labels=np.arange(tokens**2, dtype=np.int32).reshape(tokens, tokens),
        )
        for side in range(4)
    )
    distracted, plain = (each[0].numpy() for each in seen)
    assert np.abs(distracted - match(first, [own, other], best).weights).max() < 1e-4
    assert np.abs(plain - match(second, [other], best).weights).max() < 1e-4


def test_tokens_at_the_same_place_look_alike(scenes):
    rng, distances = np.random.default_rng(0), []
    scene = scenes[0]
    for _ in range(20):
        views = draw_views(scene, rng)
        pictures = [look(scene.frames[0], view, 144) for view in views]
        colors = [lab_from_srgb(token_means(each[None], 12, 144)[0]) for each in pictures]
        same = same_places(*views, 12, scene.size)
        distances.append([torch.cdist(*colors)[same].mean().item(), torch.cdist(*colors).mean().item()])
    near, anywhere = np.nanmean(distances, axis=0)
    assert near < 0.35 * anywhere


def test_views_beyond_the_picture_are_nowhere(scenes):
    scene = scenes[0]
    view = draw_views(scene, np.random.default_rng(0))[0]
    away = replace(view, places=view.places + np.array([[0, 0, 1e4], [0, 0, 0], [0, 0, 0]]))
    assert not same_places(away, away, 12, scene.size).any()


def test_the_base_map_brings_a_grade_near_to_the_reference(scenes):
    view = draw_views(scenes[0], np.random.default_rng(0))[0]
    truth = look(scenes[0].frames[0], view, 144)
    given = truth**1.3 * torch.tensor([1.0, 0.9, 0.8])[:, None, None]
    mapped = _under_base(given, truth, 12)
    before, after = (lab_from_srgb(each.permute(1, 2, 0)) for each in (given, mapped))
    right = lab_from_srgb(truth.permute(1, 2, 0))
    assert (after - right).norm(dim=2).mean() < 0.3 * (before - right).norm(dim=2).mean()


def test_light_that_changes_over_a_picture_is_the_same_in_both_views(scenes):
    views = draw_views(scenes[0], np.random.default_rng(0))
    height, width = scenes[0].size
    across = torch.linspace(0.5 / width, 1 - 0.5 / width, width).expand(1, height, width)
    for view in views:
        seen = spread(across, view, scenes[0].size, 50)[0].numpy()
        places = view.points((np.arange(50) + 0.5) / 25 - 1)
        inside = ((places > 1) & (places < np.array([width, height]) - 1)).all(axis=2)
        assert inside.any()
        assert np.abs(seen - places[..., 0] / width)[inside].max() < 1e-4


@pytest.mark.parametrize("mode", MODES)
def test_batches(scenes, mode):
    batch = draw_batch(scenes, mode, np.random.default_rng(1), pairs=3)
    again = draw_batch(scenes, mode, np.random.default_rng(1), pairs=3)
    assert torch.equal(batch.targets, again.targets)
    assert torch.equal(batch.target_colors, again.target_colors)
    assert batch.targets.shape[1] == INPUTS[mode]
    assert batch.targets.min() >= 0
    assert batch.targets.max() <= 1
    assert batch.same.shape == (3, batch.tokens**2, batch.tokens**2)
    assert batch.target_colors.shape == (3, batch.tokens**2, 3)
