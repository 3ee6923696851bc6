"""bayesianbandits: normal regressions; its policies decide from draws of the posterior."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from bayesianbandits import (
    Arm,
    ContextualAgent,
    NormalRegressor,
    ThompsonSampling,
    UpperConfidenceBound,
)

from benchmarks.peers.base import Contestant
from benchmarks.world import Array, World


class Thompson(Contestant):
    not_comparable = "random draws"

    def __init__(self, world: World) -> None:
        arms = [Arm(arm, learner=NormalRegressor(alpha=1.0, beta=1.0)) for arm in range(world.arms)]
        self.agent = ContextualAgent(arms, self.policy(), random_seed=1)

    def policy(self) -> Any:
        return ThompsonSampling()

    def people(self, features: Array) -> Sequence[Array]:
        return [x[np.newaxis] for x in features]

    def propose(self, person: Array) -> tuple[int, None]:
        return int(self.agent.pull(person)[0]), None

    def observe(self, arm: int, person: Array, reward: float) -> None:
        self.agent.update(person, np.array([reward]))


class UpperBound(Thompson):
    """Quantile of 1,000 draws, its default number: the 84 % quantile is one standard deviation."""

    def policy(self) -> Any:
        return UpperConfidenceBound(alpha=0.84)
