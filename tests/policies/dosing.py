"""A problem with doses, its people, and what comes of a decision in a made-up world."""

from typing import Any, NamedTuple

import numpy as np

from recourse_bandits import Arm, Budget, Dose, Feature, Prior, Problem, Reward, SubOutcome
from recourse_bandits.policies import AnyPolicy
from recourse_bandits.problem import Context
from recourse_bandits.records import Choice, Decision, Effect, Key, Outcome, Pending, Proposal
from recourse_bandits.study.recommendation import decision_of

AGE = Feature("age", mean=60.0, scale=10.0)
WEIGHT = Feature("weight", mean=80.0, scale=15.0)
A = Arm("a", dose=Dose("mg", 7.0, 70.0, step=2.5, start=60.0, penalty="dose / age"))
B = Arm("b", dose=Dose("g", 0.0, 0.4, rounding="nearest", penalty="5 * dose * dose"))
C = Arm("c")
RECOVERED = Reward("recovered", link="logistic", coefficient_bound=4.0)
INR = SubOutcome(
    "inr", target=2.5, over={"a": 0.8, "b": 0.5}, under=0.4, noise=0.3, features=("age",)
)


def problem_of(**parts: Any) -> Problem:
    described: dict[str, Any] = {
        "features": (AGE, WEIGHT),
        "arms": (A, B, C),
        "budget": Budget("l2", 0.0),
        "reward": RECOVERED,
        "sub_outcome": INR,
    }
    return Problem(**(described | parts))


PROBLEM = problem_of()
PRIOR = Prior(mean={"c": {"age": -0.5}}, precision={"a": {"intercept": 4.0}})
KNOWN = problem_of(reward=Reward("recovered", link="logistic", coefficient_bound=4.0, prior=PRIOR))
ALONE = problem_of(
    features=(AGE,), arms=(A,), sub_outcome=SubOutcome("inr", target=2.5, over=1, under=1, noise=1)
)


def people(count: int, seed: int = 0) -> list[dict[str, float]]:
    generator = np.random.default_rng(seed)
    rows = np.column_stack([generator.normal(60, 10, count), generator.normal(80, 15, count)])
    return [{"age": float(age), "weight": float(weight)} for age, weight in rows]


def contexts(problem: Problem, count: int, seed: int = 0) -> list[Context]:
    names = problem.feature_names
    return [
        problem.context({name: person[name] for name in names}) for person in people(count, seed)
    ]


def decided(policy: AnyPolicy, problem: Problem, state: Any, context: Context, n: int) -> Decision:
    proposal: Proposal = policy.propose(state, context, Key(3, n, 0))
    choice: Choice = policy.settle(state, proposal, None)
    return decision_of(problem, Pending(n, proposal), choice, None)


class Came(NamedTuple):
    """What came of a decision."""

    decision: Decision
    effect: Effect | None
    outcome: Outcome


def came_of(decision: Decision, generator: np.random.Generator) -> Came:
    """A drop that follows the dose, taken nearly as recommended, and a coin."""
    arm, point, dose = decision.choice.arm, decision.choice.point, decision.dose
    success = float(generator.random() < 0.5)
    if dose is None:
        return Came(decision, None, Outcome(arm, point, success))
    taken = float(dose * generator.uniform(0.9, 1.1))
    value = 1.0 + 0.3 * point[1] + (0.05, 8.0)[arm] * taken + 0.3 * generator.standard_normal()
    return Came(
        decision,
        Effect(arm, point, float(value), taken),
        Outcome(arm, point, success, taken),
    )


def arrivals(rounds: int, generator: np.random.Generator) -> list[list[tuple[int, str]]]:
    """For each round, what arrives in it: a decision's effect or outcome, late and shuffled."""
    each: list[list[tuple[int, str]]] = [[] for _ in range(rounds)]
    for number in range(rounds):
        for what in ("effect", "outcome"):
            when = number + int(generator.integers(0, 20))
            if when < rounds:  # the others never arrive
                each[when].append((number, what))
    for some in each:
        generator.shuffle(some)
    return each
