"""One question before any person is seen: what a model expects of each arm and column."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recourse_bandits.advisers.language_model.fields import (
    Fields,
    arm_fields,
    feature_fields,
    outcome_fields,
    scale_fields,
)
from recourse_bandits.advisers.language_model.naming import arm_meant
from recourse_bandits.advisers.language_model.prompts import Prompt
from recourse_bandits.advisers.language_model.quoting import quoted, said
from recourse_bandits.advisers.language_model.rendering import (
    digest_of,
    rendered,
    shipped,
    version_of,
)
from recourse_bandits.advisers.language_model.strict_json import (
    an_object,
    check_keys,
    number,
    the_object,
)
from recourse_bandits.errors import InvalidAdvice
from recourse_bandits.problem import Feature, Problem
from recourse_bandits.problem.description import INTERCEPT
from recourse_bandits.problem.encoding import columns_of

Array = NDArray[np.float64]

_TEMPLATE = "elicitation.txt"
_LARGEST = 1e100  # whose square is still a number


@dataclass(frozen=True, slots=True, eq=False)
class Elicited:
    """What a model expects of the coefficients.

    Parameters
    ----------
    mean
        Expected coefficients, shape (K, d); reward per scaled unit, or with a link its linear scale
        (log odds, probits, logarithms); columns as in the problem.
    sd
        Their standard deviations, shape (K, d), > 0; in the same unit.
    sample_size
        How many people's outcomes the expectations are worth, > 0.
    repairs
        What had to be repaired, in words.
    """

    mean: Array
    sd: Array
    sample_size: float
    repairs: tuple[str, ...] = ()


def elicitation_prompt(problem: Problem) -> Prompt:
    """Return the question about a problem; it holds nothing of any person.

    Parameters
    ----------
    problem
        The problem, scaled.

    Raises
    ------
    DescriptionError
        If a feature has no scale.
    """
    columns: list[Fields] = []
    if problem.intercept:
        columns.append({"column": quoted(INTERCEPT), "kind": "intercept"})
    _ = problem.encoders  # which says if a feature has no scale
    for feature in problem.features:
        columns += _columns(feature)
    fields = {
        "arms": [arm_fields(arm) for arm in problem.treatments],
        "outcome": outcome_fields(problem.reward),
        "scale": scale_fields(problem.reward),
        "columns": columns,
    }
    source = shipped(_TEMPLATE)
    text = rendered(source, fields, _TEMPLATE)
    return Prompt(text, digest_of(text), version_of(source))


def _columns(feature: Feature) -> list[Fields]:
    """Return the fields of a feature's columns: its own or its categories', and the missing one."""
    described = feature_fields(feature)
    found = []
    kinds: list[tuple[str, str]] = [("category", quoted(name)) for name in feature.categories or ()]
    kinds = kinds or [("number", "")]
    for name, (kind, category) in zip(columns_of(feature), [*kinds, ("missing", "")], strict=False):
        found.append({**described, "column": quoted(name), "kind": kind, "category": category})
    return found


def parsed_elicitation(text: str, problem: Problem) -> Elicited:
    """Return what a model's answer says of the coefficients, or raise what to tell the model.

    Parameters
    ----------
    text
        The model's answer.
    problem
        The problem.

    Raises
    ------
    InvalidAdvice
        If it cannot be understood, or lacks an arm or a column.
    UnknownArm
        If it names an arm that there is not.
    """
    answer, found = the_object(text)
    repairs = list(found)
    check_keys(answer, ("arms", "effective_sample_size"), (), "the answer")
    sample_size = _positive(answer["effective_sample_size"], '"effective_sample_size"')
    everybody = tuple(range(len(problem.arms)))
    rows: dict[int, list[tuple[float, float]]] = {}
    for name, row in an_object(answer["arms"], '"arms"').items():
        arm = arm_meant(name, problem, everybody, repairs)
        if arm in rows:
            raise InvalidAdvice(f"{said(name)} is given twice: give each treatment once")
        rows[arm] = _row(an_object(row, said(name)), problem, said(name))
    for arm, arm_name in enumerate(problem.arm_names):
        if arm not in rows:
            raise InvalidAdvice(f'"arms" lacks {quoted(arm_name)}: give every treatment once')
    values = np.array([rows[arm] for arm in everybody], dtype=np.float64)
    return Elicited(values[..., 0], values[..., 1], sample_size, tuple(repairs))


def _row(row: dict[str, Any], problem: Problem, what: str) -> list[tuple[float, float]]:
    check_keys(row, problem.columns, (), what)
    pairs = []
    for column in problem.columns:
        where = f"{quoted(column)} of {what}"
        pair = an_object(row[column], where)
        check_keys(pair, ("mean", "sd"), (), where)
        mean = number(pair["mean"], f'the "mean" of {where}')
        if abs(mean) > _LARGEST:
            raise InvalidAdvice(f'the "mean" of {where} is too large, got {said(pair["mean"])}')
        pairs.append((mean, _positive(pair["sd"], f'the "sd" of {where}')))
    return pairs


def _positive(value: object, what: str) -> float:
    size = number(value, what)
    if not 1.0 / _LARGEST < size < _LARGEST:
        raise InvalidAdvice(f"{what} must be > 0 and of a usual size, got {said(value)}")
    return size
