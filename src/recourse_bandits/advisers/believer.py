"""A simulated expert who advises what would be best if the world were as the expert believes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recourse_bandits.advisers.base import Question
from recourse_bandits.advisers.scripted import Pair, Scripted
from recourse_bandits.beliefs import EFFECTS, believed
from recourse_bandits.errors import DescriptionError
from recourse_bandits.parameters import (
    require_fraction,
    require_not_negative,
    require_one_of,
    require_whole,
)
from recourse_bandits.problem import Problem
from recourse_bandits.records import Key
from recourse_bandits.solutions import best_recourse


@dataclass(frozen=True, eq=False)
class Believer(Scripted):
    """An expert with beliefs about a linear world; the level that all people share is known.

    Parameters
    ----------
    coefficients
        The truth, from the environment, shape (K, d).
    effects
        `as they are` or `reversed`: how the expert sees the effects of features.
    error
        Standard deviation of the error of each believed effect, >= 0; reward per scaled unit.
    reach
        Share of the way to the best point that is advised, in [0, 1]: models that are asked for
        numbers move too little (the LIBRA paper's go 1.36 of 3), those asked for a direction are
        carried all the way.
    seed
        Draws the errors, >= 0.

    Raises
    ------
    DescriptionError
        If a parameter is out of its range.
    """

    coefficients: NDArray[np.float64]
    effects: str = "as they are"
    error: float = 0.0
    reach: float = 1.0
    seed: int = 1

    def __post_init__(self) -> None:
        require_one_of(EFFECTS, effects=self.effects)
        require_not_negative(error=self.error)
        require_fraction(reach=self.reach)
        require_whole(seed=self.seed)

    def init(self, problem: Problem) -> None:
        """Check that the coefficients are the problem's.

        Parameters
        ----------
        problem
            The problem.

        Raises
        ------
        DescriptionError
            If they have another shape, or are not finite.
        """
        shape = (len(problem.arms), problem.dimension)
        if np.shape(self.coefficients) != shape or not np.isfinite(self.coefficients).all():
            raise DescriptionError(
                f"coefficients must be finite, of shape {shape}, got {np.shape(self.coefficients)}"
            )

    def pair(self, question: Question, key: Key) -> Pair:
        """Return the pair that is best for the believed coefficients, `reach` of the way.

        Parameters
        ----------
        question
            Person and proposal.
        key
            Not used.
        """
        context = question.context
        theta = believed(self.coefficients, question.problem, self.effects, self.error, self.seed)
        solution = best_recourse(context.values, theta, context.feasible)
        arm = int(np.argmax(np.where(context.eligible, solution.value, -np.inf)))
        change = (solution.point[arm] - context.values)[context.feasible.mutable]
        return arm, context.feasible.moved(
            context.values, context.feasible.nearest(self.reach * change)
        )
