"""A world whose doses are judged by a lab value and compared with the best ones."""

from abc import abstractmethod
from collections.abc import Mapping
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recourse_bandits import kernels
from recourse_bandits.environments.dosed import DosedEnvironment
from recourse_bandits.environments.fixed_doses import best_together, settled
from recourse_bandits.kernels.links import LOGISTIC
from recourse_bandits.plans import DoseEffects, planned_together
from recourse_bandits.problem import Context
from recourse_bandits.records import Array, Key

_SUCCESS_INDEX = 0
_NOISE_INDEX = 1  # a pair of uniform numbers later than the success
COMPARATORS = ("fixed", "settled", "personal")


class _Judges(NamedTuple):
    """What judges the doses of every arm; those of an arm without doses are 0."""

    given: NDArray[np.bool_]
    lower: Array
    upper: Array
    target: float
    over: Array
    under: Array


class JudgedEnvironment(DosedEnvironment):
    r"""A world of successes and failures, whose lab value is linear in features and dose.

    .. math:: P(success) = \sigma(x\cdot\theta_k - f_k(x\cdot\omega + y\,slope_k)),\quad
              lab = x\cdot\omega + y\,slope_k + noise

    y is the dose and f the cost of the problem's `SubOutcome`; an arm without doses costs nothing
    and has no lab value. Subclasses set what follows.
    """

    noise: float
    """Standard deviation of the lab value."""
    comparator: str
    """`fixed`, the best dose of every arm, one for all people; `settled`, the doses that cost least
    among those for whom their arm is best; `personal`, for every person the best change of features
    together with the best dose. With the others nobody can change a feature."""

    @property
    @abstractmethod
    def theta(self) -> Array:
        """Coefficients of the log odds of success without cost, shape (K, d)."""

    @property
    @abstractmethod
    def omega(self) -> Array:
        """Coefficients of the lab value without a dose, shape (d,)."""

    @property
    @abstractmethod
    def slopes(self) -> Array:
        """Effect on the lab value of one unit of each arm's dose, shape (K,); 0 without doses."""

    @property
    @abstractmethod
    def people(self) -> Array:
        """Columns of the people by whom fixed doses are chosen, shape (n, d)."""

    @cached_property
    def _judges(self) -> _Judges:
        problem = self.problem
        doses, sub_outcome = problem.doses, problem.sub_outcome
        assert doses is not None, "a subclass has an arm with a dose"
        assert sub_outcome is not None, "a subclass has a sub-outcome"
        over, under = sub_outcome.costs_of(problem.arm_names, doses.given)
        return _Judges(doses.given, doses.lower, doses.upper, sub_outcome.target, over, under)

    def effect(self, columns: Array, arm: int, dose: float) -> float:
        """Return the expected lab value.

        Parameters
        ----------
        columns
            The person's columns, shape (d,).
        arm
            Number of the arm, one that has doses.
        dose
            Its dose, in the arm's unit.
        """
        return float(columns @ self.omega + dose * self.slopes[arm])

    def expected(
        self, context: Context, arm: int, point: Array, dose: float | None = None
    ) -> float:
        """Return the chance of success.

        Parameters
        ----------
        context
            The person.
        arm
            Number of the arm.
        point
            The person's columns, shape (d,).
        dose
            Its dose, in the arm's unit; None: `best_dose`.
        """
        given = self.best_dose(context, arm, point) if dose is None else dose
        margin = float(point @ self.theta[arm])
        if given is not None:
            margin -= float(self._cost(point @ self.omega, arm, given))
        return float(kernels.links.expected(LOGISTIC, 1.0, margin))

    def measures(
        self, context: Context, arm: int, point: Array, key: Key, dose: float | None = None
    ) -> Mapping[str, float]:
        """Return whether there was success and, of a dose, the lab value with normal noise.

        Parameters
        ----------
        context
            The person.
        arm
            Number of the arm.
        point
            The person's columns, shape (d,).
        key
            Draws noise and success.
        dose
            Its dose, in the arm's unit; None: `best_dose`.
        """
        given = self.best_dose(context, arm, point) if dose is None else dose
        success = kernels.draws.uniform(*key, _SUCCESS_INDEX) < self.expected(
            context, arm, point, given
        )
        found = {self.problem.reward.measure: float(success)}
        sub_outcome = self.problem.sub_outcome
        if given is not None and sub_outcome is not None:
            noise = self.noise * float(kernels.draws.normal(*key, 2 * _NOISE_INDEX))
            found[sub_outcome.measure] = self.effect(point, arm, given) + noise
        return found

    def best_dose(self, context: Context, arm: int, point: Array) -> float | None:
        """Return the comparator's dose of an arm, which may lie between steps; None: it has none.

        Parameters
        ----------
        context
            The person.
        arm
            Number of the arm.
        point
            The person's columns after a recourse, shape (d,).
        """
        if not self._judges.given[arm]:
            return None
        if self.comparator == "personal":
            return float(self.personal_doses(point)[arm])
        doses = self.fixed_doses if self.comparator == "fixed" else self.settled_doses
        return float(doses[arm])

    def personal_doses(self, columns: Array) -> Array:
        """Return the best dose of every arm for people, shape (..., K); 0 of an arm without doses.

        Parameters
        ----------
        columns
            Their columns, shape (..., d).
        """
        _, low, high, target, over, under = self._judges
        base = (columns @ self.omega)[..., None]
        doses: Array = kernels.dose.personal(base, self.slopes, target, over, under, low, high, low)
        return doses

    @cached_property
    def _crowd(self) -> tuple[Array, Array]:
        """Log odds without cost (n, K) and lab values without dose (n,) of many people."""
        return self.people @ self.theta.T, self.people @ self.omega

    def _cost(self, base: Array, arm: int, dose: float) -> Array:
        """Return what a dose costs people with these lab values without a dose."""
        _, _, _, target, over, under = self._judges
        cost: Array = kernels.dose.penalty(
            dose, base, self.slopes[arm], target, over[arm], under[arm]
        )
        return cost

    @cached_property
    def fixed_doses(self) -> Array:
        """Doses of the largest mean chance over `people`, one an arm, shape (K,)."""
        return best_together(*self._crowd, self._cost, self._judges.lower, self._judges.upper)

    @cached_property
    def settled_doses(self) -> Array:
        """Doses that each cost least where their arm is best with them, shape (K,)."""
        ranges = self._judges.lower, self._judges.upper
        return settled(*self._crowd, self._cost, *ranges, start=self.fixed_doses)

    def best(self, context: Context) -> tuple[int, Array]:
        """Return the arm of the largest chance at the comparator's doses, and its change.

        Parameters
        ----------
        context
            The person.
        """
        _, low, high, target, over, under = self._judges
        truth = DoseEffects(self.omega, self.slopes, target, over, under, low, high, low)
        plans = planned_together(context, self.theta, truth)
        return self._extreme(context, plans.points, 1.0)

    def worst(self, context: Context) -> tuple[int, Array]:
        """Return the arm of the least chance at the comparator's doses, and its change.

        Parameters
        ----------
        context
            The person.
        """
        _, _, _, _, over, under = self._judges
        # the log odds are the least of three that are linear: on target, above it, below it
        slopes = [self.theta - cost[:, None] * self.omega for cost in (0.0 * over, over, -under)]
        tried = np.stack([self._furthest(context, -slope) for slope in slopes])
        chances = [
            [self.expected(context, arm, point) for arm, point in enumerate(points)]
            for points in tried
        ]
        which = np.argmin(chances, axis=0)
        return self._extreme(context, tried[which, np.arange(which.size)], -1.0)

    def _furthest(self, context: Context, slope: Array) -> Array:
        feasible = context.feasible
        start = np.broadcast_to(context.values, slope.shape)
        mutable = np.ascontiguousarray(slope[:, feasible.mutable])
        return feasible.moved(start, kernels.feasible.maximise(mutable, *feasible.region))

    def _extreme(self, context: Context, points: Array, sign: float) -> tuple[int, Array]:
        chances = [sign * self.expected(context, arm, point) for arm, point in enumerate(points)]
        arm = int(np.argmax(np.where(context.eligible, chances, -np.inf)))
        return arm, points[arm]
