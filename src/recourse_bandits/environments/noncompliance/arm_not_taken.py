r"""People who take another arm than the recommended one.

================  ============================================================  ========
symbol            meaning                                                       shape
================  ============================================================  ========
x                 the person, scaled columns                                    (d,)
x~                the recommendation, done as recommended                       (d,)
p                 probability of not taking the recommended arm                 ()
W                 W_ab: probability that b is taken if a is recommended         (K, K)
theta             true coefficients of the arms                                 (K, d)
================  ============================================================  ========

W_aa = 1 - p and the rest of row a is p in equal parts over the arms that may be taken instead;
W_aa = 1 where there are none. Recommending (a, x~) is worth sum_b W_ab·x~'theta_b = x~'(W theta)_a:
W does not depend on x~, so the best recourse of a is the closed form for the mixture (W theta)_a.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from recourse_bandits import kernels
from recourse_bandits.environments.base import Environment, unpriced
from recourse_bandits.environments.noncompliance.around_linear import AroundLinear
from recourse_bandits.environments.noncompliance.log_odds import LogOdds
from recourse_bandits.errors import DescriptionError
from recourse_bandits.parameters import require_one_of
from recourse_bandits.problem import Context
from recourse_bandits.records import Array, Key


@dataclass(frozen=True)
class ArmNotTaken(AroundLinear):
    """Some people take another arm than the recommended one; who does, features tell.

    The probability is p = 1 / (1 + exp(-level - coefficients'x)); who refuses does so whatever arm
    is recommended, and makes the recommended change all the same. Nobody takes an arm that they are
    not eligible for: where no other arm is left, the recommended one is taken. Ours.

    Parameters
    ----------
    world
        A linear environment.
    seed
        Not used: the world inside has one.
    level
        Log odds of refusing, of a person all of whose named columns are 0; `-inf`: people comply.
    coefficients
        Log odds per scaled unit, by column; columns that are left out have 0.
    instead
        Name of the arm that people fall back on: recommended, it is always taken, and those who are
        not eligible for it take what is recommended. None: any other eligible arm, all equally
        likely.

    Raises
    ------
    DescriptionError
        If a parameter is out of its range, a column or arm is unknown, or the world is not linear
        or has only one arm.

    Examples
    --------
    >>> from recourse_bandits import Hypertension
    >>> world = ArmNotTaken(Hypertension(), level=0.0)
    >>> context = world.problem.context([0.0] * 8)
    >>> world.given(context).tolist()
    [[0.5, 0.5], [0.5, 0.5]]
    """

    world: Environment
    seed: int = 0
    level: float = 0.0
    coefficients: Mapping[str, float] = field(default_factory=dict)
    instead: str | None = None

    def __post_init__(self) -> None:
        names, link = self.problem.arm_names, self.problem.reward.link
        if link != "identity":
            raise DescriptionError(
                "world must be one with the identity link, got "
                f"{type(self.world).__name__} with the {link} link: the best change for a mixture "
                "of arms has no closed form there"
            )
        if len(names) < 2:
            raise DescriptionError(
                f"{type(self.world).__name__} has only one arm, so nobody could take another one"
            )
        self._odds  # noqa: B018 - made on first use, from the parameters
        if self.instead is not None:
            require_one_of(names, instead=self.instead)

    @cached_property
    def _odds(self) -> LogOdds:
        return LogOdds(self.problem.columns, self.level, self.coefficients)

    @cached_property
    def _fallen_back_on(self) -> NDArray[np.bool_]:
        return np.array([self.instead in (None, name) for name in self.problem.arm_names])

    @cached_property
    def note(self) -> str:  # type: ignore[override]
        """What is simulated, what people do included."""
        other = "another arm at random" if self.instead is None else self.instead
        return (
            f"{self.inner.note} Simulated: people take {other} instead of the recommended arm, "
            f"with a probability{self._odds.reasons}; it is {self._odds.typical:.3g} where nothing "
            "else counts; nobody takes an arm that they are not eligible for."
        )

    def alternatives(self, context: Context) -> NDArray[np.bool_]:
        """Return what may be taken (columns) instead of each recommended arm (rows), shape (K, K).

        Parameters
        ----------
        context
            The person.
        """
        possible: NDArray[np.bool_] = context.eligible & self._fallen_back_on
        return possible & ~np.eye(possible.size, dtype=np.bool_)

    def chance(self, context: Context) -> float:
        """Return the probability p that a person refuses the recommended arm.

        Parameters
        ----------
        context
            The person.
        """
        return self._odds.probability(context.values)

    def given(self, context: Context) -> Array:
        """Return W, the probability that an arm (column) is taken if one (row) is recommended.

        Parameters
        ----------
        context
            The person.

        Returns
        -------
        numpy.ndarray
            Shape (K, K); each row sums to 1.
        """
        others = self.alternatives(context)
        number = others.sum(axis=1)
        refused = np.where(number > 0, self.chance(context), 0.0)
        probability: Array = others * (refused / np.maximum(number, 1))[:, None]
        np.fill_diagonal(probability, 1.0 - refused)
        return probability

    def realised(self, context: Context, arm: int, point: Array, key: Key) -> tuple[int, Array]:
        """Return the arm that is taken, and the point as recommended.

        Parameters
        ----------
        context
            The person.
        arm
            Number of the recommended arm.
        point
            Recommended columns, shape (d,).
        key
            Draws whether the person refuses, and what is taken instead.
        """
        others = np.flatnonzero(self.alternatives(context)[arm])
        refuses, which = kernels.draws.uniform(*key, np.arange(2))
        if others.size == 0 or refuses >= self.chance(context):
            return arm, point
        return int(others[int(which * others.size)]), point

    def expected(self, context: Context, arm: int, point: Array) -> float:
        """Return what recommending a pair is worth: the mean over the arms that may be taken.

        Parameters
        ----------
        context
            The person.
        arm
            Number of the arm.
        point
            Recommended columns, shape (d,).
        """
        given, inner = self.given(context)[arm], self.inner
        taken = np.flatnonzero(given)
        return float(sum(given[each] * inner.expected(context, int(each), point) for each in taken))

    def best(self, context: Context) -> tuple[int, Array]:
        """Return the pair that it is best to recommend.

        Parameters
        ----------
        context
            The person.
        """
        return self._extreme(context, self._mixed(context))

    def worst(self, context: Context) -> tuple[int, Array]:
        """Return the pair that it is worst to recommend.

        Parameters
        ----------
        context
            The person.
        """
        return self._extreme(unpriced(context), -self._mixed(context))

    def _mixed(self, context: Context) -> Array:
        """Coefficients of recommending each arm, W theta, shape (K, d)."""
        mixed: Array = self.given(context) @ self.theta
        return mixed
