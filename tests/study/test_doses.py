"""Doses, and a lab value that arrives on its own: in any order, late, corrected, never."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from rich.console import Console

from recourse_bandits import LIBRA, LinUCB, OpenDecisionsJournal, Study
from recourse_bandits.errors import ClosedDecision, InfeasibleAdvice
from recourse_bandits.events import Observed
from recourse_bandits.operations.exporting import export
from recourse_bandits.study.happened import Recorded
from tests.study.builders import assert_same
from tests.study.dosing import PERSON, Sums, dose_of, given, heard, study_of

LAB, FLAG = {"inr": 3.0}, {"well": 1}


def test_a_policy_that_chooses_no_doses_gives_the_first_one() -> None:
    study = study_of()
    assert [given(study, arm).dose for arm in ("warfarin", "heparin", "nothing")] == [
        30.0,
        5000.0,
        None,
    ]
    assert "warfarin, 30 mg/week" in study.explain(0)
    assert study.verify().exact == 3


@pytest.mark.parametrize("order", [(LAB, FLAG), (FLAG, LAB), (LAB | FLAG,)])
@pytest.mark.parametrize("policy", [LinUCB(), LIBRA(LinUCB(), threshold=1e9)])
def test_the_order_of_arrival_does_not_matter(order: Any, policy: Any) -> None:
    study, together = study_of(policy), study_of(policy)
    for one in (study, together):
        number = given(one).id
        one.import_past(PERSON, "nothing", {"well": 0})
    for measures in order:
        study.observe(number, measures)
    together.observe(number, LAB | FLAG)
    assert_same(study.state, together.state)
    assert not study.open_decisions
    assert study.outcome(number) == Recorded({"inr": 3.0, "well": 1.0})
    assert study.verify().passed


@pytest.mark.parametrize("order", [(LAB, FLAG), (FLAG, LAB)])
def test_each_value_is_heard_once_with_the_dose_that_was_taken(order: Any) -> None:
    study = study_of()
    given(study)
    study.observe(0, {}, realized={"dose": 27.5})
    assert heard(study) == {}
    study.observe(0, order[0])
    assert study.open_decisions == (0,)
    study.observe(0, order[1])
    assert heard(study) == {
        "effects": {"warfarin": (1.0, 3.0, 27.5)},
        "outcomes": {"warfarin": (1.0, 1.0, 27.5)},
    }
    assert study.outcome(0) == Recorded({"inr": 3.0, "well": 1.0}, {"dose": 27.5})


def test_an_arm_without_a_dose_is_closed_by_the_reward() -> None:
    study = study_of()
    given(study, "nothing")
    study.observe(0, FLAG)
    assert not study.open_decisions
    assert heard(study) == {"outcomes": {"nothing": (1.0, 1.0, 0.0)}}


def test_another_arm_is_learned_in_its_own_dose() -> None:
    study = study_of()
    given(study)
    study.observe(0, LAB, arm="heparin", realized={"dose": 7000})
    study.observe(0, FLAG)
    assert heard(study) == {
        "effects": {"heparin": (1.0, 3.0, 7000.0)},
        "outcomes": {"heparin": (1.0, 1.0, 7000.0)},
    }


def test_an_arm_without_a_dose_that_was_given_instead_stays_open_for_a_withdrawal() -> None:
    study = study_of()
    given(study)
    study.observe(0, FLAG, arm="nothing")
    assert heard(study) == {"outcomes": {"nothing": (1.0, 1.0, 0.0)}}
    assert study.open_decisions == (0,)
    study.withdraw(0, "no dose was given")
    assert not study.open_decisions


@pytest.mark.parametrize("before", [(), (LAB,), (FLAG,)])
def test_a_withdrawal_closes_and_undoes_nothing(before: Any) -> None:
    study, other = study_of(), study_of()
    for one in (study, other):
        given(one)
        for measures in before:
            one.observe(0, measures)
    study.withdraw(0)
    assert not study.open_decisions
    assert_same(study.state, other.state)
    for measures in (LAB, FLAG):
        with pytest.raises(ClosedDecision, match="was withdrawn"):
            study.observe(0, measures)
    assert_same(study.state, other.state)
    assert study.verify().passed


def test_nothing_is_withdrawn_after_both() -> None:
    study = study_of()
    given(study)
    study.observe(0, LAB | FLAG)
    with pytest.raises(ClosedDecision):
        study.withdraw(0)


# -- corrections -----------------------------------------------------------------------------------

CORRECTED: dict[str, tuple[dict[str, Any], Any]] = {
    "the lab value": (
        {"measures": {"inr": 2.0}},
        {"effects": {"warfarin": (1.0, 2.0, 27.5)}, "outcomes": {"warfarin": (1.0, 1.0, 27.5)}},
    ),
    "the flag": (
        {"measures": {"well": 0}},
        {"effects": {"warfarin": (1.0, 3.0, 27.5)}, "outcomes": {"warfarin": (1.0, 0.0, 27.5)}},
    ),
    "the dose": (
        {"realized": {"dose": 25}},
        {"effects": {"warfarin": (1.0, 3.0, 25.0)}, "outcomes": {"warfarin": (1.0, 1.0, 25.0)}},
    ),
    "the dose, to the recommended one": (
        {"realized": {}},
        {"effects": {"warfarin": (1.0, 3.0, 30.0)}, "outcomes": {"warfarin": (1.0, 1.0, 30.0)}},
    ),
    "to an arm without a dose": (
        {"arm": "nothing", "realized": {}},
        {"outcomes": {"nothing": (1.0, 1.0, 0.0)}},
    ),
    "to an arm with another dose": (
        {"arm": "heparin", "realized": {"dose": 9000}},
        {"effects": {"heparin": (1.0, 3.0, 9000.0)}, "outcomes": {"heparin": (1.0, 1.0, 9000.0)}},
    ),
}


@pytest.mark.parametrize("case", CORRECTED)
@pytest.mark.parametrize("order", [(LAB, FLAG), (FLAG, LAB)])
def test_a_correction_counts_as_if_it_had_been_said_at_once(case: str, order: Any) -> None:
    said, expected = CORRECTED[case]
    study = study_of()
    given(study)
    given(study)
    study.observe(0, order[0], realized={"dose": 27.5})
    study.observe(0, order[1])
    study.correct(0, **said)
    assert heard(study) == expected
    assert study.open_decisions == (1,)
    assert study.verify().passed


@pytest.mark.parametrize("case", ["the lab value", "the dose", "to an arm without a dose"])
def test_a_correction_between_the_two_values(case: str) -> None:
    said, expected = CORRECTED[case]
    study = study_of()
    given(study)
    study.observe(0, LAB, realized={"dose": 27.5})
    study.correct(0, **said)
    study.observe(0, FLAG)
    assert heard(study) == expected
    assert not study.open_decisions
    assert study.verify().passed


# -- restarts and snapshots ------------------------------------------------------------------------


@pytest.mark.parametrize("every", [1, 10_000])
@pytest.mark.parametrize("order", [(LAB, FLAG), (FLAG, LAB)])
def test_a_restart_between_the_two_values(
    tmp_path: Path, order: Any, every: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recourse_bandits.study.ledger.EVERY", every)
    file = f"sqlite:///{tmp_path / 'clinic.db'}"
    alone = study_of(LinUCB())
    with study_of(LinUCB(), file) as study:
        for one in (study, alone):
            given(one)
            one.import_past(PERSON, "warfarin", {"inr": 2.0, "well": 1}, dose=35)
            one.observe(0, order[0], realized={"dose": 27.5})
    if every == 1:
        assert list((tmp_path / "clinic.db.snapshots").iterdir())
    with Study.open(file) as study:
        assert study.open_decisions == (0,)
        assert dose_of(study, 0) == 30.0
        study.observe(0, order[1])
        alone.observe(0, order[1])
        assert_same(study.state, alone.state)
    with Study.open(file) as study:
        assert not study.open_decisions
        assert_same(study.state, alone.state)
        assert study.outcome(0) == alone.outcome(0)
        found = study.verify()
        assert (found.passed, found.exact) == (True, 1)


def test_a_journal_of_open_decisions_forgets_when_both_came() -> None:
    study = study_of(journal=OpenDecisionsJournal(2))
    for arm in ("warfarin", "warfarin", "nothing"):
        given(study, arm)
    study.observe(0, LAB)
    study.observe(1, FLAG)
    assert [dose_of(study, number) for number in (0, 1, 2)] == [30.0, 30.0, None]
    study.observe(0, FLAG)
    study.observe(1, LAB)
    study.observe(2, FLAG)
    for number in range(3):
        with pytest.raises(ClosedDecision, match="no longer kept"):
            study.decision(number)


# -- tables ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("dose", [27.5, 30.1, 0.0, 72.5, float("inf")])
def test_a_dose_that_cannot_be_given_is_never_issued(dose: float) -> None:
    study = study_of(Sums(dose=dose))
    before = study.journal.length
    if dose == 27.5:
        assert given(study).dose == dose
        return
    with pytest.raises(
        InfeasibleAdvice, match=rf"the dose {dose} of arm 'warfarin'.*of the policy"
    ):
        given(study)
    assert (study.journal.length, study.decisions) == (before, 0)


def test_an_arm_without_a_dose_is_never_issued_one() -> None:
    study = study_of(Sums(dose=10.0))
    with pytest.raises(InfeasibleAdvice, match="'nothing', which has none"):
        given(study, "nothing")
    assert study.decisions == 0


@pytest.mark.parametrize("policy", [Sums(), Sums(dose=42.5), LinUCB()])
def test_tables_show_doses(policy: Any) -> None:
    study = study_of(policy)
    seen = study.preview_many({"age": [50.0, 60.0]})
    table = study.decide_many({"age": [50.0, 60.0]})
    assert table["dose"].to_list() == [dose_of(study, number) for number in (0, 1)]
    assert seen["dose"].dtype == table["dose"].dtype == pl.Float64
    if isinstance(policy, Sums):
        assert seen["dose"].to_list() == table["dose"].to_list() == [policy.dose or 30.0] * 2
    first = {"warfarin": 30.0, "heparin": 5000.0, "nothing": None}
    if not isinstance(policy, Sums):
        assert seen["dose"].to_list() == [first[arm] for arm in seen["arm"]]


def test_what_advice_was_worth_is_counted_when_the_reward_came() -> None:
    study = study_of()
    given(study)
    given(study)
    study.observe(0, LAB)
    assert study.trust().own.unknown == 0
    study.observe(0, FLAG)
    study.observe(1, FLAG)
    study.observe(1, LAB)
    assert study.trust().own.unknown == 2  # the sums policy estimates nothing


def test_export_has_doses_and_both_values(tmp_path: Path) -> None:
    file = f"sqlite:///{tmp_path / 'clinic.db'}"
    with study_of(LinUCB(), file) as study:
        for arm in ("warfarin", "warfarin", "nothing"):
            given(study, arm)
        study.import_past(PERSON, "heparin", {"inr": 2.0, "well": 1}, dose=6000)
        study.import_past(PERSON, "nothing", {"well": 0})
        study.observe(0, LAB, realized={"dose": 27.5})
        study.observe(0, FLAG)
        study.observe(1, {"inr": 2.0})
        study.observe(2, FLAG)
    export(file, tmp_path / "out", Console(quiet=True))
    decisions, outcomes, imported = (
        pl.read_parquet(tmp_path / "out" / f"{name}.parquet")
        for name in ("decisions", "outcomes", "imported")
    )
    assert decisions["dose"].to_list() == [30.0, 30.0, None]
    assert outcomes["measure.inr"].to_list() == [3.0, 2.0, None]
    assert outcomes["measure.well"].to_list() == outcomes["reward"].to_list() == [1.0, None, 1.0]
    assert outcomes["realized.dose"].to_list() == [27.5, None, None]
    assert imported["dose"].to_list() == [6000.0, None]
    assert imported["measure.inr"].to_list() == [2.0, None]


def test_every_step_is_an_event_of_its_own() -> None:
    study = study_of()
    given(study)
    study.observe(0, LAB, realized={"dose": 27.5})
    study.observe(0, FLAG)
    events = list(study.journal.read())
    assert [event.kind for event in events] == ["began", "decided", "observed", "observed"]
    assert events[2].body == Observed(0, {"inr": 3.0}, {"dose": 27.5}, None)
