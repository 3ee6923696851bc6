"""The laws of an environment."""

import copy

import numpy as np

from recourse_bandits.advisers.scripted import random_pair
from recourse_bandits.environments import Environment
from recourse_bandits.environments.realising import Realised, realise
from recourse_bandits.policies import Uniform
from recourse_bandits.problem import Context
from recourse_bandits.records import Array, Decision, Key, Stream
from recourse_bandits.study import Study
from recourse_bandits.testing.comparison import difference
from recourse_bandits.testing.legality import assert_legal

_PAIRS = 40  # random pairs that must not be better than the best, for every person
_NOISE_DRAWS = 400
_DEVIATIONS = 5.0
_SURE = 10.0  # draws times variance of a success, or a count, from which on some must differ
_ROUNDING = 1e-9


def check_environment(environment: Environment, *, seed: int = 0, rounds: int = 12) -> None:
    """Assert that an environment keeps every law.

    Parameters
    ----------
    environment
        The world.
    seed
        Draws persons, pairs and noise.
    rounds
        Number of persons.

    Raises
    ------
    AssertionError
        If a law is broken; the message says which.

    Examples
    --------
    >>> from recourse_bandits import Hypertension
    >>> check_environment(Hypertension())
    """
    assert environment.note, "an environment must say what is real, assumed and simulated"
    contexts = _persons(environment, seed, rounds)
    for number, context in enumerate(contexts):
        before = copy.deepcopy(context)
        _truth_is_extreme(environment, context, seed, number)
        _measures_follow_from_the_key(environment, context, seed, number)
        found = difference(before, context, "context")
        assert found is None, f"the person was mutated: {found}"
    _noise_is_centred(environment, max(contexts, key=lambda one: _spread(environment, one)), seed)
    _studies_accept_it(environment, seed)


def _persons(environment: Environment, seed: int, rounds: int) -> list[Context]:
    keys = [Key(seed, number, Stream.PERSON) for number in range(rounds)]
    contexts, again = (
        [environment.problem.context(environment.person(key)) for key in keys] for _ in range(2)
    )
    found = difference(contexts, again, "persons")
    assert found is None, f"the same key led to another person: {found}"
    others = [difference(contexts[0], other) for other in contexts[1:]]
    assert any(others) or not environment.problem.features, "nobody else ever comes"
    return contexts


def _truth_is_extreme(environment: Environment, context: Context, seed: int, number: int) -> None:
    (best_arm, best_point), (worst_arm, worst_point) = (
        environment.best(context),
        environment.worst(context),
    )
    assert_legal(context, best_arm, best_point, "best pair")
    assert_legal(context, worst_arm, worst_point, "worst pair")
    best = _worth(environment, context, best_arm, best_point)
    worst = environment.expected(context, worst_arm, worst_point)
    slack = _ROUNDING * (1.0 + abs(best) + abs(worst))
    for draw in range(_PAIRS):
        arm, point = random_pair(context, Key(seed, number * _PAIRS + draw, Stream.ADVISER))
        value = environment.expected(context, arm, point)
        worth = _worth(environment, context, arm, point)
        assert worth <= best + slack, f"best() gives {best}, arm {arm} at {point} gives {worth}"
        assert value >= worst - slack, f"worst() gives {worst}, arm {arm} at {point} gives {value}"


def _worth(environment: Environment, context: Context, arm: int, point: Array) -> float:
    """Expected reward less the price of effort."""
    price = context.feasible.price_of(point - context.values)
    return environment.expected(context, arm, point) - price


def _happened(environment: Environment, context: Context, noise: Key) -> Realised:
    """Let a person act on the best pair, in the round of the noise."""
    arm, point = environment.best(context)
    return realise(environment, context, arm, point, Key(noise.seed, noise.number, Stream.REALISED))


def _reward(environment: Environment, context: Context, key: Key) -> float:
    happened = _happened(environment, context, key)
    measures = environment.measures(context, happened.arm, happened.point, key)
    rule = environment.problem.reward
    assert rule.measure in measures, f"{rule.measure} was not measured, only {list(measures)}"
    return rule.value(measures[rule.measure])


