"""Which weights are published where, and where they lie on this machine."""

import hashlib
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from urllib.parse import urlsplit

import platformdirs
from safetensors import SafetensorError, safe_open

from huegraft.errors import ArgumentError, WeightsError

FOLDER_VARIABLE = "HUEGRAFT_WEIGHTS"


@dataclass(frozen=True)
class Source:
    """One place that publishes the weights of one backbone.

    Attributes
    ----------
    backbone, source : str
        Whose weights they are, and the name of the place.
    address : str
        Address of the file.
    licence : str
        What the publisher says.
    megabytes : int
        Size of the whole file.
    sha256 : str
        The published hash of the whole file, or its first digits; empty if none is published.
    tensors : mapping of name to sha256
        Published hashes of the tensors needed; with them only their bytes are fetched.
    """

    backbone: str
    source: str
    address: str
    licence: str
    megabytes: int
    sha256: str = ""
    tensors: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_verified(self) -> bool:
        """Whether there is a published hash to check against."""
        return bool(self.sha256 or self.tensors)

    @property
    def path(self) -> Path:
        """Where the file lies once it is fetched."""
        name = Path(urlsplit(self.address).path).name
        return weights_folder() / self.backbone / (f"{self.source}-parts.safetensors" if self.tensors else name)


def catalogue() -> dict[str, list[Source]]:
    """Return the sources of each backbone's weights, the one to prefer first."""
    text = resources.files("huegraft.weights").joinpath("weights.toml").read_text(encoding="utf-8")
    return {name: [Source(name, **entry) for entry in entries] for name, entries in tomllib.loads(text).items()}


def choose_source(backbone: str, source: str | None = None) -> Source:
    """Return a source by name, or the one to prefer.

    Raises
    ------
    ArgumentError
        If the backbone or the source is unknown.
    """
    known = catalogue()
    if backbone not in known:
        raise ArgumentError(f"no weights are published for backbone {backbone!r}; there are for {', '.join(known)}")
    for each in known[backbone]:
        if source in (None, each.source):
            return each
    names = ", ".join(each.source for each in known[backbone])
    raise ArgumentError(f"backbone {backbone!r} has no source {source!r}; it has {names}")


def weights_folder() -> Path:
    """Return the folder of fetched weights: that of ``HUEGRAFT_WEIGHTS``, or one in the user's cache."""
    chosen = os.environ.get(FOLDER_VARIABLE)
    return Path(chosen).expanduser() if chosen else platformdirs.user_cache_path("huegraft") / "weights"


def find_fetched(backbone: str, source: str | None = None) -> Source:
    """Return the source whose file is on this machine: the one named, or the first in the catalogue's order.

    Raises
    ------
    ArgumentError
        If the backbone or the source is unknown.
    WeightsError
        If there is no such file; the message says which command gets it.
    """
    wanted = choose_source(backbone, source)
    for each in [wanted] if source is not None else catalogue()[backbone]:
        if each.path.is_file():
            return each
    option = "" if source is None else f" --source {source}"
    raise WeightsError(
        f"the weights of backbone {backbone!r} are not here: run `huegraft weights pull {backbone}{option}`, "
        "or name a file of them with weights= or --weights"
    )


def check(source: Source, path: Path) -> None:
    """Check a file against the published hashes of its source; one without any passes.

    Raises
    ------
    WeightsError
        If a hash differs, or the file cannot be read.
    """
    if source.tensors:
        _check_tensors(source, path)
        return
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise WeightsError(f"{path} cannot be read: {error}") from error
    if not found.startswith(source.sha256.lower()):
        raise WeightsError(f"{path}: expected a sha256 beginning with {source.sha256}, got {found}")


def _check_tensors(source: Source, path: Path) -> None:
    try:
        with safe_open(path, framework="numpy") as file:
            missing = source.tensors.keys() - set(file.keys())
            found = {name: file.get_tensor(name).tobytes() for name in source.tensors if name not in missing}
    except (OSError, SafetensorError) as error:
        raise WeightsError(f"{path} is damaged: {error}") from error
    if missing:
        raise WeightsError(f"{path} lacks the tensor {min(missing)!r}")
    for name, content in found.items():
        check_bytes(name, content, source.tensors[name])


def check_bytes(name: str, content: bytes, sha256: str) -> None:
    """Raise a WeightsError if a tensor's bytes do not have the published hash."""
    found = hashlib.sha256(content).hexdigest()
    if found != sha256.lower():
        raise WeightsError(f"tensor {name!r}: expected sha256 {sha256}, got {found}")
