"""Which weights are published where, and where they lie on this machine."""

import hashlib
import os
import tomllib
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from urllib.parse import urlsplit

import platformdirs

from huegraft.errors import ArgumentError, WeightsError

FOLDER_VARIABLE = "HUEGRAFT_WEIGHTS"


@dataclass(frozen=True)
class Source:
    """One place that publishes the weights of one backbone.

    Attributes
    ----------
    backbone, source : str
        The backbone that the weights belong to, and the name of the place.
    address : str
        The address of the file.
    licence : str
        The licence that the publisher names.
    megabytes : int
        The size of the whole file.
    sha256 : str
        The published hash of the whole file, or its first digits. It is empty if no hash is published.
    """

    backbone: str
    source: str
    address: str
    licence: str
    megabytes: int
    sha256: str = ""

    @property
    def is_verified(self) -> bool:
        """Whether there is a published hash to check against."""
        return bool(self.sha256)

    @property
    def path(self) -> Path:
        """Where the file lies once it is fetched."""
        return weights_folder() / self.backbone / Path(urlsplit(self.address).path).name


def catalogue() -> dict[str, list[Source]]:
    """Return the sources of each backbone's weights. The preferred source comes first."""
    text = resources.files("huegraft.weights").joinpath("weights.toml").read_text(encoding="utf-8")
    return {name: [Source(name, **entry) for entry in entries] for name, entries in tomllib.loads(text).items()}


def choose_source(backbone: str, source: str | None = None) -> Source:
    """Return a source by name, or the preferred source.

    Raises
    ------
    ArgumentError
        If the backbone or the source is unknown.
    """
    known = catalogue()
    if backbone not in known:
        raise ArgumentError(
            f"no weights are published for backbone {backbone!r}; they are published for {', '.join(known)}"
        )
    for each in known[backbone]:
        if source in (None, each.source):
            return each
    names = ", ".join(each.source for each in known[backbone])
    raise ArgumentError(f"backbone {backbone!r} has no source {source!r}; it has {names}")


def weights_folder() -> Path:
    """Return the folder of fetched weights: the one that ``HUEGRAFT_WEIGHTS`` names, or one in the user's cache."""
    chosen = os.environ.get(FOLDER_VARIABLE)
    return Path(chosen).expanduser() if chosen else platformdirs.user_cache_path("huegraft") / "weights"


def find_fetched(backbone: str, source: str | None = None) -> Source:
    """Return the source whose file is on this machine: the named source, or the first one of the catalogue.

    Raises
    ------
    ArgumentError
        If the backbone or the source is unknown.
    WeightsError
        If there is no such file. The message names the command that fetches it.
    """
    wanted = choose_source(backbone, source)
    for each in [wanted] if source is not None else catalogue()[backbone]:
        if each.path.is_file():
            return each
    option = "" if source is None else f" --source {source}"
    raise WeightsError(
        f"the weights of backbone {backbone!r} are not here: run `huegraft weights pull {backbone}{option}`, "
        "or name a file of weights with weights= or --weights"
    )


def check(source: Source, path: Path) -> None:
    """Check a file against the published hash of its source. A source without a hash passes.

    Raises
    ------
    WeightsError
        If the hash differs, or the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise WeightsError(f"{path} cannot be read: {error}") from error
    if not found.startswith(source.sha256.lower()):
        raise WeightsError(f"{path}: expected a sha256 beginning with {source.sha256}, got {found}")
