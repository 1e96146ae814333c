"""Options of reading, and what the commands say of files."""

import json
import shutil

import numpy as np
import OpenEXR
import pytest
import tifffile
from PIL import Image

SMALL = ("--working-pixels", "900", "--backbone", "handcrafted")


@pytest.fixture
def floats(folder, astronaut):
    """A float TIFF from 0 to 255."""
    values = np.rint(astronaut * 255).astype(np.float32)
    values[0, 0] = 255
    tifffile.imwrite(folder / "floats.tif", values, photometric="rgb", metadata=None)
    return values


@pytest.fixture
def layers(folder, astronaut):
    """Two layers, and their depth."""
    light = (astronaut**2.2).astype(np.float16)
    layers = {"beauty": light, "AO": light[::-1]}
    channels = {
        f"{name}.{letter}": np.ascontiguousarray(values[..., at])
        for name, values in layers.items()
        for at, letter in enumerate("RGB")
    }
    channels["Z"] = np.full(light.shape[:2], 7, np.float32)
    OpenEXR.File({"type": OpenEXR.scanlineimage}, channels).write(str(folder / "layers.exr"))
    return light


COMMANDS = {
    "transfer": ("reference.png", "-o", "out.png"),
    "colorize": ("reference.png", "-o", "out.png"),
    "explain": ("reference.png", "-o", "why"),
    "lut": ("reference.png", "-o", "out.cube"),
    "sweep": ("reference.png", "-o", "sheet.png", "--strength", "0.5,1"),
    "suggest": ("pictures",),
}


@pytest.fixture
def pictures(folder):
    (folder / "pictures").mkdir()
    shutil.copy(folder / "reference.png", folder / "pictures" / "reference.png")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_that_reads_takes_a_range(run, folder, floats, pictures, command):
    code, _, err = run(command, "floats.tif", *COMMANDS[command], *SMALL)
    assert code == 1
    assert "floats.tif is not supported: its values reach 255" in err
    assert "--float-range 255" in err
    code, _, err = run(command, "floats.tif", *COMMANDS[command], *SMALL, "--float-range", "255")
    assert code == 0, err
    assert "floats.tif: its values are taken as colours from 0 to 255" in err


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_that_reads_takes_a_layer(run, folder, layers, pictures, command):
    code, _, err = run(command, "layers.exr", *COMMANDS[command], *SMALL)
    assert code == 0, err
    assert "layers.exr: its layer beauty is taken; others are AO" in err
    forced = () if command == "suggest" else ("--force",)
    code, _, err = run(command, "layers.exr", *COMMANDS[command], *SMALL, "--layer", "none", *forced)
    assert code == 2
    assert "layers.exr has no layer none; its layers are AO, beauty" in " ".join(err.split())


def test_a_layer_goes_back_beside_the_others(run, folder, layers):
    code, _, err = run("transfer", "layers.exr", "reference.png", "-o", "out.exr", "--layer", "AO", *SMALL)
    assert code == 0, err
    with OpenEXR.File(str(folder / "out.exr"), separate_channels=True) as file:
        channels = {name: np.array(each.pixels) for name, each in file.channels().items()}
    assert (channels["Z"] == 7).all()
    np.testing.assert_array_equal(channels["beauty.G"], layers[..., 1])
    assert np.abs(channels["AO.G"] - layers[::-1, :, 1].astype(float)).mean() > 0.01


@pytest.mark.parametrize("option", [("--float-range", "255"), ("--layer", "beauty")])
@pytest.mark.parametrize("command", ["transfer", "lut"])
def test_an_option_that_changes_nothing_is_refused(run, command, option):
    code, _, err = run(command, "target.png", *COMMANDS[command], *option)
    assert code == 2
    assert f"{option[0]} would change nothing: none of the pictures is" in err


@pytest.mark.parametrize("wrong", ["0", "-3", "bright", "nan", "inf"])
def test_a_range_that_is_none(run, wrong):
    code, _, err = run("transfer", "target.png", "reference.png", "-o", "out.png", f"--float-range={wrong}")
    assert code == 2
    assert 'float-range must be a number above 0 or "light"' in " ".join(err.split())


def test_a_batch_takes_all_formats_says_what_it_leaves_and_keeps_its_options(run, folder, floats, layers):
    scans = folder / "scans"
    scans.mkdir()
    for name in ("floats.tif", "layers.exr", "target.png"):
        shutil.copy(folder / name, scans / name)
    Image.open(folder / "target.png").save(scans / "photograph.avif")
    (scans / "._target.png").write_bytes(b"\0\5\x16\7")
    (scans / "notes.txt").write_text("none")
    batch = ("batch", "scans", "-r", "reference.png", "-o", "out/{stem}.png", *SMALL)
    code, _, err = run(*batch, "--float-range", "255", "--layer", "beauty", "--save-settings", "look.json")
    assert code == 0, err
    assert err.splitlines()[0] == "these are no pictures and are left out: notes.txt"
    assert err.splitlines()[-1] == "4 written, 0 done before, 0 failed"
    saved = json.loads((folder / "look.json").read_text())
    assert (saved["float_range"], saved["layer"]) == ("255", "beauty")
    _, _, err = run(*batch[: -len(SMALL)], "--settings", "look.json", "--resume")
    assert "0 written, 4 done before, 0 failed" in err
    _, _, err = run(*batch, "--resume", "--force", "--layer", "beauty", "--float-range", "light")
    assert "4 written, 0 done before, 0 failed" in err
