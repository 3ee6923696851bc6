"""river: LinUCBDisjoint over Bayesian linear regressions; a person is a dict."""

from collections.abc import Sequence

import numpy as np
from river import bandit

from benchmarks.peers.base import Contestant
from benchmarks.world import Array, World

Features = dict[int, float]


class LinUCB(Contestant):
    def __init__(self, world: World) -> None:
        self.arms = list(range(world.arms))
        self.policy = bandit.LinUCBDisjoint(alpha=1.0, beta=1.0, seed=1)

    def people(self, features: Array) -> Sequence[Features]:
        return [dict(enumerate(x)) for x in features.tolist()]

    def propose(self, person: Features) -> tuple[int, None]:
        return int(self.policy.pull(self.arms, person)), None

    def observe(self, arm: int, person: Features, reward: float) -> None:
        self.policy.update(arm, person, reward)

    def upper_bound(self, mean: Array, variance: Array, log_det: Array) -> Array:
        """Its bound is that of a new outcome, noise included."""
        return mean + np.sqrt(1.0 + variance)
