"""A blind study: a page that shows results without names, and the key that has the names."""

import dataclasses
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any

import numpy as np
from PIL import Image

from huegraft.errors import EvaluationError, FileError
from huegraft.evaluate.blind.design import Question, Shown, designed
from huegraft.evaluate.evaluation import Score
from huegraft.evaluate.plan import Plan
from huegraft.evaluate.record import circumstances
from huegraft.evaluate.sets import set_cases
from huegraft.io.image import read_picture
from huegraft.report.drawing import as_data_address, as_image

_SCHEMA = 1
_SEED = 1
_QUALITY = 90
_GIVEN = ("target", "reference")
_DAMAGED = (ValueError, KeyError, TypeError, RecursionError)  # what a file of other content raises


@dataclass(frozen=True)
class Study:
    """A page without names, and the key that holds the names as plain values."""

    page: str
    key: dict[str, Any]


@dataclass(frozen=True)
class Key:
    """What reading the votes on a page needs: the study's name, and its questions."""

    study: str
    questions: tuple[Question, ...]


def made_study(plan: Plan, data: Path, scores: Sequence[Score], count: int) -> Study:
    """Return the study of an evaluation's results. A clip is shown by its last frame.

    Parameters
    ----------
    plan, data
        The plan that was evaluated, and its folder of data.
    scores
        The scores of the evaluation. Scores without a picture take no part.
    count
        The most questions, apart from the repeated ones.

    Raises
    ------
    EvaluationError
        If no case has results of two methods.
    """
    files = {(score.set, score.case, score.method): score.images[-1] for score in scores if score.images}
    given = {name: {case.name: case.load for case in set_cases(each, data)} for name, each in plan.sets.items()}
    results: dict[Shown, list[str]] = {}
    roles: dict[tuple[Shown, str], Image.Image] = {}
    for name, case in dict.fromkeys((score.set, score.case) for score in scores if score.images):
        pair = given[name][case]()[-1]
        shown = Shown(pair.mode, name, case)
        results[shown] = [method for method in plan.methods if (name, case, method) in files]
        for role, picture in zip(_GIVEN, (pair.target, pair.reference), strict=True):
            roles[shown, role] = as_image(picture)
    questions = designed(results, count, _SEED)
    if not questions:
        raise EvaluationError("a blind study needs a case with the results of two methods or more")
    for question in questions:
        for method in (question.left, question.right):
            if (question.shown, f"result of {method}") not in roles:
                path = files[question.shown.set, question.shown.case, method]
                roles[question.shown, f"result of {method}"] = as_image(read_picture(path).as_float())
    seen = {question.shown for question in questions}
    return _study(plan, questions, {role: image for role, image in roles.items() if role[0] in seen})


def read_key(path: Path) -> Key:
    """Return the key in a file.

    Raises
    ------
    FileError
        If there is no key, or if it was changed after it was written.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["schema"] != _SCHEMA or content["study"] != _name(content["questions"], content["pictures"]):
            raise ValueError("it was changed, or written by another version")
        questions = [
            Question(Shown(**each["shown"]), each["left"], each["right"], each["repeats"])
            for each in content["questions"]
        ]
    except OSError as error:
        raise FileError(f"cannot read the key of the study: {error}; make the study first, with --blind") from error
    except _DAMAGED as error:
        raise FileError(f"{path} is no key of a study: {error}") from error
    return Key(content["study"], tuple(questions))


def _study(plan: Plan, questions: Sequence[Question], roles: Mapping[tuple[Shown, str], Image.Image]) -> Study:
    """Return the study. Its pictures come in the order of their random names, so the order tells nothing."""
    rng = np.random.default_rng(_SEED)
    names = dict(zip(roles, (rng.bytes(8).hex() for _ in roles), strict=True))
    asked = [
        {
            "mode": each.shown.mode,
            "target": names[each.shown, "target"],
            "reference": names[each.shown, "reference"],
            "left": names[each.shown, f"result of {each.left}"],
            "right": names[each.shown, f"result of {each.right}"],
        }
        for each in questions
    ]
    ordered = sorted(roles, key=names.__getitem__)
    pictures = {
        names[role]: {
            **dataclasses.asdict(role[0]),
            "role": role[1],
            "sha256": hashlib.sha256(roles[role].tobytes()).hexdigest(),
        }
        for role in ordered
    }
    key_questions = [dataclasses.asdict(each) for each in questions]
    name = _name(key_questions, pictures)
    shown = {
        "study": name,
        "questions": asked,
        "pictures": {names[role]: _address(roles[role], judged=role[1] not in _GIVEN) for role in ordered},
    }
    template = Template(Path(__file__).with_name("page.html").read_text(encoding="utf-8"))
    key = {
        "schema": _SCHEMA,
        "study": name,
        "questions": key_questions,
        "pictures": pictures,
        "methods": {
            title: {"version": each.version, "settings": each.settings} for title, each in plan.methods.items()
        },
        **circumstances(),
    }
    return Study(template.substitute(content=json.dumps(shown)), key)


def _address(image: Image.Image, *, judged: bool) -> str:
    """Return the picture as text. A picture that people judge is lossless, because they judge no lossy copy."""
    return as_data_address(image, "WEBP", **({"lossless": True} if judged else {"quality": _QUALITY}))


def _name(questions: Any, pictures: Any) -> str:
    """Return the study's name: a digest, so that other pictures or questions make another study."""
    return hashlib.sha256(json.dumps([questions, pictures], sort_keys=True).encode()).hexdigest()[:32]
