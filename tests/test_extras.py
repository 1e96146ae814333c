"""What is missing is said before anything is read."""

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import huegraft
from huegraft import extras
from huegraft.cli.main import app
from huegraft.errors import ArgumentError, HuegraftError, MissingExtraError
from huegraft.extras import imports, require
from huegraft.runnable import check_runnable, checked_device
from huegraft.settings import Settings, preset

VGG = Settings().replace(backbone="vgg19", weights=__file__)  # which has no ending that tells of Torch
GONE = {"scipy", "skimage", "torch", "sklearn", "ot", "pi_heif", "rawpy", "fastapi", "uvicorn"}


@pytest.fixture
def without(monkeypatch):
    """Let modules seem not to be installed."""

    def hide(*names):
        for module in ("huegraft.extras", "huegraft.io.apart"):
            monkeypatch.setattr(f"{module}.find_spec", lambda name: None if name in names else object())

    return hide


def test_the_message_names_packages_and_the_line_of_pip(without):
    without("torch", "skimage")
    with pytest.raises(
        MissingExtraError, match=r'^this needs scikit-image and Torch: pip install "huegraft\[paper\]"$'
    ):
        require("paper", "this", "skimage", "torch", "numpy")
    assert issubclass(MissingExtraError, ImportError)
    require("paper", "this", "numpy")


@pytest.mark.parametrize(
    ("settings", "device", "gone", "extra"),
    [
        (preset("paper").replace(backbone="builtin"), "cpu", "skimage", "paper"),
        (preset("paper"), "cpu", "skimage", "paper"),
        (preset("paper"), "cpu", "torch", "paper"),
        (Settings().replace(backbone="vgg19"), "cpu", "torch", "torch"),
        (Settings().replace(backbone="vgg19", weights="mine.pth"), "cpu", "torch", "torch"),
        (Settings().replace(weights="mine.pt"), "cpu", "torch", "torch"),
        (VGG, "cuda", "torch", "torch"),
        (VGG, "cuda:1", "torch", "torch"),
    ],
)
def test_settings_and_devices(without, settings, device, gone, extra):
    without(gone)
    with pytest.raises(MissingExtraError, match=rf'pip install "huegraft\[{extra}\]"'):
        check_runnable(settings, device)
    with pytest.raises(MissingExtraError):  # before the pictures, which are none, are looked at
        huegraft.transfer(None, None, settings, device=device)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("changes", "device", "message"),
    [
        ({}, "bogus", "device must be 'cpu' or 'cuda', got 'bogus'"),
        ({}, "cuda", "backbone 'builtin' runs on the CPU alone"),
        ({"backbone": "handcrafted"}, "cuda:1", "backbone 'handcrafted' runs on the CPU alone"),
        ({"backbone": "bogus"}, "cpu", "unknown backbone 'bogus'"),
        ({"weights": "no.safetensors"}, "cpu", "no file of weights at no.safetensors"),
    ],
)
def test_what_no_extra_would_mend_is_said_at_once(without, changes, device, message):
    without(*GONE)
    with pytest.raises(HuegraftError, match=message):
        check_runnable(Settings().replace(**changes), device)


def test_what_needs_no_extra(without, tmp_path, monkeypatch):
    without(*GONE)
    check_runnable(Settings())
    (tmp_path / "mine.safetensors").touch()
    check_runnable(Settings().replace(backbone="vgg19", weights=str(tmp_path / "mine.safetensors")))
    monkeypatch.setenv("HUEGRAFT_WEIGHTS", str(tmp_path))
    mirror = huegraft.weights.catalogue.choose_source("vgg19_bn", "mirror").path
    mirror.parent.mkdir(parents=True)
    mirror.touch()
    check_runnable(Settings().replace(backbone="vgg19_bn"))


