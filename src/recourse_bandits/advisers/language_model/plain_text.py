"""The plain form of an answer: ``treatment=NAME, FEATURE=VALUE, ...``."""

import json
import re
from typing import Any

from recourse_bandits.advisers.language_model.quoting import quoted, said
from recourse_bandits.errors import InvalidAdvice
from recourse_bandits.problem import Problem

_LONGEST = 2000
_NUMBER = re.compile(r"[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]{1,4})?")
_OWN = ("treatment", "confidence")


def plain_form(text: str, problem: Problem) -> dict[str, Any] | None:
    """Return an answer in the plain form as its JSON object would be; None if it is not in it.

    Parameters
    ----------
    text
        The answer.
    problem
        The problem; if one of its features is named like a key, the form is not understood.

    Raises
    ------
    InvalidAdvice
        If it begins like the form and breaks its rules.
    """
    line = text.strip().strip("`").strip()
    reserved = any(one.name.strip().casefold() in _OWN for one in problem.mutable)
    texts = {one.name.strip().casefold() for one in problem.mutable if one.categories}
    if reserved or not re.match(r"treatment\s*=", line, re.IGNORECASE):
        return None
    if len(line) > _LONGEST:
        raise InvalidAdvice(f"the answer has {len(line)} characters: answer on one short line")
    answer: dict[str, Any] = {"target": {}}
    for key, value in _pairs(line, problem):
        where = answer if key.casefold() in _OWN else answer["target"]
        name = key.casefold() if key.casefold() in _OWN else key
        if name in where:
            raise InvalidAdvice(f"{said(key)} is given twice: give it once")
        words = name == "treatment" or (where is not answer and name.strip().casefold() in texts)
        where[name] = _unquoted(value) if words else _number(key, value)
    return answer


def _pairs(line: str, problem: Problem) -> list[tuple[str, str]]:
    """Return keys and values; names of features may hold commas and equals signs themselves."""
    own = [form for name in problem.feature_names for form in (quoted(name), name)]
    names = "|".join(re.escape(name) for name in sorted(own, key=len, reverse=True))
    key = rf"({names}|[^=,;\n]+)" if names else r"([^=,;\n]+)"
    marks = list(re.finditer(rf"(?:^|[,;\n])[ \t]*{key}[ \t]*=", line, re.IGNORECASE))
    ends = [mark.start() for mark in marks[1:]] + [len(line)]
    return [
        (_unquoted(mark[1].strip()), line[mark.end() : end].strip())
        for mark, end in zip(marks, ends, strict=True)
    ]


def _unquoted(text: str) -> str:
    """Return a name without the quotes in which the prompt shows it."""
    try:
        inside = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return inside if isinstance(inside, str) else text


def _number(key: str, value: str) -> float:
    if not _NUMBER.fullmatch(value) or abs(float(value)) == float("inf"):
        raise InvalidAdvice(f"{said(key)} must be a plain number without a unit, got {said(value)}")
    return float(value)
