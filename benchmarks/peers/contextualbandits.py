"""contextualbandits: LinUCB with Sherman-Morrison updates, in double precision as the others."""

from collections.abc import Sequence

import numpy as np
from contextualbandits import online

from benchmarks.peers.base import Contestant
from benchmarks.world import Array, World


class LinUCB(Contestant):
    def __init__(self, world: World) -> None:
        self.bandit = online.LinUCB(
            world.arms,
            alpha=1.0,
            lambda_=1.0,
            fit_intercept=False,
            use_float=False,
            method="sm",
            random_state=1,
        )

    def people(self, features: Array) -> Sequence[Array]:
        return [x[np.newaxis] for x in features]

    def propose(self, person: Array) -> tuple[int, None]:
        return int(self.bandit.predict(person)[0]), None

    def observe(self, arm: int, person: Array, reward: float) -> None:
        self.bandit.partial_fit(person, np.array([arm]), np.array([reward]))
