"""Most outcomes arrive early, and none very late."""

import math
from dataclasses import dataclass

import numpy as np

from recourse_bandits.environments.delays.base import Delay, require_rounds
from recourse_bandits.theory import DelayLaw

_FURTHEST = 9.0  # scales; beyond lie less than 1e-18


@dataclass(frozen=True)
class HalfNormalDelay(Delay):
    r"""Outcomes arrive after the size of a normal number of mean 0, in full rounds.

    .. math:: D = \lfloor scale\,|Z| \rfloor,\quad
        P(D - mean \ge m) \le P(|Z| \ge m/scale) \le \exp(-m^2/(2\,scale^2)):\ s_D = scale,\ p = 1

    Parameters
    ----------
    scale
        Standard deviation of the normal number, >= 0; rounds. The mean delay is about
        0.8·scale - 0.5.
    never
        As for `Delay`.

    Raises
    ------
    DescriptionError
        If a parameter is out of its range.

    Examples
    --------
    >>> HalfNormalDelay(10.0).quantile(0.5)
    6
    """

    scale: float

    def __post_init__(self) -> None:
        super().__post_init__()
        require_rounds(scale=self.scale)

    def quantile(self, share: float) -> int:
        """Return the delay that a share of outcomes does not exceed.

        Parameters
        ----------
        share
            In [0, 1).
        """
        from scipy.special import ndtri

        # of the lower half, where what is next to 1 is not rounded to it
        return int(self.scale * -float(ndtri((1.0 - share) / 2.0)))

    @property
    def words(self) -> str:
        """When outcomes arrive."""
        return f"after a half-normal number of rounds of scale {self.scale:g}"

    @property
    def arriving(self) -> DelayLaw:
        """The tail is that of a normal number; the mean is the sum of P(D >= n)."""
        from scipy.special import erfc

        if not self.scale:
            return DelayLaw(mean=0.0, scale=0.0)
        delays = np.arange(1.0, _FURTHEST * self.scale + 2.0)
        mean = float(erfc(delays / (self.scale * math.sqrt(2.0))).sum())
        return DelayLaw(mean=mean, scale=self.scale, exponent=1.0)
