"""A world, an adviser who knows half of its people, and a run through it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from recourse_bandits import Advice, Adviser, Key, Question, Router, Stream, Study, Synthetic
from recourse_bandits.advisers.router import RouterState
from recourse_bandits.policies import AnyPolicy
from recourse_bandits.records import Decision

WORLD = Synthetic(seed=3, dimension=3, arms=3, radius=1.0)


@dataclass(frozen=True)
class Half(Adviser):
    """Right for the people on one side of the first feature, as wrong as can be for the others."""

    side: float

    def advise(self, state: Any, question: Question, key: Key) -> Advice:
        context = question.context
        knows = self.side * context.values[0] > 0.0
        return Advice(*(WORLD.best(context) if knows else WORLD.worst(context)))


def halves(**parameters: Any) -> Router:
    """A router between the two."""
    return Router({"right": Half(1.0), "left": Half(-1.0)}, **parameters)


class Lived(NamedTuple):
    """What happened in a run."""

    study: Study
    decisions: list[Decision]
    regret: float

    @property
    def asked(self) -> np.ndarray[Any, Any]:
        """Who was asked, where somebody was."""
        told = [decision.consultation for decision in self.decisions]
        return np.array([one.exchange.adviser for one in told if one and one.exchange])


def lived(
    adviser: Adviser,
    policy: AnyPolicy,
    rounds: int,
    *,
    seed: int = 0,
    order: Iterable[int] | None = None,
    **parts: Any,
) -> Lived:
    """Decide for so many people; outcomes come at once, or in an order after all decisions."""
    study = Study(WORLD.problem, policy, adviser, seed=seed, **parts)
    decisions, regret = [], 0.0
    for number in range(rounds):
        decision = study.decide(WORLD.person(Key(seed, number, Stream.PERSON)))
        assert isinstance(decision, Decision)
        decisions.append(decision)
        context, choice = decision.context, decision.choice
        regret += WORLD.expected(context, *WORLD.best(context))
        regret -= WORLD.expected(context, choice.arm, choice.point)
        if order is None:
            observe(study, decision)
    for number in order or ():
        observe(study, decisions[number])
    return Lived(study, decisions, regret)


def observe(study: Study, decision: Decision) -> None:
    """Report what comes of a decision."""
    key = Key(study.seed, decision.id, Stream.NOISE)
    choice = decision.choice
    study.observe(decision.id, WORLD.measures(decision.context, choice.arm, choice.point, key))


def known(study: Study) -> RouterState:
    """State of a study's router."""
    state = study._ledger.fold.adviser_state
    assert isinstance(state, RouterState)
    return state
