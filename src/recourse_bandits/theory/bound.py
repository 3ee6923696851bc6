"""A bound: numbers, what they bound, and whether it is proved here."""

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recourse_bandits.theory.assumptions import AssumptionWarning


@dataclass(frozen=True, slots=True, eq=False)
class Bound:
    """Values of a bound, and what stands between them and a proof.

    Parameters
    ----------
    name
        The function of `theory` that returned it.
    statement
        The theorem, and what it bounds.
    values
        One for each number of rounds, or for each round; unit of the reward, or questions.
    broken
        Assumptions that do not hold.
    assumed
        Assumptions that nothing here can check, in words.
    """

    name: str
    statement: str
    values: NDArray[np.float64]
    broken: tuple[AssumptionWarning, ...] = ()
    assumed: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether no assumption is known to be broken."""
        return not self.broken

    def warn(self) -> None:
        """Show every broken assumption as a warning."""
        for one in self.broken:
            warnings.warn(one, stacklevel=2)
