"""What the policies share that trust upper confidence bounds."""

from dataclasses import dataclass
from typing import ClassVar, cast

import numpy as np

from recourse_bandits.errors import DescriptionError
from recourse_bandits.parameters import (
    require_not_negative,
    require_one_of,
    require_positive,
    require_probability,
)
from recourse_bandits.policies.linear import LinearPolicy
from recourse_bandits.policies.linear_state import FORMS, ConfidenceRadius
from recourse_bandits.problem import Problem


@dataclass(frozen=True, kw_only=True)
class OptimisticPolicy(LinearPolicy):
    """A linear policy that trusts upper confidence bounds.

    Parameters
    ----------
    penalty
        Ridge penalty lambda > 0, where the problem's prior says nothing.
    exact_rows
        Outcomes of an arm up to which its estimate is exact with a link; see `LinearPolicy`.
    scale
        Multiplier of the confidence radius, >= 0. Below 1 nothing is proved.
    failure
        Probability that the confidence sets fail, in (0, 1).
    form
        `determinant` or `lemma2`.
    context_bound
        Largest Euclidean norm of a point, used by `lemma2`; None: derived from the problem.
    """

    bounds_variance: ClassVar[bool] = False
    """Whether the policy uses `largest_variance`."""

    scale: float = 1.0
    failure: float = 0.05
    form: str = "determinant"
    context_bound: float | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        require_not_negative(scale=self.scale)
        require_probability(failure=self.failure)
        require_one_of(("lemma2", "determinant"), form=self.form)
        if self.context_bound is not None:
            require_positive(context_bound=self.context_bound)

    @property
    def confidence(self) -> ConfidenceRadius:
        """Which confidence radius is used."""
        return ConfidenceRadius(
            FORMS[self.form], float(self.scale), self.failure, self.bounds_variance
        )

    def context_norm_bound(self, problem: Problem) -> float | None:
        """`context_bound`, or sqrt(d) + the longest change; None where the form needs none.

        Parameters
        ----------
        problem
            The problem that will be decided.
        """
        if self.form != "lemma2" or self.context_bound is not None:
            return self.context_bound
        reach = problem.limits.longest_change
        if not np.isfinite(reach):
            raise DescriptionError(
                "a feature of weight 0 makes changes free, so the Lemma 2 radius needs "
                "context_bound, the largest norm of a person's columns after recourse"
            )
        return cast("float", np.sqrt(problem.dimension) + reach)
