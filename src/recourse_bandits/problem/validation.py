"""What is wrong with one person's data, before anything is decided."""

from dataclasses import dataclass
from typing import Literal

from recourse_bandits.errors import PersonError
from recourse_bandits.problem.context import Context
from recourse_bandits.problem.limits import Limits


@dataclass(frozen=True, slots=True)
class Finding:
    """A person whose data break the description.

    Parameters
    ----------
    row
        The person's place in the table, from 0.
    kind
        `refused`: no decision is possible; `must change`: a feature is outside its limits, and
        recourse leads back; `no recourse`: outside, and there is no way back within the budget.
    features
        The features that it is about, if that is known.
    reason
        Why, in words.
    """

    row: int
    kind: Literal["refused", "must change", "no recourse"]
    features: tuple[str, ...]
    reason: str


def finding_of(row: int, found: Context | PersonError, limits: Limits) -> Finding | None:
    """Return what is wrong with a person, or None.

    Parameters
    ----------
    row
        The person's place.
    found
        The person, or the error for which they are refused.
    limits
        How far features may move.
    """
    if isinstance(found, PersonError):
        return Finding(row, "refused", (found.feature,) if found.feature else (), str(found))
    if not found.must_change:
        return None
    outside = limits.outside(found.values)
    if found.no_recourse is not None:
        return Finding(row, "no recourse", outside, found.no_recourse)
    said = ", ".join(f"{name} = {found.given[name]}" for name in outside)
    return Finding(row, "must change", outside, f"{said}: outside the limits of recourse")
