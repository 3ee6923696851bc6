"""A policy's regret, round by round, in a world whose truth is known."""

from typing import Any

import numpy as np

from recourse_bandits import Adviser, OpenDecisionsJournal, Study
from recourse_bandits.environments import Environment
from recourse_bandits.policies import AnyPolicy
from recourse_bandits.problem import Problem
from recourse_bandits.records import Decision, Key, Stream


def lived(
    world: Environment,
    policy: AnyPolicy,
    rounds: int,
    seed: int,
    adviser: Adviser | None = None,
    problem: Problem | None = None,
) -> tuple[Any, Study]:
    """Return the regret of each round, shape (rounds,), and the study at the end."""
    study = Study(
        problem or world.problem, policy, adviser, journal=OpenDecisionsJournal(), seed=seed
    )
    regret = np.empty(rounds)
    for number in range(rounds):
        decision = study.decide(world.person(Key(seed, number, Stream.PERSON)))
        assert isinstance(decision, Decision)
        context, arm, point = decision.context, decision.choice.arm, decision.choice.point
        best = world.expected(context, *world.best(context))
        regret[number] = best - world.expected(context, arm, point)
        noise = Key(seed, number, Stream.NOISE)
        study.observe(decision.id, world.measures(context, arm, point, noise))
    return regret, study
