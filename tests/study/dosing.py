"""A clinic that doses anticoagulants by a lab value, and a policy that adds up all it hears."""

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from recourse_bandits import (
    Arm,
    Budget,
    Context,
    Dose,
    Effect,
    Feature,
    Journal,
    Key,
    LinUCB,
    MemoryJournal,
    Outcome,
    Problem,
    Proposal,
    Reward,
    Study,
    SubOutcome,
)
from recourse_bandits.policies import AnyPolicy
from recourse_bandits.records import Array, Decision
from tests.study.builders import Clock, snapshot

WARFARIN = Dose("mg/week", 7, 70, step=2.5, start=30)
HEPARIN = Dose("IU", 1000, 20000, step=500, start=5000)
PARTS: dict[str, Any] = {
    "features": [Feature("age", mean=60, scale=10)],
    "arms": [Arm("warfarin", dose=WARFARIN), Arm("heparin", dose=HEPARIN), Arm("nothing")],
    "budget": Budget("l2", 0),
    "reward": Reward("well", link="logistic", coefficient_bound=5),
    "sub_outcome": SubOutcome("inr", target=2.5, over=2, under=1, noise=0.4, bounds=(0.5, 20)),
}
PROBLEM = Problem(**PARTS)
PERSON = {"age": 71.0}


class SumsState(NamedTuple):
    """Sums over what was heard."""

    effects: Array
    """Of each arm: number, values, doses; shape (K, 3)."""
    outcomes: Array
    """Of each arm: number, rewards, doses; shape (K, 3)."""


@dataclass(frozen=True, kw_only=True)
class Sums(LinUCB):
    """Adds up what it hears; always the first eligible arm, in the dose of ``dose``."""

    dose: float | None = None

    def init(self, problem: Problem) -> Any:
        shape = (len(problem.arms), 3)
        return SumsState(np.zeros(shape), np.zeros(shape))

    def propose(self, state: Any, context: Context, key: Key) -> Proposal:
        mean, high = self.unknown(context)
        arm = np.argmax(context.eligible, axis=-1)
        proposal = Proposal(context, arm, context.values.copy(), mean, high, ~context.eligible)
        if self.dose is None:
            return proposal
        return replace(proposal, doses=np.full(mean.shape, self.dose))

    def effect_observed(
        self, state: Any, decision: Decision | None, effect: Effect, *, donate: bool = False
    ) -> Any:
        effects = state.effects.copy()
        effects[effect.arm] += (1.0, effect.value, effect.dose)
        return SumsState(effects, state.outcomes)

    def observed(
        self, state: Any, decision: Decision | None, outcome: Outcome, *, donate: bool = False
    ) -> Any:
        outcomes = state.outcomes.copy()
        outcomes[outcome.arm] += (1.0, outcome.reward, outcome.dose or 0.0)
        return SumsState(state.effects, outcomes)


def study_of(
    policy: AnyPolicy | None = None, journal: Journal | str | None = None, **more: Any
) -> Study:
    """A study of the clinic."""
    journal = MemoryJournal() if journal is None else journal
    return Study(
        PROBLEM,
        Sums() if policy is None else policy,
        journal=journal,
        seed=1,
        clock=Clock(),
        **more,
    )


def given(study: Study, arm: str = "warfarin", **more: Any) -> Decision:
    """A decision for an arm."""
    decision = study.decide(PERSON, eligible=[arm], **more)
    assert isinstance(decision, Decision)
    return decision


def dose_of(study: Study, number: int) -> float | None:
    """The dose of a decision as it is stored."""
    decision = study.decision(number)
    assert isinstance(decision, Decision)
    return decision.dose


def heard(study: Study) -> dict[str, dict[str, tuple[float, ...]]]:
    """What the sums policy heard of each arm: (number, values or rewards, doses)."""
    found: dict[str, dict[str, tuple[float, ...]]] = {}
    for kind in ("effects", "outcomes"):
        for name, row in zip(PROBLEM.arm_names, getattr(study.state, kind), strict=True):
            if row.any():
                found.setdefault(kind, {})[name] = tuple(row.tolist())
    return found


def kept(study: Study) -> tuple[Any, ...]:
    """Everything that a refusal must leave as it was."""
    outcomes = tuple(study.outcome(number) for number in range(study.decisions))
    return (*snapshot(study), outcomes)
