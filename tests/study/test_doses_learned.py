"""Studies whose policy chooses doses: any order of arrival, any sub-outcome, any restart."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recourse_bandits import BSGDMAB, LIBRA, SGDMAB, AlwaysRandom, Decision, Study, open_journal
from recourse_bandits.environments import Dosing
from recourse_bandits.experiments.arrivals import report_of
from recourse_bandits.policies import SUB_OUTCOME, AnyPolicy, PersonalDose, UCBDose, WholePlan
from recourse_bandits.records import Key, Stream
from tests.policies.dosing import INR, PROBLEM, people
from tests.study.builders import Clock, assert_same, assert_same_future

POLICIES: dict[str, AnyPolicy] = {
    "SGDMAB": SGDMAB(),
    "SGDMAB that asks": LIBRA(SGDMAB(), threshold=0.6),
    "BSGDMAB": BSGDMAB(100, 2.0),
    "BSGDMAB that asks": LIBRA(BSGDMAB(100, 2.0), threshold=0.6),
}


def study_of(policy: AnyPolicy, journal: Any = None) -> Study:
    return Study(PROBLEM, policy, AlwaysRandom(), journal=journal, seed=2, clock=Clock())


def lived(study: Study, rounds: int, seed: int = 0) -> Study:
    """Effects and outcomes come late, in any order, some never; some decisions are withdrawn."""
    rng = np.random.default_rng(seed)
    waiting: list[tuple[int, dict[str, float], dict[str, float]]] = []
    for number, person in enumerate(people(rounds, seed)):
        decision = study.decide(person)
        assert isinstance(decision, Decision)
        if number % 9 == 8:
            study.withdraw(decision.id, "moved away")
            continue
        taken: dict[str, float] = {}
        if decision.dose is not None:
            if number % 4 == 0:
                taken = {"dose": 0.9 * decision.dose}
            waiting.append((decision.id, {"inr": float(rng.normal(3.0, 0.5))}, taken))
        waiting.append((decision.id, {"recovered": float(rng.random() < 0.5)}, taken))
        while len(waiting) > 6:
            late = waiting.pop(int(rng.integers(len(waiting))))
            report(study, *late)
    return study


def report(study: Study, number: int, measures: dict[str, float], taken: dict[str, float]) -> None:
    known = study.outcome(number)
    realized = taken if known is None or not known.measures else {}
    study.observe(number, measures, realized=realized or None)


@pytest.mark.parametrize("name", POLICIES)
def test_a_journal_verifies_to_the_last_bit(name: str, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'clinic.db'}"
    study = lived(study_of(POLICIES[name], url), 60)
    found = study.verify()
    assert found.passed, found.difference
    assert found.exact == found.decisions == 60
    table = pl.DataFrame(people(7, seed=3))
    study.decide_many(table)
    found = study.verify()
    assert found.passed, found.difference
    assert found.exact == 67


@pytest.mark.parametrize("name", POLICIES)
def test_a_study_that_stopped_goes_on_as_if_it_had_not(name: str, tmp_path: Path) -> None:
    whole = lived(study_of(POLICIES[name]), 40)
    url = f"sqlite:///{tmp_path / 'clinic.db'}"
    lived(study_of(POLICIES[name], url), 40).journal.close()
    again = Study.open(open_journal(url), AlwaysRandom(), clock=Clock())
    assert_same_future(whole, again, people(5, seed=7))


@pytest.mark.parametrize("policy", [SGDMAB(), BSGDMAB(100, 2.0)], ids=["SGDMAB", "BSGDMAB"])
def test_a_table_is_told_what_its_people_would_be_told_alone(policy: AnyPolicy) -> None:
    study = lived(study_of(policy), 30)
    persons = people(9, seed=5)
    preview = study.preview_many(pl.DataFrame(persons))
    table = study.decide_many(pl.DataFrame(persons))
    for column in ("arm", "dose", "mean", "low", "high", "explored"):
        assert preview[column].to_list() == table[column].to_list()
    again = lived(study_of(policy), 30)
    alone = again.decide(persons[0])
    assert isinstance(alone, Decision)
    row = table.row(0, named=True)
    assert (alone.arm, alone.dose, alone.predicted) == (row["arm"], row["dose"], row["mean"])


def test_a_corrected_sub_outcome_is_unlearned() -> None:
    wrong, right = (study_of(SGDMAB()) for _ in range(2))
    for study, inr in ((wrong, 9.0), (right, 2.0)):
        decision = study.decide(people(1)[0], eligible=["a"])
        study.observe(decision.id, {"inr": inr, "recovered": 1})
    wrong.correct(0, {"inr": 2.0})
    assert_same(wrong.state, right.state)


HUGE = st.sampled_from([1e100, -1e100, 1e50, 0.0, INR.target])
VALUES = st.one_of(HUGE, st.floats(-1e100, 1e100), st.floats(0.0, 8.0))
STEPS = st.lists(
    st.tuples(st.sampled_from(["decide", "effect", "reward", "withdraw"]), VALUES, st.integers(0)),
    max_size=40,
)


@given(steps=STEPS, name=st.sampled_from(sorted(POLICIES)))
def test_no_history_leads_to_a_dose_that_cannot_be_given(
    steps: list[tuple[str, float, int]], name: str
) -> None:
    study = study_of(POLICIES[name])
    persons = people(len(steps) + 1)
    for number, (what, value, which) in enumerate(steps):
        waiting = study.open_decisions
        if what == "decide" or not waiting:
            assert_can_be_given(study.decide(persons[number]))
            continue
        late = waiting[which % len(waiting)]
        known = study.outcome(late)
        told = {} if known is None else known.measures
        decision = next(d for d in decisions(study) if d.id == late)
        if what == "effect" and "inr" not in told and decision.dose is not None:
            study.observe(late, {"inr": value})
        elif what == "reward" and "recovered" not in told:
            study.observe(late, {"recovered": float(value > 0.0)})
        elif what == "withdraw":
            study.withdraw(late, "moved away")
    assert_can_be_given(study.decide(persons[-1]))
    found = study.verify()
    assert found.passed, found.difference


def decisions(study: Study) -> list[Decision]:
    return [event.body for event in study.journal.read() if isinstance(event.body, Decision)]


def assert_can_be_given(decision: Any) -> None:
    for arm, dose in zip(PROBLEM.treatments, decision.proposal.doses, strict=True):
        if arm.dose is None:
            assert np.isnan(dose)
        else:
            assert arm.dose.lower <= dose <= arm.dose.upper
            assert arm.dose.issued(dose) == dose
            assert arm.dose.step is None or (dose / arm.dose.step) % 1.0 == 0.0
    assert decision.dose == decision.proposal.dose_of(decision.choice.arm)


@pytest.mark.parametrize(
    "policy", [SGDMAB(), PersonalDose(), UCBDose(), WholePlan()], ids=lambda one: type(one).__name__
)
def test_an_explanation_tells_what_the_dose_is_expected_to_do(policy: AnyPolicy) -> None:
    world = Dosing(seed=3, mutable=1, comparator="personal")
    study = Study(world.problem, policy, seed=1)
    for number in range(30):
        decision = study.decide(world.person(Key(1, number, Stream.PERSON)))
        assert isinstance(decision, Decision)
        report_of(world, decision, 1).tell(study)
    state = study.state
    context = world.problem.context(world.person(Key(1, 30, Stream.PERSON)))
    last = study.decide(context)
    assert isinstance(last, Decision)
    told = last.proposal.trace[SUB_OUTCOME][last.choice.arm]
    estimate, columns = state.effects.estimate, state.judgement.columns
    share = (last.dose or 0.0) / state.judgement.span[last.choice.arm]
    by_hand = last.choice.point[columns] @ estimate[: columns.size]
    by_hand += share * estimate[columns.size + last.choice.arm]
    assert told == pytest.approx(by_hand)
    assert f"; lab {told:.4g}, target 10 ← the policy's own" in study.explain(last.id)
    assert study.verify().exact == 31
