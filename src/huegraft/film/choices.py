"""Choices: what each shot of a film is coloured from, as its shot list says."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from huegraft.errors import FilmError
from huegraft.film.project import Project
from huegraft.film.ranking import STRANGER, Ranked, Ranker, ranking_key
from huegraft.film.shot_jobs import ShotJob
from huegraft.film.shot_list import Keyframe, Ranking, Shot, ShotList
from huegraft.film.shot_work import Lender, ShotWork
from huegraft.film.source import Source
from huegraft.session import Session

T = TypeVar("T")
Report = Callable[[int, int, str], None]
"""Told how many shots are done, of how many, and the id of the next one."""

_RANKING_BYTES = 2**24  # a frame of a shot serves only while this shot is ranked


@dataclass(frozen=True)
class Basis:
    """Where the references of a shot come from.

    Attributes
    ----------
    keyframes : tuple of (Shot, Keyframe)
        The keyframes that the shot takes, each with the shot that has it.
    ranked
        The shot whose ranking decides if there are no keyframes.
    first
        The shot with which this shot begins. In a transfer it is the first sibling, or that of the shot that this shot
        is the same as.
    own
        Whether the keyframes are the shot's own, or those of a shot that it is the same as. Else they are of siblings.
    """

    keyframes: tuple[tuple[Shot, Keyframe], ...]
    ranked: Shot
    first: Shot
    own: bool


@dataclass(frozen=True)
class Choices:
    """What the shots of a film are coloured from.

    Attributes
    ----------
    source, project, shots
        The film, its project and its shot list.
    """

    source: Source
    project: Project
    shots: ShotList

    def job(self, shot: Shot) -> ShotJob:
        """Return how a shot is computed. Before it is ranked the first candidate stands for its references.

        Raises
        ------
        FilmError
            If the film has no references.
        """
        basis = self.basis(shot)
        lenders = [self._lender(each.reference, each.frame if basis.own else None) for _, each in basis.keyframes]
        if not lenders:
            ranking = self.ranking(basis.ranked)
            used = self._candidates(shot)[:1] if ranking is None else ranking.used
            lenders = [self._lender(name) for name in used]
        work = replace(self._work(shot), references=tuple(lenders), steady=self.shots.steady_of(shot))
        if basis.first.id != shot.id:
            graded = work.mode == "transfer" and work.steady == "motion"  # else the first frame alone counts
            work = replace(work, begin=(basis.first.start, basis.first.stop if graded else basis.first.start + 1))
        return ShotJob(shot.id, work, self.project.track(work.key, self.shots.mode))

    def basis(self, shot: Shot) -> Basis:
        """Return where the references of a shot come from.

        A shot without keyframes takes those of its siblings that are the nearest before it and the nearest after it. If
        no sibling has keyframes, all siblings take what the first one of them takes.
        """
        likes = self.shots.likes_of(shot)
        siblings = self.shots.siblings_of(likes[-1])
        first = siblings[0] if self.shots.mode == "transfer" else likes[-1]
        for each in likes:
            keyframes = self.shots.keyframes_of(each)
            if keyframes:
                return Basis(tuple((each, key) for key in keyframes), siblings[0], first, own=True)
        lent = [(each, key) for each in siblings for key in self.shots.keyframes_of(each)]
        before = [each for each in lent if each[1].frame < shot.start][-1:]
        after = [each for each in lent if each[1].frame >= shot.stop][:1]
        return Basis((*before, *after), siblings[0], first, own=False)

    def computed(self, shot: Shot) -> Path:
        """Return the track of a shot.

        Raises
        ------
        FilmError
            If the shot is not computed as it stands.
        """
        return self.tracks([shot])[shot.id]

    def tracks(self, shots: Sequence[Shot]) -> dict[str, Path]:
        """Return the tracks of shots by the ids of the shots.

        Raises
        ------
        FilmError
            If shots are not computed as they stand. The message names them all.
        """
        paths = {shot.id: self.job(shot).path for shot in shots}
        missing = [shot.id for shot in shots if self._unranked(shot) or not self.project.has(paths[shot.id])]
        if missing:
            said = f"shot {missing[0]} is not computed as it stands"
            if len(missing) > 1:
                said = f"shots {', '.join(missing)} are not computed as they stand"
            raise FilmError(f"{said}: huegraft film color {self.project.folder}")
        return paths

    def ranking(self, shot: Shot) -> Ranking | None:
        """Return the ranking of a shot, if frames, references and settings are those that it was made from."""
        found = shot.ranking
        return found if found and found.key == ranking_key(self._work(shot), self.pictures()) else None

    def ranked(self, shots: Sequence[Shot], device: str, report: Report) -> ShotList:
        """Return the shot list with a ranking for each shot, of those given, that needs one.

        Parameters
        ----------
        shots
            The shots that will be computed.
        device
            The device that runs a backbone of Torch.
        report
            A function that is called with the shots that are done, of how many, and the id of the next shot.
        """
        unranked = {found.id: found for shot in shots if (found := self._unranked(shot)) is not None}
        if not unranked:
            return self.shots
        with Session(max_bytes=_RANKING_BYTES, device=device) as session:
            ranker = Ranker(self.pictures(), session)
            rankings = self._each(list(unranked.values()), ranker.ranking, report)
        listed = (replace(shot, ranking=rankings.get(shot.id, shot.ranking)) for shot in self.shots.shots)
        return replace(self.shots, shots=tuple(listed))

    def suggested(
        self,
        pictures: Mapping[str, Path],
        shots: Sequence[Shot],
        device: str,
        report: Report,
        left_out: Callable[[str], None] | None,
    ) -> dict[str, list[Ranked]]:
        """Return for each shot the pictures in the order in which they suit it."""
        with Session(max_bytes=_RANKING_BYTES, device=device) as session:
            ranker = Ranker(pictures, session)
            if shots and left_out is not None:
                ranker.leave_out_unreadable(self._work(shots[0]), left_out)
            return self._each(shots, ranker.ranked, report)

    def _each(self, shots: Sequence[Shot], rank: Callable[[ShotWork], T], report: Report) -> dict[str, T]:
        found: dict[str, T] = {}
        for shot in shots:
            report(len(found), len(shots), shot.id)
            found[shot.id] = rank(self._work(shot))
        return found

    def notes(self, shots: Sequence[Shot]) -> Iterator[str]:
        """Yield a line for each shot whose references fit badly, or disagree."""
        for shot in shots:
            ranking, basis = self.ranking(shot), self.basis(shot)
            if ranking is None or basis.keyframes or basis.ranked.id != shot.id:
                continue
            best = ranking.used[0]
            if ranking.fits[best] < STRANGER:
                yield (
                    f"shot {shot.id}: the best reference, {self._named(best)}, may show another scene "
                    f"(fit {ranking.fits[best]:.2f} of 1); huegraft film suggest ranks other pictures"
                )
            if ranking.disagreeing:
                others = ", ".join(map(self._named, ranking.disagreeing))
                verbs = ("fits", "gives") if len(ranking.disagreeing) == 1 else ("fit", "give")
                yield (
                    f"shot {shot.id}: {others} {verbs[0]} as well as {self._named(best)} and {verbs[1]} other colours. "
                    f"{self._named(best)} is taken; a keyframe in {self.project.shot_list} decides"
                )

    def pictures(self) -> dict[str, Path]:
        """Return the files of the references that shots without keyframes choose from, by their ids."""
        return {each.id: self.project.folder / each.path for each in self.shots.candidates()}

    def _unranked(self, shot: Shot) -> Shot | None:
        """Return the shot whose ranking a shot needs and that is not ranked yet."""
        basis = self.basis(shot)
        if basis.keyframes:
            return None
        self._candidates(shot)
        return basis.ranked if self.ranking(basis.ranked) is None else None

    def _candidates(self, shot: Shot) -> Sequence[str]:
        names = list(self.pictures())
        if not names:
            folder = self.project.folder
            raise FilmError(f"shot {shot.id} has no references: huegraft film color {folder} -r PICTURE names one")
        return names

    def _lender(self, name: str, frame: int | None = None) -> Lender:
        return Lender(self.project.folder / self.shots.reference(name).path, frame)

    def _work(self, shot: Shot) -> ShotWork:
        return ShotWork(self.source, shot.start, shot.stop, self.shots.mode, self.shots.settings_of(shot), ())

    def _named(self, name: str) -> str:
        return f"{name} ({Path(self.shots.reference(name).path).name})"
