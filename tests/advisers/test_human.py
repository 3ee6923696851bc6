"""People as advisers: what is in the queue, what is refused, and what the decision says."""

import json
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recourse_bandits import (
    AdviceOnly,
    Budget,
    Decision,
    Feature,
    Human,
    Pending,
    Problem,
    QuestionQueue,
    Router,
    Study,
    Uniform,
)
from recourse_bandits.errors import (
    AnsweredAlready,
    ClosedQuestion,
    DeadlinePassed,
    DescriptionError,
    IneligibleArm,
    InfeasibleAdvice,
    InvalidValue,
    QueueConflict,
    QueueError,
    UnknownArm,
    UnknownFeature,
    UnknownQuestion,
)
from recourse_bandits.journals import MemoryJournal
from recourse_bandits.testing import random_people
from tests.advisers.clinic import SOMEBODY_ELSE, Clinic
from tests.contracts.problems import PROBLEMS
from tests.study.builders import ASKS_ALWAYS, PERSON, PROBLEM, Clock, pending


@pytest.fixture
def clinic(tmp_path: Path) -> Clinic:
    return Clinic(tmp_path, answer_within=3600.0)


def test_an_answer_is_followed_and_kept_with_who_gave_it(clinic: Clinic) -> None:
    study = clinic.study()
    waiting = pending(study, request_id="r", subject="s")
    clinic.queue.answer(
        0, "combination", {"diet": 6, "activity": 2}, note="seen", by="Dr. A", confidence=0.7
    )
    (decision,) = study.collect()
    assert (decision.id, decision.arm, decision.source) == (waiting.id, "combination", "advice")
    assert decision.recourse is not None
    assert decision.recourse.target == pytest.approx({"age": 71, "diet": 6, "activity": 2})
    study.close()
    with clinic.study() as again:
        stored = again.decision(0)
        assert isinstance(stored, Decision)
        assert stored.consultation is not None
        exchange = stored.consultation.exchange
        assert exchange is not None
        assert (exchange.adviser, exchange.by, exchange.confidence) == ("Human", "Dr. A", 0.7)
        assert exchange.said is not None
        assert exchange.said["target"] == {"diet": 6.0, "activity": 2.0}
        assert "asked: Human, answered by Dr. A, stated confidence 0.7" in again.explain(0)
        assert again.verify().passed


def test_the_queue_holds_all_that_an_expert_needs(clinic: Clinic) -> None:
    with clinic.study() as study:
        waiting = pending(study, request_id="r", subject="s")
    (asked,) = clinic.queue.waiting()
    assert (asked.number, asked.deadline) == (0, waiting.deadline)
    content = asked.content
    assert (content["request_id"], content["subject"]) == ("r", "s")
    assert content["person"][2] == {
        "name": "activity",
        "unit": "h/week",
        "description": "",
        "value": 1.0,
        "filled_in": False,
    }
    assert [arm["name"] for arm in content["arms"]] == ["beta_blocker", "combination"]
    diet, activity = content["limits"]
    assert (diet["lowest"], diet["highest"]) == (4.0, 7.0)  # upwards only; 1.5 scales of 2
    assert (activity["lowest"], activity["highest"], activity["effort"]) == (0.0, 4.0, 0.5)
    assert content["budget"] == {"norm": "l2", "radius": 1.5}
    proposal = content["proposal"]
    assert proposal["arm"] == PROBLEM.arm_names[int(waiting.proposal.arm)]
    assert proposal["low"] < proposal["mean"] < proposal["high"]


