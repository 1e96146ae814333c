"""Report: what a film's project says of the film, its shots and their colours. Siblings are compared for it."""

import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from huegraft.errors import FilmError, PictureFileError
from huegraft.film.choices import Choices
from huegraft.film.film import Film
from huegraft.film.labels import first_timecode
from huegraft.film.lightness import Shift, shift_of, told_shift
from huegraft.film.opening import opened_source
from huegraft.film.shot_jobs import ShotJob
from huegraft.film.shot_list import Shot
from huegraft.film.shown import Shown, colored, shown_frame
from huegraft.film.siblings import DISAGREEING, alike_frames, apart
from huegraft.film.source import Source
from huegraft.film.sureness import some_frames, sureness_of
from huegraft.film.timecode import timecode_after
from huegraft.film.wanted import Candidate, Wanted, wanted_frames
from huegraft.film.wording import counted
from huegraft.io.image import read_picture
from huegraft.session import Session
from huegraft.types import FloatPicture

SCHEMA = 1
Told = Callable[[int, int, str], None]
"""Told how many shots are done, of how many, and the id of the next one."""


@dataclass(frozen=True)
class Report:
    """A report.

    Attributes
    ----------
    content
        What is told, by stable names, as JSON has it (docs/guide_film.md).
    frames : mapping of str to list of Shown
        The pictures of the shots, by their ids: of the first, the middle and the last frame.
    wanted : list of Shown
        The pictures of the frames that would help most.
    disagreeing : list of (Shown, Shown)
        The pictures of the frames of siblings that do not agree.
    references : mapping of str to str
        The pictures of the references, by their ids.
    """

    content: Mapping[str, Any]
    frames: Mapping[str, Sequence[Shown]] = field(default_factory=dict)
    wanted: Sequence[Shown] = ()
    disagreeing: Sequence[tuple[Shown, Shown]] = ()
    references: Mapping[str, str] = field(default_factory=dict)


def film_report(
    film: Film,
    shots: Sequence[Shot] | None = None,
    *,
    drawn: Callable[[FloatPicture], str] | None = None,
    told: Told = lambda *_: None,
) -> Report:
    """Return what is known of a film and of its shots, by default of all.

    Parameters
    ----------
    film
        The film. Its project stays as it is.
    shots
        The shots that are told of.
    drawn
        What makes the data of a picture. Without it there are no pictures.
    told
        A function that is called with the shots that are done, of how many, and the id of the next one.

    Raises
    ------
    FilmError
        If frames or tracks cannot be read.
    """
    return _Reporter(film, drawn, told).report(film.listed.shots if shots is None else shots)


