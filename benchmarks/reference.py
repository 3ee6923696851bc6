"""The yardstick: disjoint LinUCB as one would write it by hand, batched over arms in NumPy."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class NumpyLinUCB:
    """Explicit inverses and Sherman-Morrison updates: fast, but it drifts and keeps no record."""

    def __init__(self, arms: int, dimension: int, width: float = 1.0) -> None:
        self.inverse = np.tile(np.eye(dimension), (arms, 1, 1))
        self.moment = np.zeros((arms, dimension))
        self.theta = np.zeros((arms, dimension))
        self.width = width

    def propose(self, x: Array) -> int:
        spread = (self.inverse.reshape(-1, x.size) @ x).reshape(self.theta.shape)
        return int(np.argmax(self.theta @ x + self.width * np.sqrt(spread @ x)))

    def observe(self, arm: int, x: Array, reward: float) -> None:
        inverse: Any = self.inverse[arm]
        spread = inverse @ x
        inverse -= np.outer(spread, spread) / (1.0 + x @ spread)
        self.moment[arm] += reward * x
        self.theta[arm] = inverse @ self.moment[arm]
