"""The laws of a journal."""

from collections.abc import Iterable, Sequence

from recourse_bandits.errors import JournalConflict, JournalError
from recourse_bandits.events import Event, decision_of
from recourse_bandits.journals import Journal, MemoryJournal
from recourse_bandits.journals.format_1 import to_json
from recourse_bandits.policies import LIBRA, Uniform
from recourse_bandits.problem import Budget, Feature, Problem, Reward
from recourse_bandits.records import Advice
from recourse_bandits.study import Study
from recourse_bandits.testing.comparison import difference


def check_journal(journal: Journal, *, keeps_closed: bool = True) -> None:
    """Assert that an empty journal keeps every law while events of every kind are appended.

    Parameters
    ----------
    journal
        An empty journal.
    keeps_closed
        Whether it keeps decisions that are closed, and so can be read from the start.

    Raises
    ------
    AssertionError
        If a law is broken; the message says which.

    Examples
    --------
    >>> check_journal(MemoryJournal())
    """
    assert journal.length == 0, f"the journal must be empty, it has {journal.length} events"
    assert journal.request("r0") is None, "an empty journal knows a request"
    assert tuple(journal.decision(0)) == (), "an empty journal knows a decision"
    events = events_of_every_kind()
    for event in events[:3]:
        journal.append([event], after=event.number)
        assert journal.length == event.number + 1, "an appended event was not counted"
    _conflicts_change_nothing(journal, events)
    _knows_open_decisions(journal, events[:3])
    journal.append(events[3:], after=3)
    assert journal.length == len(events), "several events at once were not all appended"
    if keeps_closed:
        _reads_in_order(journal, events)
        _knows_open_decisions(journal, events)
    else:
        _forgets_closed(journal)


def events_of_every_kind() -> list[Event]:
    """Return a study's events, of every kind at least one.

    Decision 0 was asked about, decided and observed; decision 1 was withdrawn while it was pending;
    decision 2 was decided without a question. Their requests are r0, r1 and r2.
    """
    problem = Problem(
        features=(Feature("activity", mutable=True, mean=3.0, scale=2.0, bounds=(0.0, 20.0)),),
        arms=("a", "b"),
        budget=Budget("l2", 1.0),
        reward=Reward("drop", noise=1.0, coefficient_bound=5.0),
    )
    journal = MemoryJournal()
    policy = LIBRA(Uniform(), 0.0, consultation_budget=1.2)
    study = Study(problem, policy, journal=journal)
    pending = study.decide({"activity": 2.0}, request_id="r0", subject="s0")
    study.settle(pending.id, Advice(0, pending.context.values))
    study.observe(0, {"drop": 1.0}, realized={"activity": 3.0}, arm="b")
    study.decide({"activity": 4.0}, request_id="r1")
    study.withdraw(1, "moved away")
    study.correct(0, {"drop": 2.0})
    study.import_past({"activity": 1.0}, "a", {"drop": 0.5})
    study.decide({"activity": 5.0}, request_id="r2")
    return list(journal.read())


def _conflicts_change_nothing(journal: Journal, events: Sequence[Event]) -> None:
    length = journal.length
    for wrong in (0, length - 1, length + 1):
        try:
            journal.append([events[length]], after=wrong)
        except JournalConflict:
            assert journal.length == length, "a conflict changed the journal"
        else:
            raise AssertionError(f"append(after={wrong}) was accepted by {length} events")


def _knows_open_decisions(journal: Journal, events: Sequence[Event]) -> None:
    numbers = {number for event in events if (number := decision_of(event)) is not None}
    for number in numbers:
        own = [event for event in events if decision_of(event) == number]
        found = difference(_written(journal.decision(number)), _written(own), f"decision {number}")
        assert found is None, f"decision({number}) is not the decision's events: {found}"
        first = journal.request(f"r{number}")
        assert first is not None, f"request r{number} was forgotten"
        assert to_json(first) == to_json(own[0]), f"request r{number} is not its first event"
    assert tuple(journal.decision(999)) == (), "an unknown decision has events"
    assert journal.request("another") is None, "an unknown request is known"


def _reads_in_order(journal: Journal, events: list[Event]) -> None:
    for after in (0, 3, len(events)):
        found = difference(
            _written(journal.read(after)), _written(events[after:]), f"read({after})"
        )
        assert found is None, f"the journal reads otherwise than it was written: {found}"


def _written(events: Iterable[Event]) -> list[str]:
    """Events as format 1 writes them: two events are the same if these are."""
    return [to_json(event) for event in events]


def _forgets_closed(journal: Journal) -> None:
    assert tuple(journal.decision(1)) == (), "a withdrawn decision is still kept"
    assert journal.request("r1") is None, "the request of a withdrawn decision is still kept"
    try:
        list(journal.read())
    except JournalError:
        return
    raise AssertionError("a journal that forgets must refuse to be read from the start")