@pytest.mark.parametrize("name", PROBLEMS)
def test_every_limit_that_is_shown_may_be_typed(name: str, tmp_path: Path) -> None:
    problem = PROBLEMS[name]
    clinic = Clinic(tmp_path)
    study = Study(problem, AdviceOnly(), clinic.human, seed=1)
    waiting = [study.decide(person) for person in random_people(problem, 6, 3)]
    typed = 0
    for one in waiting:
        assert isinstance(one, Pending)
        content = clinic.queue.question(one.id).content
        arm = content["arms"][-1]["name"]
        limits = [
            limit
            for limit in content["limits"]
            if limit["lowest"] != limit["highest"] and not content["must_change"]
        ]
        shown = [(limit["name"], limit[end]) for limit in limits for end in ("lowest", "highest")]
        target = {
            feature: float(f"{value:.10g}")
            for feature, value in shown[one.id % 2 :][:1]
            if value is not None
        }
        clinic.queue.answer(one.id, arm, target)
        typed += len(target)
    decided = study.collect()
    assert [decision.followed for decision in decided] == [True] * 6
    assert typed or name in {
        "no feature",
        "nothing mutable",
        "radius 0",
        "people outside their bounds",
    }


REFUSED: dict[str, tuple[str, Any, type[Exception], str]] = {
    "an unknown arm": ("combo", {}, UnknownArm, "unknown arm 'combo'"),
    "an arm not offered": ("beta_blocker", {}, IneligibleArm, "those that may are combination"),
    "too far": (
        "combination",
        {"activity": 25},
        InfeasibleAdvice,
        "'activity' would be 25 h/week, 21 h/week beyond the highest that it may be, 4 h/week",
    ),
    "backwards": ("combination", {"diet": 3.5}, InfeasibleAdvice, "0.5 beyond the lowest .* 4$"),
    "too much": (
        "combination",
        {"diet": 7, "activity": 2},
        InfeasibleAdvice,
        r"effort of 1.58114, 0.08114 more than the budget of 1.5 \(l2 of 'diet' 1.5, 'activity'",
    ),
    "immutable": ("combination", {"age": 70}, InfeasibleAdvice, "'age' is not a feature that can"),
    "unknown": ("combination", {"smoking": 0}, UnknownFeature, "unknown feature 'smoking'"),
    "no number": ("combination", {"diet": "less"}, InvalidValue, "must be a number"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_an_illegal_answer_is_refused_when_it_is_given(clinic: Clinic, case: str) -> None:
    arm, target, error, message = REFUSED[case]
    with clinic.study() as study:
        pending(study, eligible=["combination"])
    with pytest.raises(error, match=message):
        clinic.queue.answer(0, arm, target)
    clinic.queue.answer(0, "combination", {"age": 71, "diet": 4})  # as it is: nothing changes


def test_asking_twice_and_collecting_twice_change_nothing(clinic: Clinic) -> None:
    with clinic.study() as study:
        first = pending(study, request_id="r")
        assert pending(study, request_id="r").id == first.id
        before = clinic.queue.question(0)
        clinic.clock.forward(minutes=1)
        assert study.collect() == []
        assert clinic.queue.question(0) == before
        clinic.queue.answer(0, "combination")
        assert len(study.collect()) == 1
        assert study.collect() == []
        assert clinic.queue.question(0).closed_at == clinic.clock.now


def test_at_the_deadline_the_policy_decides_and_says_so(clinic: Clinic) -> None:
    with clinic.study() as study:
        waiting = pending(study)
        clinic.clock.forward(seconds=3599)
        assert study.collect() == []
        assert [asked.number for asked in clinic.queue.waiting()] == [0]
        clinic.clock.forward(seconds=1)
        assert clinic.queue.waiting() == []
        with pytest.raises(DeadlinePassed, match="until 2026-01-01 01:00:00 UTC"):
            clinic.queue.answer(0, "combination")
        (decision,) = study.collect()
        assert decision.choice.arm == waiting.proposal.arm
        assert decision.failed
        assert decision.consultation is not None
        assert decision.consultation.reason == "no answer came until 2026-01-01 01:00:00 UTC"
        assert "failed: no answer came until 2026-01-01 01:00:00 UTC" in study.explain(0)
        study.collect()
        with pytest.raises(ClosedQuestion):
            clinic.queue.answer(0, "combination")


def test_an_answer_in_time_counts_however_late_it_is_collected(clinic: Clinic) -> None:
    with clinic.study() as study:
        pending(study)
        clinic.clock.forward(seconds=3599)
        clinic.queue.answer(0, "combination")
        clinic.clock.forward(days=30)
        (decision,) = study.collect()
        assert decision.followed


def test_the_other_fallback_withdraws(tmp_path: Path) -> None:
    clinic = Clinic(tmp_path, answer_within=60.0, at_deadline="withdraw")
    with clinic.study() as study:
        pending(study)
        clinic.clock.forward(seconds=60)
        assert study.collect() == []
        assert study.pending == ()


def test_no_advice_lets_the_policy_decide(clinic: Clinic) -> None:
    with clinic.study() as study:
        pending(study)
        with pytest.raises(DescriptionError, match="needs a reason"):
            clinic.queue.decline(0, " ")
        clinic.queue.decline(0, "too ill", by="B")
        (decision,) = study.collect()
        assert decision.failed
        assert "failed: too ill\nasked: Human, answered by B" in study.explain(0)


def test_a_question_is_answered_once(clinic: Clinic) -> None:
    with clinic.study() as study:
        pending(study)
        clinic.queue.answer(0, "combination", by="Dr. A")
        message = "question 0 was answered by 'Dr. A' on 2026-01-01 00:00:00 UTC"
        with pytest.raises(AnsweredAlready, match=message):
            clinic.queue.answer(0, "beta_blocker", by="Dr. B")
        with pytest.raises(AnsweredAlready, match=message):
            clinic.queue.decline(0, "no", by="Dr. B")
        (decision,) = study.collect()
        assert decision.arm == "combination"


@pytest.mark.parametrize("number", [1, -1, 2**63, 10**30])
def test_there_is_no_such_question(clinic: Clinic, number: int) -> None:
    with clinic.study() as study:
        pending(study)
    with pytest.raises(UnknownQuestion, match=f"no question {number}"):
        clinic.queue.answer(number, "combination")


def test_what_was_settled_or_withdrawn_by_hand_is_closed(clinic: Clinic) -> None:
    with clinic.study() as study:
        for _ in range(3):
            pending(study)
        study.settle(0, None)
        study.withdraw(1, "moved away")
        study.collect()
        assert [asked.number for asked in clinic.queue.waiting()] == [2]
        study.settle(2, None)
        study.collect()
        assert clinic.queue.waiting() == []
        with pytest.raises(ClosedQuestion, match="does not wait any more"):
            clinic.queue.answer(2, "combination")


def test_a_question_that_never_reached_the_queue_is_put_there(clinic: Clinic) -> None:
    with clinic.study() as study:
        pending(study)
        pending(study, SOMEBODY_ELSE)
    clinic.file.unlink()
    with clinic.study() as study:
        assert study.collect() == []
    assert [asked.number for asked in clinic.queue.waiting()] == [0, 1]


def test_a_question_closed_by_a_collection_that_overlapped_is_open_again(clinic: Clinic) -> None:
    with clinic.study() as study:
        pending(study)
        # another thread, which began before the question was put
        clinic.human.collect([], clinic.owner())
        assert clinic.queue.waiting() == []
        study.collect()
        assert [asked.number for asked in clinic.queue.waiting()] == [0]


def test_the_answers_of_another_study_are_never_used(clinic: Clinic) -> None:
    with clinic.study() as study:
        pending(study)
        clinic.queue.answer(0, "combination")
        clinic.clock.forward(seconds=1)
        with clinic.study("other") as other:
            decision = other.decide(SOMEBODY_ELSE)  # the same number, and the same first question
            assert isinstance(decision, Decision)
            assert decision.consultation is not None
            reason = str(decision.consultation.reason)
            assert reason.startswith("QueueConflict: the queue holds questions of another study")
        elsewhere = Human(f"sqlite:///{clinic.folder}/elsewhere.db", clock=clinic.clock)
        with clinic.study("third", adviser=elsewhere) as third:
            pending(third)
        with (
            clinic.study("third") as third,
            pytest.raises(QueueConflict, match="questions of another study"),
        ):
            third.collect()
        assert [decision.id for decision in study.collect()] == [0]


def test_a_study_with_nothing_open_closes_no_questions_of_another(clinic: Clinic) -> None:
    with clinic.study() as study:
        pending(study)
        clinic.clock.forward(seconds=1)
        with (
            clinic.study("other") as other,
            pytest.raises(QueueConflict, match="questions of another study"),
        ):
            other.collect()
        clinic.queue.answer(0, "combination")
        assert [decision.id for decision in study.collect()] == [0]


def test_another_person_under_the_same_number_gets_no_answer(clinic: Clinic) -> None:
    with clinic.study() as study:
        pending(study)
        clinic.queue.answer(0, "combination")
        with sqlite3.connect(clinic.file) as connection:
            connection.execute("UPDATE questions SET digest = 'of somebody else'")
        connection.close()
        with pytest.raises(QueueConflict, match="another question under the number 0"):
            study.collect()
        assert study.pending


def test_a_queue_is_of_one_problem(clinic: Clinic) -> None:
    with clinic.study() as study:
        pending(study)
    problem = replace(PROBLEM, budget=Budget("l2", 2.0))
    decision = Study(problem, ASKS_ALWAYS, clinic.human, clock=Clock()).decide(PERSON)
    assert isinstance(decision, Decision)
    assert decision.consultation is not None
    assert "questions of another problem" in str(decision.consultation.reason)


def test_people_may_be_one_of_several_advisers(clinic: Clinic) -> None:
    others = Human(f"sqlite:///{clinic.folder}/others.db", answer_within=60.0, clock=clinic.clock)
    router = Router({"ward": clinic.human, "others": others})
    with clinic.study(adviser=router) as study:
        waiting = [pending(study) for _ in range(2)]
        assert [one.addressee for one in waiting] == ["ward", "others"]
        assert [asked.number for asked in clinic.queue.waiting()] == [0]
        clinic.queue.answer(0, "combination", by="Dr. A")
        clinic.clock.forward(seconds=60)
        first, second = study.collect()
        assert first.followed
        assert second.failed
        assert "asked: ward, answered by Dr. A" in study.explain(0)


def _nothing(path: Path) -> None:
    path.unlink()


def _text(path: Path) -> None:
    path.write_text("no database, but long enough to be looked at as if it were one" * 20)


def _journal(path: Path) -> None:
    path.unlink()
    Study(PROBLEM, Uniform(), journal=f"sqlite:///{path}").close()


def _newer(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 2")
    connection.close()


def _torn(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)


def _changed(statement: str) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        with sqlite3.connect(path) as connection:
            connection.execute(statement)
        connection.close()

    return change


DAMAGED: dict[str, tuple[Callable[[Path], None], str]] = {
    "absent": (_nothing, "there is no queue"),
    "a text": (_text, "not a database"),
    "a journal": (_journal, "it has schema 2, not 1, or lacks the tables"),
    "of a later version": (_newer, "it has schema 2, not 1"),
    "torn": (_torn, "cannot be used as a queue"),
    "without its question": (_changed("UPDATE questions SET question = '{'"), "0 .* is damaged"),
    "without its person": (_changed("UPDATE questions SET question = '{}'"), "0 .* is damaged"),
    "without its problem": (_changed("UPDATE study SET problem = '{}'"), "problem .* is damaged"),
    "of no time": (_changed("UPDATE questions SET asked_at = 'soon'"), "question 0 .* is damaged"),
}


@pytest.mark.parametrize("case", DAMAGED)
def test_a_file_that_is_no_queue_is_named(clinic: Clinic, case: str) -> None:
    change, message = DAMAGED[case]
    with clinic.study() as study:
        pending(study)
    change(clinic.file)
    before = clinic.file.read_bytes() if clinic.file.exists() else None
    with pytest.raises(QueueError, match=message):
        clinic.queue.answer(0, "combination")
    if case in ("a text", "a journal"):
        assert clinic.file.read_bytes() == before


def test_an_answer_that_was_damaged_since_is_no_advice(clinic: Clinic) -> None:
    with clinic.study() as study:
        pending(study)
        clinic.queue.answer(0, "combination")
        _changed("UPDATE questions SET target = '{\"diet\": 99}'")(clinic.file)
        (decision,) = study.collect()
        assert decision.consultation is not None
        assert str(decision.consultation.reason).startswith("the answer in the queue is damaged")


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"answer_within": 0}, "answer_within must be seconds > 0 or None, got 0"),
        ({"answer_within": True}, "answer_within must be"),
        ({"answer_within": float("nan")}, "answer_within must be"),
        ({"at_deadline": "wait"}, "at_deadline must be 'policy' or 'withdraw', got 'wait'"),
        ({"clock": "noon"}, "clock must be a function"),
    ],
)
def test_a_parameter_out_of_its_range_is_refused(parameters: Any, message: str) -> None:
    with pytest.raises(DescriptionError, match=message):
        Human("sqlite:///q.db", **parameters)


