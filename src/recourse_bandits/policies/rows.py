"""The rows that an exact estimate is made from, and what one more of them changes."""

from typing import Any, NamedTuple

import numpy as np

from recourse_bandits import kernels
from recourse_bandits.records import Array, Outcome


class Rows(NamedTuple):
    """Everything that was observed, and what was predicted before it was."""

    points: tuple[Array, ...]
    """Columns as realised, of each arm; (n_a, d)."""
    rewards: tuple[Array, ...]
    """Rewards of each arm; (n_a,)."""
    predicted: Array
    """-2·sum of log p_s of each arm, see `kernels.one_pass`; (K,)."""
    prior_mean: Array
    """Constant; (K, d)."""
    prior_precision: Array
    """Constant; (K, d, d)."""
    prior_variance: Array
    """Constant: largest eigenvalue of the inverse of each `prior_precision`; (K,)."""

    def without(self, arm: int) -> "Rows":
        """Return the rows of the other arms only: that arm's estimate is not made anew again.

        Parameters
        ----------
        arm
            Number of the arm.
        """
        if not self.rewards[arm].size:
            return self
        return self._replace(
            points=_with_part(self.points, arm, self.points[arm][:0].copy()),
            rewards=_with_part(self.rewards, arm, np.empty(0)),
        )


def no_rows(mean: Array, precision: Array, variance: Array) -> Rows:
    """Return the rows before any outcome.

    Parameters
    ----------
    mean, precision, variance
        Of the prior, shapes (K, d), (K, d, d) and (K,).
    """
    arms, dimension = mean.shape
    return Rows(
        tuple(np.empty((0, dimension)) for _ in range(arms)),
        tuple(np.empty(0) for _ in range(arms)),
        np.zeros(arms),
        mean.copy(),
        precision.copy(),
        variance.copy(),
    )


class Fitted(NamedTuple):
    """An arm's exact estimate."""

    rows: Rows
    """With the new one."""
    estimate: Array
    """(d,)."""
    factor: Array
    """Of the set's matrix W; (d, d)."""
    gain: float
    """What takes the place of the log determinant in the radius; see `kernels.exact`."""


def fitted(state: Any, outcome: Outcome, *, proved_radius: float | None, in_ball: bool) -> Fitted:
    """Add an outcome to the rows and estimate its arm again: n·d² operations for n rows of it.

    Parameters
    ----------
    state
        A `LinearState` with rows, before the outcome.
    outcome
        What came of a decision.
    proved_radius
        Radius of the arm's set as proved, for curvature weights; None: for weights mu' at the
        estimate, as of a Laplace approximation.
    in_ball
        Whether the estimate is kept within the coefficient bound and all weights are 1 (Lemma 2).
    """
    arm, link, before = outcome.arm, state.link, state.estimate[outcome.arm]
    dispersion = 1.0 if in_ball else float(state.noise[arm]) ** 2  # Lemma 2 predicts nothing
    rows = _with(state, outcome, dispersion)
    points, rewards = rows.points[arm], rows.rewards[arm]
    prior = rows.prior_mean[arm], rows.prior_precision[arm]
    estimate, bound = before.copy(), float(state.coefficient_bound)
    if in_ball:
        kernels.exact.fit_in_ball(link, points, rewards, *prior, bound, estimate)
    else:
        kernels.exact.fit(link, points, rewards, *prior, 0.0, estimate)
    z = points @ estimate
    if in_ball:
        weights = np.ones(z.size)
    elif proved_radius is None:
        weights = kernels.links.slopes(link, z)
    else:
        weights = kernels.exact.curvature_weights(
            link,
            points,
            z,
            points @ before,
            proved_radius,
            bound,
            state.largest,
            state.factor[arm],
        )
    loss = kernels.exact.penalised_loss(link, points, rewards, *prior, estimate)
    precision = kernels.exact.weighted_precision(points, weights, prior[1])
    gain = float(rows.predicted[arm]) - 2.0 * loss / dispersion
    return Fitted(rows, estimate, kernels.exact.upper_factor(precision), gain)


def _with(state: Any, outcome: Outcome, dispersion: float) -> Rows:
    """Return the rows with one more, and its loss as it was predicted."""
    rows: Rows = state.rows
    arm, x = outcome.arm, outcome.point
    _, length = kernels.least_squares.predict(state.factor[arm], state.estimate[arm], 1.0, x)
    predicted = rows.predicted.copy()
    predicted[arm] += kernels.one_pass.predicted_loss(
        state.link, dispersion, float(x @ state.estimate[arm]), float(length) ** 2, outcome.reward
    )
    return rows._replace(
        points=_with_part(rows.points, arm, np.vstack([rows.points[arm], x])),
        rewards=_with_part(rows.rewards, arm, np.append(rows.rewards[arm], outcome.reward)),
        predicted=predicted,
    )


def _with_part(parts: tuple[Array, ...], place: int, part: Array) -> tuple[Array, ...]:
    """Return the arrays of the arms with one replaced: only that one is copied."""
    return (*parts[:place], part, *parts[place + 1 :])
