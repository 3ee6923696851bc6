"""Delays that scatter little around their mean."""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from recourse_bandits.environments.delays.base import Delay, require_rounds
from recourse_bandits.records import Array
from recourse_bandits.theory import DelayLaw


@dataclass(frozen=True)
class PoissonDelay(Delay):
    """Outcomes arrive after a Poisson number of rounds.

    Parameters
    ----------
    mean
        Mean delay, >= 0; rounds.
    never
        As for `Delay`.

    Raises
    ------
    DescriptionError
        If a parameter is out of its range.

    Examples
    --------
    >>> PoissonDelay(4.0).quantile(0.5)
    4
    """

    mean: float

    def __post_init__(self) -> None:
        super().__post_init__()
        require_rounds(mean=self.mean)

    @cached_property
    def _chances(self) -> Array:
        """Chances of 0, 1, 2, ...; what is cut off is less than 1e-16."""
        from scipy.special import gammaln, xlogy

        delays = np.arange(math.ceil(self.mean + 10.0 * math.sqrt(self.mean)) + 40.0)
        chances: Array = np.exp(xlogy(delays, self.mean) - gammaln(delays + 1.0) - self.mean)
        return chances

    @cached_property
    def _at_most(self) -> Array:
        return np.cumsum(self._chances)

    def quantile(self, share: float) -> int:
        """Return the delay that a share of outcomes does not exceed.

        Parameters
        ----------
        share
            In [0, 1).
        """
        found = int(np.searchsorted(self._at_most, share, side="right"))
        return min(found, self._at_most.size - 1)

    @property
    def words(self) -> str:
        """When outcomes arrive."""
        return f"after a Poisson number of rounds, {self.mean:g} on average"

    @property
    def arriving(self) -> DelayLaw:
        """The tail is exponential, with the least s_D."""
        return DelayLaw.of(self._chances)