@pytest.mark.parametrize(
    ("arguments", "extra"),
    [
        (["transfer", "no.png", "no.jpg", "-o", "x.png", "--preset", "paper", "--backbone", "builtin"], "paper"),
        (["colorize", "no.png", "no.jpg", "-o", "x.png", "--backbone", "vgg19", "--device", "cuda"], "torch"),
        (["transfer", "no.png", "no.jpg", "-o", "x.png", "--backbone", "vgg19", "--weights", "no.pth"], "torch"),
        (["explain", "no.png", "no.jpg", "-o", "x", "--slic", "scikit-image"], "paper"),
        (["sweep", "no.png", "no.jpg", "-o", "x.png", "--compare", "slic=huegraft,scikit-image"], "paper"),
        (["suggest", "no.png", ".", "--slic", "scikit-image"], "paper"),
        (["batch", ".", "-r", "no.jpg", "-o", "{stem}.png", "--backbone", "vgg19", "--device", "cuda"], "torch"),
        (["lut", "no.png", "no.jpg", "-o", "x.cube"], "lut"),
        (["serve", "--folder", "none"], "web"),
        (["evaluate", "no.toml", "-o", "x"], "bench"),
        (["evaluate", "no.toml", "-o", "x", "--markdown", "x.md"], "bench"),
    ],
)
def test_commands_say_it_before_any_file_is_read(without, arguments, extra, tmp_path, monkeypatch):
    without(*GONE)
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, arguments)
    assert isinstance(result.exception, MissingExtraError)
    assert f'pip install "huegraft[{extra}]"' in str(result.exception)
    assert list(tmp_path.iterdir()) == []


def test_only_a_page_of_markdown_needs_matplotlib(without, tmp_path, monkeypatch):
    without("matplotlib")
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, ["evaluate", "no.toml", "-o", "x", "--markdown", "x.md"])
    assert str(result.exception) == 'huegraft evaluate --markdown needs Matplotlib: pip install "huegraft[bench]"'
    assert "cannot read the plan" in str(CliRunner().invoke(app, ["evaluate", "no.toml", "-o", "x"]).exception)


def test_a_missing_decoder_is_said_before_another_picture_is_read(without, tmp_path, monkeypatch):
    without(*GONE)
    monkeypatch.setattr("huegraft.batch.job.read_picture", lambda path: pytest.fail(f"{path} was read"))
    huegraft.write_picture(tmp_path / "target.png", np.zeros((4, 4, 3), np.uint8))
    heic = Path(__file__).parent / "data" / "ramp.heic"
    arguments = ["transfer", str(tmp_path / "target.png"), str(heic), "-o", str(tmp_path / "x.png")]
    result = CliRunner().invoke(app, arguments)
    assert 'pip install "huegraft[formats]"' in str(result.exception)


def test_imports_that_fail(without):
    without("scipyy")
    with pytest.raises(MissingExtraError, match="fitting needs scipyy"), imports("lut", "fitting"):
        import scipyy.sparse  # pyright: ignore[reportMissingImports]
    with pytest.raises(ModuleNotFoundError, match="no name"), imports("lut", "fitting"):
        raise ModuleNotFoundError("no name")
    without()
    with pytest.raises(ModuleNotFoundError, match="scipyy"), imports("lut", "fitting"):  # installed, but broken
        import scipyy.sparse  # noqa: F401 # pyright: ignore[reportMissingImports]


def test_the_table_of_names_is_of_packages_that_extras_bring():
    declared = (Path(__file__).parents[1] / "pyproject.toml").read_text()
    for name in extras._NAMES.values():
        assert f'"{name.lower()}>=' in declared.lower()


def test_a_device_whose_number_there_is_none(monkeypatch):
    torch = pytest.importorskip("torch", reason="needs Torch: make torch")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert checked_device(VGG, "cuda:1") == "cuda:1"
    with pytest.raises(ArgumentError, match="'cuda:2' is asked for, but torch sees 2 CUDA devices"):
        checked_device(VGG, "cuda:2")
