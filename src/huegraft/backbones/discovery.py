"""The search for backbones that nothing has registered, in installed packages and in named modules.

A process that a batch starts knows nothing of what was registered in its parent. It finds an entry point of the group
``huegraft.backbones``, named as the backbone, and the modules that the environment variable ``HUEGRAFT_BACKBONES``
names, with commas between. Importing either registers the backbone. Settings name no modules: a settings file from
elsewhere must not make huegraft import what it says.
"""

import os
from collections.abc import Container
from importlib import import_module
from typing import TYPE_CHECKING

from huegraft.errors import BackboneError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "huegraft.backbones"
VARIABLE = "HUEGRAFT_BACKBONES"


def import_backbone(name: str, registry: Container[str]) -> None:
    """Import the entry point of a backbone's name, or else the modules that the variable names.

    Raises
    ------
    BackboneError
        If the entry point or a module cannot be imported, or if the entry point does not register its name.
    """
    point = next((point for point in _entry_points() if point.name == name), None)
    if point is None:
        _import_named()
        return
    try:
        point.load()
    except Exception as error:
        raise BackboneError(
            f"the entry point {name!r} of the group {GROUP} cannot load {point.value!r}, which should register the "
            f"backbone ({_described(error)}); mend the package that offers it, or uninstall it"
        ) from error
    if name not in registry:
        raise BackboneError(
            f"the entry point {name!r} of the group {GROUP} loads {point.value!r}, which registers no backbone "
            f"{name!r}; importing it must call huegraft.register_backbone({name!r}, ...)"
        )


def offered_names() -> set[str]:
    """Return the names of entry points, without loading them, and import the modules that the variable names.

    Raises
    ------
    BackboneError
        If one of these modules cannot be imported.
    """
    _import_named()
    return {point.name for point in _entry_points()}


def advice() -> str:
    """Say how a user's own backbone is found, and which modules were searched."""
    modules = ", ".join(_named_modules())
    looked = f", which now names {modules}, where no such name is registered" if modules else ""
    return (
        f"others are found by an installed package's entry point of the group {GROUP}, or in modules that register "
        f"them and that the variable {VARIABLE} names{looked}"
    )


def _import_named() -> None:
    for module in _named_modules():
        try:
            import_module(module)
        except Exception as error:
            raise BackboneError(
                f"the variable {VARIABLE} names {module!r}, which cannot be imported ({_described(error)}); it should "
                "name modules that call huegraft.register_backbone, with commas between, on Python's path (PYTHONPATH)"
            ) from error


def _named_modules() -> list[str]:
    return [module.strip() for module in os.environ.get(VARIABLE, "").split(",") if module.strip()]


def _entry_points() -> "tuple[EntryPoint, ...]":
    from importlib.metadata import entry_points  # here: it takes some hundredths of a second to load and to look

    return tuple(entry_points(group=GROUP))


def _described(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
