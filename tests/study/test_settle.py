"""Decisions that wait for advice."""

from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from recourse_bandits import GLRB, LIBRA, AdviceOnly, Adviser, Later
from recourse_bandits.errors import (
    ClosedDecision,
    IneligibleArm,
    InfeasibleAdvice,
    InvalidValue,
    UnknownArm,
    UnknownDecision,
    UnknownFeature,
)
from recourse_bandits.exchanges import Attempt, Exchange
from recourse_bandits.records import Advice
from tests.study.builders import (
    ASKS_ALWAYS,
    PERSON,
    START,
    Clock,
    assert_same,
    decided,
    pending,
    snapshot,
    study_of,
)


class Postman(Adviser):
    """Answers later, within an hour."""

    answer_within = 3600.0

    def advise(self, state: Any, question: Any, key: Any) -> Later:
        return Later("in the post")


@pytest.mark.parametrize("adviser", [None, Postman()])
def test_a_question_without_an_answer_yet_makes_a_pending_decision(adviser: Any) -> None:
    study = study_of(ASKS_ALWAYS, adviser)
    waiting = pending(study, request_id="r", subject="s")
    assert (waiting.id, waiting.request_id, waiting.subject) == (0, "r", "s")
    assert [one.id for one in study.pending] == [0]
    assert study.decisions == 1
    assert study.open_decisions == ()
    assert_same(study.decision(0), waiting)


def test_a_deadline_follows_from_the_clock() -> None:
    study = study_of(ASKS_ALWAYS, Postman(), clock=Clock(timedelta(0)))
    assert pending(study).deadline == START + timedelta(hours=1)
    assert pending(study_of(ASKS_ALWAYS)).deadline is None


@pytest.mark.parametrize(
    "exchange",
    [
        Exchange("x", confidence=object()),  # type: ignore[arg-type]
        Exchange("x", attempts=(Attempt("answered", 1.0, input_tokens=np.int64(3)),)),  # type: ignore[arg-type]
        {"adviser": "x"},
    ],
)
def test_an_exchange_that_no_journal_can_keep_is_no_advice(exchange: Any) -> None:
    class Careless(Adviser):
        def advise(self, state: Any, question: Any, key: Any) -> Advice:
            return Advice(0, question.context.values, exchange=exchange)

    study = study_of(ASKS_ALWAYS, Careless())
    decision = decided(study)
    assert study.pending == ()
    assert decision.consultation is not None
    assert "an adviser's exchange must" in str(decision.consultation.reason)
    assert decision.consultation.exchange == Exchange("Careless")


class Office(Adviser):
    """Hands every question to somebody else, who answers within a minute."""

    def addressee(self, state: Any, question: Any) -> str:
        return f"clerk {question.number}"

    def whom(self, addressee: str | None) -> Adviser:
        clerk = Postman()
        clerk.answer_within = 60.0
        return clerk

    def advise(self, state: Any, question: Any, key: Any) -> Later:
        return Later(f"with {question.addressee}")


def test_who_is_asked_is_kept_with_question_and_decision() -> None:
    study = study_of(ASKS_ALWAYS, Office(), clock=Clock(timedelta(0)))
    waiting = [pending(study) for _ in range(2)]
    assert [one.addressee for one in waiting] == ["clerk 0", "clerk 1"]
    assert waiting[0].deadline == START + timedelta(minutes=1)
    again = study_of(ASKS_ALWAYS, Office(), journal=study.journal)
    assert [one.addressee for one in again.pending] == ["clerk 0", "clerk 1"]
    decisions = [again.settle(0, None), *again.collect()]
    named = [one.consultation and one.consultation.exchange for one in decisions]
    assert named == [Exchange(f"clerk {number}") for number in range(len(named))]


def test_the_record_names_the_adviser_who_was_too_late() -> None:
    study = study_of(ASKS_ALWAYS, Postman(), clock=Clock(timedelta(hours=1)))
    pending(study)
    (decision,) = study.collect()
    assert decision.consultation is not None
    assert decision.consultation.exchange is not None
    assert decision.consultation.exchange.adviser == "Postman"
    assert str(decision.consultation.reason).startswith("no answer came until 2026-01-01")


def test_advice_in_raw_units_is_followed() -> None:
    study = study_of(ASKS_ALWAYS)
    waiting = pending(study, request_id="r", subject="s")
    advice = study.advice(waiting, "combination", {"diet": 6, "activity": 2}, note="by phone")
    decision = study.settle(waiting.id, advice)
    assert (decision.id, decision.arm, decision.source) == (0, "combination", "advice")
    assert (decision.asked, decision.followed, decision.failed) == (True, True, False)
    assert (decision.request_id, decision.subject) == ("r", "s")
    assert decision.recourse is not None
    assert decision.recourse.target == pytest.approx({"age": 71, "diet": 6, "activity": 2})
    assert decision.consultation is not None
    assert decision.consultation.given is not None
    assert decision.consultation.given.note == "by phone"
    assert study.pending == ()
    assert study.open_decisions == (0,)


def test_without_a_target_nothing_is_changed() -> None:
    study = study_of(ASKS_ALWAYS)
    waiting = pending(study)
    decision = study.settle(waiting.id, study.advice(waiting, "beta_blocker"))
    assert decision.recourse is not None
    assert decision.recourse.target == PERSON
    assert decision.recourse.cost == 0.0


