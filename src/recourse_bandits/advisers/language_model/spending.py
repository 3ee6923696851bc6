"""Caps on calls and cost, as a fold: they survive a restart, and hold with many questions at once.

Before a question is put, the most it can take is reserved; when it is settled, what it took takes
the place of the reservation. A question of which nobody knows what became, because the process
died, keeps its reservation for ever: its calls may have been made.
"""

from typing import NamedTuple

from recourse_bandits.exchanges import Exchange

_ROUNDING = 1e-9  # by which sums of prices may differ from each other


class Most(NamedTuple):
    """The most that one question can take."""

    calls: int
    cost: float


class Spending(NamedTuple):
    """What was spent so far, and what is reserved for questions that are not settled."""

    questions: int = 0
    """Questions for which something was reserved."""
    calls: int = 0
    """Calls of settled questions."""
    cost: float = 0.0
    """Their price."""
    reserved_calls: int = 0
    """The most that open questions can take."""
    reserved_cost: float = 0.0
    """Its price."""
    granted: bool = False
    """Whether the last question may be put."""

    def asked(self, most: Most, max_calls: int | None, max_cost: float | None) -> "Spending":
        """Return the state with a question's reservation, if the caps allow it.

        Parameters
        ----------
        most
            What the question can take.
        max_calls, max_cost
            The caps; None: there is none.
        """
        calls = self.calls + self.reserved_calls + most.calls
        cost = self.cost + self.reserved_cost + most.cost
        too_many = max_calls is not None and calls > max_calls
        too_dear = max_cost is not None and cost > max_cost * (1 + _ROUNDING)
        if too_many or too_dear:
            return self._replace(granted=False)
        return self._replace(
            questions=self.questions + 1,
            reserved_calls=self.reserved_calls + most.calls,
            reserved_cost=self.reserved_cost + most.cost,
            granted=True,
        )

    def answered(self, most: Most, exchange: Exchange | None) -> "Spending":
        """Return the state with what a question really took in the place of its reservation.

        Parameters
        ----------
        most
            What was reserved for it.
        exchange
            What passed; without its digest, or None, if nothing was put or nobody knows.
        """
        if exchange is None or exchange.digest is None:
            return self
        attempts = () if exchange.cached else exchange.attempts
        return self._replace(
            calls=self.calls + len(attempts),
            cost=self.cost + sum(attempt.cost or 0.0 for attempt in attempts),
            reserved_calls=self.reserved_calls - most.calls,
            reserved_cost=max(0.0, self.reserved_cost - most.cost),
        )
