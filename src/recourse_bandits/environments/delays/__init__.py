"""Laws of delay, one a file, and the only registry of them."""

from recourse_bandits.environments.delays.base import LONGEST, Delay
from recourse_bandits.environments.delays.constant import ConstantDelay
from recourse_bandits.environments.delays.empirical import EmpiricalDelay
from recourse_bandits.environments.delays.geometric import GeometricDelay
from recourse_bandits.environments.delays.half_normal import HalfNormalDelay
from recourse_bandits.environments.delays.poisson import PoissonDelay

__all__ = [
    "DELAYS",
    "LONGEST",
    "ConstantDelay",
    "Delay",
    "EmpiricalDelay",
    "GeometricDelay",
    "HalfNormalDelay",
    "PoissonDelay",
]

DELAYS: dict[str, type[Delay]] = {
    "constant": ConstantDelay,
    "geometric": GeometricDelay,
    "poisson": PoissonDelay,
    "half-normal": HalfNormalDelay,
    "empirical": EmpiricalDelay,
}
