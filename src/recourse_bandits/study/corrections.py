"""Corrections: the corrected value stands where the first one was observed."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from recourse_bandits.events import Corrected, Event, Observed
from recourse_bandits.study.happened import NOTHING_YET, Recorded


class Corrections:
    """What corrections change in the events before them.

    Parameters
    ----------
    events
        Events of kind `corrected`, in order.
    """

    def __init__(self, events: Iterable[Event]) -> None:
        self._changes: dict[int, Corrected] = {}
        for event in events:
            correction: Corrected = event.body
            earlier = self._changes.get(correction.decision)
            self._changes[correction.decision] = _merged(earlier, correction)

    def applied(self, event: Event) -> Event:
        """Return an event with what is known now in the place of what was observed.

        Parameters
        ----------
        event
            Any event.
        """
        body = event.body
        if not isinstance(body, Observed) or body.decision not in self._changes:
            return event
        return replace(event, body=_patched(body, self._changes[body.decision]))


def recorded(events: Iterable[Event]) -> Recorded:
    """Return what is known of a decision's outcome, corrections included.

    Parameters
    ----------
    events
        The events of the decision, in order.
    """
    events = list(events)
    corrections = Corrections(event for event in events if event.kind == "corrected")
    known = NOTHING_YET
    for event in events:
        if event.kind == "observed":
            known = known.after(corrections.applied(event).body)
    return known


def _merged(earlier: Corrected | None, later: Corrected) -> Corrected:
    if earlier is None:
        return later
    return Corrected(
        later.decision,
        {**earlier.measures, **later.measures},
        later.realized if later.realized is not None else earlier.realized,
        later.arm or earlier.arm,
        later.reason or earlier.reason,
    )


def _patched(observed: Observed, correction: Corrected) -> Observed:
    measures: Mapping[str, float] = {
        name: correction.measures.get(name, value) for name, value in observed.measures.items()
    }
    realized = correction.realized if correction.realized is not None else observed.realized
    arm, reason = correction.arm or observed.arm, correction.reason or observed.reason
    return Observed(observed.decision, measures, realized, arm, reason)
