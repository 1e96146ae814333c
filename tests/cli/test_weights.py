import hashlib

import pytest
from typer.testing import CliRunner

from huegraft.cli.main import app
from huegraft.errors import ArgumentError, WeightsError
from huegraft.weights import catalogue
from huegraft.weights.catalogue import Source


def run(*arguments):
    return CliRunner().invoke(app, ["weights", *arguments])


@pytest.fixture
def fetched(monkeypatch):
    """A catalogue of two sources of which the second is there, and has no hash."""
    digest = hashlib.sha256(b"good").hexdigest()
    first = Source("vgg19_bn", "first", "https://example.org/first.pth", "BSD", 5, digest[:8])
    second = Source("vgg19_bn", "second", "https://example.org/second.pth", "BSD", 5)
    monkeypatch.setattr(catalogue, "catalogue", lambda: {"vgg19_bn": [first, second]})
    second.path.parent.mkdir()
    second.path.write_bytes(b"good")
    return first, second


def test_list(fetched):
    lines = run("list").output.splitlines()
    assert lines[1].split()[:6] == ["vgg19_bn", "first", "BSD", "5", "published", "no"]
    assert lines[2].split()[4:6] == ["unverified", "yes"]


def test_path_and_pull_of_what_is_there(fetched):
    first, second = fetched
    assert run("path", "vgg19_bn").output.strip() == str(second.path)
    first.path.write_bytes(b"good")
    assert run("path", "vgg19_bn").output.strip() == str(first.path)
    assert run("pull", "vgg19_bn").output.strip() == str(first.path)


def test_verify(fetched):
    first, _ = fetched
    unverified = run("verify", "vgg19_bn")
    assert isinstance(unverified.exception, WeightsError)
    assert "no hash is published" in str(unverified.exception)
    first.path.write_bytes(b"good")
    assert "has the published hash" in run("verify", "vgg19_bn").output
    first.path.write_bytes(b"changed")
    assert "expected a sha256" in str(run("verify", "vgg19_bn").exception)


def test_refusals(fetched):
    assert isinstance(run("pull", "vgg19_bn", "--source", "second").exception, ArgumentError)
    assert isinstance(run("pull", "handcrafted").exception, ArgumentError)
    assert "huegraft weights pull vgg19_bn" in str(run("path", "vgg19_bn", "--source", "first").exception)
