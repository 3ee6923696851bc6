"""What somebody may expect of the coefficients before any outcome, and who can be asked for it."""

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from recourse_bandits.problem.description import Problem


class Statement(Protocol):
    """What somebody expects of the coefficients; arrays have shape (K, d)."""

    @property
    def mean(self) -> NDArray[np.float64]:
        """Expected coefficients; reward per scaled unit."""

    @property
    def sd(self) -> NDArray[np.float64]:
        """Their standard deviations, > 0."""

    @property
    def sample_size(self) -> float:
        """How many patients' outcomes the statement is worth, > 0."""


class Elicits(Protocol):
    """Somebody who can be asked for a prior."""

    def elicit(self, problem: "Problem") -> tuple[Statement | Exception, Any]:
        """Return what is expected, or why nothing is; and what passed.

        Parameters
        ----------
        problem
            The problem.
        """
