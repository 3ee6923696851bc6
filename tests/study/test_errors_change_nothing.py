"""Whatever is refused leaves journal, state and numbers as they were."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from recourse_bandits import Study
from recourse_bandits.errors import RecourseBanditsError
from recourse_bandits.records import Advice
from tests.study.builders import (
    ASKS_ALWAYS,
    PERSON,
    assert_same,
    assert_same_future,
    pending,
    snapshot,
    study_of,
)

_DROP = {"drop": 1.0}

MISTAKES: dict[str, Callable[[Study], Any]] = {
    "unknown feature": lambda s: s.decide({**PERSON, "diets": 3}),
    "missing feature": lambda s: s.decide({"age": 71}),
    "missing value": lambda s: s.decide({**PERSON, "diet": None}),
    "impossible value": lambda s: s.decide({**PERSON, "diet": "much"}),
    "too few values": lambda s: s.decide([71.0]),
    "unknown arm offered": lambda s: s.decide(PERSON, eligible=["placebo"]),
    "no arm offered": lambda s: s.decide(PERSON, eligible=[]),
    "request for other content": lambda s: s.decide([50, 4, 1], request_id="r0"),
    "measure twice": lambda s: s.observe(0, _DROP),
    "unknown measure": lambda s: s.observe(1, {"drops": 1.0}),
    "impossible measure": lambda s: s.observe(1, {"drop": 1e9}),
    "outcome of an unknown decision": lambda s: s.observe(99, _DROP),
    "outcome of a withdrawn decision": lambda s: s.observe(2, _DROP),
    "outcome of a pending decision": lambda s: s.observe(3, _DROP),
    "impossible realised value": lambda s: s.observe(1, _DROP, realized={"diet": 99}),
    "unknown realised feature": lambda s: s.observe(1, _DROP, realized={"dite": 9}),
    "unknown given arm": lambda s: s.observe(1, _DROP, arm="placebo"),
    "correction of nothing": lambda s: s.correct(1, _DROP),
    "impossible correction": lambda s: s.correct(0, {"drop": float("nan")}),
    "withdrawal of a closed decision": lambda s: s.withdraw(0),
    "withdrawal of an unknown decision": lambda s: s.withdraw(-1),
    "settling what is not pending": lambda s: s.settle(1, None),
    "settling an unknown decision": lambda s: s.settle(99, None),
    "illegal advice": lambda s: s.settle(3, Advice(0, np.zeros(4))),
    "unknown arm advised": lambda s: s.settle(3, Advice(9, s.pending[0].context.values)),
    "advice on a fixed feature": lambda s: s.advice(s.pending[0], "combination", {"age": 50}),
    "import without the measure": lambda s: s.import_past(PERSON, "combination", {}),
    "import of an unknown arm": lambda s: s.import_past(PERSON, "placebo", _DROP),
    "import of an impossible person": lambda s: s.import_past([1], "combination", _DROP),
    "an unknown decision": lambda s: s.decision(99),
}


def prepared() -> Study:
    """Decision 0 is complete, 1 open, 2 withdrawn, 3 pending."""
    study = study_of(ASKS_ALWAYS)
    for number in range(3):
        study.settle(pending(study, request_id=f"r{number}").id, None)
    study.observe(0, _DROP)
    study.withdraw(2)
    pending(study, request_id="r3")
    return study


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_changes_nothing(case: str) -> None:
    study = prepared()
    before = snapshot(study)
    with pytest.raises(RecourseBanditsError) as refused:
        MISTAKES[case](study)
    assert str(refused.value)
    assert_same(snapshot(study), before)


def test_all_mistakes_together_change_nothing() -> None:
    study = prepared()
    for mistake in MISTAKES.values():
        with pytest.raises(RecourseBanditsError):
            mistake(study)
    assert_same_future(study, prepared())