@pytest.mark.parametrize("where", ["q.db", "sqlite:///", "sqlite:///:memory:", "sqlite:///\0", 3])
def test_a_queue_has_a_file(where: Any) -> None:
    with pytest.raises(QueueError, match=r"sqlite:///FILE|name of a queue"):
        Human(where)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (((4.5, "combination"), {}), "a question has a whole number, got 4.5"),
        ((("0", "combination"), {}), "a question has a whole number, got '0'"),
        (
            ((0, "combination"), {"confidence": "0.8"}),
            r"confidence must lie in \[0, 1\], got '0.8'",
        ),
        (((0, "combination"), {"confidence": 80}), r"confidence must lie in \[0, 1\], got 80"),
    ],
)
def test_an_answer_of_the_wrong_type_is_refused(
    clinic: Clinic, arguments: tuple[Any, Any], message: str
) -> None:
    with clinic.study() as study:
        pending(study)
    given, named = arguments
    with pytest.raises(DescriptionError, match=message):
        clinic.queue.answer(*given, **named)
    with pytest.raises(DescriptionError, match="no advice needs a reason"):
        clinic.queue.decline(0, None)  # type: ignore[arg-type]
    clinic.queue.answer(np.int64(0), "combination", confidence=np.float32(0.5))  # type: ignore[arg-type]
    with clinic.study() as study:
        (decision,) = study.collect()
        assert decision.followed


