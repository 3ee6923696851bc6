"""What a policy may not do is refused, and followed advice is described rightly."""

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pytest

import recourse_bandits as rb
from recourse_bandits.errors import DescriptionError, InfeasibleAdvice
from tests.journals.clinic import person, problem


class Overreaching(rb.GLRB):
    """Moves everything by a hundred."""

    def propose(self, state: Any, context: rb.Context, key: rb.Key) -> rb.Proposal:
        proposal = super().propose(state, context, key)
        return replace(proposal, point=proposal.point + 100.0)


def test_an_illegal_recourse_is_never_issued() -> None:
    study = rb.Study(problem(), Overreaching())
    with pytest.raises(InfeasibleAdvice, match="a mistake of the policy"):
        study.decide(person(1))
    assert study.decisions == 0


def test_a_policy_that_asks_cannot_be_wrapped() -> None:
    with pytest.raises(DescriptionError, match="asks nobody"):
        rb.LIBRA(rb.AdviceOnly(), threshold=1.0)


def settled(arm: str, *, arms: tuple[str, ...]) -> rb.Decision:
    """Advice for a person after arm b has shown to be better."""
    described = replace(problem(), arms=arms)
    study = rb.Study(described, rb.AdviceOnly(rb.GLRB(scale=0.0)), seed=1)
    for _ in range(20):
        study.import_past(person(1), arms[-1], {"drop": 5.0})
    pending = study.decide(person(1))
    assert isinstance(pending, rb.Pending)
    return study.settle(pending.id, study.advice(pending, arm))


def test_advice_explores_if_its_arm_has_not_the_largest_estimate() -> None:
    assert settled("a", arms=("a", "b")).explored is True
    assert settled("b", arms=("a", "b")).explored is False


def test_advice_for_the_only_arm_never_explores() -> None:
    assert settled("a", arms=("a",)).explored is False


def test_numbers_of_numpy_can_be_written(tmp_path: Any) -> None:
    policy = rb.GLRB(scale=np.float32(0.5))  # type: ignore[arg-type]
    with rb.Study(problem(), policy, journal=f"sqlite:///{tmp_path / 'clinic.db'}") as study:
        decision = study.decide(person(1))
        study.observe(decision.id, {"drop": np.float64(2)}, realized={"activity": np.int64(4)})
    with rb.Study.open(f"sqlite:///{tmp_path / 'clinic.db'}") as again:
        assert again.state.counts.sum() == 1


class Row(NamedTuple):
    activity: float
    age: float


def test_a_named_tuple_is_read_by_name() -> None:
    row = Row(activity=4.0, age=50.0)
    assert problem().context(row).given == {"age": 50.0, "activity": 4.0}
