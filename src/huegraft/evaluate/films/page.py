"""An evaluation of films as a page of Markdown."""

from collections.abc import Mapping, Sequence

from huegraft.evaluate.films.evaluation import FilmScore
from huegraft.evaluate.films.measures import MEASURES
from huegraft.evaluate.films.table import FilmSummary, tables
from huegraft.evaluate.record import circumstances_line
from huegraft.settings import Mode

_TITLES: dict[Mode, str] = {
    "colorize": "How steady and how near to the truth colourised films are",
    "transfer": "How steady and how near to the truth films under a grade are",
}
_INTRODUCTIONS: dict[Mode, str] = {
    "colorize": """
Films in colour become grey, and some of their own frames are the references: the first one of each scene, or the first,
the middle and the last one. Frames that a reference shows do not count for the distance to the truth. The designs:

- *frame by frame* solves every frame as if there were no other ones, as `--steady none` does.
- *tracked* follows superpixels from frame to frame, and matches one frame in four.
- *motion* is what `huegraft colorize` does: it also carries the colours of keyframes along the motion, and averages.
""",
    "transfer": """
Films take the colours of a picture. The truth is the film under a random grade, and the picture is a view of its first
frame under the same grade. The designs:

- *frame by frame* gives each frame a grade of its own.
- *grade track* is what `huegraft transfer` does.
- *fixed LUT* gives all frames the grade of the first one.
""",
}


def page(mode: Mode, scores: Sequence[FilmScore], summaries: Sequence[FilmSummary], facts: Mapping[str, object]) -> str:
    """Return a page of all tables, with the facts of the run and what the figures mean."""
    present = [name for name in MEASURES if any(name in score.measures for score in scores)]
    said = ", ".join(f"{name} {value}" for name, value in facts.items())
    parts = [
        f"# {_TITLES[mode]}",
        _INTRODUCTIONS[mode].strip(),
        f"`huegraft film evaluate` wrote this page: {said}. {circumstances_line()}. Other work on the machine\n"
        "makes the times longer.",
        *(table.markdown() for table in tables(scores, summaries)),
        "## Measures",
        "For flicker, changes and deviations, colours are blurred by a hundredth of the width.",
        "\n".join(f"- **{MEASURES[name].short}**: {MEASURES[name].text}" for name in present),
    ]
    return "\n\n".join(parts) + "\n"
