"""Counting what the advice of one adviser was worth."""

import re
from collections import Counter
from typing import Any

from recourse_bandits.exchanges import Exchange, as_number
from recourse_bandits.records import Decision
from recourse_bandits.study.gaps import GapTally, share
from recourse_bandits.study.trust import FAILURES, Bin, Calibration, Standing

_BINS = 5
_ERROR = re.compile(r"([A-Za-z]\w*)(?::|$)")
_INFEASIBLE = ("InfeasibleAdvice", "IneligibleArm")
_INVALID = (
    "AdviceError",
    "DescriptionError",
    "InvalidAdvice",
    "InvalidValue",
    "MissingValue",
    "PersonError",
    "UnknownArm",
    "UnknownFeature",
)
_UNAVAILABLE = ("AdviserUnavailable", "OSError", "QueueConflict", "QueueError", "TimeoutError")
_KINDS = {
    **dict.fromkeys(_INFEASIBLE, "infeasible"),
    **dict.fromkeys(_INVALID, "invalid"),
    **dict.fromkeys(_UNAVAILABLE, "unavailable"),
}


def kind_of_failure(reason: str | None) -> str:
    """Return the kind of a failure, by the name of the error at the beginning of its reason.

    Parameters
    ----------
    reason
        Why there is no advice.

    Returns
    -------
    str
        `infeasible`, `invalid`, `unavailable` or `other`.

    Examples
    --------
    >>> kind_of_failure("InfeasibleAdvice: the advised recourse is outside the feasible set")
    'infeasible'
    >>> kind_of_failure("the adviser is silent")
    'other'
    """
    reason = reason or ""
    if reason.startswith("no answer came until "):  # the words of `Study.collect`
        return "unavailable"
    if reason.startswith("the adviser returned "):  # the study's, of what is no answer
        return "invalid"
    named = _ERROR.match(reason)
    name = named[1] if named else ""
    if re.fullmatch(r"Connection\w*Error", name):
        return "unavailable"
    return _KINDS.get(name, "other")


def probability(stated: Any) -> float | None:
    """Return a stated confidence; None if it is no number in [0, 1].

    Parameters
    ----------
    stated
        What an adviser states.
    """
    number = as_number(stated)
    return number if number is not None and 0.0 <= number <= 1.0 else None


class StandingTally:
    """Counts what the advice of one adviser was worth, all of it or that for one arm."""

    def __init__(self) -> None:
        self.gap = GapTally()
        self._counts: Counter[str] = Counter()
        self._cost = 0.0
        self._sums = [[0, 0.0, 0] for _ in range(_BINS)]  # outcomes, stated, events
        self._squares = 0.0

    def settled(self, decision: Decision) -> None:
        """Count a question and its answer.

        Parameters
        ----------
        decision
            The decision for which somebody was asked.
        """
        consultation, count = decision.consultation, self._counts
        assert consultation is not None
        count["questions"] += 1
        count["followed"] += decision.followed
        count["vetoed"] += decision.vetoed
        if consultation.given is None:
            count[kind_of_failure(consultation.reason)] += 1
        else:
            count["answered"] += 1
        if consultation.exchange is not None:
            self._called(consultation.exchange)
            if consultation.given is not None and consultation.exchange.confidence is not None:
                count["stated"] += 1
                count["unusable"] += probability(consultation.exchange.confidence) is None

    def _called(self, exchange: Exchange) -> None:
        if not exchange.calls:  # an earlier answer, paid for before
            return
        unpriced = sum(as_number(attempt.cost) is None for attempt in exchange.attempts)
        self._counts["calls"] += exchange.calls
        self._counts["unpriced"] += unpriced
        self._cost += exchange.cost or 0.0

    def learned(
        self,
        own: tuple[float, float, float],
        reward: float,
        confidence: float | None,
        *,
        as_chosen: bool,
    ) -> None:
        """Count a reward.

        Parameters
        ----------
        own
            The policy's estimate of its own pair, with lower and upper bound.
        reward
            The reward that came.
        confidence
            What was stated of the advice that was followed, in [0, 1], or None.
        as_chosen
            Whether the chosen arm was really given.
        """
        compared = self.gap.add(own, reward, as_chosen=as_chosen)
        if compared and confidence is not None:
            reached = reward >= own[0]
            sums = self._sums[min(int(confidence * _BINS), _BINS - 1)]
            sums[0] += 1
            sums[1] += confidence
            sums[2] += reached
            self._squares += (confidence - reached) ** 2

    def standing(self, adviser: str | None, arm: str | None) -> Standing:
        """Return what was counted.

        Parameters
        ----------
        adviser, arm
            Of whom, and for which arm, as a `Standing` names them.
        """
        count = self._counts
        failures = {kind: count[kind] for kind in FAILURES}
        return Standing(
            adviser,
            arm,
            count["questions"],
            count["answered"],
            count["followed"],
            count["vetoed"],
            share(count["vetoed"], count["answered"]),
            sum(failures.values()),
            failures,
            count["calls"],
            self._cost,
            count["unpriced"],
            self.gap.gap(),
            self._calibration() if count["stated"] else None,
        )

    def _calibration(self) -> Calibration:
        outcomes = sum(int(sums[0]) for sums in self._sums)
        reached = share(sum(sums[2] for sums in self._sums), outcomes)
        bins = tuple(
            Bin(n / _BINS, (n + 1) / _BINS, int(sums[0]), *(share(s, sums[0]) for s in sums[1:]))
            for n, sums in enumerate(self._sums)
        )
        return Calibration(
            self._counts["stated"],
            self._counts["unusable"],
            outcomes,
            reached,
            share(self._squares, outcomes),
            None if reached is None else reached * (1.0 - reached),
            bins,
        )
