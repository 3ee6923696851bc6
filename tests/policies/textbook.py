"""What a policy believes that learns doses from a sub-outcome, in dense matrices."""

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from recourse_bandits import Problem
from recourse_bandits.kernels import draws
from recourse_bandits.kernels.dose_response import EFFECT_INDEX
from recourse_bandits.policies.measured_doses import MeasuredDosingPolicy
from recourse_bandits.records import Array, Effect, Key, Outcome
from tests.policies.newton import newton


@dataclass
class Beliefs:
    """Beliefs about chances and effects, for the problems of `tests.policies.dosing`."""

    problem: Problem
    policy: MeasuredDosingPolicy[Any]
    means: Array = field(init=False)
    precision: Array = field(init=False)

    def __post_init__(self) -> None:
        arms, d = self.problem.treatments, self.problem.dimension
        self.means, full = self.problem.reward.prior.arrays(
            self.problem.arm_names, self.problem.columns, self.policy.penalty
        )
        self.precision = np.array([np.diag(each) for each in full])
        self.ranges = [arm.dose for arm in arms]
        assert self.problem.sub_outcome is not None
        self.sub = self.problem.sub_outcome
        names = self.sub.features or self.problem.columns
        self.columns = [self.problem.columns.index(name) for name in names]
        size = len(self.columns) + len(arms)
        self.B, self.Pchi = self.policy.effect_penalty * np.eye(size), np.zeros(size)
        self.shape = (len(arms), d)

    def chi(self, x: Array, arm: int, dose: float) -> Array:
        slots, r = np.zeros(len(self.ranges)), self.ranges[arm]
        slots[arm] = 0.0 if r is None else dose / (r.upper - r.lower)
        return np.concatenate([x[self.columns], slots])

    def penalty(self, pi: Array, x: Array, arm: int, dose: float | None) -> float:
        if self.ranges[arm] is None or dose is None:
            return 0.0
        return self.sub.penalty(float(self.chi(x, arm, dose) @ pi), self.problem.arm_names[arm])

    @property
    def mean(self) -> Array:
        return np.asarray(np.linalg.solve(self.B, self.Pchi), np.float64)

    def drawn(self, key: Key, inflation: float) -> tuple[Array, Array]:
        """Return coefficients theta, (K, d), and pi, (e + K,), drawn from what is believed."""
        place = np.arange(self.means.size).reshape(self.shape)
        theta = self.means + inflation * draws.normal(*key, place) / np.sqrt(self.precision)
        n = draws.normal(*key, EFFECT_INDEX + np.arange(self.Pchi.size))
        spread = inflation * self.sub.noise
        return theta, self.mean + spread * np.linalg.solve(np.linalg.cholesky(self.B).T, n)

    def effect(self, effect: Effect) -> None:
        chi = self.chi(effect.point, effect.arm, effect.dose)
        self.B += np.outer(chi, chi)
        self.Pchi += effect.value * chi

    def outcome(self, outcome: Outcome) -> None:
        u, x, k = self.mean, outcome.point, outcome.arm
        f = self.penalty(u, x, k, outcome.dose)
        self.means[k] = newton(self.means[k], self.precision[k], x, f, outcome.reward == 1.0)
        p = 1.0 / (1.0 + math.exp(-(self.means[k] @ x - f)))
        self.precision[k] += p * (1.0 - p) * x * x

    def best_dose(self, pi: Array, x: Array, arm: int) -> float | None:
        """Return the dose of least penalty among its corners, nearest to the first, rounded."""
        r = self.ranges[arm]
        if r is None:
            return None
        tau = pi[len(self.columns) + arm] / (r.upper - r.lower)
        lacking = self.sub.target - x[self.columns] @ pi[: len(self.columns)]
        corner = lacking / tau if tau else r.first
        tried = [r.lower, r.upper, r.first, min(max(corner, r.lower), r.upper)]
        costs = [round(self.penalty(pi, x, arm, y), 9) for y in tried]
        return r.issued(
            min(zip(costs, tried, strict=True), key=lambda one: (one[0], abs(one[1] - r.first)))[1]
        )
