"""In every round the same chance that an outcome arrives."""

import math
from dataclasses import dataclass

from recourse_bandits.environments.delays.base import Delay, require_rounds
from recourse_bandits.theory import DelayLaw


@dataclass(frozen=True)
class GeometricDelay(Delay):
    r"""An outcome that has not arrived yet does so in every round with the same chance.

    .. math:: P(D \ge n) = r^n,\quad r = mean/(1 + mean),\quad s_D^2 = 1/(2\log(1/r)),\ p = 0

    Parameters
    ----------
    mean
        Mean delay, >= 0; rounds. 0: no delay.
    never
        As for `Delay`.

    Raises
    ------
    DescriptionError
        If a parameter is out of its range.

    Examples
    --------
    >>> GeometricDelay(1.0).quantile(0.7)
    1
    """

    mean: float

    def __post_init__(self) -> None:
        super().__post_init__()
        require_rounds(mean=self.mean)

    @property
    def _rate(self) -> float:
        """log(1/r); infinite without a delay."""
        return math.log1p(1.0 / self.mean) if self.mean > 0.0 else math.inf

    def quantile(self, share: float) -> int:
        """Return the delay that a share of outcomes does not exceed.

        Parameters
        ----------
        share
            In [0, 1).
        """
        return int(-math.log1p(-share) / self._rate)

    @property
    def words(self) -> str:
        """When outcomes arrive."""
        if not self.mean:
            return "at once"
        return f"after a geometric number of rounds, {self.mean:g} on average"

    @property
    def arriving(self) -> DelayLaw:
        """The tail is exponential, with the least s_D."""
        return DelayLaw(mean=self.mean, scale=math.sqrt(0.5 / self._rate))
