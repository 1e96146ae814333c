"""The figures of an evaluation of films: of each clip, and by how much designs differ from a baseline."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from huegraft.evaluate.films.evaluation import FilmScore
from huegraft.evaluate.films.measures import MEASURES

RATIOS = ("ciede2000", "ciede2000_p90", "last_fifth", "flicker", "flicker_lightness", "cpu_ms")
"""The measures that are compared with those of a baseline, clip by clip."""

EXTREMES: Mapping[str, Callable[..., tuple[float, str]]] = {
    "change": min, "colorfulness_low": min, "colorfulness_high": max, "deviation": max, "slope_bound": max,
    "last_pass": max,
}  # fmt: skip
"""The measures that are shown of the clip in which they are worst."""

_LEAST_FLICKER = 0.05  # of a baseline; below this, as in a still without grain, a ratio says nothing
Row = Sequence[str]


@dataclass(frozen=True)
class FilmSummary:
    """A design over the clips with one number of keyframes.

    Attributes
    ----------
    keyframes, design
        What was run.
    baseline
        The design that it is compared with.
    clips
        How many clips count.
    medians
        Of the ratios of measures to the baseline's, by the names of the measures.
    worst
        The greatest of the ratios, and the clip that has it.
    """

    keyframes: int
    design: str
    baseline: str
    clips: int
    medians: dict[str, float]
    worst: dict[str, tuple[float, str]]


@dataclass(frozen=True)
class Table:
    """A table: its title, its heads, and its rows."""

    title: str
    heads: Row
    rows: Sequence[Row]

    def text(self) -> str:
        """Return the table for a terminal."""
        lines = [self.heads, *self.rows]
        widths = [max(len(line[column]) for line in lines) for column in range(len(self.heads))]
        cells = [[cell.rjust(width) for cell, width in zip(line, widths, strict=True)] for line in lines]
        return "\n".join(
            [self.title, *("  ".join([line[0].strip().ljust(widths[0]), *line[1:]]) for line in cells), ""]
        )

    def markdown(self) -> str:
        """Return the table as Markdown under a heading."""
        lines = [self.heads, ["---", *["--:"] * (len(self.heads) - 1)], *self.rows]
        return "\n".join([f"## {self.title}", "", *(f"| {' | '.join(line)} |" for line in lines)])


def summarize(scores: Sequence[FilmScore], baselines: Sequence[str]) -> list[FilmSummary]:
    """Return a summary of each design against each baseline, with each number of keyframes."""
    counts = sorted({score.keyframes for score in scores if score.measures})
    designs = dict.fromkeys(score.design for score in scores)
    return [
        _summary([score for score in scores if score.keyframes == count and score.measures], design, baseline)
        for baseline in baselines
        for count in counts
        for design in designs
        if design != baseline
    ]


def _summary(scores: Sequence[FilmScore], design: str, baseline: str) -> FilmSummary:
    base = {score.clip: score.measures for score in scores if score.design == baseline}
    own = [score for score in scores if score.design == design and score.clip in base]
    medians, worst = dict[str, float](), dict[str, tuple[float, str]]()
    for name in RATIOS:
        least = _LEAST_FLICKER if name.startswith("flicker") else 0
        ratios = [
            (score.measures[name] / base[score.clip][name], score.clip)
            for score in own
            if name in score.measures and base[score.clip].get(name, 0) > least
        ]
        if ratios:
            medians[name] = float(np.median([ratio for ratio, _ in ratios]))
            worst[name] = max(ratios)
    return FilmSummary(scores[0].keyframes, design, baseline, len(own), medians, worst)


def tables(scores: Sequence[FilmScore], summaries: Sequence[FilmSummary]) -> list[Table]:
    """Return the tables: those of the summaries, the worst of each measure, then one for each clip."""
    baselines = dict.fromkeys(each.baseline for each in summaries)
    found = [_of_summaries([each for each in summaries if each.baseline == baseline]) for baseline in baselines]
    clips = dict.fromkeys(score.clip for score in scores)
    each_clip = [_of_clip([score for score in scores if score.clip == clip]) for clip in clips]
    return [*found, _of_extremes(scores), *each_clip]


def _of_summaries(summaries: Sequence[FilmSummary]) -> Table:
    present = [name for name in RATIOS if any(name in each.medians for each in summaries)]
    heads = ["design", "keyframes", "clips", *map(_short, present), "highest ΔE", "highest F"]
    rows = [
        [
            *(each.design, str(each.keyframes), str(each.clips)),
            *(
                f"{each.medians[name]:.3f} ({each.worst[name][0]:.3f})" if name in each.worst else ""
                for name in present
            ),
            *(each.worst[name][1] if name in each.worst else "" for name in ("ciede2000", "flicker")),
        ]
        for each in summaries
    ]
    return Table(f"Ratios to {summaries[0].baseline}: median over clips (the highest)", heads, rows)


def _of_extremes(scores: Sequence[FilmScore]) -> Table:
    present = [name for name in EXTREMES if any(name in score.measures for score in scores)]
    rows = list[Row]()
    ordered = sorted((score for score in scores if score.measures), key=lambda score: score.keyframes)
    for keyframes, design in dict.fromkeys((score.keyframes, score.design) for score in ordered):
        own = [score for score in scores if (score.keyframes, score.design) == (keyframes, design)]
        cells = list[str]()
        for name in present:
            values = [(score.measures[name], score.clip) for score in own if name in score.measures]
            value, clip = EXTREMES[name](values) if values else (0.0, "")
            cells.append(f"{value:.{MEASURES[name].digits}f} ({clip})" if clip else "")
        rows.append([design, str(keyframes), *cells])
    return Table("The worst of each measure over the clips", ["design", "keyframes", *map(_short, present)], rows)


def _short(name: str) -> str:
    return MEASURES[name].short


def _of_clip(scores: Sequence[FilmScore]) -> Table:
    clip, half = scores[0].clip, scores[0].half
    present = [name for name in MEASURES if any(name in score.measures for score in scores)]
    rows = [[score.design, str(score.keyframes), *_cells(score, present)] for score in scores if score.error is None]
    heads = ["design", "keyframes", *map(_short, present)]
    return Table(clip if half is None else f"{clip} (to {half})", heads, rows)


def _cells(score: FilmScore, names: Sequence[str]) -> list[str]:
    measures = score.measures
    return [f"{measures[name]:.{MEASURES[name].digits}f}" if name in measures else "" for name in names]
