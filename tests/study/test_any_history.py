"""Whatever happens in whatever order, the journal alone says where a study stands."""

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from recourse_bandits import Study
from recourse_bandits.errors import RecourseBanditsError
from tests.study.builders import (
    ASKS_SOMETIMES,
    PROBLEM,
    assert_same_future,
    people,
    study_of,
)

_DROPS = st.sampled_from([-3.0, 0.0, 2.5, 40.0, 1e9])  # the last one is impossible
_ARMS = st.sampled_from([None, *PROBLEM.arm_names])
_REASON = "mistyped"
_REALIZED = st.sampled_from([None, {}, {"diet": 7.0}, {"activity": 0.5, "age": 50.0}])
_NUMBERS = st.integers(0, 7)


def _decide(study: Study, number: int, request: int) -> None:
    study.decide(people(8)[number], request_id=f"r{request}" if request % 2 else None)


def _settle(study: Study, number: int, advised: bool) -> None:
    waiting = {one.id: one for one in study.pending}.get(number)
    advice = study.advice(waiting, "combination") if advised and waiting is not None else None
    study.settle(number, advice)


def _observe(study: Study, number: int, drop: float, realized: Any, arm: str | None) -> None:
    study.observe(number, {"drop": drop}, realized=realized, arm=arm, reason=_REASON)


def _realise(study: Study, number: int, realized: Any) -> None:
    study.observe(number, {}, realized=realized, reason=_REASON)


def _correct(study: Study, number: int, drop: float, realized: Any, arm: str | None) -> None:
    study.correct(number, {"drop": drop}, realized=realized, arm=arm, reason=_REASON)


def _withdraw(study: Study, number: int) -> None:
    study.withdraw(number)


def _import(study: Study, number: int, drop: float) -> None:
    study.import_past(people(8)[number], "combination", {"drop": drop})


def _steps() -> st.SearchStrategy[tuple[Any, ...]]:
    step: Callable[..., st.SearchStrategy[tuple[Any, ...]]] = st.tuples
    decide = step(st.just(_decide), _NUMBERS, _NUMBERS)
    observe = step(st.just(_observe), _NUMBERS, _DROPS, _REALIZED, _ARMS)
    return st.one_of(
        decide,
        decide,
        decide,
        observe,
        observe,
        step(st.just(_settle), _NUMBERS, st.booleans()),
        step(st.just(_realise), _NUMBERS, _REALIZED),
        step(st.just(_correct), _NUMBERS, _DROPS, _REALIZED, _ARMS),
        step(st.just(_withdraw), _NUMBERS),
        step(st.just(_import), _NUMBERS, _DROPS),
    )


@settings(max_examples=150)
@given(steps=st.lists(_steps(), min_size=1, max_size=25))
def test_a_continued_study_stands_where_the_first_one_stood(steps: list[tuple[Any, ...]]) -> None:
    study = study_of(ASKS_SOMETIMES)
    for act, *arguments in steps:
        length = study.journal.length
        try:
            act(study, *arguments)
        except RecourseBanditsError:
            assert study.journal.length == length
    again = study_of(ASKS_SOMETIMES, journal=study.journal)
    assert_same_future(again, study, persons=())  # deciding would write to the one journal of both
