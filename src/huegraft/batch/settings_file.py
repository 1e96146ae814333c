"""Settings files: with the pictures, they hold everything that a run needs to give the same bytes again."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from huegraft import __version__
from huegraft.batch.inputs import Inputs
from huegraft.errors import SettingsFileError
from huegraft.io.atomic import written_whole
from huegraft.settings import Mode, Settings

_LARGEST = 2**20  # bytes: a settings file has three thousand
_NOT_JSON = "it is no JSON file as --save-settings writes it"


@dataclass(frozen=True)
class SavedSettings:
    """The content of a settings file. Paths of masks are relative to the current folder.

    Attributes
    ----------
    version : str
        The version of huegraft. Only the same version promises the same bytes.
    """

    mode: Mode
    settings: Settings
    inputs: Inputs
    version: str = __version__


def save_settings(path: str | Path, mode: Mode, settings: Settings, inputs: Inputs, *, replace: bool = False) -> None:
    """Write a settings file as JSON, whole or not at all. Paths of masks become relative to the file.

    Raises
    ------
    SettingsFileError
        If the file exists and `replace` is False, or cannot be written.
    """
    path = Path(path)
    content = {"huegraft": __version__, "mode": mode, "settings": settings.to_dict()}
    content |= {name: value for name, value in vars(inputs.relative_to(path.parent.absolute())).items() if value}
    try:
        with written_whole(path, replace=replace) as temporary:
            temporary.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    except FileExistsError as error:
        raise SettingsFileError(f"{path} exists; choose another name, or --force to replace it") from error
    except OSError as error:
        raise SettingsFileError(f"cannot write {path}: {error}") from error


def load_settings(path: str | Path) -> SavedSettings:
    """Read a settings file. Settings that it does not name have their defaults.

    Raises
    ------
    SettingsFileError
        If the file is missing or no settings file, or if it holds unknown settings or values out of range.
    """
    path = Path(path)
    try:
        content = _content(path)
        settings = Settings().replace(**_flat(content["settings"]))
        inputs = Inputs.of(content).below(path.parent)
    except (ValueError, TypeError, AttributeError, RecursionError) as error:  # a setting, a region or a pin is wrong
        raise SettingsFileError(f"{path} is no valid settings file: {error}") from error
    return SavedSettings(content["mode"], settings, inputs, str(content["huegraft"]))


def _content(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > _LARGEST:
            raise SettingsFileError(f"{path} is too large to be a settings file")
        text = path.read_text(encoding="utf-8")
    except SettingsFileError:
        raise
    except FileNotFoundError as error:
        raise SettingsFileError(f"cannot read {path}: there is no such file") from error
    except OSError as error:
        raise SettingsFileError(f"cannot read {path}: {error}") from error
    except UnicodeDecodeError as error:
        raise ValueError(_NOT_JSON) from error
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"{_NOT_JSON} ({error})") from error
    if not isinstance(content, dict) or not {"huegraft", "mode", "settings"} <= set(content):
        raise ValueError("it lacks huegraft, mode or settings")
    if content["mode"] not in get_args(Mode):
        raise ValueError(f"the mode {content['mode']!r} is unknown")
    return content


def _flat(groups: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    return {name: value for group in groups.values() for name, value in group.items()}
