"""What a linear policy has learned: K regressions side by side, or generalised linear models."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from recourse_bandits.policies.rows import Rows
from recourse_bandits.records import Array

FORMS = {"lemma2": 0, "determinant": 1, "posterior": 2, "curvature": 3}  # as the kernels do


class LinearState(NamedTuple):
    """K ridge regressions side by side; the notation is that of `kernels.least_squares`."""

    factor: Array
    """R_a, upper triangular, V_a = R_a'R_a; (K, d, d)."""
    moment: Array
    """Rotated moments; (K, d)."""
    estimate: Array
    """Coefficients; (K, d); reward per scaled unit."""
    counts: NDArray[np.int64]
    """Outcomes seen; (K,)."""
    log_det: Array
    """log det V_a minus that of the prior; what takes its place with another link; (K,)."""
    confidence_radius: Array
    """rho_a; (K,); unit of the reward, or of z with another link."""
    largest_variance: Array
    """Upper bound on the largest eigenvalue of V_a^-1; (K,)."""
    prior_log_det: Array
    """Constant; (K,)."""
    bias: Array
    """Constant: bound on the prior's error in the prior's norm; (K,); unit of the reward."""
    noise: Array
    """Constant: standard deviation of the reward's noise, or the root of its dispersion; (K,)."""
    growth: Array
    """Constant: context_bound² over the least prior precision; (K,)."""
    link: int
    """Constant: how rewards follow from the linear scale, as `kernels.links` numbers it."""
    coefficient_bound: float
    """Constant: bound on the Euclidean norm of an arm's coefficients."""
    largest: float
    """Constant: largest size that a reward can have by its link."""
    rows: Rows | None
    """What an exact estimate is made from; None: estimates are updated in one pass."""
    people: Any = None
    """What was seen of people who do not comply; None if they are expected to."""


LEARNED = 7  # the first fields change with outcomes, the others are constants
NUMERIC = 14  # and all but the rows are what kernels take


class ConfidenceRadius(NamedTuple):
    """Which confidence radius a policy uses, as the kernels want it."""

    form: int
    scale: float
    failure: float
    bound_variance: bool
    """Whether `largest_variance` is kept up to date."""

    @property
    def form_with_link(self) -> int:
        """The form where the link is not the identity: curvature weights for `determinant`."""
        return FORMS["curvature"] if self.form == FORMS["determinant"] else self.form
