"""MABWiser: LinUCB, one row at a time; each update inverts the matrix of its arm anew."""

from collections.abc import Sequence

import numpy as np
from mabwiser.mab import MAB, LearningPolicy

from benchmarks.peers.base import Contestant
from benchmarks.world import Array, World


class LinUCB(Contestant):
    def __init__(self, world: World) -> None:
        self.bandit = MAB(list(range(world.arms)), LearningPolicy.LinUCB(alpha=1.0, l2_lambda=1.0))
        # It must be fitted before it predicts; a row of zeros leaves the prior as it is.
        self.bandit.fit(np.array([0]), np.array([0.0]), np.zeros((1, world.dimension)))

    def people(self, features: Array) -> Sequence[Array]:
        return [x[np.newaxis] for x in features]

    def propose(self, person: Array) -> tuple[int, None]:
        return int(self.bandit.predict(person)), None

    def observe(self, arm: int, person: Array, reward: float) -> None:
        self.bandit.partial_fit(np.array([arm]), np.array([reward]), person)
