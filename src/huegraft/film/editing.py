"""Editing: the shots of an open film as Python sees them. Each change is checked and saved at once."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from huegraft.errors import ArgumentError
from huegraft.film.shot_list import Keyframe, Kind, Shot, ShotList
from huegraft.film.wording import counted


@dataclass(frozen=True)
class Editing:
    """What edits the shot list of an open film.

    Attributes
    ----------
    listed
        A function that returns the shot list as it stands.
    change
        A function that takes another shot list, checks it and saves it.
    add_reference
        A function that copies a picture into the project and returns the id of its reference, which serves only shots
        whose keyframes name it.
    """

    listed: Callable[[], ShotList]
    change: Callable[[ShotList], None]
    add_reference: Callable[[Path], str]


class Shots:
    """The shots of a film in the order of their frames.

    ``shots["s0012"]`` is the shot of an id, and ``shots[0]`` the first one.
    """

    def __init__(self, editing: Editing) -> None:
        self._editing = editing

    def __len__(self) -> int:
        return len(self._editing.listed().shots)

    def __iter__(self) -> "Iterator[FilmShot]":
        return (FilmShot(shot.id, self._editing) for shot in self._editing.listed().shots)

    def __getitem__(self, name: str | int) -> "FilmShot":
        """Return a shot by its id or by its number, counted from 0.

        Raises
        ------
        FilmError
            If there is no shot of this id.
        IndexError
            If there is no shot of this number.
        """
        listed = self._editing.listed()
        if isinstance(name, int) and not -len(listed.shots) <= name < len(listed.shots):
            raise IndexError(f"the film has {counted(len(listed.shots), 'shot')}, counted from 0; got {name}")
        return FilmShot((listed.shots[name] if isinstance(name, int) else listed.shot(name)).id, self._editing)

    def __repr__(self) -> str:
        return f"Shots({', '.join(map(repr, self))})"


class FilmShot:
    """A shot of an open film. Assigning to its attributes changes the project."""

    __slots__ = ("_editing", "_id")

    def __init__(self, name: str, editing: Editing) -> None:
        self._id, self._editing = name, editing

    @property
    def id(self) -> str:
        """The name of the shot. It never changes."""
        return self._id

    @property
    def record(self) -> Shot:
        """What the shot list says of the shot."""
        return self._editing.listed().shot(self.id)

    @property
    def frames(self) -> range:
        """The numbers of the frames of the shot. Assigning another range moves its ends.

        Raises
        ------
        FilmError
            If the film has no such frames, or another shot has some of them.
        """
        return range(self.record.start, self.record.stop)

    @frames.setter
    def frames(self, frames: range) -> None:
        if not isinstance(frames, range) or frames.step != 1:
            raise ArgumentError(f"the frames of a shot follow one another: expected range(first, stop), got {frames!r}")
        self._change(start=frames.start, stop=frames.stop)

    @property
    def kind(self) -> Kind:
        """What the shot shows: "picture", "title", "leader" or "black". Only pictures are coloured."""
        return self.record.kind

    @kind.setter
    def kind(self, kind: Kind) -> None:
        self._change(kind=kind)

    @property
    def same_as(self) -> str | None:
        """The id of a shot whose references, settings and first grade count here, too; None if there is none."""
        return self.record.same_as

    @same_as.setter
    def same_as(self, name: str | None) -> None:
        self._change(same_as=name)

    @property
    def scene(self) -> str | None:
        """What names the scene of the shot: shots of one scene are siblings. Empty if the shot has none.

        None means that siblings are looked for when the colours are computed.
        """
        return self.record.scene

    @scene.setter
    def scene(self, scene: str | None) -> None:
        self._change(scene=scene)

    @property
    def settings(self) -> Mapping[str, Any]:
        """Settings of this shot alone, by their names. Assigning others replaces all of them."""
        return MappingProxyType(dict(self.record.settings))

    @settings.setter
    def settings(self, settings: Mapping[str, Any]) -> None:
        if not isinstance(settings, Mapping):
            raise ArgumentError(
                f"settings of a shot are names and values, such as {{'tau': 0.02}}, got {settings!r:.60}"
            )
        self._change(settings=dict(settings))

    @property
    def note(self) -> str:
        """A remark for people."""
        return self.record.note

    @note.setter
    def note(self, note: str) -> None:
        self._change(note=note)

    @property
    def keyframes(self) -> "Keyframes":
        """The keyframes of the shot."""
        return Keyframes(self)

    def _change(self, **changes: Any) -> None:
        listed = self._editing.listed()
        changed = replace(listed.shot(self.id), **changes)
        shots = tuple(changed if shot.id == self.id else shot for shot in listed.shots)
        self._editing.change(replace(listed, shots=shots))

    def __repr__(self) -> str:
        return f"FilmShot({self.id!r}, {self.frames!r}, {self.kind!r})"


class Keyframes:
    """The keyframes of a shot in the order of their frames: pictures that show frames of it in colour.

    They are those that the shot names itself. If it names none, they are the film's references that show one of its
    frames, such as ``ref_000040.png``.
    """

    def __init__(self, shot: FilmShot) -> None:
        self._shot = shot

    def __len__(self) -> int:
        return len(self._keyframes())

    def __iter__(self) -> Iterator[Keyframe]:
        return iter(self._keyframes())

    def add(self, frame: int, picture: str | Path) -> None:
        """Add a keyframe. One at the same frame is replaced.

        Parameters
        ----------
        frame
            The number of the frame in the film.
        picture
            The file of the picture. It is copied into the project.

        Raises
        ------
        FilmError
            If the shot does not have the frame, or the picture cannot be copied.
        PictureFileError
            If the file is no picture.
        """
        reference = self._shot._editing.add_reference(Path(picture))
        others = [keyframe for keyframe in self._keyframes() if keyframe.frame != frame]
        self._set([*others, Keyframe(frame, reference)])

    def remove(self, frame: int) -> None:
        """Remove a keyframe that the shot names itself. References that show its frames count again after the last.

        Raises
        ------
        ArgumentError
            If the shot names no keyframe at this frame.
        """
        own = self._shot.record.keyframes
        others = [keyframe for keyframe in own if keyframe.frame != frame]
        if len(others) == len(own):
            frames = ", ".join(str(keyframe.frame) for keyframe in own)
            raise ArgumentError(f"shot {self._shot.id} names no keyframe at {frame}; it names {frames or 'none'}")
        self._set(others)

    def _keyframes(self) -> tuple[Keyframe, ...]:
        return self._shot._editing.listed().keyframes_of(self._shot.record)

    def _set(self, keyframes: list[Keyframe]) -> None:
        self._shot._change(keyframes=tuple(sorted(keyframes, key=lambda keyframe: keyframe.frame)))

    def __repr__(self) -> str:
        return f"Keyframes({', '.join(f'{each.frame}: {each.reference!r}' for each in self)})"
