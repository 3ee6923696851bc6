"""What the bounds are made of: a problem, its constants, and how long it lasts."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from recourse_bandits import kernels
from recourse_bandits.errors import DescriptionError
from recourse_bandits.parameters import (
    require_count,
    require_not_negative,
    require_one_of,
    require_positive,
    require_probability,
)
from recourse_bandits.theory.assumptions import (
    AssumptionWarning,
    LemmaTwoInOneDimension,
    RecourseNotCertified,
    ScaleBelowOne,
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Setting:
    r"""A problem and a policy as the theorems see them.

    Parameters
    ----------
    dimension
        d, number of coefficients of an arm.
    arms
        K, number of arms.
    rounds
        T, one number of rounds or an array of them, whole and >= 1.
    noise
        sigma > 0, sub-Gaussian scale of the noise; unit of the reward.
    context_bound
        beta_X > 0, largest Euclidean norm of a person's columns after recourse, scaled units.
    coefficient_bound
        beta_Theta > 0, largest Euclidean norm of an arm's coefficients; reward per scaled unit,
        with a link in the unit of z.
    penalty
        lambda > 0, least eigenvalue of the prior's precision.
    failure
        delta, probability that the confidence sets fail, in (0, 1).
    scale
        Multiplier of the confidence radius, >= 0.
    form
        `determinant` (Abbasi-Yadkori et al. 2011, Theorem 2) or `lemma2` (LIBRA paper).
    least_slope, largest_slope
        c_mu > 0 and L_mu >= c_mu: slopes of the inverse link where z can be; see `link_slopes`.
    bias
        Bound on the prior's error in the norm of its precision, >= 0; None: that of the ridge
        prior, sqrt(lambda)·beta_Theta.
    gap
        How much larger the optimum of a round's ORO-Arm is at most than what was found, >= 0, unit
        of z; 0: solved globally, None: nobody knows.

    Raises
    ------
    DescriptionError
        If a value is out of its range.

    Examples
    --------
    >>> setting = Setting(
    ...     dimension=2, arms=2, rounds=[10, 100], noise=1, context_bound=1, coefficient_bound=1
    ... )
    >>> setting.confidence_radius.round(2)
    array([4.31, 4.9 ])
    """

    dimension: int
    arms: int
    rounds: ArrayLike
    noise: float
    context_bound: float
    coefficient_bound: float
    penalty: float = 1.0
    failure: float = 0.05
    scale: float = 1.0
    form: str = "determinant"
    least_slope: float = 1.0
    largest_slope: float = 1.0
    bias: float | None = None
    gap: float | None = None

    def __post_init__(self) -> None:
        require_count(dimension=self.dimension, arms=self.arms)
        require_positive(
            noise=self.noise,
            context_bound=self.context_bound,
            coefficient_bound=self.coefficient_bound,
            penalty=self.penalty,
            least_slope=self.least_slope,
            largest_slope=self.largest_slope,
        )
        require_probability(failure=self.failure)
        require_not_negative(scale=self.scale)
        require_one_of(("lemma2", "determinant"), form=self.form)
        for name in ("bias", "gap"):
            if getattr(self, name) is not None:
                require_not_negative(**{name: getattr(self, name)})
        if self.least_slope > self.largest_slope:
            raise DescriptionError(
                f"least_slope must be at most largest_slope, got {self.least_slope} and "
                f"{self.largest_slope}"
            )
        object.__setattr__(self, "rounds", checked_rounds(self.rounds))

    @property
    def horizon(self) -> NDArray[np.float64]:
        """T as numbers, in the shape of `rounds`."""
        return np.asarray(self.rounds, np.float64)

    @property
    def growth(self) -> float:
        """beta_X² / lambda."""
        return self.context_bound**2 / self.penalty

    @property
    def reach(self) -> float:
        """beta_Theta·beta_X, largest size of z = x'theta."""
        return self.context_bound * self.coefficient_bound

    @property
    def largest_round_regret(self) -> float:
        """2·L_mu·beta_Theta·beta_X, more than any pair can be worse than another."""
        return 2.0 * self.largest_slope * self.reach

    @property
    def played_scale(self) -> float:
        """Multiplier of the radius that the bounds take: `scale`, but at least the proved 1."""
        return max(self.scale, 1.0)

    @cached_property
    def confidence_radius(self) -> NDArray[np.float64]:
        r"""rho_T after T outcomes of one arm, in the shape of `rounds`; unit of the reward.

        Over min(1, c_mu), and at a scale of at least 1. In the determinant form, the largest that
        it can be: :math:`\log\det V_a/\lambda^d \le d\log(1 + \beta_X^2T/(\lambda d))`.
        """
        steepness = min(1.0, self.least_slope)
        bias = np.sqrt(self.penalty) * self.coefficient_bound if self.bias is None else self.bias
        radius = np.vectorize(self._radius, otypes=[np.float64])
        return np.asarray(radius(self.rounds, self.noise / steepness, bias / steepness))

    def _radius(self, rounds: int, noise: float, bias: float) -> float:
        form = (
            kernels.confidence.LEMMA_2 if self.form == "lemma2" else kernels.confidence.DETERMINANT
        )
        gain = self.dimension * np.log1p(self.growth * rounds / self.dimension)
        return float(
            kernels.confidence.radius(
                form,
                self.played_scale,
                int(rounds),
                gain,
                self.dimension,
                self.arms,
                noise,
                self.failure,
                self.growth,
                bias,
            )
        )

    @property
    def broken(self) -> tuple[AssumptionWarning, ...]:
        """What breaks the assumptions that all upper bounds share."""
        found: list[AssumptionWarning] = []
        if self.scale < 1.0:
            found.append(
                ScaleBelowOne(
                    f"scale is {self.scale:g}: nothing is proved below 1, and the figure is that "
                    "of scale 1"
                )
            )
        if self.form == "lemma2" and self.dimension == 1:
            found.append(
                LemmaTwoInOneDimension(
                    "Lemma 2 is not proved for dimension 1: use form='determinant'"
                )
            )
        if self.gap is None:
            found.append(
                RecourseNotCertified(
                    "ORO-Arm must be solved globally; Algorithm 2 finds a critical point, and "
                    "nobody has certified a gap"
                )
            )
        return tuple(found)

    @property
    def assumed(self) -> tuple[str, ...]:
        """What every upper bound takes for granted, and nothing here can check."""
        near = f"no optimistic recourse is more than {self.gap or 0.0:.3g} below the best one"
        return (
            f"no columns after recourse are longer than {self.context_bound:g}",
            f"no arm's coefficients are longer than {self.coefficient_bound:g}",
            f"noise is sub-Gaussian with scale {self.noise:g}",
            "every outcome is observed before the next decision",
            f"no confidence set fails: that has probability {1.0 - self.failure:g} or more",
            *((near,) if self.gap else ()),
        )


def checked_rounds(rounds: ArrayLike) -> NDArray[np.int64]:
    """Return numbers of rounds as whole numbers.

    Parameters
    ----------
    rounds
        T, one number or an array.

    Raises
    ------
    DescriptionError
        If one is not whole, or below 1.
    """
    given = np.asarray(rounds)
    whole = given.dtype.kind in "iu" or (given.dtype.kind == "f" and np.all(given % 1 == 0))
    if not (whole and given.size and np.all((given >= 1) & (given <= 2**53))):
        raise DescriptionError(f"rounds must be whole numbers above 0, got {rounds!r}")
    return given.astype(np.int64)
