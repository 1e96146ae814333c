import pytest

pytest.importorskip("fastapi", reason="needs the extra web")

from serving import photograph, png, serving


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The folder that the server serves."""
    return tmp_path_factory.mktemp("served")


@pytest.fixture(scope="module")
def both(tmp_path_factory, folder):
    with serving(tmp_path_factory.mktemp("storage") / "kept", folder) as both:
        yield both


@pytest.fixture(scope="module")
def server(both):
    return both[0]


@pytest.fixture(scope="module")
def client(both):
    return both[1]


@pytest.fixture(scope="module")
def target(client):
    return client.upload(png(photograph("coffee", 60, 80)), "cup.png")


@pytest.fixture(scope="module")
def reference(client):
    return client.upload(png(photograph("astronaut", 72, 66)), "eileen.png")


@pytest.fixture
def session(client, target):
    return client.session(target)
