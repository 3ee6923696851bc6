"""LIBRA's two safeguards: a budget of questions, and a veto."""

import math

import numpy as np
import pytest

from recourse_bandits import (
    GLRB,
    LIBRA,
    Adviser,
    AlwaysRandom,
    AlwaysWorst,
    Oracle,
    RecourseTS,
    Silent,
    Stream,
    Study,
    Synthetic,
)
from recourse_bandits.policies import AnyPolicy
from recourse_bandits.records import Decision, Key
from tests.study.builders import PERSON, decided, pending, people, study_of, taught

WORLD = Synthetic(seed=3, dimension=3, arms=3, radius=1.0)
ADVISERS: dict[str, Adviser] = {
    "oracle": Oracle(WORLD.best),
    "random": AlwaysRandom(),
    "worst": AlwaysWorst(WORLD.worst),
    "silent": Silent(),
}


def lived(policy: AnyPolicy, adviser: Adviser, rounds: int) -> list[Decision]:
    """Decisions of so many rounds, each with its outcome."""
    study = Study(WORLD.problem, policy, adviser, seed=2)
    decisions = []
    for number in range(rounds):
        decision = study.decide(WORLD.person(Key(2, number, Stream.PERSON)))
        assert isinstance(decision, Decision)
        choice = decision.choice
        measures = WORLD.measures(
            decision.context, choice.arm, choice.point, Key(2, number, Stream.NOISE)
        )
        study.observe(decision.id, measures)
        decisions.append(decision)
    return decisions


@pytest.mark.parametrize("base", [GLRB(), RecourseTS()], ids=["GLRB", "RecourseTS"])
@pytest.mark.parametrize("name", ADVISERS)
def test_the_budget_bounds_the_questions_at_all_times(name: str, base: AnyPolicy) -> None:
    decisions = lived(LIBRA(base, threshold=0.0), ADVISERS[name], 150)
    asked = np.cumsum([decision.asked for decision in decisions])
    for rounds, questions in enumerate(asked, start=1):
        assert questions <= math.ceil(2.0 * math.log(2 + rounds) ** 2)
    assert asked[-1] == math.ceil(2.0 * math.log(2 + 149) ** 2), "the budget is there to be used"


@pytest.mark.parametrize(
    ("budget", "expected"), [(0.0, 0), (None, 40), (math.inf, 40), (math.sqrt, 7)]
)
def test_a_budget_may_be_a_number_a_function_or_none(budget: object, expected: int) -> None:
    policy = LIBRA(GLRB(), threshold=0.0, consultation_budget=budget)  # type: ignore[arg-type]
    decisions = lived(policy, AlwaysRandom(), 40)
    assert sum(decision.asked for decision in decisions) == expected


def test_as_printed_every_wide_round_is_a_question() -> None:
    decisions = lived(LIBRA.as_printed(GLRB(), threshold=0.0), ADVISERS["worst"], 40)
    assert all(decision.followed for decision in decisions)


def test_a_narrow_interval_asks_nobody() -> None:
    assert not any(d.asked for d in lived(LIBRA(GLRB(), threshold=1e6), AlwaysRandom(), 10))


def test_questions_that_are_never_answered_count() -> None:
    study = study_of(LIBRA(GLRB(), threshold=0.0))
    pending(study)
    assert (study.state.asked, study.state.rounds) == (1, 0)
    assert decided(study).consultation is None


def _contradicted(*, veto: bool) -> Decision:
    """Advice of an arm of which 20 outcomes have shown that it is much worse."""
    policy = LIBRA(GLRB(scale=0.05), threshold=0.0, consultation_budget=None, veto=veto)
    study = study_of(policy)
    for person in people(20):
        study.import_past(person, "beta_blocker", {"drop": 30.0})
        study.import_past(person, "combination", {"drop": -30.0})
    waiting = pending(study)
    return study.settle(waiting.id, study.advice(waiting, "combination", {"diet": 5.0}))


def test_advice_that_the_data_contradict_is_turned_down() -> None:
    decision = _contradicted(veto=True)
    assert (decision.vetoed, decision.followed, decision.failed) == (True, False, False)
    assert decision.arm == "beta_blocker"
    assert decision.choice.point.tolist() == decision.proposal.point.tolist()
    assert decision.consultation is not None
    assert decision.consultation.given is not None
    assert decision.consultation.given.arm == 1


def test_without_the_veto_it_is_followed() -> None:
    decision = _contradicted(veto=False)
    assert (decision.vetoed, decision.followed) == (False, True)
    assert decision.arm == "combination"
    assert decision.explored
    assert decision.propensity == 1.0


def test_advice_that_the_data_allow_is_followed() -> None:
    study = taught(study_of(LIBRA(GLRB(), threshold=0.0, consultation_budget=None), Silent()))
    study.adviser = None
    waiting = pending(study, PERSON)
    decision = study.settle(waiting.id, study.advice(waiting, "combination", {"diet": 5.0}))
    assert decision.followed
    mean, (low, high) = decision.predicted, decision.interval
    policy: LIBRA = study.policy  # type: ignore[assignment]
    state = study.state
    told = policy.interval(state, decision.context, 1, decision.choice.point)
    assert (mean, low, high) == pytest.approx(told)
