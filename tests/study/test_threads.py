"""Several threads may use one study: no number is given twice, nothing is lost."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import recourse_bandits as rb
from tests.journals.clinic import new_study, person


@pytest.mark.parametrize("in_file", [False, True])
def test_threads_decide_and_observe(in_file: bool, tmp_path: Path) -> None:
    study = new_study(f"sqlite:///{tmp_path / 'clinic.db'}" if in_file else None)

    def visit(number: int) -> int:
        decision = study.decide(person(number), request_id=f"visit-{number // 2}-{number % 40}")
        assert isinstance(decision, rb.Decision)
        study.observe(decision.id, {"drop": 1.0})
        return decision.id

    with ThreadPoolExecutor(4) as threads:
        numbers = list(threads.map(visit, range(200)))
    assert sorted(numbers) == list(range(200))
    assert study.open_decisions == ()
    assert [event.number for event in study.journal.read()] == list(range(study.journal.length))
    study.close()


def test_advice_that_comes_after_a_withdrawal_decides_nothing() -> None:
    class Slow(rb.Adviser):
        def advise(self, state: object, question: rb.Question, key: rb.Key) -> rb.Advice:
            study.withdraw(question.number, "left while the adviser thought")
            return rb.Advice(0, question.context.values)

    study = rb.Study(new_study(None).problem, rb.AdviceOnly(), Slow())
    with pytest.raises(rb.RecourseBanditsError, match="was withdrawn while its adviser was asked"):
        study.decide(person(1), request_id="visit")
    assert study.pending == ()
    with pytest.raises(rb.RecourseBanditsError, match="was withdrawn before it was decided"):
        study.decide(person(1), request_id="visit")
    with pytest.raises(rb.RecourseBanditsError, match="was withdrawn"):
        study.settle(0, None)
