"""Caps on calls and cost, as a fold: they survive a restart, and hold with many questions at once.

Before a question is put, the most it can take is reserved; when it is settled, what it took takes
the place of the reservation. A question of which nobody knows what became, because the process
died, keeps its reservation for ever: its calls may have been made.

The caps may be others after a restart, and then allow other questions in a replay than were put at
the time. What was spent must not depend on that, so that the questions that a fold has not allowed
are known by their number until they are settled.
"""

from typing import NamedTuple

from recourse_bandits.exchanges import Exchange

_NOBODY = -1
_ROUNDING = 1e-9  # by which sums of prices may differ from each other


class Most(NamedTuple):
    """The most that one question can take."""

    calls: int
    cost: float


class Spending(NamedTuple):
    """What was spent so far, and what is reserved for questions that are not settled."""

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
    refused: tuple[int, ...] = (_NOBODY,) * 16
    """Questions that may not be put and are not settled; those beyond reserve like others."""

    def asked(
        self, number: int, most: Most, max_calls: int | None, max_cost: float | None
    ) -> "Spending":
        """Return the state with a question's reservation, if the caps allow it.

        Parameters
        ----------
        number
            Number of the question.
        most
            What the question can take.
        max_calls, max_cost
            The caps; None: there is none.
        """
        calls = self.calls + self.reserved_calls + most.calls
        cost = self.cost + self.reserved_cost + most.cost
        too_many = max_calls is not None and calls > max_calls
        too_dear = max_cost is not None and cost > max_cost * (1 + _ROUNDING)
        granted = not (too_many or too_dear)
        if not granted and _NOBODY in self.refused:
            return self._replace(granted=False, refused=_exchanged(self.refused, _NOBODY, number))
        return self._replace(
            reserved_calls=self.reserved_calls + most.calls,
            reserved_cost=self.reserved_cost + most.cost,
            granted=granted,
        )

    def answered(self, number: int, most: Most, exchange: Exchange | None) -> "Spending":
        """Return the state with what a question really took in the place of its reservation.

        Parameters
        ----------
        number
            Number of the question.
        most
            What was reserved for it.
        exchange
            What passed; without its digest, or None, if nobody knows.
        """
        known = exchange is not None and exchange.digest is not None
        state = self
        if exchange is not None and known:
            state = self._replace(
                calls=self.calls + exchange.calls,
                cost=self.cost + (exchange.cost or 0.0),
            )
        if number in state.refused:
            return state._replace(refused=_exchanged(state.refused, number, _NOBODY))
        if not known:
            return state
        return state._replace(
            reserved_calls=self.reserved_calls - most.calls,
            reserved_cost=max(0.0, self.reserved_cost - most.cost),
        )


def _exchanged(numbers: tuple[int, ...], old: int, new: int) -> tuple[int, ...]:
    place = numbers.index(old)
    return (*numbers[:place], new, *numbers[place + 1 :])