def _measures_follow_from_the_key(
    environment: Environment, context: Context, seed: int, number: int
) -> None:
    key = Key(seed, number, Stream.NOISE)
    happened, again = (_happened(environment, context, key) for _ in range(2))
    found = difference(happened, again, "what was realised")
    assert found is None, f"the same key led to something else: {found}"
    exact = environment.realised(context, *environment.best(context), key)[1]
    fixed = np.delete(exact - context.values, context.feasible.mutable)
    assert not fixed.any(), "what was realised changes an immutable feature"
    assert context.eligible[happened.arm], f"arm {happened.arm} is given, and may not be"
    _returning_follows_from_the_key(environment, context, Key(seed, number, Stream.COMES_BACK))
    arm, point = happened.arm, happened.point
    first, second = (environment.measures(context, arm, point, key) for _ in range(2))
    assert first == second, f"the same key led to other measures: {first}, then {second}"
    assert np.isfinite(_reward(environment, context, key))


def _returning_follows_from_the_key(environment: Environment, context: Context, key: Key) -> None:
    pair = environment.best(context)
    first, second = (environment.comes_back(context, *pair, key) for _ in range(2))
    assert first == second, "the same key led to another answer whether the person comes back"


def _noise_is_centred(environment: Environment, context: Context, seed: int) -> None:
    arm, point = environment.best(context)
    keys = [Key(seed, number, Stream.NOISE) for number in range(_NOISE_DRAWS)]
    errors = np.array([_reward(environment, context, key) for key in keys])
    errors -= environment.expected(context, arm, point)
    varied = any(
        happened.raw or happened.name
        for happened in (_happened(environment, context, key) for key in keys[:_PAIRS])
    )
    spread = _spread(environment, context)
    if varied:  # what people do varies too
        spread = max(spread, float(errors.std()))
    allowed = _DEVIATIONS * spread / np.sqrt(_NOISE_DRAWS) + _rare(environment)
    assert abs(errors.mean()) <= allowed, f"the noise has the mean {errors.mean()}, not 0"
    if environment.problem.reward.link == "identity" or _NOISE_DRAWS * spread**2 > _SURE:
        assert errors.std() > 0.0, "there is no noise, or it does not depend on the key"


def _spread(environment: Environment, context: Context) -> float:
    """Largest standard deviation of a reward at the best pair; a link leaves it little choice."""
    rule = environment.problem.reward
    if rule.link == "identity":
        return rule.noise
    size = abs(environment.expected(context, *environment.best(context)))
    variance = size * max(rule.largest - size, 0.0)  # of a law on the two ends
    if rule.link == "log":
        variance = min(variance, rule.spread**2 * size)
    return float(np.sqrt(variance))


def _rare(environment: Environment) -> float:
    """What a bounded reward's mean may be off beyond its spread, where it is hardly ever not 0."""
    rule = environment.problem.reward
    if rule.link == "identity":
        return 0.0
    return _DEVIATIONS**2 * rule.largest / (3.0 * _NOISE_DRAWS)  # Bernstein's second term


def _studies_accept_it(environment: Environment, seed: int) -> None:
    study = Study(environment.problem, Uniform(), seed=seed)
    decision = study.decide(environment.person(Key(seed, 0, Stream.PERSON)))
    assert isinstance(decision, Decision)
    key = Key(seed, 0, Stream.NOISE)
    context, choice = decision.context, decision.choice
    acts = Key(seed, 0, Stream.REALISED)
    happened = realise(environment, context, choice.arm, choice.point, acts)
    back = Key(seed, 0, Stream.COMES_BACK)
    if environment.comes_back(context, choice.arm, choice.point, back):
        measures = environment.measures(context, happened.arm, happened.point, key)
        study.observe(decision.id, measures, realized=happened.raw, arm=happened.name)
    else:
        study.withdraw(decision.id)
    assert study.open_decisions == (), "the outcome is not complete"
