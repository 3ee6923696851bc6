"""Exactly one JSON object from a model's answer, read strictly."""

import json
import math
import re
from collections.abc import Collection
from typing import Any, NoReturn

from recourse_bandits.advisers.language_model.quoting import listed, said
from recourse_bandits.errors import InvalidAdvice

LONGEST = 200_000
"""Characters of the longest answer that is looked at."""

_LONGEST_PROSE = 500
_MOST_DIGITS = 40
_FENCE = re.compile(r"(.*?)```[A-Za-z0-9]*", re.DOTALL)


def _refuse_constant(name: str) -> NoReturn:
    raise InvalidAdvice(f"{name} is no number: give a finite number")


def _whole(digits: str) -> int:
    if len(digits) > _MOST_DIGITS:
        raise InvalidAdvice(f"a number of {len(digits)} digits is too large: give a usual number")
    return int(digits)


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise InvalidAdvice(f"the number {said(digits)} is too large: give a usual number")
    return value


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    seen: dict[str, Any] = {}
    for name, value in pairs:
        if name in seen:
            raise InvalidAdvice(f"the key {said(name)} is given twice: give it once")
        seen[name] = value
    return seen


_DECODER = json.JSONDecoder(
    object_pairs_hook=_without_repeats,
    parse_constant=_refuse_constant,
    parse_int=_whole,
    parse_float=_finite,
)


def check_length(text: str) -> None:
    """Raise InvalidAdvice for an answer that is empty or too long to be one.

    Parameters
    ----------
    text
        The answer.
    """
    if not text.strip():
        raise InvalidAdvice("the answer is empty: answer with one JSON object")
    if len(text) > LONGEST:
        raise InvalidAdvice(
            f"the answer has more than {LONGEST} characters: answer with one JSON object and "
            "nothing else"
        )


def the_object(text: str) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the one JSON object of an answer, and what was repaired to find it.

    It may stand in a code fence or in a few words. Numbers are finite, and no key is given twice.

    Parameters
    ----------
    text
        The answer.

    Raises
    ------
    InvalidAdvice
        If there is no such object, more than one, or one that is broken.

    Examples
    --------
    >>> the_object('So: {"treatment": "a"}')
    ({'treatment': 'a'}, ('taken out of the text around it',))
    """
    check_length(text)
    start = text.find("{")
    if start < 0:
        raise InvalidAdvice("no JSON object was found: answer with one JSON object, nothing else")
    try:
        value, end = _DECODER.raw_decode(text, start)
    except json.JSONDecodeError as error:
        raise InvalidAdvice(
            f"the JSON object is broken or cut off at character {error.pos + 1} of {len(text)} "
            f"({error.msg}): answer with one complete JSON object"
        ) from None
    except RecursionError:
        raise InvalidAdvice("the JSON object is nested too deeply") from None
    before, after = text[:start], text[end:]
    if re.search(r"[{}\[\]]", before + after):
        raise InvalidAdvice(
            "there is more than one JSON object, or something else in brackets: answer with "
            "exactly one JSON object and nothing else"
        )
    return value, _around(before.strip(), after.strip())


def _around(before: str, after: str) -> tuple[str, ...]:
    """Return the repairs for what stands around an object."""
    repairs = []
    fence = _FENCE.fullmatch(before)
    if fence and after.startswith("```"):
        repairs.append("taken out of a code fence")
        before, after = fence[1].strip(), after[3:].strip()
    if len(before) + len(after) > _LONGEST_PROSE:
        raise InvalidAdvice(
            f"{len(before) + len(after)} characters stand around the JSON object: answer with the "
            "object and nothing else"
        )
    if before or after:
        repairs.append("taken out of the text around it")
    return tuple(repairs)


def number(value: object, what: str) -> float:
    """Return a JSON number as a float.

    Parameters
    ----------
    value
        The value; texts and truth values are no numbers.
    what
        What it is, for the error.

    Raises
    ------
    InvalidAdvice
        If it is no number.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidAdvice(f"{what} must be a plain number, got {said(value)}")
    return float(value)


def an_object(value: object, what: str) -> dict[str, Any]:
    """Return a value that must be a JSON object.

    Parameters
    ----------
    value
        The value.
    what
        What it is, for the error.

    Raises
    ------
    InvalidAdvice
        If it is something else.
    """
    if not isinstance(value, dict):
        raise InvalidAdvice(f"{what} must be a JSON object, got {said(value)}")
    return value


def check_keys(
    value: dict[str, Any], needed: Collection[str], optional: Collection[str], what: str
) -> None:
    """Raise InvalidAdvice unless an object has all needed keys, and no unknown one.

    Parameters
    ----------
    value
        The object.
    needed, optional
        The keys that it must and may have.
    what
        What it is, for the error.
    """
    for name in needed:
        if name not in value:
            raise InvalidAdvice(f"{what} lacks {said(name)}: it needs {listed(tuple(needed))}")
    for name in value:
        if name not in needed and name not in optional:
            raise InvalidAdvice(
                f"{what} has the unknown key {said(name)}: use {listed((*needed, *optional))} only"
            )
