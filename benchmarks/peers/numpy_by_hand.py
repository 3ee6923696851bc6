"""The yardstick: LinUCB as one would write it by hand."""

from benchmarks.peers.base import Contestant
from benchmarks.reference import NumpyLinUCB
from benchmarks.world import Array, World


class ByHand(Contestant):
    def __init__(self, world: World) -> None:
        self.learner = NumpyLinUCB(world.arms, world.dimension)

    def propose(self, person: Array) -> tuple[int, None]:
        return self.learner.propose(person), None

    def observe(self, arm: int, person: Array, reward: float) -> None:
        self.learner.observe(arm, person, reward)
