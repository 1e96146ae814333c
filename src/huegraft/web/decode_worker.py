"""Decode worker: a process that reads the pictures of clients, with a bound on its memory.

``python -m huegraft.web.decode_worker BYTES`` reads lines of JSON and answers each by one. It ends when its input ends,
so it does not outlive the server. `huegraft.web.decoding` runs it.
"""

import json
import os
import pickle
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from huegraft.broadcast import PQ, BroadcastEncoding
from huegraft.encodings import ProfileEncoding
from huegraft.errors import HuegraftError
from huegraft.io.image import read_mask, read_picture
from huegraft.picture import Picture
from huegraft.threads import set_threads
from huegraft.web.tiles import write_levels

_THUMBNAIL = 320  # pixels of the longer side
_TOO_MUCH = "Reading this picture takes more memory than it may. Try a smaller picture."


def main() -> None:
    """Answer the lines of standard input."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a library prints goes elsewhere
    set_threads(1)
    _bound_memory(int(sys.argv[1]))
    for line in sys.stdin.buffer:
        answers.write(json.dumps(_answer(json.loads(line))) + "\n")
        answers.flush()


def _bound_memory(size: int) -> None:
    """Bound what the process may take beyond what it has. Only Linux can do this."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        now = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
        resource.setrlimit(resource.RLIMIT_AS, (now + size, now + size))


def _answer(question: dict[str, Any]) -> dict[str, Any]:
    path = Path(question["path"])
    try:
        if question["kind"] == "mask":
            with Path(question["output"]).open("wb") as file:
                np.save(file, read_mask(path))
            return {}
        return _decode(path, Path(question["folder"]))
    except MemoryError:
        return {"error": _TOO_MUCH}
    except HuegraftError as error:
        return {"error": _TOO_MUCH if _lacks_memory(error) else str(error).replace(str(path), "the picture")}
    except OSError as error:
        return {"error": f"The picture cannot be read: {error.strerror}."}


def _lacks_memory(error: BaseException | None) -> bool:
    """Tell whether an error has come of a lack of memory. Readers say then that a file is damaged."""
    while error is not None and not isinstance(error, MemoryError):
        error = error.__cause__
    return error is not None


def _decode(path: Path, folder: Path) -> dict[str, Any]:
    picture = read_picture(path)
    np.save(folder / "pixels.npy", picture.pixels)
    if picture.alpha is not None:
        np.save(folder / "alpha.npy", picture.alpha)
    with (folder / "picture.pickle").open("wb") as file:
        pickle.dump(replace(picture, pixels=picture.pixels[:0], alpha=None), file)
    write_levels(picture, folder, _THUMBNAIL)
    notes = [note.replace(str(path), "the picture").replace(path.name, "the picture") for note in picture.notes]
    return {"size": picture.size, "depth": picture.pixels.dtype.name, "profile": _profile(picture), "notes": notes}


def _profile(picture: Picture) -> str:
    encoding = picture.encoding
    if isinstance(encoding, BroadcastEncoding):
        return "pq" if encoding.transfer == PQ else "hlg"
    return "icc" if isinstance(encoding, ProfileEncoding) else "linear" if encoding.unbounded else "srgb"


if __name__ == "__main__":
    main()
