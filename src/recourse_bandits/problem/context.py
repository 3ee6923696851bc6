"""A person at the moment of a decision: as given, and as numbers."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recourse_bandits.problem.feasible import FeasibleSet

RawValue = float | str | None


@dataclass(frozen=True, slots=True, eq=False)
class Context:
    """A person's features, or a batch of persons' with leading axes.

    Parameters
    ----------
    given
        Raw values by feature name, None where missing; empty for a batch.
    values
        Scaled columns, shape (..., d).
    feasible
        Where recourse may lead; its box has shape (..., m).
    eligible
        Which arms may be given, shape (..., K).
    imputed
        Features whose missing value was filled in as the problem declares.
    must_change
        Whether a mutable feature is outside its bounds, so that staying is not feasible.
    no_recourse
        Why no recourse is possible for this person, or None.
    """

    given: Mapping[str, RawValue]
    values: NDArray[np.float64]
    feasible: FeasibleSet
    eligible: NDArray[np.bool_]
    imputed: tuple[str, ...] = ()
    must_change: bool = False
    no_recourse: str | None = None
