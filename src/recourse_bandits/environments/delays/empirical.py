"""Delays as they were seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from recourse_bandits.environments.delays.base import LONGEST, Delay
from recourse_bandits.errors import DescriptionError
from recourse_bandits.theory import DelayLaw


@dataclass(frozen=True)
class EmpiricalDelay(Delay):
    """Each outcome takes as long as one of a list, drawn with replacement.

    Parameters
    ----------
    delays
        Delays that were seen, whole numbers from 0 to 1,000,000; rounds. At least one.
    counts
        How often each was seen, whole numbers > 0, as many as delays; empty: once each.
    never
        As for `Delay`.

    Raises
    ------
    DescriptionError
        If a parameter is out of its range.

    Examples
    --------
    >>> EmpiricalDelay([2, 7], counts=[9, 1]).quantile(0.89)
    2
    """

    delays: Sequence[int]
    counts: Sequence[int] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        _require_whole_numbers(0, LONGEST, delays=self.delays)
        _require_whole_numbers(1, 2**53, counts=self.counts)
        if not self.delays:
            raise DescriptionError("delays must have at least one number of rounds, got none")
        if len(self.counts) not in (0, len(self.delays)):
            raise DescriptionError(
                f"counts must be as many as delays, got {len(self.counts)} for {len(self.delays)}"
            )
        object.__setattr__(self, "delays", tuple(self.delays))  # nobody changes it any more
        object.__setattr__(self, "counts", tuple(self.counts))

    @cached_property
    def _seen(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Delays in order, and the share of outcomes that do not exceed each."""
        delays = np.array(self.delays, np.int64)
        counts = np.array(self.counts or np.ones(delays.size), np.float64)
        order = np.argsort(delays, kind="stable")
        return delays[order], np.cumsum(counts[order]) / counts.sum()

    def quantile(self, share: float) -> int:
        """Return the delay that a share of outcomes does not exceed.

        Parameters
        ----------
        share
            In [0, 1).
        """
        delays, at_most = self._seen
        found = int(np.searchsorted(at_most, share, side="right"))
        return int(delays[min(found, delays.size - 1)])

    @property
    def words(self) -> str:
        """When outcomes arrive."""
        delays, _ = self._seen
        seen = int(sum(self.counts)) or delays.size
        return (
            f"as late as {seen:,} that were seen, {self.arriving.mean:.3g} rounds on average and "
            f"{delays[-1]:,} at most"
        )

    @property
    def arriving(self) -> DelayLaw:
        """The tail of what was seen, taken for exponential."""
        delays, at_most = self._seen
        shares = np.diff(at_most, prepend=0.0)
        return DelayLaw.of(np.bincount(delays, weights=shares))


def _require_whole_numbers(low: int, high: int, **values: Sequence[int]) -> None:
    for name, numbers in values.items():
        if not isinstance(numbers, list | tuple):
            raise DescriptionError(f"{name} must be a list of whole numbers, got {numbers!r}")
        for number in numbers:
            whole = isinstance(number, int) and not isinstance(number, bool)
            if not (whole and low <= number <= high):
                raise DescriptionError(
                    f"{name} must hold whole numbers from {low} to {high:,}, got {number!r}"
                )
