import pytest

from huegraft.errors import SettingsError
from huegraft.nodes import Choices, Source, reached, step
from huegraft.settings import Settings


@step("match", "tau")
def doubled(settings, value, plain=1):
    return 2 * value * plain + settings.tau


@step(None, "whiten", "standardize")
def curious(settings, _value):
    return settings.tau


SETTINGS = Settings().replace(tau=0.5)
ONE = Source(1, lambda: "one")


def test_a_node_is_made_of_its_arguments_and_its_settings():
    node = doubled(Choices(SETTINGS), ONE, 3)
    assert (node.stage, set(node.reads), list(node.inputs)) == ("match", {"tau"}, [ONE])
    assert node.make([1]) == 6.5


def test_keys_are_of_the_step_its_settings_and_its_arguments():
    def key(value=ONE, plain=3, **changes):
        return doubled(Choices(SETTINGS.replace(**changes)), value, plain).key

    assert key() == key(delta_s=7.0)
    others = [key(tau=0.4), key(plain=4), key(Source(1, lambda: "another")), key((ONE, ONE)), key([])]
    assert len({key(), *others}) == 6


def test_a_step_may_not_read_what_it_does_not_declare():
    with pytest.raises(SettingsError, match=r"test_nodes\.curious reads the setting tau, which it does not declare"):
        curious(Choices(SETTINGS), ONE).make([1])


def test_settings_without_effect_are_not_read():
    assert set(curious(Choices(SETTINGS), ONE).reads) == {"whiten"}
    assert set(curious(Choices(SETTINGS.replace(whiten=0.0)), ONE).reads) == {"whiten", "standardize"}


def test_choices_note_what_is_read():
    choices = Choices(SETTINGS, {"layer_weights": (1.0,), "context_layers": ()})
    assert (choices.layer_weights, choices.tau) == ((1.0,), 0.5)
    assert choices.read == {"layer_weights", "tau"}
    with pytest.raises(KeyError):
        Choices(SETTINGS.replace(context=()), {"context_layers": ()}).context_layers  # noqa: B018


def test_all_that_is_reached():
    inner = doubled(Choices(SETTINGS), ONE)
    outer = doubled(Choices(SETTINGS), [inner, ONE])
    assert set(reached(outer)) == {outer, inner, ONE}
