"""A table of people is decided from one state, and recorded a thousand rows at a time."""

import math
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from recourse_bandits import (
    GLRB,
    LIBRA,
    AlwaysRandom,
    Budget,
    Feature,
    LinUCB,
    MemoryJournal,
    Problem,
    RecourseTS,
    Reward,
    Study,
    Uniform,
)
from recourse_bandits.errors import DescriptionError, JournalError, UnknownArm
from recourse_bandits.policies import POLICIES, AnyPolicy
from recourse_bandits.records import Decision, Recourse
from recourse_bandits.study.verification import verified
from recourse_bandits.testing import random_people
from tests.contracts.problems import PROBLEMS, measured
from tests.study.builders import (
    ASKS_ALWAYS,
    ASKS_SOMETIMES,
    PERSON,
    PROBLEM,
    assert_same,
    assert_same_future,
    decided,
    people,
    snapshot,
    study_of,
    taught,
)
from tests.study.tables import Counting, assert_alike, by_hand, chosen, kept_in, order_of

_POLICIES: dict[str, AnyPolicy] = {
    "GLRB": GLRB(scale=0.5),
    "LinUCB": LinUCB(),
    "RecourseTS": RecourseTS(),
    "Uniform": Uniform(),
    "LIBRA": ASKS_SOMETIMES,
}
_NO_REFUSAL = ["refused", "refused_feature", "refused_value"]


@pytest.fixture
def study() -> Study:
    return taught(study_of())


def ids(count: int, prefix: str = "r") -> list[str]:
    return [f"{prefix}{number}" for number in range(count)]


# -- what is decided ---------------------------------------------------------------------------


@pytest.mark.parametrize("problem", PROBLEMS)
@pytest.mark.parametrize("name", _POLICIES)
def test_every_row_is_decided_as_if_alone_from_the_present_state(name: str, problem: str) -> None:
    described = PROBLEMS[problem]
    study = Study(described, _POLICIES[name], seed=4)
    arm = described.treatments[0]
    dose = None if arm.dose is None else arm.dose.first
    for number, person in enumerate(random_people(described, 5, seed=3)):
        measures = {described.reward.measure: measured(described, number)}
        study.import_past(person, arm.name, measures, dose=dose)
    persons = random_people(described, 7, seed=2)
    expected = by_hand(study, persons)
    table = study.decide_many(persons)
    assert table["refused"].null_count() == 7
    assert_alike(chosen(study, table), expected)
    assert study.verify().passed


def test_one_state_for_the_whole_table_and_then_every_row_folded_in_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("recourse_bandits.study.deciding.CHUNK", 3)
    study = study_of(Counting())
    decided(study)
    table = study.decide_many([*people(4), None, *people(3)])
    assert set(table["arm"].drop_nulls()) == {"combination"}, "a later row saw an earlier one"
    assert study.state[1:] == (8, order_of(range(8)))
    assert_same(Study(PROBLEM, Counting(), journal=study.journal, seed=1).state, study.state)
    assert decided(study).arm == "beta_blocker"


