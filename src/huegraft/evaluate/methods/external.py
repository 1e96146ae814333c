"""Methods that are programs in environments of their own."""

import hashlib
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from huegraft.errors import EvaluationError
from huegraft.evaluate.methods.interface import MethodResult, digest_of_files
from huegraft.evaluate.pairs import Pair, eight_bits
from huegraft.io.image import read_picture, write_picture
from huegraft.settings import Mode

_LONGEST = 600


@dataclass(frozen=True)
class ExternalMethod:
    """A command that reads two pictures and writes one.

    Attributes
    ----------
    command
        The program and its arguments. {target}, {reference} and {output} in them stand for 8-bit PNG files.
    folder
        The folder that the program runs in. A change of any file in the folder makes the results anew.
    modes
        The modes that the method has.
    """

    command: list[str]
    folder: str
    modes: list[Mode] = field(default_factory=lambda: ["transfer"])

    @property
    def version(self) -> str:
        """The digest of the names and contents in the folder. Hidden folders, such as an environment, do not count."""
        folder = Path(self.folder)
        files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
        own = [path for path in files if not any(part.startswith(".") for part in path.relative_to(folder).parts)]
        names = hashlib.sha256("\n".join(str(path.relative_to(folder)) for path in own).encode()).hexdigest()
        return f"{digest_of_files(own)} {names[:12]}"

    @property
    def settings(self) -> dict[str, Any]:
        """The command."""
        return {"command": self.command}

    def __call__(self, frames: Sequence[Pair]) -> list[MethodResult]:
        """Run the command on each frame.

        Raises
        ------
        EvaluationError
            If the command cannot be run, fails, takes longer than ten minutes, or writes no picture of the target's
            size.
        """
        return [self._recolored(frame) for frame in frames]

    def _recolored(self, frame: Pair) -> MethodResult:
        with tempfile.TemporaryDirectory() as name:
            files = {role: str(Path(name) / f"{role}.png") for role in ("target", "reference", "output")}
            write_picture(files["target"], frame.target)
            write_picture(files["reference"], frame.reference)
            arguments = [_filled(part, files) for part in self.command]
            try:
                done = subprocess.run(  # noqa: S603
                    arguments, cwd=self.folder, capture_output=True, text=True, errors="replace", timeout=_LONGEST
                )
            except (OSError, subprocess.TimeoutExpired) as error:
                raise EvaluationError(f"cannot run {arguments[0]}: {error}") from error
            if done.returncode:
                last = (done.stderr.strip().splitlines() or ["no message"])[-1]
                raise EvaluationError(f"{arguments[0]} ended with {done.returncode}: {last}")
            image = read_picture(files["output"]).as_float()
        if image.shape != frame.target.shape:
            raise EvaluationError(f"{arguments[0]} wrote {image.shape[:2]} pixels for {frame.target.shape[:2]}")
        return MethodResult(eight_bits(image))


def _filled(part: str, files: dict[str, str]) -> str:
    for role, path in files.items():
        part = part.replace(f"{{{role}}}", path)
    return part
