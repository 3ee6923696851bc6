"""The hypertension world after an expert has stated a prior, before the first patient."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar

import numpy as np

from recourse_bandits.beliefs import EFFECTS, believed
from recourse_bandits.environments.hypertension import Hypertension
from recourse_bandits.parameters import (
    require_fraction,
    require_not_negative,
    require_one_of,
    require_positive,
    require_whole,
)
from recourse_bandits.problem import Prior, Problem


@dataclass(frozen=True)
class StatedHypertension(Hypertension):
    """`Hypertension` with the prior of an expert who states coefficients, sd and sample size.

    Parameters
    ----------
    seed, noise, intercept, radius
        As for `Hypertension`.
    effects
        `as they are` or `reversed`: how the expert sees the effects of features.
    error
        Standard deviation of the error of each believed effect, >= 0; mmHg.
    trust
        How far the policies believe it, in [0, 1]; 0: a prior that a penalty of 1 has anyway.
    sd
        Standard deviation that the expert states of each coefficient, > 0; mmHg.
    sample_size
        Patients that the statement is said to be worth, > 0.
    expert
        Draws the errors, >= 0; without an error it has no effect.

    Raises
    ------
    DescriptionError
        If a parameter is out of its range.

    Examples
    --------
    >>> StatedHypertension(trust=0.0).problem.reward.prior.mean_matrix[0][0]
    0.0
    """

    effects: str = "as they are"
    error: float = 0.0
    trust: float = 1.0
    sd: float = 4.0
    sample_size: float = 25.0
    expert: int = 1

    note: ClassVar[str] = (
        f"{Hypertension.note} The prior is that of a simulated expert; no language model was asked."
    )

    def __post_init__(self) -> None:
        require_one_of(EFFECTS, effects=self.effects)
        require_not_negative(error=self.error)
        require_fraction(trust=self.trust)
        require_positive(sd=self.sd, sample_size=self.sample_size)
        require_whole(expert=self.expert)

    @cached_property
    def problem(self) -> Problem:
        """The problem of `Hypertension` with the stated prior."""
        plain = super().problem
        theta = believed(self.theta, plain, self.effects, self.error, self.expert)
        prior = Prior.stated(
            plain, theta, np.full(theta.shape, self.sd), self.sample_size, trust=self.trust
        )
        return replace(plain, reward=replace(plain.reward, prior=prior))