def test_a_table_of_a_policy_that_counts_is_verified(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recourse_bandits.study.deciding.CHUNK", 2)
    monkeypatch.setitem(POLICIES, "Counting", Counting)
    monkeypatch.setattr("recourse_bandits.study.study.policy_to_json", lambda _: _COUNTING)
    study = Study(PROBLEM, Counting(), seed=1)
    decided(study)
    study.decide_many(people(5))
    decided(study)
    study.decide_many(people(3))
    found = study.verify()
    assert (found.passed, found.exact) == (True, 10)


_COUNTING = {"name": "Counting", "algorithm_version": 1, "parameters": {}}


def test_each_row_has_draws_of_its_own_that_follow_from_its_number() -> None:
    first, second = study_of(RecourseTS()), study_of(RecourseTS())
    whole = first.decide_many([PERSON] * 30)
    assert whole["arm"].n_unique() == 2
    for size in (10, 1, 19):
        second.decide_many([PERSON] * size)
    assert_alike(chosen(second, whole), chosen(first, whole))


def test_a_table_may_come_in_many_forms() -> None:
    persons = people(4)
    columns = {name: [person[name] for person in persons] for name in PERSON}
    matrix = np.array(list(columns.values())).T
    expected = study_of().decide_many(persons)
    tables: list[Any] = [
        columns,
        {name: np.array(values) for name, values in columns.items()},
        pl.DataFrame(columns),
        pl.DataFrame(columns).select("activity", "age", "diet"),
        matrix,
        matrix.tolist(),
        iter(persons),
        [PROBLEM.context(person) for person in persons],
    ]
    for table in tables:
        assert study_of().decide_many(table).equals(expected)


def test_the_frame_says_what_was_recorded(study: Study) -> None:
    table = study.decide_many(people(5), request_ids=ids(5), subjects=[*ids(4, "s"), None])
    assert table["arm"].dtype == pl.Enum(PROBLEM.arm_names)
    for row in table.iter_rows(named=True):
        decision = study.decision(row["decision"])
        assert isinstance(decision, Decision)
        assert isinstance(decision.recourse, Recourse)
        assert (decision.request_id, decision.subject) == (row["request_id"], row["subject"])
        assert (decision.arm, decision.predicted) == (row["arm"], row["mean"])
        assert decision.interval == (row["low"], row["high"])
        assert decision.recourse.cost == row["cost"]
        for name in ("diet", "activity"):
            assert decision.recourse.target[name] == row[f"target.{name}"]
            assert decision.recourse.change[name] == row[f"change.{name}"]
        assert not row["repeated"]
        assert not row["unasked"]
    assert table["decision"].to_list() == list(range(8, 13))
    assert table.select(_NO_REFUSAL).null_count().sum_horizontal().item() == 15


def test_decisions_of_a_table_learn_like_any_other(study: Study) -> None:
    table = study.decide_many(people(3), request_ids=ids(3))
    alone = taught(study_of())
    for person, name in zip(people(3), ids(3), strict=True):
        decided(alone, person, request_id=name)
    for number in table["decision"]:
        study.observe(number, {"drop": 2.0})
        alone.observe(number, {"drop": 2.0})
    assert_same(study.state, alone.state)
    study.correct(9, {"drop": -3.0}, realized={"diet": 9})
    study.withdraw(decided(study).id)
    assert study.outcome(9).measures == {"drop": -3.0}
    assert study.verify().passed


# -- odd tables ----------------------------------------------------------------------------------


def test_refused_rows_touch_nobody_else(study: Study) -> None:
    table: list[Any] = [
        PERSON,
        {"age": 71.0, "diet": 4.0},
        {**PERSON, "diet": math.nan},
        {**PERSON, "smoking": 1},
        [71.0],
        None,
        {**PERSON, "activity": "much"},
        {**PERSON, "activity": 900.0},
        {**PERSON, "age": math.inf},
        PERSON,
    ]
    alone = taught(study_of())
    frame = study.decide_many(table)
    assert frame["row"].to_list() == list(range(10))
    assert frame["decision"].to_list() == [8, *[None] * 8, 9]
    assert_alike(chosen(study, frame), by_hand(alone, [PERSON, PERSON]))
    assert study.decisions == 10
    blamed = frame.select("refused_feature", "refused_value").rows()
    assert blamed[1:4] == [("activity", None), ("diet", None), ("smoking", None)]
    assert blamed[6] == ("activity", "much")
    assert blamed[7] == ("activity", "900.0")
    assert blamed[8] == ("age", "inf")
    assert "check its unit" in frame["refused"][7]


@pytest.mark.parametrize("table", [[], {}, {"age": [], "diet": [], "activity": []}])
def test_an_empty_table_has_all_columns_and_records_nothing(study: Study, table: Any) -> None:
    before = snapshot(study)
    frame = study.decide_many(table)
    assert frame.height == 0
    assert frame.columns == study.decide_many(people(1)).columns
    assert study.journal.length == before[0] + 1


def test_a_table_of_which_every_row_is_refused_records_nothing(study: Study) -> None:
    before = snapshot(study)
    assert study.decide_many([None] * 1001)["decision"].null_count() == 1001
    assert_same(snapshot(study), before)


def test_three_hundred_columns() -> None:
    features = [
        Feature(f"x{n}", mean=0, scale=1, mutable=n < 3, bounds=(-5, 5)) for n in range(299)
    ]
    wide = Problem(
        features=features,
        arms=["a", "b", "c"],
        budget=Budget("l2", 1.0),
        reward=Reward("y", noise=1, coefficient_bound=1),
    )
    study = Study(wide, GLRB(scale=0.1), seed=1)
    draws = np.random.default_rng(0).uniform(-1, 1, (4, 299))
    study.import_past(draws[3], "b", {"y": 1.0})
    expected = by_hand(study, list(draws[:3]))
    assert_alike(chosen(study, study.decide_many(draws[:3])), expected)
    assert study.verify().passed


def test_only_offered_arms_are_given(study: Study) -> None:
    offered = study.decide_many(people(6), eligible=["combination"])
    assert offered["arm"].to_list() == ["combination"] * 6
    nobody = study.decide_many(people(2), eligible=[])
    assert all("no arm may be given" in reason for reason in nobody["refused"])
    before = snapshot(study)
    with pytest.raises(UnknownArm, match="placebo"):
        study.decide_many(people(1), eligible=["placebo"])
    assert_same(snapshot(study), before)


# -- wrong arguments -----------------------------------------------------------------------------

WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "too few ids": ({"request_ids": ["a"]}, "request_ids .* 1 for 2 rows"),
    "too many ids": ({"request_ids": ["a", "b", "c"]}, "request_ids .* 3 for 2 rows"),
    "a text of ids": ({"request_ids": "ab"}, "request_ids must be a sequence of texts"),
    "numbers as ids": ({"request_ids": [1, 2]}, "got 1 in row 0"),
    "too few subjects": ({"subjects": iter(["a"])}, "subjects .* 1 for 2 rows"),
    "numbers as subjects": ({"subjects": ["a", 2.0]}, "got 2.0 in row 1"),
    "another fallback": ({"fallback": "ask"}, "fallback must be 'policy' or 'refuse', got 'ask'"),
    "a text": ({"people": "abc"}, "people must be a table"),
    "nothing": ({"people": None}, "people must be a table"),
    "a number": ({"people": 5}, "people must be a table"),
    "one person": ({"people": dict(PERSON)}, "one person goes into a list"),
    "uneven columns": ({"people": {"age": [1.0], "diet": [1.0, 2.0]}}, "same length"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_argument_is_refused_and_nothing_recorded(study: Study, case: str) -> None:
    arguments, message = WRONG[case]
    before = snapshot(study)
    with pytest.raises(DescriptionError, match=message):
        study.decide_many(**({"people": people(2)} | arguments))
    assert_same(snapshot(study), before)


# -- requests ------------------------------------------------------------------------------------


def test_a_second_call_decides_nothing_and_answers_the_same(study: Study) -> None:
    first = study.decide_many(people(4), request_ids=ids(4), subjects=ids(4, "s"))
    taught(study, 2, seed=5)
    before = snapshot(study)
    again = study.decide_many(people(4), request_ids=ids(4), subjects=ids(4, "s"))
    assert_same(snapshot(study), before)
    assert again["repeated"].to_list() == [True] * 4
    assert again.drop("repeated").equals(first.drop("repeated"))


def test_a_table_that_is_partly_new_is_decided_where_it_is_new(study: Study) -> None:
    study.decide_many(people(2), request_ids=ids(2))
    taught(study, 2, seed=5)
    expected = by_hand(study, people(4)[2:])
    table = study.decide_many(people(4), request_ids=ids(4))
    assert table["repeated"].to_list() == [True, True, False, False]
    assert table["decision"].to_list() == [8, 9, 12, 13]
    assert_alike(chosen(study, table)[2:], expected)


def test_without_request_ids_everybody_is_somebody_new(study: Study) -> None:
    study.decide_many(people(2), request_ids=["a", None])
    table = study.decide_many(people(2), request_ids=["a", None])
    assert table["repeated"].to_list() == [True, False]
    assert study.decide_many(people(2))["repeated"].to_list() == [False, False]


@pytest.mark.parametrize("size", [1000, 2], ids=["one part", "two parts"])
def test_an_id_that_stands_twice_is_decided_once(
    study: Study, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr("recourse_bandits.study.deciding.CHUNK", size)
    other = {**PERSON, "diet": 5.0}
    table = study.decide_many([PERSON, PERSON, PERSON, other], request_ids=["a", "b", "a", "a"])
    assert table["decision"].to_list() == [8, 9, 8, None]
    assert table["repeated"].to_list() == [False, False, True, False]
    assert "for other content: diet differ" in table["refused"][3]
    assert study.decisions == 10


def test_an_id_whose_first_row_was_refused_is_decided_in_a_later_row(study: Study) -> None:
    table = study.decide_many([None, PERSON], request_ids=["a", "a"])
    assert table["decision"].to_list() == [None, 8]


def test_an_id_with_another_subject_is_refused(study: Study) -> None:
    study.decide_many([PERSON], request_ids=["a"], subjects=["s"])
    again = study.decide_many([PERSON], request_ids=["a"], subjects=["t"])
    assert "subject differ" in again["refused"][0]


def test_an_id_of_an_import_is_refused(study: Study) -> None:
    study.import_past(PERSON, "combination", {"drop": 1.0}, request_id="a")
    table = study.decide_many([PERSON, PERSON], request_ids=["a", "b"])
    assert "names a treatment that was imported" in table["refused"][0]
    assert table["decision"].to_list() == [None, 8]


def test_an_id_that_waits_for_advice_is_refused_until_it_is_settled() -> None:
    study = study_of(ASKS_ALWAYS)
    waiting = study.decide(PERSON, request_id="a")
    table = study.decide_many([PERSON, PERSON], request_ids=["a", "b"])
    assert table["refused"][0] == "decision 0 of this request waits for advice"
    assert [pending.id for pending in study.pending] == [0]
    study.settle(waiting.id, None)
    assert study.decide_many([PERSON], request_ids=["a"])["decision"].to_list() == [0]


def test_an_id_that_was_withdrawn_keeps_its_decision_or_is_refused() -> None:
    study = study_of(ASKS_ALWAYS)
    study.withdraw(study.decide(PERSON, request_id="never decided").id)
    study.decide_many([PERSON], request_ids=["decided"])
    study.withdraw(1)
    table = study.decide_many([PERSON] * 2, request_ids=["never decided", "decided"])
    assert "withdrawn before it was decided" in table["refused"][0]
    assert table["decision"].to_list() == [None, 1]


def test_a_request_of_a_table_may_be_repeated_alone(study: Study) -> None:
    study.decide_many([PERSON], request_ids=["a"])
    assert decided(study, request_id="a").id == 8


# -- advice --------------------------------------------------------------------------------------


def test_the_policy_decides_where_advice_is_wanted_and_the_decision_says_so() -> None:
    study = study_of(ASKS_ALWAYS, AlwaysRandom())
    expected = by_hand(study, people(3))
    table = study.decide_many(people(3))
    assert table["unasked"].to_list() == [True] * 3
    assert_alike(chosen(study, table), expected)
    assert (study.state.asked, study.state.rounds) == (0, 3)
    assert study.pending == ()
    decision = study.decision(0)
    assert isinstance(decision, Decision)
    assert (decision.asked, decision.unasked, decision.failed) == (False, True, False)
    assert study.verify().passed


def half_ask(persons: Any) -> LIBRA:
    """A policy that asks for about half of these persons after twenty outcomes."""
    base = GLRB(scale=0.3)
    frame = taught(study_of(base), 20).preview_many(persons)
    width = (frame["high"] - frame["low"]).median()
    assert isinstance(width, float)
    return LIBRA(base, threshold=width, consultation_budget=None)


def test_rows_where_advice_is_wanted_are_refused_on_request() -> None:
    study = taught(study_of(half_ask(people(12)), AlwaysRandom()), 20)
    asks = study.preview_many(people(12))["asks"].to_list()
    assert 0 < sum(asks) < 12
    before = study.state
    table = study.decide_many(people(12), request_ids=ids(12), fallback="refuse")
    assert table["refused"].is_not_null().to_list() == asks
    assert set(table["refused"].drop_nulls()) == {"advice is wanted for this person: decide alone"}
    assert not table["unasked"].any()
    assert study.state.asked == before.asked
    assert study.state.rounds == before.rounds + 12 - sum(asks)
    numbers = table["decision"].drop_nulls().to_list()
    assert numbers == list(range(20, 20 + len(numbers)))
    assert study.verify().passed


def test_a_refused_row_can_be_decided_alone_or_again() -> None:
    study = study_of(ASKS_ALWAYS, AlwaysRandom())
    refused = study.decide_many([PERSON, PERSON], request_ids=["a", "a"], fallback="refuse")
    assert "wanted" in refused["refused"][0]
    assert "earlier row" in refused["refused"][1]
    assert study.decisions == 0
    assert decided(study, request_id="a").asked
    again = study.decide_many([PERSON], request_ids=["a"], fallback="refuse")
    assert again["repeated"].to_list() == [True]


def test_draws_follow_the_numbers_that_are_left_after_refusals() -> None:
    policy = LIBRA(RecourseTS(), threshold=5.0, consultation_budget=None)
    study = taught(study_of(policy, AlwaysRandom()), 12)
    table = study.decide_many(people(60, seed=4), fallback="refuse")
    assert 0 < table["refused"].null_count() < 60
    assert study.verify().passed


# -- long tables, and those that are cut off -------------------------------------------------------


def test_a_long_table_is_recorded_a_thousand_rows_at_a_time() -> None:
    steps: list[int] = []
    study = study_of(LIBRA(GLRB(), threshold=0.0))
    table = study.decide_many(people(2100), request_ids=ids(2100), progress=steps.append)
    assert steps == [1000, 1000, 100]
    assert table["decision"].to_list() == list(range(2100))
    assert study.state.rounds == 2100
    assert study.decide_many(people(2100), request_ids=ids(2100))["repeated"].all()
    assert study.journal.length == 2101


def test_the_size_of_the_parts_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    table: list[Any] = [*people(9), None, PERSON, None]
    names = [*ids(9), "x", "r1", "y"]
    whole = study_of(RecourseTS()).decide_many(table, request_ids=names)
    monkeypatch.setattr("recourse_bandits.study.deciding.CHUNK", 2)
    assert study_of(RecourseTS()).decide_many(table, request_ids=names).equals(whole)


class Stopping(MemoryJournal):
    """Stands for a process that ends while it writes the third part."""

    writes = 0

    def append(self, events: Any, *, after: int) -> None:
        self.writes += isinstance(events[0].body, Decision)
        if self.writes == 3:
            raise KeyboardInterrupt
        super().append(events, after=after)


def test_what_was_recorded_before_an_interruption_is_kept_and_a_rerun_completes_it() -> None:
    journal = Stopping()
    study = study_of(Counting(), journal=journal)
    with pytest.raises(KeyboardInterrupt):
        study.decide_many(people(2500), request_ids=ids(2500))
    assert study.decisions == 2000
    assert study.state.folded == 2000
    again = study_of(Counting(), journal=journal)
    table = again.decide_many(people(2500), request_ids=ids(2500))
    assert table["repeated"].sum() == 2000
    assert again.state.order == order_of(range(2500))
    assert again.decide_many(people(2500), request_ids=ids(2500))["repeated"].all()


@pytest.mark.filterwarnings("ignore:no snapshot could be kept")
def test_a_full_disk_keeps_the_thousands_before_and_a_rerun_completes_them(
    tmp_path: Path,
) -> None:
    with Study(PROBLEM, GLRB(), journal=kept_in(tmp_path), seed=1) as study:
        connection: sqlite3.Connection = study.journal._connection  # type: ignore[attr-defined]
        study.decide_many(people(1000), request_ids=ids(1000))
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {int(2.5 * pages)}")
        with pytest.raises(JournalError, match="could not be written .*nothing was recorded"):
            study.decide_many(people(4000), request_ids=ids(4000))
        assert study.decisions == 2000
        assert study.journal.length == 2001
        connection.execute("PRAGMA max_page_count = 1000000")
        table = study.decide_many(people(4000), request_ids=ids(4000))
        assert table["repeated"].sum() == 2000
        assert study.decisions == 4000
    with Study.open(kept_in(tmp_path)) as again:
        assert again.decisions == 4000
        assert again.verify().passed


def test_a_table_survives_in_the_file(tmp_path: Path) -> None:
    with Study(PROBLEM, GLRB(scale=0.5), journal=kept_in(tmp_path), seed=1) as study:
        taught(study)
        first = study.decide_many(people(3), request_ids=ids(3))
        study.observe(9, {"drop": 3.0})
        state = study.state
    with Study.open(kept_in(tmp_path)) as again:
        assert_same(again.state, state)
        second = again.decide_many(people(3), request_ids=ids(3))
        assert second.drop("repeated").equals(first.drop("repeated"))
        stored = again.decision(10)
        assert isinstance(stored, Decision)
        assert stored.batch == 8
        assert again.verify().passed


def test_a_decision_alone_belongs_to_no_table(study: Study) -> None:
    assert decided(study).batch is None


CHANGED: dict[str, Callable[[Decision], Decision]] = {
    "the arm's name": lambda stored: replace(stored, arm="another"),
    "the choice": lambda stored: replace(
        stored, choice=replace(stored.choice, arm=1 - stored.choice.arm)
    ),
    "the point": lambda stored: replace(
        stored, choice=replace(stored.choice, point=stored.choice.point + 1.0)
    ),
    "the recourse": lambda stored: replace(stored, recourse=None),
    "the estimate": lambda stored: replace(
        stored, choice=replace(stored.choice, mean=stored.choice.mean + 1.0)
    ),
    "the bounds": lambda stored: replace(
        stored, proposal=replace(stored.proposal, high=stored.proposal.high + 1.0)
    ),
}


@pytest.mark.parametrize("what", CHANGED)
def test_a_changed_decision_of_a_table_is_found_by_verify(what: str) -> None:
    study = taught(study_of(), 4)
    study.decide_many(people(3))
    events = list(study.journal.read())
    events[-2] = replace(events[-2], body=CHANGED[what](events[-2].body))
    changed = MemoryJournal()
    changed.append(events, after=0)
    found = verified(changed)
    assert not found.passed
    assert "decision 5" in str(found.difference)


def test_two_studies_that_decide_the_same_tables_stay_alike() -> None:
    left, right = taught(study_of(RecourseTS())), taught(study_of(RecourseTS()))
    for study in (left, right):
        study.decide_many(people(7))
    assert_same_future(left, right)
