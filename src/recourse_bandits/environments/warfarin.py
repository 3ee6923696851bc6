"""Warfarin: real people and the doses they need; what a dose does to the INR is simulated."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recourse_bandits import kernels
from recourse_bandits.environments.datasets import digest
from recourse_bandits.environments.judged import COMPARATORS, JudgedEnvironment
from recourse_bandits.environments.warfarin_fits import DoseFit, Slope, dose_slope, required_dose
from recourse_bandits.environments.warfarin_people import FEATURES, warfarin_people
from recourse_bandits.parameters import (
    require_finite,
    require_not_negative,
    require_one_of,
    require_positive,
    require_probability,
)
from recourse_bandits.problem import Arm, Budget, Dose, Person, Problem, Reward
from recourse_bandits.problem.sub_outcome import SubOutcome
from recourse_bandits.records import Array, Key

_THERAPEUTIC = (2.0, 3.0)  # INR
_DOSE = Dose("mg/week", 5.0, 80.0, step=2.5, start=35.0, rounding="down")


@dataclass(frozen=True)
class Warfarin(JudgedEnvironment):
    r"""Real people on warfarin, drawn with replacement, and an INR simulated around their need.

    In the file everybody's dose was already titrated to the INR, so that the INR hardly changes
    with the dose, and the slope of one on the other (`naive_slopes`) would lead to dangerous doses.
    What the file does tell is the dose that people need: that of whoever has an INR of 2 to 3,
    fitted linearly to their features (`need`). Around it the INR is simulated,

    .. math:: INR = target + slope\,(dose - need(x)) + noise,\quad
              P(success) = \sigma(logit(success) - f(E[INR]))

    with f the cost of `SubOutcome`. Success has a constant chance under the other arm, which has no
    dose. What a person needs beyond their features is left out: the default `noise` is as large as
    its effect on the INR, the slope times 11.6 mg/week. Far from the need an INR can leave what is
    possible: a line is what the dosing policies assume.

    Parameters
    ----------
    seed
        Not used: the truth is fixed. Every environment takes one.
    path
        The data as CSV; see `warfarin_people`.
    slope
        INR per mg/week, > 0; assumed: from 1 without warfarin to 2.5 at 30 mg/week.
    target
        Where the INR should be.
    noise
        Standard deviation of the INR, > 0.
    over, under
        Cost >= 0 of one unit of INR above and below the target, log odds; assumed.
    success
        Chance of success in (0, 1) under warfarin at the target; assumed.
    other
        Chance of success in (0, 1) under the other anticoagulant; assumed.
    comparator
        What regret is measured against: `fixed`, `settled` or `personal`, as in `Dosing`.

    Raises
    ------
    DescriptionError
        If a parameter is out of its range.
    DatasetError
        If the file cannot be had, or holds too few people.

    References
    ----------
    International Warfarin Pharmacogenetics Consortium (2009), NEJM 360:753-764: the data.
    Keyvanshokooh et al. (2025), *Contextual learning with online convex optimization*: the form of
    INR and chance.
    """

    seed: int = 0
    path: str | None = None
    slope: float = 0.05
    target: float = 2.5
    noise: float = 0.6
    over: float = 2.0
    under: float = 1.0
    success: float = 0.85
    other: float = 0.65
    comparator: str = "fixed"

    def __post_init__(self) -> None:
        require_positive(slope=self.slope, noise=self.noise)
        require_finite(target=self.target)
        require_not_negative(over=self.over, under=self.under)
        require_probability(success=self.success, other=self.other)
        require_one_of(COMPARATORS, comparator=self.comparator)

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """The persons: features, `dose` in mg/week and `inr`."""
        return warfarin_people(self.path)

    @cached_property
    def data_digest(self) -> str:
        """SHA-256 of the persons."""
        return digest(self.rows)

    @property
    def note(self) -> str:  # type: ignore[override]
        """What is real, fitted, assumed and simulated."""
        low, high = _THERAPEUTIC
        return (
            f"Real: the features, doses and INRs of {len(self.rows):,} people on warfarin (IWPC), "
            f"all titrated. Fitted: the dose needed by features, to the {self.fits[0].people:,} "
            f"with an INR of {low:g} to {high:g}. Assumed: {self.slope:g} INR per mg/week, the "
            f"costs of an INR off {self.target:g}, the chance of success at it "
            f"({self.success:g}) and under the other anticoagulant ({self.other:g}). "
            "Simulated: who comes, the INR with its noise, and success. Not for the care of anyone."
        )

    @cached_property
    def problem(self) -> Problem:
        """The problem; numbers are standardised in the file already."""
        return Problem(
            features=FEATURES,
            arms=(
                Arm("warfarin", dose=_DOSE),
                Arm("other_anticoagulant", description="made up: one chance for all, no dose"),
            ),
            budget=Budget("l2", 0.0),
            reward=Reward(
                "success",
                link="logistic",
                coefficient_bound=float(max(np.abs(self._odds).max(), 1.0)),
            ),
            sub_outcome=SubOutcome(
                "inr",
                target=self.target,
                over=self.over,
                under=self.under,
                noise=self.noise,
                on_target=(self.target - 0.5, self.target + 0.5),
            ),
        )

    @property
    def _odds(self) -> Array:
        """Log odds of success of the arms, where the INR costs nothing."""
        chances = np.array([self.success, self.other])
        return np.asarray(np.log(chances) - np.log1p(-chances))

    @cached_property
    def theta(self) -> Array:
        """Coefficients of the log odds of success, shape (2, d): intercepts alone."""
        theta = np.zeros((2, self.problem.dimension))
        theta[:, self._intercept] = self._odds
        return theta

    @cached_property
    def people(self) -> Array:
        """Columns of all persons, shape (n, d)."""
        contexts, _ = self.problem.contexts([self.features(row) for row in self.rows])
        return np.array([context.values for context in contexts])

    @cached_property
    def need(self) -> Array:
        """Coefficients of the required dose, shape (d,); mg/week."""
        return required_dose(self.people[self._therapeutic], self._doses[self._therapeutic])

    @cached_property
    def omega(self) -> Array:
        """Coefficients of the INR without a dose, shape (d,)."""
        omega = -self.slope * self.need
        omega[self._intercept] += self.target
        return omega

    @cached_property
    def slopes(self) -> Array:
        """INR per mg/week of each arm, shape (2,)."""
        return np.array([self.slope, 0.0])

    @property
    def _intercept(self) -> int:
        return self.problem.columns.index("intercept")

    @cached_property
    def _doses(self) -> Array:
        return np.array([row["dose"] for row in self.rows])

    @cached_property
    def _inr(self) -> Array:
        return np.array([row["inr"] for row in self.rows])

    @cached_property
    def _therapeutic(self) -> NDArray[np.bool_]:
        low, high = _THERAPEUTIC
        within: NDArray[np.bool_] = (self._inr >= low) & (self._inr <= high)
        return within

    @cached_property
    def fits(self) -> tuple[DoseFit, DoseFit, DoseFit]:
        """How well doses meet the need: the linear fit, one of the square root, 35 mg/week."""
        columns, doses = self.people[self._therapeutic], self._doses[self._therapeutic]
        roots = columns @ required_dose(columns, np.sqrt(doses))
        first = np.full(doses.size, _DOSE.first)
        return (
            DoseFit.of(columns @ self.need, doses),
            DoseFit.of(roots**2, doses),
            DoseFit.of(first, doses),
        )

    @cached_property
    def naive_slopes(self) -> tuple[Slope, Slope]:
        """Slopes of the INR on the dose in the file, alone and beside the features: a warning."""
        ones = np.ones((len(self.rows), 1))
        return (
            dose_slope(ones, self._doses, self._inr),
            dose_slope(self.people, self._doses, self._inr),
        )

    @staticmethod
    def features(row: Mapping[str, Any]) -> Person:
        """Return the features of a row alone.

        Parameters
        ----------
        row
            A row of `rows`.
        """
        return {feature.name: row[feature.name] for feature in FEATURES}

    def person(self, key: Key) -> Person:
        """One of the real persons.

        Parameters
        ----------
        key
            Draws who comes; its number is the round.
        """
        draw = float(kernels.draws.uniform(*key, 0))
        return self.features(self.rows[int(draw * len(self.rows))])
