"""Shot list: what a film's project says of its source, its references and its shots."""

import dataclasses
import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from huegraft.errors import FilmError, SettingsError
from huegraft.settings import Mode, Settings, preset

NAMES_IN_FILE = {"start": "in", "stop": "out"}
"""Fields of a shot that the file calls otherwise."""
Steady = Literal["motion", "none"]
"""Whether the colours of a colourised shot are averaged along the motion of what it shows (decision 027)."""
Siblings = Literal["agree", "none"]
"""Whether a shot takes its colours from what the shots of its scene take theirs from (decision 029)."""
Kind = Literal["picture", "title", "leader", "black"]
LATER = {"palette": {}, "tint": None, "pins": [], "status": None}
"""Keys that a later version gives a meaning, and the values that would change nothing."""


@dataclass(frozen=True)
class Reference:
    """A picture that lends its colours to the film.

    Attributes
    ----------
    id
        The name that keyframes use.
    path
        The file, relative to the folder of the project.
    frame
        The frame of the film that the picture shows in colour; None for any other picture.
    scope
        "film": the picture is a candidate for shots without keyframes. "shots": only shots whose keyframes name it take
        it.
    rest
        Keys that this version does not know. They are kept.
    """

    id: str
    path: str
    frame: int | None = None
    scope: Literal["film", "shots"] = "film"
    rest: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Keyframe:
    """A reference that a shot takes its colours from.

    Attributes
    ----------
    frame
        The frame of the film that the reference belongs to.
    reference
        The id of the reference.
    rest
        Keys that this version does not know. They are kept.
    """

    frame: int
    reference: str
    rest: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Ranking:
    """How the references of the film suit a shot that has no keyframes.

    Attributes
    ----------
    key
        What the ranking is known by: frames, references and settings.
    fits : mapping of str to float
        The fit of each reference by its id, in [0, 1] (decision 013).
    used : tuple of str
        The ids of the references that the shot takes its colours from.
    disagreeing : tuple of str
        The ids of references that fit as well as the best one and give other colours. They are not used, since the mean
        of different colours is grey.
    rest
        Keys that this version does not know. They are kept.
    """

    key: str
    fits: Mapping[str, float]
    used: tuple[str, ...]
    disagreeing: tuple[str, ...] = ()
    rest: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Shot:
    """A run of frames that are coloured together.

    Attributes
    ----------
    id
        The name of the shot. It never changes, whatever is merged or split.
    start, stop
        The first frame, and the frame after the last one. In the file they are named "in" and "out".
    kind
        "picture"; or "title", "leader" or "black", which are not coloured.
    keyframes : tuple of Keyframe
        The references of this shot. Without keyframes the shot takes those references of the film that show a frame of
        it, and else those that suit it best.
    same_as
        The id of a shot whose references and settings count here, too, and whose first frame decides the grade with
        which this shot begins. None if the shot stands alone.
    scene
        What names the scene that the shot shows: the id of the first shot of the scene, or a word that a person chose.
        Shots of one scene are siblings. Empty if the shot has none for good; None until siblings are looked for.
    ranking : Ranking, or None
        How the references of the film suit the shot, once they have been compared.
    settings
        Settings of this shot alone, by their names.
    track
        The key of the shot's track of colour; empty until the track is made.
    note
        A remark for people.
    rest
        Keys that this version does not use. They are kept. ``into`` records how the shot goes into the next one, if not
        by a cut: ``{"dissolve": 24}`` or ``{"fade": 40}``, in frames. The shot ends in the middle of a dissolve, and of
        the black of a fade.
    """

    id: str
    start: int
    stop: int
    kind: Kind = "picture"
    keyframes: tuple[Keyframe, ...] = ()
    same_as: str | None = None
    scene: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    ranking: Ranking | None = None
    track: str = ""
    note: str = ""
    rest: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ShotList:
    """What a project says, apart from the tracks.

    Attributes
    ----------
    mode
        "colorize" or "transfer".
    source : mapping
        Where the film is, and by what its index is known.
    references : tuple of Reference
        All references of the film.
    settings : mapping
        The name of a preset under "preset", and settings that differ from it, by their names. "steady" and
        "siblings" are of films alone: "motion" or "none", and "agree" or "none".
    shots : tuple of Shot
        The shots in the order of their frames. Frames of no shot keep the colours they have.
    reading : mapping
        What the code values of the source stand for, for people to read.
    rest
        Keys that this version does not use. They are kept.
    """

    mode: Mode
    source: Mapping[str, Any]
    references: tuple[Reference, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    shots: tuple[Shot, ...] = ()
    reading: Mapping[str, Any] = field(default_factory=dict)
    rest: Mapping[str, Any] = field(default_factory=dict)

    def settings_of(self, shot: Shot | None = None) -> Settings:
        """Return the settings of a shot, or of the film: the preset, the film's own settings, then the shot's.

        Between the film's and the shot's own stand those of the shot that it is the same as.

        Raises
        ------
        FilmError
            If a setting is unknown or out of range.
        """
        changes = self._chosen(shot)
        for name in ("steady", "siblings"):
            changes.pop(name, None)
        try:
            return preset(changes.pop("preset", "best")).replace(**changes)
        except (SettingsError, TypeError) as error:
            raise FilmError(f"the settings of {_whose(shot)} are wrong: {error}") from error

    def steady_of(self, shot: Shot | None = None) -> Steady:
        """Return whether the colours of a shot, or of the film, are averaged along the motion.

        Raises
        ------
        FilmError
            If the setting is neither "motion" nor "none".
        """
        steady = self._chosen(shot).get("steady", "motion")
        if steady not in get_args(Steady):
            raise FilmError(f"the settings of {_whose(shot)} are wrong: steady must be motion or none, got {steady!r}")
        return steady

    def siblings_setting(self, shot: Shot | None = None) -> Siblings:
        """Return whether a shot, or the film, takes colours as siblings do.

        Raises
        ------
        FilmError
            If the setting is neither "agree" nor "none".
        """
        siblings = self._chosen(shot).get("siblings", "agree")
        if siblings not in get_args(Siblings):
            raise FilmError(
                f"the settings of {_whose(shot)} are wrong: siblings must be agree or none, got {siblings!r}"
            )
        return siblings

    def siblings_of(self, shot: Shot) -> tuple[Shot, ...]:
        """Return the shots of a shot's scene, itself among them, in the order of their frames.

        Those that are the same as another shot take their colours from that one, and are no siblings.
        """
        if not self._has_siblings(shot):
            return (shot,)
        return tuple(each for each in self.shots if each.scene == shot.scene and self._has_siblings(each))

    def _has_siblings(self, shot: Shot) -> bool:
        stands_alone = not shot.scene or shot.kind != "picture" or shot.same_as is not None
        return not stands_alone and self.siblings_setting(shot) == "agree"

    def scenes(self) -> dict[str, list[str]]:
        """Return the ids of the shots of each scene that has several."""
        found = {shot.scene: self.siblings_of(shot) for shot in self.shots if self._has_siblings(shot)}
        return {str(scene): [each.id for each in shots] for scene, shots in found.items() if len(shots) > 1}

    def _chosen(self, shot: Shot | None) -> dict[str, Any]:
        """Return the settings of a shot, or of the film, by their names."""
        changes = dict(self.settings)
        for each in () if shot is None else reversed(self.likes_of(shot)):
            changes |= each.settings
        return changes

    def likes_of(self, shot: Shot) -> tuple[Shot, ...]:
        """Return a shot, the shot that it is the same as, the shot that this one is the same as, and so on.

        Raises
        ------
        FilmError
            If there is no such shot, or a shot would be the same as itself.
        """
        likes = [shot]
        while likes[-1].same_as is not None:
            other = self.shot(likes[-1].same_as)
            if any(other.id == each.id for each in likes):
                raise FilmError(f'shot {shot.id}: "same_as" leads from {other.id} back to {other.id}')
            likes.append(other)
        return tuple(likes)

    def candidates(self) -> tuple[Reference, ...]:
        """Return the references that shots without keyframes choose from."""
        return tuple(reference for reference in self.references if reference.scope == "film")

    def keyframes_of(self, shot: Shot) -> tuple[Keyframe, ...]:
        """Return the keyframes of a shot in the order of their frames: its own, or else frames that references show.

        Of several references that show one frame the last one counts: it is the correction of the others.
        """
        shown = {
            each.frame: Keyframe(each.frame, each.id)
            for each in self.candidates()
            if each.frame is not None and shot.start <= each.frame < shot.stop
        }
        return tuple(sorted(shot.keyframes or shown.values(), key=lambda keyframe: keyframe.frame))

    def reference(self, name: str) -> Reference:
        """Return a reference by its id. There is one."""
        return next(each for each in self.references if each.id == name)

    def shot(self, name: str) -> Shot:
        """Return a shot by its id.

        Raises
        ------
        FilmError
            If there is no such shot.
        """
        for shot in self.shots:
            if shot.id == name:
                return shot
        raise FilmError(f"there is no shot {name}; there are {named([shot.id for shot in self.shots])}")

    def not_used_yet(self) -> Iterator[str]:
        """Yield a line for each value that a later version gives a meaning, and that changes nothing now."""
        for where, rest in [("the film", self.rest), *((f"shot {shot.id}", shot.rest) for shot in self.shots)]:
            for key, nothing in LATER.items():
                if rest.get(key, nothing) not in (nothing, None, ""):
                    yield f"{where}: {key!r} is kept and not used yet"
        known = [NAMES_IN_FILE.get(entry.name, entry.name) for entry in dataclasses.fields(Shot)]
        for shot in self.shots:
            for key in shot.rest:
                near = [] if key in (*LATER, "into") else difflib.get_close_matches(key, known, 1, 0.8)
                if near:
                    yield f"shot {shot.id}: {key!r} is kept and means nothing; did you mean {near[0]!r}?"


def check_shot_list(shots: ShotList) -> None:
    """Raise FilmError unless a shot list can be followed."""
    if shots.mode not in get_args(Mode):
        raise FilmError(f'"mode" must be "transfer" or "colorize", got {shots.mode!r}')
    if not isinstance(shots.source.get("path"), str):
        raise FilmError('"source" must hold the "path" of the film')
    shots.settings_of()
    shots.steady_of()
    shots.siblings_setting()
    known = [reference.id for reference in shots.references]
    _check_unique("reference", known)
    _check_unique("shot", [shot.id for shot in shots.shots])
    for reference in shots.references:
        if reference.scope not in ("film", "shots"):
            raise FilmError(f'reference {reference.id}: "scope" must be "film" or "shots", got {reference.scope!r}')
    frames, end = shots.source.get("frames", 0), 0
    for shot in shots.shots:
        if not (_is_frame(shot.start) and _is_frame(shot.stop) and end <= shot.start < shot.stop <= frames):
            raise FilmError(
                f'shot {shot.id}: expected {end} <= "in" < "out" <= {frames}, since shots lie in order and do not '
                f"overlap; got {shot.start} and {shot.stop}"
            )
        end = shot.stop
        if not (shot.scene is None or isinstance(shot.scene, str)):
            raise FilmError(f'shot {shot.id}: "scene" must be a word or null, got {shot.scene!r}')
        if shot.kind not in get_args(Kind):
            raise FilmError(f'shot {shot.id}: "kind" must be one of {", ".join(get_args(Kind))}, got {shot.kind!r}')
        for keyframe in shot.keyframes:
            if not (_is_frame(keyframe.frame) and shot.start <= keyframe.frame < shot.stop):
                raise FilmError(
                    f"shot {shot.id} has frames {shot.start} to {shot.stop - 1}, and a keyframe at {keyframe.frame!r}; "
                    "move the keyframe to the shot that has its frame"
                )
            if keyframe.reference not in known:
                raise FilmError(f"shot {shot.id} names reference {keyframe.reference!r}; there are {named(known)}")
        frames_named = [keyframe.frame for keyframe in shot.keyframes]
        if len(set(frames_named)) < len(frames_named):
            raise FilmError(f"shot {shot.id} has two keyframes at one frame; leave one out")
        _check_into(shot)
        shots.settings_of(shot)
        shots.steady_of(shot)


def _whose(shot: Shot | None) -> str:
    return "the film" if shot is None else f"shot {shot.id}"


def _check_into(shot: Shot) -> None:
    """Raise FilmError unless what a shot says of its way into the next one can be."""
    into = shot.rest.get("into")
    if into is None or into == {}:
        return
    frames = list(into.values()) if isinstance(into, dict) else []
    if not frames or not all(_is_frame(each) and 0 < each <= 2 * (shot.stop - shot.start) for each in frames):
        raise FilmError(
            f'shot {shot.id}: "into" must be such as {{"dissolve": 24}}, in frames, half of which the shot has; '
            f"got {into!r:.60}"
        )


def named(names: Sequence[str]) -> str:
    """Return names as text, the middle of a long list left out."""
    if len(names) > 8:
        names = [*names[:4], "…", *names[-2:]]
    return ", ".join(names) or "none"


def _check_unique(kind: str, names: Sequence[str]) -> None:
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise FilmError(f"{kind} {named(sorted(twice))} is there twice")


def _is_frame(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
