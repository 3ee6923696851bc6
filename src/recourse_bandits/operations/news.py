"""What the rows of a table say beyond what is recorded of their decisions."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from recourse_bandits.problem.dose import DOSE
from recourse_bandits.records import Decision, Pending
from recourse_bandits.study import Study
from recourse_bandits.study.happened import Recorded
from recourse_bandits.study.outcomes import Observation
from recourse_bandits.tables import OutcomeColumns
from recourse_bandits.tables.outcomes import OutcomeRow

Named = tuple[OutcomeRow, Decision | Pending]
"""A row and the decision that it names."""


def one_a_decision(named: Sequence[Named]) -> list[list[Named]]:
    """Split rows so that a further row of a decision comes in a later part.

    Parameters
    ----------
    named
        Rows with their decisions.

    Returns
    -------
    list
        Parts that are recorded one after the other.
    """
    parts: list[list[Named]] = []
    before: Counter[int] = Counter()
    for row, stored in named:
        place = before[stored.id]
        before[stored.id] += 1
        if place == len(parts):
            parts.append([])
        parts[place].append((row, stored))
    return parts


def news(
    study: Study, named: Sequence[Named], columns: OutcomeColumns, *, whole: bool
) -> list[tuple[int, Observation]]:
    """Return what rows say that is not recorded, each with the number of its row.

    A table may be sent again as its columns are filled: what is recorded with the same value is
    left out of an observation, and so are rows that say nothing else; what is not recorded yet is
    left out of a correction.

    Parameters
    ----------
    study
        The study.
    named
        Rows with their decisions, none of which is named twice.
    columns
        Where the table has what.
    whole
        Whether a row counts as a whole, as in a correction: blanks mean as recommended.
    """
    found = []
    for row, stored in named:
        observation = _observation(stored, row, columns, whole=whole)
        if isinstance(stored, Decision):
            known = study.outcome(stored.id)
            if whole and known.measures:
                observation = _correctable(known, observation)
            if _says_nothing_new(known, stored, observation, whole=whole):
                continue
            if known.measures and not whole:
                observation = _further(known, stored, observation)
        found.append((row.row, observation))
    return found


def not_recorded(study: Study, named: Sequence[Named]) -> int:
    """Return how many rows have a value that is still to be observed, beside recorded ones.

    Parameters
    ----------
    study
        The study.
    named
        Rows with their decisions.
    """
    known = [
        (row.measures.keys(), study.outcome(stored.id).measures.keys())
        for row, stored in named
        if isinstance(stored, Decision)
    ]
    return sum(bool(recorded and said - recorded) for said, recorded in known)


def _correctable(known: Recorded, observation: Observation) -> Observation:
    """Return a correction of those measures that were observed; others are left to `observe`."""
    measures = {name: v for name, v in observation.measures.items() if name in known.measures}
    return observation._replace(measures=measures)


def _observation(
    stored: Decision | Pending, row: OutcomeRow, columns: OutcomeColumns, *, whole: bool
) -> Observation:
    """Return what a row says; as a whole, its blanks say that all went as recommended."""
    realized: Mapping[str, Any] | None = row.realized or None
    arm = row.arm
    if whole and isinstance(stored, Decision):
        realized = row.realized if columns.realized else None
        arm = (row.arm or stored.arm) if columns.arm is not None else None
    return Observation(stored.id, row.measures, realized, arm, row.reason)


def _says_nothing_new(
    known: Recorded, stored: Decision, observation: Observation, *, whole: bool
) -> bool:
    """Whether an outcome says nothing but what is recorded."""
    if whole and observation.realized is not None and observation.realized != known.realized:
        return False
    if whole and observation.reason not in (None, known.reason):
        return False
    _, measures, realized, arm, _ = _further(known, stored, observation)
    return not (measures or realized or arm)


def _further(known: Recorded, stored: Decision, observation: Observation) -> Observation:
    """Return an outcome without what is recorded already."""
    _, measures, realized, arm, _ = observation
    happened = dict(known.realized)
    if known.arm in (None, stored.arm) and stored.dose is not None:
        happened.setdefault(DOSE, stored.dose)  # as recommended
    return observation._replace(
        measures=_differing(measures, known.measures),
        realized=_differing(realized or {}, happened) or None,
        arm=None if arm == (known.arm or stored.arm) else arm,
    )


def _differing(given: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if known.get(name) != value}
