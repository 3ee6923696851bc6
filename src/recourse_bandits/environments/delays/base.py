"""When outcomes arrive, in rounds after the decision; drawn from keys, so alike for all policies.

A delay is no part of a world. What comes of a decision is the world's business, when somebody hears
of it is not: so that any law goes with any world, and no wrapper of worlds has to pass it on.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass

from recourse_bandits import kernels
from recourse_bandits.errors import DescriptionError
from recourse_bandits.parameters import require_fraction, require_not_negative
from recourse_bandits.records import Key
from recourse_bandits.theory import DelayLaw

LONGEST = 1_000_000
"""Largest mean, scale or tabulated delay; rounds."""


@dataclass(frozen=True, kw_only=True)
class Delay(ABC):
    """A law of delays, independent between decisions and of all that was decided.

    An outcome of round s with delay D is there for the decisions of the rounds after s + D: with a
    delay of 0 that of the next person.

    Parameters
    ----------
    never
        Share of outcomes that never arrive, in [0, 1]; the law is that of the others. Nobody
        is told that they will not: unlike those of people who drop out, they stay outstanding.

    Raises
    ------
    DescriptionError
        If a parameter is out of its range.
    """

    never: float = 0.0

    def __post_init__(self) -> None:
        require_fraction(never=self.never)

    @abstractmethod
    def quantile(self, share: float) -> int:
        """Return the smallest delay that more than a share of the arriving outcomes do not exceed.

        Parameters
        ----------
        share
            In [0, 1). A longer delay for a larger share: then whoever waits long waits long under
            every parameter, and a sweep compares the same people.
        """

    @property
    def words(self) -> str:
        """When outcomes arrive that do, to go on with "outcomes arrive"."""
        return "after a random number of rounds"

    @property
    def law(self) -> DelayLaw | None:
        """What bounds of outstanding outcomes need; None: not known, or some never arrive."""
        return None if self.never else self.arriving

    @property
    def arriving(self) -> DelayLaw | None:
        """The same of the outcomes that arrive; None: not known."""
        return None

    def rounds(self, key: Key) -> int | None:
        """Return the delay of one outcome, in rounds >= 0; None: it never arrives.

        Parameters
        ----------
        key
            Source of randomness, of `Stream.DELAY`; its number is the round of the decision. Who
            never hears at some share of `never` does not at a larger one.

        Raises
        ------
        DescriptionError
            If the law gives a delay that is no whole number >= 0.
        """
        share, lost = kernels.draws.uniform(*key, [0, 1]).tolist()
        if lost < self.never:
            return None
        found = self.quantile(share)
        if not isinstance(found, int) or found < 0:
            raise DescriptionError(
                f"{type(self).__name__}.quantile must return a whole number of rounds >= 0, got "
                f"{found!r}"
            )
        return found


def require_rounds(**values: float) -> None:
    """Raise DescriptionError unless every value lies between 0 and `LONGEST`, both allowed.

    Parameters
    ----------
    **values
        Values by the names that the error shall use.
    """
    require_not_negative(**values)
    for name, value in values.items():
        if value > LONGEST:
            raise DescriptionError(
                f"{name} must be at most {LONGEST:,} rounds, got {value!r}; for outcomes that "
                "never arrive set never, the share of them"
            )
