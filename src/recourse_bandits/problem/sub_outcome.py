"""A measured effect of the dose that tells sooner than the reward whether it was right."""

import math
from collections.abc import Sequence
from dataclasses import field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict, model_validator
from pydantic.dataclasses import dataclass

from recourse_bandits.errors import InvalidMeasure
from recourse_bandits.problem.feature import Bounds, checked_bounds, number_of

_LARGEST = 1e100  # as of rewards: its square, and the sums of such, are still numbers
Costs = float | dict[str, float]


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class SubOutcome:
    r"""A lab value by which doses are judged: how far it is from its target.

    .. math:: f = over\,(value - target)^+ + under\,(target - value)^+

    is taken off the linear scale of the reward (its log odds).

    Parameters
    ----------
    measure
        Name of the measured value.
    unit
        Its unit.
    target
        Where it should be.
    over, under
        Cost >= 0 of one unit above and below the target: one number, or ``{arm: cost}`` for every
        arm that has a dose. Log odds per unit.
    noise
        Standard deviation of the value given features and dose, > 0.
    features
        Columns on which it depends besides the dose; None: all of them.
    bounds
        Possible values (low, high); others are refused. None leaves an end open.
    on_target
        Values (low, high) that count as on target, with the target between them. Reports tell their
        share; nothing is decided by it. None: reports say nothing of it.

    References
    ----------
    Keyvanshokooh et al. (2025), *Contextual learning with online convex optimization*.

    Examples
    --------
    >>> inr = SubOutcome("inr", target=2.5, over=2.0, under=1.0, noise=0.3, bounds=(0.5, 20))
    >>> inr.penalty(3.0, "warfarin"), inr.penalty(1.5, "warfarin")
    (1.0, 1.0)
    """

    measure: str
    unit: str = field(default="", kw_only=True)
    target: float = field(kw_only=True)
    over: Costs = field(kw_only=True)
    under: Costs = field(kw_only=True)
    noise: float = field(kw_only=True)
    features: tuple[str, ...] | None = field(default=None, kw_only=True)
    bounds: Bounds = field(default=(None, None), kw_only=True)
    on_target: tuple[float, float] | None = field(default=None, kw_only=True)

    @model_validator(mode="after")
    def _check(self) -> "SubOutcome":
        if not self.measure:
            raise ValueError("a sub-outcome needs the name of its measure")
        object.__setattr__(
            self, "bounds", checked_bounds(self.bounds, f"the bounds of {self.measure}")
        )
        if not math.isfinite(self.target):
            raise ValueError(f"target of {self.measure} must be finite, got {self.target}")
        self._require_sizes()
        if not (self.noise > 0 and math.isfinite(self.noise)):
            raise ValueError(
                f"noise of {self.measure} must be positive and finite, got {self.noise}"
            )
        for name, costs in (("over", self.over), ("under", self.under)):
            for cost in costs.values() if isinstance(costs, dict) else (costs,):
                if not (cost >= 0 and math.isfinite(cost)):
                    raise ValueError(
                        f"{name} of {self.measure} must be finite and >= 0, got {cost}"
                    )
        if self.on_target is not None:
            low, high = self.on_target
            if not (-math.inf < low <= self.target <= high < math.inf):
                raise ValueError(
                    f"on_target of {self.measure} must be finite (low, high) with the target "
                    f"{self.target} between them, got {self.on_target}"
                )
        if self.features is not None and len(set(self.features)) < len(self.features):
            raise ValueError(f"features of {self.measure} must differ, got {self.features}")
        return self

    def _require_sizes(self) -> None:
        for name in ("target", "over", "under", "noise"):
            stated = getattr(self, name)
            for value in stated.values() if isinstance(stated, dict) else (stated,):
                if math.isfinite(value) and abs(value) > _LARGEST:
                    raise ValueError(
                        f"{name} of {self.measure} must be at most {_LARGEST:g} in size, "
                        f"got {value:g}"
                    )

    def costs(self, arm: str) -> tuple[float, float]:
        """Return the costs above and below the target under an arm; 0 where none are given.

        Parameters
        ----------
        arm
            Name of the arm.
        """
        over, under = (
            costs.get(arm, 0.0) if isinstance(costs, dict) else costs
            for costs in (self.over, self.under)
        )
        return over, under

    def costs_of(
        self, arms: Sequence[str], dosed: NDArray[np.bool_]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the costs above and below the target under each arm, shape (K,); 0 without a dose.

        Parameters
        ----------
        arms
            Names of the arms.
        dosed
            Which of them have a dose, shape (K,).
        """
        costs = np.where(dosed[:, None], [self.costs(name) for name in arms], 0.0)
        return costs[:, 0].copy(), costs[:, 1].copy()

    def penalty(self, value: float, arm: str) -> float:
        """Return f, the cost of a value under an arm, >= 0; log odds.

        Parameters
        ----------
        value
            A value in the measure's unit.
        arm
            Name of the arm.
        """
        over, under = self.costs(arm)
        return over * max(value - self.target, 0.0) + under * max(self.target - value, 0.0)

    def accepted(self, measured: object) -> float:
        """Return a measured value as a number.

        Parameters
        ----------
        measured
            A value in the measure's unit.

        Raises
        ------
        InvalidMeasure
            If it is not a finite number within the declared bounds.
        """
        try:
            value = number_of(measured)
        except (TypeError, ValueError, OverflowError):
            raise InvalidMeasure(f"{self.measure} must be a number, got {measured!r}") from None
        low, high = self._possible
        if not low <= value <= high:
            unit = f" {self.unit}" if self.unit else ""
            raise InvalidMeasure(
                f"{self.measure} must lie in [{low:g}, {high:g}]{unit}, got {value}; check the "
                "unit, or the sub-outcome's bounds"
            )
        return value

    @cached_property
    def _possible(self) -> tuple[float, float]:
        low, high = self.bounds
        return (-_LARGEST if low is None else low, _LARGEST if high is None else high)

    def rows(self, columns: tuple[str, ...]) -> NDArray[np.int64]:
        """Return the numbers of the columns on which the value depends, shape (e,).

        Parameters
        ----------
        columns
            Names of all columns.
        """
        names = columns if self.features is None else self.features
        return np.array([columns.index(name) for name in names], np.int64)
