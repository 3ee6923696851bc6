"""Decisions and outcomes as they are stored, or the error that says why they are not."""

from collections.abc import Mapping
from operator import index
from typing import Any

from recourse_bandits.errors import (
    ClosedDecision,
    OutcomeError,
    PendingDecision,
    RepeatedMeasure,
    UnknownDecision,
)
from recourse_bandits.events import Observed, Withdrawn
from recourse_bandits.journals import Journal
from recourse_bandits.records import Decision, Pending
from recourse_bandits.study.corrections import recorded
from recourse_bandits.study.fold import Fold
from recourse_bandits.study.happened import Recorded


def whole_number(decision_id: Any) -> int:
    """Return a decision's number as a plain integer, or raise UnknownDecision.

    Parameters
    ----------
    decision_id
        The number, a NumPy integer perhaps.
    """
    try:
        if isinstance(decision_id, bool):
            raise TypeError
        return index(decision_id)
    except TypeError:
        raise UnknownDecision(
            f"a decision is named by its whole number, got {decision_id!r}"
        ) from None


def stored_decision(journal: Journal, fold: Fold, decision_id: int) -> Decision | Pending:
    """Return a stored decision, or raise DecisionError.

    Parameters
    ----------
    journal
        Where it is stored.
    fold
        The study's state.
    decision_id
        Its number.
    """
    if not 0 <= decision_id < fold.decisions:
        known = f"decisions are numbered 0 to {fold.decisions - 1}"
        raise UnknownDecision(
            f"unknown decision {decision_id}; {known if fold.decisions else 'none was made yet'}"
        )
    bodies = [event.body for event in journal.decision(decision_id)]
    stored = [body for body in bodies if isinstance(body, Decision | Pending)]
    if not stored:
        raise ClosedDecision(f"decision {decision_id} is closed and no longer kept")
    return stored[-1]


def open_decision(
    journal: Journal, fold: Fold, decision_id: int, measures: Mapping[str, Any]
) -> Recorded:
    """Return what is known of a decision that waits for its outcome, or raise why it does not.

    Parameters
    ----------
    journal
        Where it is stored.
    fold
        The study's state.
    decision_id
        Its number.
    measures
        What is to be recorded for it.
    """
    known = fold.open.get(decision_id)
    if known is not None:
        for name in measures:
            if name in known.measures:
                raise _repeated(decision_id, name, known.measures[name])
        return known
    if decision_id in fold.pending:
        raise PendingDecision(
            f"decision {decision_id} still waits for advice: settle it or withdraw it first"
        )
    stored_decision(journal, fold, decision_id)
    events = journal.decision(decision_id)
    if any(isinstance(event.body, Withdrawn) for event in events):
        raise ClosedDecision(f"decision {decision_id} was withdrawn")
    kept = recorded(events).measures  # corrections included
    for name in measures:
        if name in kept:
            raise _repeated(decision_id, name, kept[name])
    raise ClosedDecision(f"decision {decision_id} has its outcome already; use correct")


def observed_measures(journal: Journal, decision_id: int) -> dict[str, float]:
    """Return the measures observed for a decision; raise OutcomeError if there are none.

    Parameters
    ----------
    journal
        Where they are stored.
    decision_id
        Number of the decision.
    """
    observed: dict[str, float] = {}
    for event in journal.decision(decision_id):
        if isinstance(event.body, Observed):
            observed.update(event.body.measures)
    if not observed:
        raise OutcomeError(f"decision {decision_id} has no outcome to correct yet")
    return observed


def _repeated(decision_id: int, name: str, value: float) -> RepeatedMeasure:
    return RepeatedMeasure(
        f"decision {decision_id} already has {name} = {value:g}; each measure is accepted once; "
        "use correct to change it"
    )
