import hashlib

import pytest

import huegraft
from huegraft.errors import ArgumentError, WeightsError
from huegraft.weights import catalogue
from huegraft.weights.catalogue import Source, check, choose_source, find_fetched, weights_folder


def test_shipped_entries_never_claim_more_than_is_published():
    for name, sources in catalogue.catalogue().items():
        assert name in huegraft.backbone_names()
        for source in sources:
            assert source.address.startswith("https://")
            if source.sha256:
                assert f"-{source.sha256}." in source.address
            assert source.licence


def test_the_paper_s_backbone_comes_from_torchvision_first():
    assert choose_source("vgg19_bn").sha256 == "c79401a0"
    assert not choose_source("vgg19_bn", "mirror").is_verified


def test_unknown_names():
    with pytest.raises(
        ArgumentError, match="no weights are published for backbone 'handcrafted'; they are published for vgg19_bn"
    ):
        choose_source("handcrafted")
    with pytest.raises(ArgumentError, match="no source 'attic'; it has torchvision, mirror"):
        choose_source("vgg19_bn", "attic")


def test_the_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("HUEGRAFT_WEIGHTS", str(tmp_path))
    assert weights_folder() == tmp_path
    assert choose_source("vgg19").path == tmp_path / "vgg19" / "vgg19-dcbb9e9d.pth"
    monkeypatch.delenv("HUEGRAFT_WEIGHTS")
    assert weights_folder().parts[-2:] == ("huegraft", "weights")


def test_what_was_not_fetched_is_asked_for():
    with pytest.raises(WeightsError, match="run `huegraft weights pull vgg19_bn`"):
        find_fetched("vgg19_bn")
    with pytest.raises(WeightsError, match="run `huegraft weights pull vgg19_bn --source mirror`"):
        find_fetched("vgg19_bn", "mirror")


def test_fetched_weights_are_found(vgg19_bn_checkpoint, astronaut, coffee):
    place = choose_source("vgg19_bn").path
    place.parent.mkdir()
    place.write_bytes(vgg19_bn_checkpoint.read_bytes())
    assert find_fetched("vgg19_bn").path == place
    found = huegraft.transfer(astronaut, coffee, huegraft.preset("paper"), working_pixels=300)
    named = huegraft.transfer(
        astronaut, coffee, huegraft.preset("paper"), weights=str(vgg19_bn_checkpoint), working_pixels=300
    )
    assert found.image.tobytes() == named.image.tobytes()


def test_checks(tmp_path):
    path = tmp_path / "w.pth"
    path.write_bytes(b"content")
    digest = hashlib.sha256(b"content").hexdigest()
    check(Source("b", "s", "", "", 1, digest.upper()[:8]), path)
    check(Source("b", "s", "", "", 1), path)
    with pytest.raises(WeightsError, match="expected a sha256 beginning with abcd, got"):
        check(Source("b", "s", "", "", 1, "abcd"), path)
