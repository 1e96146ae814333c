"""View: the settings that a step of the method declares, and no others."""

from collections.abc import Mapping
from typing import Any

from huegraft.errors import SettingsError


class View:
    """The settings that a step declares, each under its name. Reading another setting raises an error."""

    def __init__(self, step: str, values: Mapping[str, Any]) -> None:
        self._step, self._values = step, values

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        try:
            return self.__dict__["_values"][name]
        except KeyError:
            raise SettingsError(f"the step {self._step} reads the setting {name}, which it does not declare") from None

    @property
    def values(self) -> Mapping[str, Any]:
        """All settings of the view."""
        return self._values
