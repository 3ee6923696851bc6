"""Steps, categories and links on the whole way of a study: decided, explained, exported."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from rich.console import Console

from recourse_bandits import GLRB, AdviceOnly, Decision, FromFunction, MemoryJournal, Study
from recourse_bandits.advisers import AlwaysRandom, Constant
from recourse_bandits.errors import DescriptionError
from recourse_bandits.operations.exporting import export
from recourse_bandits.policies import Uniform
from recourse_bandits.problem import Prior, Problem
from recourse_bandits.testing import random_people
from tests.problem.movable import PEOPLE, SMOKER, movable

TO_STOP = {"a": {"smoking=former": 9.0, "portions": 1.0}, "b": {"activity": -5.0}}


def told(**effects: dict[str, float]) -> Problem:
    """The problem, of which policies know the effects beforehand."""
    plain = movable()
    columns = dict.fromkeys(plain.columns, 1000000000.0)
    prior = Prior(mean=effects or TO_STOP, precision={"a": columns, "b": columns})
    reward = plain.reward.__class__("gain", noise=1.0, coefficient_bound=10.0, prior=prior)
    return movable(reward=reward)


def decided(study: Study, person: object = SMOKER) -> Decision:
    decision = study.decide(person)  # type: ignore[arg-type]
    assert isinstance(decision, Decision)
    return decision


def test_a_category_is_recommended_explained_and_observed() -> None:
    study = Study(told(), GLRB(scale=0.01), seed=1)
    decision = decided(study)
    assert decision.recourse is not None
    assert decision.recourse.target["smoking"] == "former"
    assert "smoking" not in decision.recourse.change
    lines = study.explain(decision.id).splitlines()
    assert "  smoking: current → former" in lines
    assert "  portions: 3 → 6 a day (+3)" in lines
    study.observe(decision.id, {"gain": 1.0}, realized={"smoking": "current", "portions": 3.3})
    outcome = study.outcome(decision.id)
    assert outcome is not None
    assert outcome.realized == {"smoking": "current", "portions": 3.3}


def test_what_follows_is_explained_too() -> None:
    study = Study(told(b={"activity": 5.0, "weight": -1.0}), GLRB(scale=0.01), seed=1)
    decision = decided(study)
    assert decision.recourse is not None
    change = decision.recourse.change
    assert change["weight"] == pytest.approx(-0.4 * change["activity"])
    assert "  weight: 90 → " in study.explain(decision.id)


@pytest.mark.parametrize("name", ["person by person", "as a table"])
def test_nobody_is_told_what_they_cannot_do(name: str) -> None:
    problem = movable()
    study = Study(problem, Uniform(), journal=MemoryJournal(), seed=2)
    people = [*PEOPLE, *random_people(problem, 40, 5)]
    if name == "as a table":
        study.decide_many(people, fallback="policy")
        decisions = [study.decision(number) for number in range(len(people))]
    else:
        decisions = [decided(study, person) for person in people]
    stopped = 0
    for decision in decisions:
        assert isinstance(decision, Decision)
        if decision.recourse is None:
            continue
        given, target = decision.context.given, decision.recourse.target
        assert target["drinks"] in (0, 2, 4, 7)
        steps = (target["portions"] - given["portions"]) / 0.5  # type: ignore[operator]
        assert steps == pytest.approx(round(steps), abs=1e-9)
        if given["smoking"] == "current":
            assert target["smoking"] in ("current", "former")
            stopped += target["smoking"] == "former"
        else:
            assert target["smoking"] == given["smoking"]
        own = ("portions", "drinks", "smoking", "activity")
        assert sum(target[each] != given[each] for each in own) <= 2
    assert stopped
    assert study.verify().passed


def test_tables_hold_categories_as_texts(tmp_path: Path) -> None:
    where = f"sqlite:///{tmp_path / 'study.db'}"
    with Study(told(), GLRB(scale=0.01), journal=where, seed=1) as study:
        preview = study.preview_many(PEOPLE)
        decided_many = study.decide_many(PEOPLE)
        study.observe(0, {"gain": 2.0}, realized={"smoking": "current"})
    for table in (preview, decided_many):
        assert table.schema["target.smoking"] == pl.String
        assert table["target.smoking"].to_list()[:3] == ["former", "never", None]
        assert table["target.portions"][0] == 6.0
        assert "change.smoking" not in table.columns
    assert decided_many["change.portions"][0] == pytest.approx(3.0)
    console = Console(quiet=True)
    export(where, tmp_path / "out", console)
    decisions = pl.read_parquet(tmp_path / "out" / "decisions.parquet")
    assert decisions["target.smoking"].to_list()[:3] == ["former", "never", None]
    assert (
        pl.read_parquet(tmp_path / "out" / "outcomes.parquet")["realized.smoking"][0] == "current"
    )


def test_scripted_advice_keeps_to_what_people_can_do() -> None:
    problem = movable()
    advisers = [
        AlwaysRandom(),
        Constant(1, (0.6, -1.1, 0.0, 1.0, -1.0, 0.4, 9.0)),
        FromFunction(lambda _: ("b", {"smoking": "former", "activity": 3})),
    ]
    for adviser in advisers:
        study = Study(problem, AdviceOnly(), adviser, seed=1)
        decision = decided(study)
        assert decision.followed, decision.consultation
        assert study.verify().passed
    assert decision.recourse is not None
    assert decision.recourse.target["weight"] == pytest.approx(89.6)  # follows by itself


def test_advice_that_breaks_a_link_fails() -> None:
    adviser = FromFunction(lambda _: ("b", {"activity": 3, "weight": 90}))
    decision = decided(Study(movable(), AdviceOnly(), adviser, seed=1))
    assert decision.consultation is not None
    assert "InfeasibleAdvice" in str(decision.consultation.reason)


def test_a_constant_change_has_a_number_for_each_column() -> None:
    with pytest.raises(DescriptionError, match="smoking=never, smoking=former"):
        Study(movable(), AdviceOnly(), Constant(0, (0.0,) * 5))


def test_what_is_done_otherwise_is_learned_of() -> None:
    problem = movable()
    study = Study(problem, GLRB(scale=0.2), seed=3)
    for number, person in enumerate(random_people(problem, 20, 4)):
        decision = decided(study, person)
        realized = {"smoking": "never"} if number % 2 else {"portions": 3.1}
        study.observe(decision.id, {"gain": float(number)}, realized=realized)
    assert study.verify().passed
    assert np.isfinite(study.state.estimate).all()
