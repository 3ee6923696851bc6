"""Does a contestant choose as its own definition says? Compared with brute-force LinUCB."""

import numpy as np

from benchmarks.peers.base import Contestant
from benchmarks.world import Array, World

TOLERANCE = 1e-9


class BruteForce:
    """Exact ridge regressions with penalty 1: V and the moment are summed, and V solved anew."""

    def __init__(self, arms: int, dimension: int) -> None:
        self.precision = np.tile(np.eye(dimension), (arms, 1, 1))
        self.moment = np.zeros((arms, dimension))

    def learn(self, arm: int, x: Array, reward: float) -> None:
        self.precision[arm] += np.outer(x, x)
        self.moment[arm] += reward * x

    def predict(self, x: Array) -> tuple[Array, Array, Array]:
        """x'theta, x' V^-1 x and log det V of every arm."""
        sides = np.broadcast_to(x, self.moment.shape)[..., np.newaxis]
        spread = np.linalg.solve(self.precision, sides)[..., 0]
        theta = np.linalg.solve(self.precision, self.moment[..., np.newaxis])[..., 0]
        return theta @ x, spread @ x, np.linalg.slogdet(self.precision)[1]


def agreement(kind: type[Contestant], world: World, rounds: int) -> int:
    """In how many rounds the chosen arm has the largest bound; ties count as agreement."""
    contestant, exact = kind(world), BruteForce(world.arms, world.dimension)
    people = contestant.people(world.features[:rounds])
    agreed = 0
    for number, person in enumerate(people):
        x = world.features[number]
        arm, _ = contestant.propose(person)
        bounds = contestant.upper_bound(*exact.predict(x))
        largest = bounds.max()
        agreed += bool(bounds[arm] >= largest - TOLERANCE * (1.0 + abs(largest)))
        reward = float(x @ world.theta[arm] + world.noise[number])
        contestant.observe(arm, person, reward)
        exact.learn(arm, x, reward)
    return agreed
