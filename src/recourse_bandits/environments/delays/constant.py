"""Every outcome takes the same time."""

from dataclasses import dataclass

from recourse_bandits.environments.delays.base import Delay, require_rounds
from recourse_bandits.parameters import require_whole
from recourse_bandits.theory import DelayLaw


@dataclass(frozen=True)
class ConstantDelay(Delay):
    """Outcomes arrive after a fixed number of rounds, in the order of their decisions.

    Parameters
    ----------
    after
        The delay, >= 0; rounds.
    never
        As for `Delay`.

    Raises
    ------
    DescriptionError
        If a parameter is out of its range.

    Examples
    --------
    >>> ConstantDelay(3).quantile(0.5)
    3
    """

    after: int

    def __post_init__(self) -> None:
        super().__post_init__()
        require_whole(after=self.after)
        require_rounds(after=self.after)

    def quantile(self, share: float) -> int:
        """Return the delay.

        Parameters
        ----------
        share
            Without effect.
        """
        return self.after

    @property
    def words(self) -> str:
        """When outcomes arrive."""
        return f"after {self.after:,} rounds" if self.after else "at once"

    @property
    def arriving(self) -> DelayLaw:
        """The delay never exceeds its mean."""
        return DelayLaw(mean=self.after, scale=0.0)
