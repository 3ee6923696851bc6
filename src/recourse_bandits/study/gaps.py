"""The mean of rewards less the policy's own estimates, in running sums."""

import math
from collections import Counter
from dataclasses import dataclass, field

from recourse_bandits.study.trust import Gap

_CONFIDENCE = 0.95


@dataclass(slots=True)
class GapTally:
    """Rewards beside the policy's own estimates, in running sums.

    Parameters
    ----------
    counts
        Numbers of rewards by what became of them.
    mean
        Mean difference so far.
    squares
        Sum of squared deviations from it (Welford).
    """

    counts: Counter[str] = field(default_factory=Counter)
    mean: float = 0.0
    squares: float = 0.0

    def add(self, own: tuple[float, float, float], reward: float, *, as_chosen: bool) -> bool:
        """Add a reward, and return whether it could be compared.

        Parameters
        ----------
        own
            The policy's estimate of its own pair, with lower and upper bound.
        reward
            The reward that came.
        as_chosen
            Whether the chosen arm was really given.
        """
        estimate, low, high = own
        if not as_chosen or not math.isfinite(estimate):
            self.counts["unknown" if as_chosen else "otherwise"] += 1
            return False
        self.counts["outcomes"] += 1
        step = reward - estimate - self.mean
        self.mean += step / self.counts["outcomes"]
        self.squares += step * (reward - estimate - self.mean)
        if math.isfinite(low) and math.isfinite(high):
            self.counts["bounded"] += 1
            self.counts["below"] += reward < low
            self.counts["above"] += reward > high
        return True

    def gap(self) -> Gap:
        """Return the mean difference with its interval."""
        count, number = self.counts, self.counts["outcomes"]
        mean = self.mean if number else None
        error = low = high = None
        if number > 1:
            from scipy.special import stdtrit

            error = math.sqrt(self.squares / (number - 1) / number)
            half = float(stdtrit(number - 1, 0.5 + _CONFIDENCE / 2.0)) * error
            low, high = self.mean - half, self.mean + half
        return Gap(
            number,
            mean,
            error,
            low,
            high,
            count["bounded"],
            share(count["below"], count["bounded"]),
            share(count["above"], count["bounded"]),
            count["unknown"],
            count["otherwise"],
        )


def share(part: float, whole: float) -> float | None:
    """Return a part of a whole; None of nothing.

    Parameters
    ----------
    part, whole
        Numbers; the whole is not negative.
    """
    return part / whole if whole else None
