"""Worlds of people who do not comply, whose tests are in several files."""

import math
from typing import Any

from recourse_bandits import Key
from recourse_bandits.environments import (
    ArmNotTaken,
    Deviating,
    DroppingOut,
    Environment,
    LinearEnvironment,
    NonCompliance,
    Opposing,
    PartlyAdhering,
)
from recourse_bandits.experiments.cells import Cell
from recourse_bandits.policies import policy_to_json
from recourse_bandits.problem import Context
from recourse_bandits.records import Array, Stream
from tests.contracts.problems import WITHOUT_DOSES

PLAIN: dict[str, Any] = {"name": "hypertension", "noise": 4.0}
NOT_COMPLYING: dict[str, dict[str, Any]] = {
    "deviating": {"longest": 1.0, "bias": [-0.5, -0.5]},
    "opposing": {"longest": 1.0},
    "partly-adhering": {"level": -0.5, "coefficients": {"age": 0.8, "diet_score": -0.4}},
    "arm-not-taken": {"level": -0.5, "coefficients": {"age": 0.8, "diet_score": -0.4}},
    "dropping-out": {"level": -1.0, "coefficients": {"age": 0.8}, "effort": 0.4},
}
COMPLYING: dict[str, dict[str, Any]] = {
    "deviating": {"longest": 0.0},
    "opposing": {"longest": 0.0},
    "partly-adhering": {"level": math.inf, "coefficients": {"age": 1.0}},
    "arm-not-taken": {"level": -math.inf, "coefficients": {"age": 1.0}},
    "dropping-out": {"level": -math.inf, "coefficients": {"age": 1.0}, "effort": 1.0},
}
MUTABLE = [
    name
    for name, problem in WITHOUT_DOSES.items()
    if problem.mutable and not any(feature.categories for feature in problem.mutable)
]
MIXING = [
    name
    for name, problem in WITHOUT_DOSES.items()
    if len(problem.arms) > 1 and problem.reward.link == "identity"
]
DISPLACING = ("deviating", "opposing", "partly-adhering")
PROBLEMS_OF = dict.fromkeys(DISPLACING, MUTABLE) | {
    "arm-not-taken": MIXING,
    "dropping-out": list(WITHOUT_DOSES),
}
CASES = [(kind, name) for kind, names in PROBLEMS_OF.items() for name in names]


def wrapped(kind: str, inner: LinearEnvironment) -> NonCompliance:
    """A world of people who do not comply, whatever it has of mutable features and arms."""
    if kind == "deviating":
        size = len(inner.problem.mutable_columns)
        return Deviating(inner, longest=0.6, bias=[0.4 / math.sqrt(size)] * size)
    if kind == "opposing":
        return Opposing(inner, longest=0.6)
    if kind == "partly-adhering":
        return PartlyAdhering(inner, level=0.3)
    column = {inner.problem.columns[-1]: 0.7}
    if kind == "arm-not-taken":
        return ArmNotTaken(inner, level=0.3, coefficients=column)
    return DroppingOut(inner, level=-0.5, coefficients=column, effort=0.2)


def contexts(world: Environment, number: int) -> list[Context]:
    """The first persons who come."""
    people = [world.person(Key(3, i, Stream.PERSON)) for i in range(number)]
    return [world.problem.context(person) for person in people]


def done(
    world: Environment, context: Context, arm: int, point: Array, draws: int
) -> list[tuple[int, Array]]:
    """Arms and points that come of recommending a pair, again and again."""
    keys = [Key(1, number, Stream.REALISED) for number in range(draws)]
    return [world.realised(context, arm, point, key) for key in keys]


def cell_of(
    environment: dict[str, Any], policy: Any, rounds: int = 60, adviser: str = "Quality"
) -> Cell:
    """A run of a policy, with an adviser who is sometimes right."""
    described = {"name": adviser, **({"q": 0.6} if adviser == "Quality" else {})}
    return Cell(environment, "", policy_to_json(policy), described, rounds, 12)
