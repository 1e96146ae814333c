"""Fetch published weights. A fetch goes on where a former try stopped. A file is checked, then moved into place."""

import os
import urllib.error
import urllib.request
from collections.abc import Callable
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import Any, cast

from filelock import FileLock

from huegraft.errors import ArgumentError, WeightsError
from huegraft.weights.catalogue import Source, check

OFFLINE_VARIABLE = "HUEGRAFT_OFFLINE"
_TIMEOUT = 30.0
_BLOCK = 2**20
_LARGEST = 2 * 2**30
_WRONG_RANGE = 416

BytesProgress = Callable[[int, int | None], None]


def pull(source: Source, *, allow_unverified: bool = False, progress: BytesProgress | None = None) -> Path:
    """Fetch the weights of a source, unless they are there already and sound, and return their path.

    Several processes may pull at once. The first one fetches, and the others wait for it.

    Parameters
    ----------
    source
        The source of the weights.
    allow_unverified
        Whether a file without a published hash is taken.
    progress
        A function that is called with the number of bytes so far, and with the final number if it is known.

    Raises
    ------
    ArgumentError
        If no hash is published and `allow_unverified` is False.
    WeightsError
        If offline mode is on, the address cannot be read, the transfer is cut off, or a hash differs.
    """
    if not source.is_verified and not allow_unverified:
        raise ArgumentError(
            f"no hash is published for {source.address}, so the file could not be checked; "
            "--allow-unverified takes the file all the same"
        )
    path = source.path
    if _is_sound(source, path):
        return path
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(f"{path}.lock")
        lock.acquire()
    except OSError as error:
        raise WeightsError(f"cannot write the folder of weights {path.parent}: {error}") from error
    try:
        if not _is_sound(source, path):  # another process may have fetched it meanwhile
            _fetch(source, path, progress or (lambda done, total: None))
    except WeightsError:
        raise
    except (HTTPException, OSError) as error:
        raise WeightsError(f"cannot fetch {source.address}: {error}") from error
    finally:
        lock.release()
    return path


def _is_sound(source: Source, path: Path) -> bool:
    try:
        check(source, path)
    except WeightsError:
        return False
    return True


def _fetch(source: Source, path: Path, progress: BytesProgress) -> None:
    if os.environ.get(OFFLINE_VARIABLE, "").lower() not in ("", "0", "false", "no", "off"):
        raise WeightsError(f"{path} is not there, and {OFFLINE_VARIABLE} forbids to fetch {source.address}")
    partial = path.with_name(f"{path.name}.part")
    resumed = partial.is_file() and partial.stat().st_size > 0
    if not (resumed and source.sha256 and _is_sound(source, partial)):
        _fetch_whole(source.address, partial, progress)
    if resumed and not _is_sound(source, partial):  # the part may be an older file's
        partial.unlink()
        _fetch_whole(source.address, partial, progress)
    try:
        check(source, partial)
    except WeightsError:
        partial.unlink()
        raise
    partial.replace(path)


def _fetch_whole(address: str, partial: Path, progress: BytesProgress) -> None:
    """Append the missing bytes to the part that is there, or begin anew if the server cannot continue."""
    done = partial.stat().st_size if partial.is_file() else 0
    try:
        response = open_address(address, f"bytes={done}-" if done else None)
    except urllib.error.HTTPError as error:
        if error.code != _WRONG_RANGE:
            raise
        partial.unlink()  # longer than the file
        return _fetch_whole(address, partial, progress)
    with response:
        continues = response.status == 206 and (response.headers["Content-Range"] or "").startswith(f"bytes {done}-")
        done = done if continues else 0
        length = response.headers["Content-Length"]
        total = done + int(length) if length is not None and length.isdigit() else None
        if (total or 0) > _LARGEST:
            raise WeightsError(f"{address} claims {total} bytes; files of weights have at most {_LARGEST}")
        with partial.open("ab" if continues else "wb") as file:
            while block := response.read(_BLOCK):
                file.write(block)
                done += len(block)
                progress(done, total)
                if done > (total or _LARGEST):
                    raise WeightsError(f"{address} sends more than {total or _LARGEST} bytes")
    if total is not None and done < total:
        raise WeightsError(f"{address} was cut off after {done} of {total} bytes; the same command goes on from there")
    return None


def open_address(address: str, byte_range: str | None = None) -> HTTPResponse:
    """Open an address, optionally for a range of bytes. Redirects may not leave https."""
    request = urllib.request.Request(address, headers={"User-Agent": "huegraft"})  # noqa: S310 (the catalogue's)
    if byte_range is not None:
        request.add_header("Range", byte_range)
    return cast("HTTPResponse", _OPENER.open(request, timeout=_TIMEOUT))


class _SecureRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self, req: urllib.request.Request, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        if req.full_url.startswith("https:") and not newurl.startswith("https:"):
            raise WeightsError(f"{req.full_url} redirects to the insecure {newurl}")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


_OPENER = urllib.request.build_opener(_SecureRedirects)
