"""Files that appear whole or not at all."""

import os
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def written_whole(path: Path, *, replace: bool) -> Generator[Path]:
    """Give a temporary file in the folder of `path`; when all went well it becomes `path`, else it is removed.

    Raises
    ------
    FileExistsError
        If `path` exists and `replace` is False, even when it appeared meanwhile.
    OSError
        If the folder is missing or not writable.
    """
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o666 & ~_umask())
        if replace:
            temporary.replace(path)
        else:
            os.link(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
