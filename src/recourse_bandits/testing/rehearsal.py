"""A short run of a policy, out of which the laws take their inputs."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from recourse_bandits import kernels
from recourse_bandits.advisers import Adviser, AlwaysRandom
from recourse_bandits.errors import InfeasibleAdvice
from recourse_bandits.journals import MemoryJournal
from recourse_bandits.policies import AnyPolicy
from recourse_bandits.problem import Context, Problem, Reward
from recourse_bandits.records import Array, Decision, Effect, Outcome, Pending
from recourse_bandits.study import Study
from recourse_bandits.testing.people import random_people


@dataclass(frozen=True)
class Rehearsal:
    """Decisions that were all made before the first outcome, and what came of them.

    Parameters
    ----------
    policy
        The policy that decided.
    problem
        The problem.
    seed
        Seed of persons, decisions and outcomes.
    steps
        Questions and decisions in order.
    outcomes
        One outcome a decision; some with another arm, point or dose than was recommended.
    effects
        One sub-outcome a decision with a dose, None where there is none to be had.
    """

    policy: AnyPolicy
    problem: Problem
    seed: int
    steps: tuple[Pending | Decision, ...]
    outcomes: tuple[Outcome, ...]
    effects: tuple[Effect | None, ...]

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """The decisions."""
        return tuple(step for step in self.steps if isinstance(step, Decision))

    @property
    def contexts(self) -> tuple[Context, ...]:
        """The persons."""
        return tuple(decision.context for decision in self.decisions)


def rehearse(
    policy: AnyPolicy, problem: Problem, adviser: Adviser | None, seed: int, rounds: int
) -> Rehearsal:
    """Let a policy decide for made-up persons.

    Parameters
    ----------
    policy
        The policy.
    problem
        The problem.
    adviser
        Who answers where the policy asks; None: random advice.
    seed
        Draws everything.
    rounds
        Number of persons.

    Raises
    ------
    AssertionError
        If the policy chooses a pair that the person may not be given.
    """
    journal = MemoryJournal()
    study = Study(problem, policy, adviser or AlwaysRandom(), journal=journal, seed=seed)
    for person in random_people(problem, rounds, seed):
        try:
            decision = study.decide(person)
        except InfeasibleAdvice as error:
            raise AssertionError(f"an illegal pair was chosen: {error}") from error
        if isinstance(decision, Pending):  # an adviser who answers later: nobody waits here
            study.settle(decision.id, None)
    steps = tuple(e.body for e in journal.read() if e.kind in ("asked", "decided"))
    decisions = [step for step in steps if isinstance(step, Decision)]
    generator = np.random.default_rng(seed)
    theta = generator.standard_normal((len(problem.arms), problem.dimension))
    outcomes = tuple(_outcome(problem, decision, theta, generator) for decision in decisions)
    effects = tuple(_effect(problem, outcome, generator) for outcome in outcomes)
    return Rehearsal(policy, problem, seed, steps, outcomes, effects)


def _outcome(
    problem: Problem, decision: Decision, theta: Any, generator: np.random.Generator
) -> Outcome:
    arm, point = int(decision.choice.arm), decision.choice.point.copy()
    if decision.id % 3 == 1:  # somebody else decided
        arm = int(generator.integers(len(problem.arms)))
    if decision.id % 3 == 2:  # the person did something else
        point = _otherwise(problem, decision, generator)
    reward = _reward(problem.reward, float(point @ theta[arm]), generator)
    return Outcome(arm, point, reward, _dose_taken(problem, decision, arm, generator))


def _dose_taken(
    problem: Problem, decision: Decision, arm: int, generator: np.random.Generator
) -> float | None:
    """Return the dose that was issued; of another arm, any that can be taken."""
    dose = problem.treatments[arm].dose
    if dose is None:
        return None
    if arm == decision.choice.arm:
        return decision.dose
    return float(generator.uniform(dose.lower, dose.upper))


def _effect(problem: Problem, outcome: Outcome, generator: np.random.Generator) -> Effect | None:
    """Return a sub-outcome about its target, if the problem has one and a dose was taken."""
    sub = problem.sub_outcome
    if sub is None or outcome.dose is None:
        return None
    value = sub.target + 2.0 * sub.noise * float(generator.standard_normal())
    return Effect(outcome.arm, outcome.point, sub.accepted(value), outcome.dose)


def _otherwise(problem: Problem, decision: Decision, generator: np.random.Generator) -> Array:
    """Return a point near the recommended one, with any category where one is known."""
    point, ties = decision.choice.point.copy(), problem.limits.ties
    point[problem.mutable_columns] += 0.1 * generator.standard_normal()
    for places in ties.categorical:
        columns = problem.mutable_columns[places]
        known = ties.features[places[0]].name not in decision.context.imputed
        point[columns] = decision.choice.point[columns]
        if known:
            point[columns] = np.eye(places.size)[generator.integers(places.size)]
    return point


def _reward(rule: Reward, z: float, generator: np.random.Generator) -> float:
    """Draw a reward that the link allows: a success, or a count within its bounds."""
    if rule.link == "identity":
        return z + rule.noise * float(generator.standard_normal())
    trials = int(rule.largest)
    expected = abs(float(kernels.links.expected(rule.link_code, rule.largest, z)))
    count = float(generator.binomial(trials, expected / trials))
    if rule.link == "log":
        count = max(count, math.ceil(rule.bounds[0] or 0.0))
    return count if rule.direction == "increase" else -count


def learned(run: Rehearsal, outcomes: Iterable[Outcome], order: Any = None) -> Any:
    """Fold all questions and decisions, then all sub-outcomes and outcomes, into a state.

    Parameters
    ----------
    run
        The rehearsal.
    outcomes
        One outcome a decision.
    order
        Numbers of the decisions in the order in which outcomes arrive; None: as decided.
    """
    state = run.policy.init(run.problem)
    for step in run.steps:
        if isinstance(step, Pending):
            state = run.policy.asked(state, step.proposal)
        else:
            state = run.policy.committed(state, step)
    arrivals = list(zip(run.decisions, outcomes, run.effects, strict=True))
    for number in range(len(arrivals)) if order is None else order:
        decision, outcome, effect = arrivals[number]
        if effect is not None:
            state = run.policy.effect_observed(state, decision, effect)
        state = run.policy.observed(state, decision, outcome)
    return state
