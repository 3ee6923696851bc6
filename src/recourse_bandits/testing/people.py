"""Made-up persons for any problem."""

from typing import Any

import numpy as np

from recourse_bandits.errors import NoEligibleArm
from recourse_bandits.problem import Feature, Problem

_SOME = 0.2  # share of values that are missing or out of bounds, where that is allowed
_TRIES = 100


def random_people(problem: Problem, count: int, seed: int = 0) -> list[dict[str, Any]]:
    """Draw persons whom the problem accepts, the awkward ones included.

    Some values are missing and some mutable ones start outside their bounds or allowed values,
    where the description allows that. Numbers are normal with the feature's mean and scale.

    Parameters
    ----------
    problem
        A problem whose features have mean and scale.
    count
        How many persons.
    seed
        Seed of the draws.

    Raises
    ------
    NoEligibleArm
        If the arms' rules hardly ever leave an arm.

    Examples
    --------
    >>> from recourse_bandits import Hypertension
    >>> sorted(random_people(Hypertension().problem, 1)[0])[:2]
    ['activity_hours', 'age']
    """
    generator = np.random.default_rng(seed)
    people: list[dict[str, Any]] = []
    refused = 0
    while len(people) < count:
        person = {feature.name: _value(feature, generator) for feature in problem.features}
        try:
            problem.context(person)
        except NoEligibleArm:
            refused += 1
            if refused > _TRIES * count:
                raise
            continue
        people.append(person)
    return people


def _value(feature: Feature, generator: np.random.Generator) -> float | str | None:
    if feature.missing != "refuse" and generator.random() < _SOME:
        return None
    if feature.categories is not None:
        return str(generator.choice(feature.categories))
    if feature.allowed_values is not None and generator.random() >= _SOME:
        return float(generator.choice(feature.allowed_values))
    mean, scale = feature.mean or 0.0, feature.scale or 1.0
    low, high = feature.bounds
    value = mean + scale * generator.standard_normal()
    outside = feature.mutable and generator.random() < _SOME
    slack = scale if low is None or high is None else high - low
    away = generator.random() * slack if outside else 0.0
    if low is not None and (value < low or (outside and high is None)):
        value = low - away
    if high is not None and (value > high or outside):
        value = high + away
    return float(value)
