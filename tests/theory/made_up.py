"""A setting whose logarithms are 1, so that every bound can be worked out by hand."""

import math
from typing import Any

from recourse_bandits.theory import Setting

CONTEXT_BOUND = math.sqrt(math.e - 1.0)


def setting(**changes: Any) -> Setting:
    """d = K = T = 2, beta_X²·T/(lambda·d) = e - 1, log(K/failure) = 1, noise 2, bias 3.

    The radius of the determinant form is 2·sqrt(2·(1 + 1)) + 3 = 7, and d·K·log(...) = 4.
    """
    described: dict[str, Any] = {
        "dimension": 2,
        "arms": 2,
        "rounds": [2],
        "noise": 2.0,
        "context_bound": CONTEXT_BOUND,
        "coefficient_bound": 0.5,
        "failure": 2.0 / math.e,
        "bias": 3.0,
        "gap": 0.0,
    }
    return Setting(**(described | changes))


def named(bound: Any) -> set[str]:
    """The names of the broken assumptions."""
    return {type(one).__name__ for one in bound.broken}
