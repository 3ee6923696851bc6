"""The rows that an exact estimate is made from."""

from typing import NamedTuple

import numpy as np

from recourse_bandits.records import Array


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

    def added(self, arm: int, point: Array, reward: float, predicted: float) -> "Rows":
        """Return the rows with one more.

        Parameters
        ----------
        arm
            Number of the arm that was given.
        point
            Columns as realised, shape (d,).
        reward
            The reward.
        predicted
            -2·log p of it, as it was before it was seen.
        """
        losses = self.predicted.copy()
        losses[arm] += predicted
        return self._replace(
            points=_with_part(self.points, arm, np.vstack([self.points[arm], point])),
            rewards=_with_part(self.rewards, arm, np.append(self.rewards[arm], reward)),
            predicted=losses,
        )

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


def _with_part(parts: tuple[Array, ...], place: int, part: Array) -> tuple[Array, ...]:
    """Return the arrays of the arms with one replaced: only that one is copied."""
    return (*parts[:place], part, *parts[place + 1 :])
