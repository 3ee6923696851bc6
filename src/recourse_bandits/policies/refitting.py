"""Exact estimates of an arm, made anew from all its rows with every outcome of it."""

from typing import Any, NamedTuple

import numpy as np

from recourse_bandits import kernels
from recourse_bandits.policies.linear_state import FORMS, ConfidenceRadius, LinearState
from recourse_bandits.policies.rows import Rows
from recourse_bandits.records import Array, Outcome


def refitted(state: LinearState, outcome: Outcome, confidence: ConfidenceRadius) -> LinearState:
    """Return the state whose estimate for the given arm is made anew from all its rows.

    Parameters
    ----------
    state
        The state before, with rows.
    outcome
        What came of a decision.
    confidence
        Which confidence radius is used.
    """
    arm, form = outcome.arm, confidence.form_with_link
    _, scale, failure, bound_variance = confidence
    arms, dimension = state.estimate.shape

    def radius(multiplier: float, count: int, gain: float) -> float:
        constants = state.noise[arm], failure, state.growth[arm], state.bias[arm]
        found: float = kernels.confidence.radius(
            form, multiplier, count, gain, dimension, arms, *constants
        )
        return found

    count = int(state.counts[arm])
    proved = radius(1.0, count, float(state.log_det[arm]))
    found = _fitted(
        state,
        outcome,
        proved_radius=proved if form == FORMS["curvature"] else None,
        in_ball=form == FORMS["lemma2"],
    )
    variance = found.rows.prior_variance[arm]  # W is never less than the prior's precision
    if bound_variance:
        variance = kernels.linear_arms.highest_variance(found.factor, variance)
    return state._replace(
        rows=found.rows,
        factor=_with_row(state.factor, arm, found.factor),
        moment=_with_row(state.moment, arm, found.factor @ found.estimate),
        estimate=_with_row(state.estimate, arm, found.estimate),
        counts=_with_row(state.counts, arm, count + 1),
        log_det=_with_row(state.log_det, arm, found.gain),
        confidence_radius=_with_row(
            state.confidence_radius, arm, radius(float(scale), count + 1, found.gain)
        ),
        largest_variance=_with_row(state.largest_variance, arm, variance),
    )


class _Fitted(NamedTuple):
    """An arm's exact estimate."""

    rows: Rows
    """With the new one."""
    estimate: Array
    """(d,)."""
    factor: Array
    """Of the set's matrix W; (d, d)."""
    gain: float
    """What takes the place of the log determinant in the radius; see `kernels.exact`."""


def _fitted(
    state: LinearState, outcome: Outcome, *, proved_radius: float | None, in_ball: bool
) -> _Fitted:
    """Add an outcome to the rows and estimate its arm again: n·d² operations for n rows of it.

    Parameters
    ----------
    state
        The state with rows, before the outcome.
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
    rows = _with_outcome(state, outcome, dispersion)
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
    factor = kernels.exact.weighted_factor(points, weights, prior[1])
    gain = float(rows.predicted[arm]) - 2.0 * loss / dispersion
    return _Fitted(rows, estimate, factor, gain)


def _with_outcome(state: LinearState, outcome: Outcome, dispersion: float) -> Rows:
    """Return the rows with one more, and its loss as it was predicted."""
    if state.rows is None:
        raise TypeError("an exact estimate needs the rows that it is made from")
    arm, x = outcome.arm, outcome.point
    _, length = kernels.least_squares.predict(state.factor[arm], state.estimate[arm], 1.0, x)
    z = float(x @ state.estimate[arm])
    predicted = kernels.one_pass.predicted_loss(
        state.link, dispersion, z, float(length) ** 2, outcome.reward
    )
    return state.rows.added(arm, x, outcome.reward, predicted)


def _with_row(array: Any, place: int, row: Any) -> Any:
    """Return a copy of an array with one row replaced."""
    copy = array.copy()
    copy[place] = row
    return copy
