"""What is made when it is first looked at is what it would have been at once."""

import copy
import pickle
from collections.abc import Callable
from dataclasses import FrozenInstanceError, fields, replace

import pytest

from recourse_bandits import MemoryJournal
from recourse_bandits.events import Event
from recourse_bandits.records import Decision, Recourse
from tests.study.builders import PERSON, PROBLEM, assert_same, decided, study_of, taught

COPIES: dict[str, Callable[[Decision], Decision]] = {
    "copy": copy.copy,
    "deep copy": copy.deepcopy,
    "pickle": lambda made: pickle.loads(pickle.dumps(made)),
    "replace": replace,
}


def unread() -> Decision:
    return decided(study_of())


def test_the_mapping_of_raw_values_belongs_to_the_person_alone() -> None:
    given = dict(PERSON)
    context = PROBLEM.context(given)
    given.clear()
    assert context.given == PERSON
    assert type(context.given) is dict
    assert context.given is context.given


def test_a_recourse_is_that_of_the_chosen_point() -> None:
    decision = unread()
    context, point = decision.context, decision.choice.point
    cost = context.feasible.effort((point - context.values)[PROBLEM.mutable_columns])
    assert cost > 0.0
    assert decision.recourse == Recourse(*PROBLEM.raw_target(context, point), cost)
    assert decision.recourse is decision.recourse


@pytest.mark.parametrize("copied", COPIES)
def test_a_copy_of_what_nobody_has_read_is_whole(copied: str) -> None:
    again = COPIES[copied](unread())
    read = unread()
    for part in fields(Decision):
        assert_same(getattr(again, part.name), getattr(read, part.name))


def test_only_fields_are_made_and_none_is_changed() -> None:
    record = unread()
    with pytest.raises(AttributeError, match="object has no attribute 'another'"):
        record.another  # type: ignore[attr-defined]  # noqa: B018
    for part in fields(record):
        with pytest.raises(FrozenInstanceError):
            setattr(record, part.name, None)


def test_a_memory_journal_finds_what_was_appended_between_look_ups() -> None:
    journal, events = MemoryJournal(), list(taught(study_of(), 3).journal.read())
    for event in events:
        journal.append([event], after=event.number)
        assert list(journal.read()) == events[: event.number + 1]
        for number in range(3):
            assert list(journal.decision(number)) == of(number, events[: event.number + 1])


def of(decision: int, events: list[Event]) -> list[Event]:
    kinds = {"decided": "id", "observed": "decision"}
    return [
        event
        for event in events
        if event.kind in kinds and getattr(event.body, kinds[event.kind]) == decision
    ]
