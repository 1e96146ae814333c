import huegraft
from huegraft.batch.store import RecentStore


def test_a_reference_is_encoded_once(astronaut, coffee):
    store, stages = RecentStore(), []
    for target in (astronaut, astronaut[::-1]):
        huegraft.transfer(target, coffee, huegraft.preset("best"), encoded_cache=store, progress=stages.append)
    plain = huegraft.transfer(astronaut, coffee, huegraft.preset("best"), encoded_cache=RecentStore()).image
    again = huegraft.transfer(astronaut, coffee, huegraft.preset("best"), encoded_cache=store).image
    assert stages.count("features") == 1 + 2 * 3  # the reference once, each target in three rounds
    assert plain.tobytes() == again.tobytes()


def test_only_the_last_few_are_kept():
    store = RecentStore()
    for number in range(9):
        store.keep(str(number), number)
        store.find("0")
    assert store.find("0") == 0
    assert store.find("1") is None
    assert store.find("8") == 8