def test_people_who_differ_in_one_value_have_other_digests(clinic: Clinic) -> None:
    study = Study(PROBLEM, ASKS_ALWAYS, clinic.human, journal=MemoryJournal(), clock=clinic.clock)
    for person in (PERSON, SOMEBODY_ELSE, PERSON):
        pending(study, person)
    digests = {asked.digest for asked in clinic.queue.waiting()}
    assert len(digests) == 3  # the third is the first person, under another number


def test_a_missing_value_and_one_outside_the_bounds_can_be_asked_about(tmp_path: Path) -> None:
    problem = Problem(
        features=[
            Feature("diet", mutable=True, mean=5, scale=2, bounds=(0, 10), missing="indicator"),
            Feature("salt", mutable=True, mean=5, scale=2, bounds=(0, 6)),
        ],
        arms=["a"],
        budget=Budget("l2", 2.0),
        reward=PROBLEM.reward,
    )
    clinic = Clinic(tmp_path)
    study = Study(problem, AdviceOnly(), clinic.human)
    waiting = study.decide({"diet": None, "salt": 7.0})
    assert isinstance(waiting, Pending)
    content = clinic.queue.question(0).content
    assert [limit["name"] for limit in content["limits"]] == ["salt"]
    assert content["must_change"]
    assert content["person"][0]["filled_in"]
    with pytest.raises(InfeasibleAdvice, match="'diet' is not known of this person"):
        clinic.queue.answer(0, "a", {"diet": 4.0})
    clinic.queue.answer(0, "a", {"salt": 6.0})
    (decision,) = study.collect()
    assert decision.followed
    assert np.isfinite(decision.choice.point).all()


def test_content_is_plain_json(clinic: Clinic) -> None:
    with clinic.study() as study:
        pending(study)
    content = clinic.queue.question(0).content
    assert json.loads(json.dumps(content, allow_nan=False)) == content


def test_a_queue_of_a_relative_path_stays_where_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    queue = QuestionQueue("sqlite:///q.db")
    monkeypatch.chdir("/")
    assert queue.path == tmp_path / "q.db"
