"""What a contestant of the benchmark is: a library behind two methods."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from benchmarks.world import Array, Link, World


class Contestant(ABC):
    """One learner for a world. Making it, and the form of the people, is outside the clock."""

    not_comparable: ClassVar[str] = ""
    """Why its choices cannot be compared with a brute-force LinUCB; empty if they can."""

    link: ClassVar[Link] = "identity"
    """Link of the rewards in the world that it is measured in."""

    @abstractmethod
    def __init__(self, world: World) -> None: ...

    def people(self, features: Array) -> Sequence[Any]:
        """The people in the form that the library takes."""
        return list(features)

    @abstractmethod
    def propose(self, person: Any) -> tuple[int, Array | None]:
        """The arm, and where recourse leads; None: the person stays as she is."""

    @abstractmethod
    def observe(self, arm: int, person: Any, reward: float) -> None:
        """Learn what came of the last proposal."""

    def upper_bound(self, mean: Array, variance: Array, log_det: Array) -> Array:
        """The bound that it maximises, by its own definition, from exact ridge regressions.

        Of every arm: `mean` is x'theta, `variance` x' V^-1 x, `log_det` log det V; penalty 1.
        """
        return mean + np.sqrt(variance)