class _Reporter:
    """Tells of one film."""

    def __init__(self, film: Film, drawn: Callable[[FloatPicture], str] | None, told: Told) -> None:
        self._film, self._drawn, self._told = film, drawn, told
        self._choices = Choices(film.source, film.project, film.listed)
        self._timecode = _timecode_of(film.source)
        self._candidates: dict[str, Candidate] = {}
        self._frames: dict[str, list[Shown]] = {}

    def report(self, shots: Sequence[Shot]) -> Report:
        told: list[dict[str, Any]] = []
        for shot in shots:
            self._told(len(told), len(shots), shot.id)
            told.append(self._shot(shot))
        wanted = wanted_frames(self._film.source, self._with_followers())
        content = {"schema": SCHEMA, "film": self._film_facts(), "notes": list(self._film.notes())}
        content |= {"references": self._references(), "wanted": [self._wanted(each) for each in wanted]}
        pictures = {shot.id: self._frames[shot.id] for shot in shots} if self._drawn else {}
        frames = [shown for each in wanted for shown in self._shown_frame(each.shot, each.frame)]
        siblings, disagreeing = self._siblings(told)
        content |= {"siblings": siblings, "shots": told}
        return Report(content, pictures, frames, disagreeing, self._drawn_references())

    def _film_facts(self) -> dict[str, Any]:
        shots = self._film.listed
        facts = {**self._film.facts(), "project": str(self._film.project.folder), "mode": shots.mode}
        return facts | {"settings": dict(shots.settings), "timecode": self._timecode}

    def _references(self) -> list[dict[str, Any]]:
        return [
            {"id": each.id, "file": Path(each.path).name, "frame": each.frame, "scope": each.scope}
            for each in self._film.listed.references
        ]

    def _shot(self, shot: Shot) -> dict[str, Any]:
        """Return what is known of a shot; its pictures and what is searched for wanted frames are kept aside."""
        content: dict[str, Any] = {"id": shot.id, "in": shot.start, "out": shot.stop}
        content |= {"timecode_in": self._at(shot.start), "timecode_out": self._at(shot.stop), "kind": shot.kind}
        job, state = self._job(shot)
        content |= {"state": state, "same_as": shot.same_as, "scene": shot.scene, "references": self._used(shot)}
        content |= {"notes": list(self._choices.notes([shot])), "settings": self._own_settings(shot), "note": shot.note}
        content |= {"confidence": None, "lightness_shift": None}
        if job is not None:
            mode, keyframes = job.work.mode, self._keyframes(shot)
            sureness = sureness_of(job.path, mode, shot.start, keyframes)
            self._candidates[shot.id] = Candidate(job, sureness, keyframes)
            content["confidence"] = {
                "mean": round(sureness.mean(sureness.confidence), 4),
                "low": None if sureness.low is None else round(sureness.mean(sureness.low), 4),
                "frames": sureness.numbers.tolist(),
                "means": np.round(sureness.confidence, 4).tolist(),
            }
        shifts = self._read_frames(shot, job)
        if shifts:
            content["lightness_shift"] = told_shift(shifts)
        return content

    def _job(self, shot: Shot) -> tuple[ShotJob | None, str]:
        """Return how a shot was computed, and its state."""
        if shot.kind != "picture":
            return None, "not coloured"
        try:
            self._choices.computed(shot)
        except FilmError:
            return None, "not computed"
        return self._choices.job(shot), "computed"

    def _used(self, shot: Shot) -> list[dict[str, Any]]:
        """Return the references of a shot, and why they are taken or left."""
        basis = self._choices.basis(shot)
        if basis.keyframes:
            why = "keyframe" if basis.own else "sibling"
            return [
                {"id": key.reference, "why": why, "frame": key.frame, "of": each.id, "used": True}
                for each, key in basis.keyframes
            ]
        ranking = self._choices.ranking(basis.ranked)
        if ranking is None:
            return []
        return [
            {"id": name, "why": "ranking", "fit": fit, "of": basis.ranked.id, "used": name in ranking.used}
            | {"disagrees": name in ranking.disagreeing}
            for name, fit in ranking.fits.items()
        ]

    def _keyframes(self, shot: Shot) -> tuple[int, ...]:
        basis = self._choices.basis(shot)
        return tuple(key.frame for _, key in basis.keyframes) if basis.own else ()

    def _own_settings(self, shot: Shot) -> dict[str, Any]:
        """Return the settings of a shot that the film has not, those of shots that it is the same as among them."""
        own: dict[str, Any] = {}
        for each in reversed(self._film.listed.likes_of(shot)):
            own |= each.settings
        return {name: value for name, value in own.items() if self._film.listed.settings.get(name, ...) != value}

    def _with_followers(self) -> dict[str, Candidate]:
        """Return the candidates with the shots that take their references: those that are the same, and siblings."""
        followers: dict[str, list[str]] = {name: [] for name in self._candidates}
        for name in self._candidates:
            for each in self._film.listed.likes_of(self._film.listed.shot(name)):
                if each.id != name and each.id in followers:
                    followers[each.id].append(name)
                if self._film.listed.keyframes_of(each):
                    break
            else:
                for each in self._film.listed.siblings_of(self._film.listed.shot(name)):
                    if each.id != name and each.id in followers:
                        followers[each.id].append(name)
        return {name: replace(each, followers=tuple(followers[name])) for name, each in self._candidates.items()}

    def _wanted(self, wanted: Wanted) -> dict[str, Any]:
        shot = self._film.listed.shot(wanted.shot)
        number = wanted.frame + getattr(self._film.source, "first", 0)
        saved, given = f"frame_{number:06}.png", f"ref_{wanted.frame:06}.png"
        used = [each["id"] for each in self._used(shot) if each["used"] and each["why"] != "keyframe"]
        steps = [
            f"Save it, in the colours that it has now: {self._saving(wanted.frame)}",
            f"Correct the colours of {saved}, and keep the picture as {given}.",
            f"Give it back: {self._giving(wanted.frame)}",
        ]
        if shot.keyframes:
            steps.append(f'Name it in "keyframes" of {shot.id} in shots.json: the shot takes what they name.')
        elif used:
            steps.append(
                f"{shot.id} then takes {given} in the place of {', '.join(used)}. To keep both, name both in "
                f'"keyframes" of {shot.id} in shots.json, each with a frame that it suits.'
            )
        text = (
            f"frame {wanted.frame} in {wanted.shot}: its colours are unsure for about "
            f"{counted(wanted.frames, 'frame')}, in {wanted.share:.0%} of the picture"
        )
        place = {"shot": wanted.shot, "frame": wanted.frame, "timecode": self._at(wanted.frame)}
        amount = {"frames": wanted.frames, "share": round(wanted.share, 4), "gain": round(wanted.gain, 2)}
        return place | amount | {"text": text, "steps": steps}

    def _at(self, frame: int) -> str | None:
        return timecode_after(self._timecode or "", frame, self._film.source.index.rate)

    def _read_frames(self, shot: Shot, job: ShotJob | None) -> list[Shift]:
        """Read the first, the middle and the last frame of a shot, and return the shifts of L* that they show."""
        shifts: list[Shift] = []
        if job is None and not self._drawn:
            return shifts
        numbers = sorted({shot.start, (shot.start + shot.stop - 1) // 2, shot.stop - 1})
        shown = self._frames.setdefault(shot.id, [])
        for number, planes in some_frames(self._film.source, numbers):
            if self._drawn:
                shown.append(shown_frame(self._film.source, job, number, planes, self._drawn))
            if job is not None and job.work.mode == "colorize":
                shifts.append(shift_of(self._film.source, job, number, planes))
        return shifts

    def _shown_frame(self, shot: str, frame: int) -> Iterator[Shown]:
        if self._drawn:
            for number, planes in some_frames(self._film.source, [frame]):
                yield shown_frame(self._film.source, self._candidates[shot].job, number, planes, self._drawn)

    def _siblings(self, told: Sequence[dict[str, Any]]) -> tuple[dict[str, Any], list[tuple[Shown, Shown]]]:
        """Compare the siblings that follow one another. Those that do not agree get a note each."""
        scenes = self._film.listed.scenes()
        compared, disagreeing, shown = 0, list[dict[str, Any]](), list[tuple[Shown, Shown]]()
        with Session(max_bytes=0) as session:
            for names in scenes.values():
                for pair in pairwise([name for name in names if name in self._candidates]):
                    one, other = (self._film.listed.shot(name) for name in pair)
                    frames = alike_frames(self._film.source, one, other)
                    seen = [self._colored(name, frame) for name, frame in zip(pair, frames, strict=True)]
                    amount = apart(seen[0], seen[1], session)
                    compared += amount is not None
                    if amount is not None and amount > DISAGREEING:
                        disagreeing.append(self._disagreeing(one, other, frames, amount))
                        next(each for each in told if each["id"] == other.id)["notes"].append(disagreeing[-1]["text"])
                        shown += zip(*map(self._shown_frame, pair, frames), strict=True)
        return {"scenes": scenes, "compared": compared, "disagreeing": disagreeing}, shown

    def _colored(self, shot: str, frame: int) -> FloatPicture:
        """Return a frame of a shot in its new colours, without bars."""
        source = self._film.source
        planes = next(source.frames(frame, frame + 1))
        picture = colored(source, self._candidates[shot].job, frame, planes)
        return picture if source.reading.bars is None else picture[source.reading.bars.crop()]

    def _disagreeing(self, one: Shot, other: Shot, frames: tuple[int, int], amount: float) -> dict[str, Any]:
        """Return what is told of two siblings that do not agree."""
        keyframes = ", ".join(each.reference for each in self._film.listed.keyframes_of(other))
        taken_out = f", and take its keyframes out ({keyframes})" if keyframes else ""
        steps = [
            f'Where {one.id} is right: give {other.id} "same_as": "{one.id}" in shots.json{taken_out}.',
            f"Where neither is: save a frame of {other.id}, in the colours that it has now: {self._saving(frames[1])}",
            f"Correct its colours, keep the picture as ref_{frames[1]:06}.png, and give it back: "
            f"{self._giving(frames[1])}",
            f'Where the two show different scenes: give {other.id} "scene": "" in shots.json.',
        ]
        if other.keyframes:
            steps.insert(3, f'Name it in "keyframes" of {other.id} in shots.json: the shot takes what they name.')
        text = (
            f"{one.id} and {other.id} show one scene, and their colours are {amount:.0f} apart in a* and b* "
            f"(frames {frames[0]} and {frames[1]})"
        )
        return {"shots": [one.id, other.id], "frames": list(frames), "apart": round(amount, 2)} | {
            "text": text,
            "steps": steps,
        }

    def _saving(self, frame: int) -> str:
        folder = shlex.quote(str(self._film.project.folder))
        return f"huegraft film render {folder} -o frame_%06d.png --range {frame}-{frame}"

    def _giving(self, frame: int) -> str:
        return f"huegraft film color {shlex.quote(str(self._film.project.folder))} --add ref_{frame:06}.png"

    def _drawn_references(self) -> dict[str, str]:
        """Return the pictures of the references that can be read."""
        drawn: dict[str, str] = {}
        if self._drawn is None:
            return drawn
        for each in self._film.listed.references:
            with suppress(PictureFileError):
                drawn[each.id] = self._drawn(read_picture(self._film.project.folder / each.path).as_float())
        return drawn


def _timecode_of(source: Source) -> str | None:
    """Return the timecode of the film's first frame; None where the film has none."""
    if not source.path.is_file():
        return None
    with opened_source(source.path) as container:
        return first_timecode(container, container.streams.video[0])
