"""A person at the moment of a decision: as given, and as numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recourse_bandits.problem.feasible import FeasibleSet
from recourse_bandits.problem.later import DescribedLater, set_field

RawValue = float | str | None


class _RawNumbers(DescribedLater):
    __slots__ = ("_names", "_numbers")
    _names: Sequence[str]
    _numbers: NDArray[np.float64]

    def _describe(self) -> Mapping[str, Any]:
        return {"given": dict(zip(self._names, self._numbers.tolist(), strict=True))}


@dataclass(frozen=True, slots=True, eq=False)
class Context(_RawNumbers):
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

    @staticmethod
    def plain(
        names: Sequence[str],
        numbers: NDArray[np.float64],
        values: NDArray[np.float64],
        feasible: FeasibleSet,
        eligible: NDArray[np.bool_],
        must_change: bool = False,
        no_recourse: str | None = None,
    ) -> "Context":
        """Return the context of a person all of whose raw values are numbers.

        Parameters
        ----------
        names
            Names of the features.
        numbers
            Their raw values, shape (n,); `given` is made of them when it is first looked at.
        values, feasible, eligible, must_change, no_recourse
            As for a `Context`.
        """
        context = object.__new__(Context)
        set_field(context, "_names", names)
        set_field(context, "_numbers", numbers)
        set_field(context, "values", values)
        set_field(context, "feasible", feasible)
        set_field(context, "eligible", eligible)
        set_field(context, "imputed", ())
        set_field(context, "must_change", must_change)
        set_field(context, "no_recourse", no_recourse)
        return context
