"""Four clients at a time; `make soak` has 32."""

from clients import load
from serving import Client, serving


def test_clients_do_not_disturb_each_other(tmp_path):
    with serving(tmp_path) as (_, client):
        found = load(lambda: Client(str(client.base_url)), clients=4, changes=5, size=(120, 160))
    assert found.wrong == []
    assert len(found.seconds) == 4
    assert found.refused == 0
