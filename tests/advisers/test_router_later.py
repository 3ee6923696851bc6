"""A router among advisers that answer later, in journals, after corrections, with threads."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import pytest

from recourse_bandits import (
    Advice,
    AdviceOnly,
    Adviser,
    Later,
    MemoryJournal,
    NoAdvice,
    Oracle,
    Pending,
    Question,
    Router,
    Silent,
    Study,
)
from recourse_bandits.errors import DescriptionError
from recourse_bandits.exchanges import Exchange
from recourse_bandits.journals.format_1 import Reader, to_json
from recourse_bandits.records import Decision
from recourse_bandits.study import refold, snapshot
from tests.advisers.worlds import WORLD, Half, known, lived
from tests.study.builders import Clock, assert_same

PERSON = [1.0, -0.5, 0.2]


@dataclass(frozen=True)
class Postman(Adviser):
    """Answers later, when it has got a letter; remembers what was open."""

    answer_within: float | None = None
    at_deadline: Literal["policy", "withdraw"] = "policy"
    letters: dict[int, Any] = field(default_factory=dict)
    open: list[list[int]] = field(default_factory=list)

    def advise(self, state: Any, question: Question, key: Any) -> Later:
        return Later("in the post")

    def collect(self, questions: Sequence[Question], study: str | None = None) -> Mapping[int, Any]:
        self.open.append([question.number for question in questions])
        return self.letters


def waiting_for(*postmen: Postman, questions: int, clock: Any = None) -> Study:
    named = {f"postman {number}": postman for number, postman in enumerate(postmen)}
    study = Study(WORLD.problem, AdviceOnly(), Router(named), clock=clock or Clock())
    for _ in range(questions):
        assert isinstance(study.decide(PERSON), Pending)
    return study


def test_everyone_collects_its_own_questions() -> None:
    first, second = Postman(), Postman()
    study = waiting_for(first, second, questions=4)
    assert [one.addressee for one in study.pending] == ["postman 0", "postman 1"] * 2
    point = study.pending[0].context.values
    first.letters.update({0: Advice(1, point), 1: Advice(2, point), 77: Advice(0, point)})
    second.letters.update({3: NoAdvice("illegible")})
    decided = study.collect()
    assert [(one.id, one.followed) for one in decided] == [(0, True), (3, False)]
    assert (first.open, second.open) == ([[0, 2]], [[1, 3]])
    asked = [one.consultation.exchange for one in decided if one.consultation]
    assert asked == [Exchange("postman 0"), Exchange("postman 1")]
    first.letters.clear()
    assert study.collect() == []
    assert (first.open[-1], second.open[-1]) == ([2], [1])


def test_a_question_has_the_deadline_of_who_was_asked() -> None:
    clock = Clock(timedelta(0))
    postmen = Postman(60.0, "withdraw"), Postman(3600.0), Postman()
    study = waiting_for(*postmen, questions=3, clock=clock)
    assert isinstance(study.adviser, Router)
    assert study.adviser.answer_within == 3600.0
    deadlines = [one.deadline for one in study.pending]
    assert deadlines == [clock.now + timedelta(minutes=1), clock.now + timedelta(hours=1), None]
    clock.now += timedelta(days=1)
    (decided,) = study.collect()
    assert (decided.id, decided.failed) == (1, True)
    assert decided.consultation is not None
    assert decided.consultation.exchange == Exchange("postman 1")
    assert [one.id for one in study.pending] == [2]


def test_a_deadline_must_be_a_time() -> None:
    with pytest.raises(DescriptionError, match="answer_within must be"):
        waiting_for(Postman(1e300), questions=0)


def test_advice_that_is_handed_over_is_that_of_who_was_asked() -> None:
    study = waiting_for(Postman(), Postman(), questions=2)
    for waiting in study.pending:
        decision = study.settle(waiting.id, study.advice(waiting, "arm_1"))
        study.observe(decision.id, {"reward": 1.0})
    assert known(study).observed.tolist() == [1, 1]


def test_a_correction_does_not_change_who_was_asked() -> None:
    postman = Postman()
    router = Router({"half": Half(1.0), "postman": postman, "other": Half(-1.0)})
    study = Study(WORLD.problem, AdviceOnly(), router, clock=Clock())
    for number in range(8):
        decision = study.decide(PERSON)
        if isinstance(decision, Decision):
            study.observe(decision.id, {"reward": -50.0 if number == 0 else 50.0})
    before = {one.id: one.addressee for one in study.pending}
    asked = known(study).asked.tolist()
    study.correct(0, {"reward": 5000.0})
    assert {one.id: one.addressee for one in study.pending} == before
    assert known(study).asked.tolist() == asked
    assert set(before.values()) == {"postman"}
    study.collect()
    assert postman.open == [list(before)]


def test_the_journal_says_who_is_asked() -> None:
    study = waiting_for(Postman(), questions=1)
    lines = [to_json(event) for event in study.journal.read()]
    assert '"addressee":"postman 0"' in lines[1]
    reader = Reader()
    asked = [reader.read(line) for line in lines][1]
    assert asked.body.addressee == "postman 0"
    assert to_json(asked) == lines[1]
    plain = Study(WORLD.problem, AdviceOnly(), Postman(), clock=Clock())
    plain.decide(PERSON)
    assert not any("addressee" in to_json(event) for event in plain.journal.read())


ROUTER = Router({"oracle": Oracle(WORLD.best), "nobody": Silent()}, costs={"oracle": 1.0})


def test_its_state_is_a_fold_of_the_journal() -> None:
    run = lived(ROUTER, AdviceOnly(), 60)
    again = Study.open(run.study.journal, ROUTER)
    assert_same(known(again), known(run.study))
    assert again.verify().passed


def test_its_state_is_part_of_a_snapshot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite:///{tmp_path / 'routed.db'}"
    run = lived(ROUTER, AdviceOnly(), 60, journal=url)
    before = known(run.study)
    run.study.close()  # writes a snapshot
    used = []

    def restored(*arguments: Any) -> Any:
        used.append(snapshot.restored(*arguments))
        return used[-1]

    monkeypatch.setattr(refold, "restored", restored)
    with Study.open(url, ROUTER) as again:
        assert_same(known(again), before)
        assert [fold.events for fold in used] == [again.journal.length]
        assert isinstance(again.decide(PERSON), Decision)


def test_another_router_learns_from_what_was_asked_before() -> None:
    journal = MemoryJournal()
    lived(Half(1.0), AdviceOnly(), 10, journal=journal)
    router = Router({"Half": Half(1.0), "new": Half(-1.0)})
    study = Study.open(journal, router)
    assert known(study).observed.tolist() == [10, 0]
    assert known(study).asked.tolist() == [0, 0]


def test_an_answer_is_that_of_its_own_addressee_with_many_threads() -> None:
    @dataclass(frozen=True)
    class Signs(Adviser):
        label: str

        def advise(self, state: Any, question: Question, key: Any) -> Advice:
            return Advice(0, question.context.values, self.label)

    router = Router({label: Signs(label) for label in "abc"})
    study = Study(WORLD.problem, AdviceOnly(), router)

    def visit(_: int) -> Decision:
        decision = study.decide(PERSON)
        assert isinstance(decision, Decision)
        study.observe(decision.id, {"reward": 1.0})
        return decision

    with ThreadPoolExecutor(16) as threads:
        decisions = list(threads.map(visit, range(160)))
    for decision in decisions:
        assert decision.consultation is not None
        assert decision.consultation.given is not None
        assert decision.consultation.exchange == Exchange(decision.consultation.given.note)
    assert known(study).asked.sum() == known(study).observed.sum() == 160
    assert_same(known(Study.open(study.journal, router)), known(study))