def test_without_advice_the_policy_decides_and_the_reason_is_kept() -> None:
    study = study_of(ASKS_ALWAYS)
    waiting = pending(study)
    decision = study.settle(waiting.id, None, reason="nobody was at home")
    assert decision.choice.arm == waiting.proposal.arm
    assert_same(decision.choice.point, waiting.proposal.point)
    assert (decision.asked, decision.failed, decision.source) == (True, True, "policy")
    assert decision.consultation is not None
    assert decision.consultation.reason == "nobody was at home"


def test_pending_decisions_are_settled_in_any_order() -> None:
    study = study_of(AdviceOnly(GLRB()))
    first, second = pending(study), pending(study, {**PERSON, "diet": 6.0})
    assert study.settle(second.id, None).id == 1
    assert pending(study).id == 2
    assert study.settle(first.id, None).id == 0
    assert [one.id for one in study.pending] == [2]


def test_knowledge_that_came_meanwhile_counts() -> None:
    """The veto uses what is known when the advice arrives, not when it was asked for."""
    policy = LIBRA(GLRB(scale=0.01), threshold=0.0, consultation_budget=None)
    study = study_of(policy)
    waiting = pending(study)
    advice = study.advice(waiting, "combination")
    for _ in range(30):
        study.import_past(PERSON, "combination", {"drop": -50.0})
        study.import_past(PERSON, "beta_blocker", {"drop": 50.0})
    decision = study.settle(waiting.id, advice)
    assert decision.vetoed
    assert decision.consultation is not None
    assert_same(decision.consultation.given, advice)


def test_a_decision_is_settled_once() -> None:
    study = study_of(ASKS_ALWAYS)
    study.settle(pending(study).id, None)
    with pytest.raises(ClosedDecision, match="decision 0 is not pending: it was decided"):
        study.settle(0, None)
    with pytest.raises(UnknownDecision, match="unknown decision 1"):
        study.settle(1, None)


def test_a_decision_that_never_waited_cannot_be_settled() -> None:
    study = study_of()
    decided(study)
    with pytest.raises(ClosedDecision, match="decision 0 is not pending"):
        study.settle(0, None)


ADVISED: dict[str, tuple[str, Any, type[Exception], str]] = {
    "an unknown arm": ("combo", None, UnknownArm, "unknown arm 'combo'"),
    "an arm not offered": (
        "beta_blocker",
        None,
        IneligibleArm,
        "'beta_blocker' may not be given to this person",
    ),
    "too much": (
        "combination",
        {"activity": 10},
        InfeasibleAdvice,
        r"outside the feasible set by 3 \(radius 1\.5, l2\)",
    ),
    "the wrong direction": ("combination", {"diet": 3}, InfeasibleAdvice, "feasible set by 0.5"),
    "an immutable feature": ("combination", {"age": 70}, InfeasibleAdvice, "feasible set by inf"),
    "an unknown feature": ("combination", {"smoking": 0}, UnknownFeature, "'smoking'"),
    "an impossible value": ("combination", {"diet": "less"}, InvalidValue, "must be a number"),
}


@pytest.mark.parametrize("case", ADVISED)
def test_illegal_advice_is_not_put_into_numbers(case: str) -> None:
    arm, target, error, message = ADVISED[case]
    study = study_of(ASKS_ALWAYS)
    waiting = pending(study, eligible=["combination"])
    with pytest.raises(error, match=message):
        study.advice(waiting, arm, target)


@pytest.mark.parametrize(("excess", "legal"), [(5e-10, True), (2e-9, False)])
def test_advice_may_be_outside_by_rounding_only(excess: float, legal: bool) -> None:
    study = study_of(ASKS_ALWAYS)
    waiting = pending(study)
    point = waiting.context.values.copy()
    point[3] += 1.5 + excess
    if legal:
        assert study.settle(0, Advice(0, point)).followed
    else:
        with pytest.raises(InfeasibleAdvice):
            study.settle(0, Advice(0, point))


def test_somebody_outside_the_bounds_may_be_advised_to_stay() -> None:
    study = study_of(ASKS_ALWAYS)
    waiting = pending(study, {**PERSON, "diet": -0.5})
    assert waiting.context.must_change
    decision = study.settle(0, study.advice(waiting, "combination"))
    assert decision.followed
    assert decision.recourse is None
    assert decision.no_recourse
    assert decision.no_recourse.startswith("a feature is outside its bounds")


ILLEGAL: dict[str, tuple[Any, type[Exception]]] = {
    "an arm too far": (Advice(2, np.array([1.0, 1.125, -0.5, -1.0])), UnknownArm),
    "a negative arm": (Advice(-1, np.array([1.0, 1.125, -0.5, -1.0])), UnknownArm),
    "too few columns": (Advice(0, np.array([1.0, 1.125])), InfeasibleAdvice),
    "NaN": (Advice(0, np.array([1.0, 1.125, np.nan, -1.0])), InfeasibleAdvice),
    "another intercept": (Advice(0, np.array([2.0, 1.125, -0.5, -1.0])), InfeasibleAdvice),
    "too far": (Advice(0, np.array([1.0, 1.125, 1.5, -1.0])), InfeasibleAdvice),
}


@pytest.mark.parametrize("case", ILLEGAL)
def test_illegal_advice_leaves_the_decision_pending(case: str) -> None:
    advice, error = ILLEGAL[case]
    study = study_of(AdviceOnly(GLRB()))
    waiting = pending(study)
    before = snapshot(study)
    with pytest.raises(error):
        study.settle(waiting.id, advice)
    assert_same(snapshot(study), before)
    assert study.settle(waiting.id, None).failed
