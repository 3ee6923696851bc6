"""What the linear policies share: one regression an arm, and its confidence set."""

import math
from abc import abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np

from recourse_bandits import kernels
from recourse_bandits.errors import DescriptionError
from recourse_bandits.parameters import (
    require_positive,
    require_whole,
)
from recourse_bandits.policies.base import Policy
from recourse_bandits.policies.linear_state import (
    FORMS,
    LEARNED,
    NUMERIC,
    ConfidenceRadius,
    LinearState,
)
from recourse_bandits.policies.refitting import refitted
from recourse_bandits.policies.rows import no_rows
from recourse_bandits.problem import Context, Problem, Reward
from recourse_bandits.problem.reward import LINKS
from recourse_bandits.records import Array, Decision, Outcome, Proposal


@dataclass(frozen=True, kw_only=True)
class LinearPolicy(Policy[LinearState]):
    """A policy whose arms are ridge regressions, or generalised linear models with a link.

    Parameters
    ----------
    penalty
        Ridge penalty lambda > 0, where the problem's prior says nothing.
    exact_rows
        With a link other than the identity: as many outcomes of an arm are kept, and its estimate
        is the exact one for them (`kernels.exact`); further ones are added in one pass
        (`kernels.one_pass`), so that cost and memory stay as they are. 0: one pass from the
        beginning; None (or infinity): always exact. With the identity every estimate is exact
        without rows.
    """

    penalty: float = 1.0
    exact_rows: int | None = 500

    def __post_init__(self) -> None:
        require_positive(penalty=self.penalty)
        if self.exact_rows == math.inf:
            object.__setattr__(self, "exact_rows", None)
        elif self.exact_rows is not None:
            require_whole(exact_rows=self.exact_rows)

    @property
    @abstractmethod
    def confidence(self) -> ConfidenceRadius:
        """Which confidence radius is used."""

    def context_norm_bound(self, problem: Problem) -> float | None:
        """Return the bound beta_X on the norm of a point, where the radius needs one.

        Parameters
        ----------
        problem
            The problem that will be decided.
        """
        return None

    def init(self, problem: Problem) -> LinearState:
        """State with the prior of the problem, `penalty`·I where it says nothing.

        Parameters
        ----------
        problem
            The problem that will be decided.
        """
        mean, precision = problem.reward.prior.arrays(
            problem.arm_names, problem.columns, self.penalty
        )
        arms, dimension = mean.shape
        factor = np.ascontiguousarray(np.swapaxes(np.linalg.cholesky(precision), 1, 2))
        eigenvalues = np.linalg.eigvalsh(precision)
        variance = (1.0 / eigenvalues[:, 0]).astype(np.float64)
        error = problem.reward.coefficient_bound + np.linalg.norm(mean, axis=1)
        bias = np.sqrt(eigenvalues[:, -1]) * error
        noise = np.full(arms, problem.reward.spread)
        bound = self.context_norm_bound(problem) or 0.0
        growth = bound**2 / eigenvalues[:, 0]
        form, scale, failure, _ = self.confidence
        if problem.reward.link != "identity":
            if form == FORMS["lemma2"]:
                noise, bias = self._scaled_for_lemma_2(problem.reward, bias, bound)
            form = self.confidence.form_with_link
        radius = [
            kernels.confidence.radius(
                form, scale, 0, 0.0, dimension, arms, noise[a], failure, growth[a], bias[a]
            )
            for a in range(arms)
        ]
        return LinearState(
            factor=factor,
            moment=np.einsum("kij,kj->ki", factor, mean),
            estimate=mean,
            counts=np.zeros(arms, np.int64),
            log_det=np.zeros(arms),
            confidence_radius=np.array(radius),
            largest_variance=variance,
            prior_log_det=np.array([kernels.least_squares.log_determinant(f) for f in factor]),
            bias=bias,
            noise=noise,
            growth=growth.astype(np.float64),
            link=problem.reward.link_code,
            coefficient_bound=problem.reward.coefficient_bound,
            largest=problem.reward.largest,
            rows=no_rows(mean, precision, variance) if self._keeps_rows(problem) else None,
        )

    def _keeps_rows(self, problem: Problem) -> bool:
        return self.exact_rows != 0 and problem.reward.link != "identity"

    def _scaled_for_lemma_2(self, reward: Reward, bias: Array, bound: float) -> tuple[Array, Array]:
        """Return noise and bias over the least slope of the link that can occur, at most 1."""
        if self.exact_rows is not None:
            raise DescriptionError(
                f"form 'lemma2' is about the exact estimate where the link is {reward.link!r}: use "
                f"exact_rows=None, got {self.exact_rows}, or form='determinant'"
            )
        reach = bound * reward.coefficient_bound
        least = min(kernels.links.slope(reward.link_code, z) for z in (-reach, reach))
        least = min(least, 1.0)
        return np.full(bias.size, reward.noise / least), bias / least

    def interval(
        self, state: LinearState, context: Context, arm: int, point: Array
    ) -> tuple[float, float, float]:
        """Estimate, lower and upper bound of the reward of any pair.

        Parameters
        ----------
        state
            What has been learned.
        context
            The person; not needed here.
        arm
            Number of the arm.
        point
            Columns after a recourse, shape (d,).
        """
        mean, half_width = kernels.least_squares.predict(
            state.factor[arm], state.estimate[arm], state.confidence_radius[arm], point
        )
        return self.on_reward_scale(state, mean, mean - half_width, mean + half_width)

    def on_reward_scale(
        self, state: LinearState, mean: float, low: float, high: float
    ) -> tuple[float, float, float]:
        """Return an estimate and bounds of z = x'theta as ones of the expected reward.

        Parameters
        ----------
        state
            What has been learned; it knows the link.
        mean, low, high
            On the linear scale.
        """
        if state.link != LINKS["identity"]:
            mean, low, high = self._rewards(state, np.array([mean, low, high]))
        return float(mean), float(low), float(high)

    @staticmethod
    def _rewards(state: LinearState, z: Array) -> Array:
        """Return the expected rewards of points of the linear scale."""
        rewards: Array = kernels.links.expected(state.link, state.largest, z)
        return rewards

    def proposal(
        self,
        state: LinearState,
        context: Context,
        arm: int,
        point: Array,
        mean: Array,
        high: Array,
        ruled_out: Any,
        *,
        explored: bool,
        propensity: float | None = None,
    ) -> Proposal:
        """Return a choice made on the linear scale, with its estimates on that of rewards.

        Since expected rewards rise with z, [mu(low), mu(high)] holds whatever [low, high] does.

        Parameters
        ----------
        state
            What has been learned.
        context, arm, point
            As of a `Proposal`.
        mean, high
            Estimate and upper bound of each arm, shape (..., K), on the linear scale.
        ruled_out, explored, propensity
            As of a `Proposal`.
        """
        low = None
        if state.link != LINKS["identity"]:
            low = self._rewards(state, 2.0 * mean - high)
            mean = self._rewards(state, mean)
            high = np.where(np.isneginf(high), high, self._rewards(state, high))
        return Proposal(
            context,
            arm,
            point,
            mean,
            high,
            ruled_out,
            explored=explored,
            propensity=propensity,
            low=low,
        )

    def observed(
        self,
        state: LinearState,
        decision: Decision | None,
        outcome: Outcome,
        *,
        donate: bool = False,
    ) -> LinearState:
        """State with one more row in the model of the arm that was really given.

        Parameters
        ----------
        state
            The state before.
        decision
            The decision, as stored; not needed here.
        outcome
            What came of it.
        donate
            True: the memory of `state` is reused.
        """
        if state.rows is not None:
            if self.exact_rows is None or state.counts[outcome.arm] < self.exact_rows:
                return refitted(state, outcome, self.confidence)
            state = state._replace(rows=state.rows.without(outcome.arm))
        if not donate:
            learned: Any = state[:LEARNED]
            copies: Any = [array.copy() for array in learned]
            state = LinearState(*copies, *state[LEARNED:])
        kernels.linear_arms.learn(
            *state[:NUMERIC], *self.confidence, outcome.arm, outcome.point, outcome.reward
        )
        return state
