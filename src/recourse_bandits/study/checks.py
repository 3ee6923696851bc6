"""What is checked before an event is written: on disk it must be applicable for ever."""

from collections.abc import Mapping
from operator import index
from typing import Any

import numpy as np
from pydantic_core import PydanticSerializationError
from pydantic_core import to_json as json_bytes

from recourse_bandits.errors import (
    DescriptionError,
    IneligibleArm,
    InfeasibleAdvice,
    InvalidMeasure,
    UnknownArm,
    UnknownMeasure,
)
from recourse_bandits.exchanges import Exchange
from recourse_bandits.problem import Context, Problem
from recourse_bandits.problem.encoding import nearest
from recourse_bandits.problem.feasible import FEASIBLE
from recourse_bandits.records import Advice


def checked_advice(problem: Problem, advice: Advice, context: Context) -> Advice:
    """Return a copy of a pair that is legal for this person, or raise what is wrong with it.

    Parameters
    ----------
    problem
        The problem.
    advice
        The pair.
    context
        The person.

    Raises
    ------
    AdviceError
        If it is not legal for this person.
    DescriptionError
        If it is no pair of a whole number and numbers.
    """
    if not isinstance(advice, Advice):
        raise DescriptionError(f"advice must be an Advice or None, got {advice!r}")
    require_text(note=advice.note)
    try:
        arm, point = index(advice.arm), np.array(advice.point, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise DescriptionError(
            f"advice must hold a whole number and an array of numbers, got {advice!r}"
        ) from error
    if not 0 <= arm < len(problem.arms):
        raise UnknownArm(f"advised arm {arm} must lie in 0..{len(problem.arms) - 1}")
    if not context.eligible[arm]:
        raise IneligibleArm(
            f"advised arm {problem.arm_names[arm]!r} may not be given to this person"
        )
    if point.shape != context.values.shape:
        raise InfeasibleAdvice(
            f"an advised point must have shape {context.values.shape}, got {point.shape}"
        )
    stays = bool((point == context.values).all())
    violation = context.feasible.violation(context.values, point)
    if violation > FEASIBLE and not stays:
        raise InfeasibleAdvice(
            f"the advised recourse is outside the feasible set by {violation:.4g} "
            f"(radius {context.feasible.radius:g}, {context.feasible.norm})"
        )
    return Advice(arm, point, advice.note, advice.exchange)


def require_kept(exchange: Any) -> None:
    """Raise DescriptionError unless it is an exchange that a journal can keep.

    Parameters
    ----------
    exchange
        What an adviser hands over as its exchange.
    """
    if not isinstance(exchange, Exchange):
        raise DescriptionError(f"an adviser's exchange must be an Exchange, got {exchange!r}")
    try:
        json_bytes(exchange.to_json(), inf_nan_mode="null")
    except (PydanticSerializationError, TypeError, ValueError) as error:
        raise DescriptionError(f"an adviser's exchange must hold JSON values: {error}") from error


def require_text(**values: str | None) -> None:
    """Raise DescriptionError unless every value is a text or None.

    Parameters
    ----------
    **values
        Values by the names that the error shall use.
    """
    for name, value in values.items():
        if value is None:
            continue
        if not isinstance(value, str):
            raise DescriptionError(f"{name} must be a text or None, got {value!r}")
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise DescriptionError(f"{name} must be valid Unicode, got {value!r}") from error


def writable(value: object) -> str:
    """Return a value as a text that can be written as UTF-8, half surrogates escaped.

    Parameters
    ----------
    value
        Anything.
    """
    return str(value).encode(errors="backslashreplace").decode()


def checked_measures(problem: Problem, measures: Mapping[str, Any]) -> dict[str, float]:
    """Return measures as numbers, or raise OutcomeError.

    Parameters
    ----------
    problem
        The problem.
    measures
        Measured values by name.
    """
    known = problem.measures
    if not isinstance(measures, (dict, Mapping)):  # a dict is recognised sooner
        raise InvalidMeasure(
            f"measures must be a mapping such as {{{known[0]!r}: 12.5}}, got {measures!r}"
        )
    for name in measures:
        if name not in known:
            are = "measure is" if len(known) == 1 else "measures are"
            raise UnknownMeasure(
                f"unknown measure {name!r}{nearest(str(name), known)}; the {are} "
                f"{' and '.join(known)}"
            )
    return {name: problem.accepted_measure(name, value) for name, value in measures.items()}
