"""The laws of a policy, run on any problem."""

import copy
import dataclasses
import json
from typing import Any

import numpy as np

from recourse_bandits.advisers import Adviser
from recourse_bandits.policies import POLICIES, AnyPolicy, policy_from_json, policy_to_json
from recourse_bandits.problem import Problem, Reward
from recourse_bandits.records import Decision, Effect, Key, Outcome, Stream
from recourse_bandits.study.people import proposed
from recourse_bandits.testing.chances import propensity_is_a_frequency, ties_spread_evenly
from recourse_bandits.testing.comparison import difference
from recourse_bandits.testing.legality import assert_legal
from recourse_bandits.testing.rehearsal import Rehearsal, learned, rehearse
from recourse_bandits.testing.states import assert_plain, through_json, through_npz

_PROPOSED = (
    "arm",
    "point",
    "mean",
    "lower",
    "high",
    "ruled_out",
    "asks",
    "explored",
    "propensity",
    "doses",
)
_CLOSE = 1e-9  # relative, where sums may be taken in another order


def check_policy(
    policy: AnyPolicy,
    problem: Problem,
    adviser: Adviser | None = None,
    *,
    seed: int = 0,
    rounds: int = 12,
    order_free: bool = True,
) -> None:
    """Assert that a policy keeps every law on a problem.

    It decides for made-up persons before any outcome, learns from outcomes that arrive late and
    shuffled, and decides again.

    Parameters
    ----------
    policy
        The policy.
    problem
        The problem that it decides.
    adviser
        Who answers where the policy asks; None: random advice.
    seed
        Draws persons and outcomes.
    rounds
        Number of persons.
    order_free
        Whether the order of the outcomes must not matter to what is learned. It does matter to the
        one-pass estimates of a reward with a link.

    Raises
    ------
    AssertionError
        If a law is broken; the message says which.

    Examples
    --------
    >>> from recourse_bandits import GLRB, Hypertension
    >>> check_policy(GLRB(), Hypertension().problem)
    """
    _is_a_frozen_dataclass(policy)
    _is_json(policy)
    run = rehearse(policy, problem, adviser, seed, rounds)
    first = policy.init(problem)
    state = learned(run, run.outcomes)
    for one in (first, state):
        _state_is_plain(one)
        _same_key_same_choice(run, one)
        _pairs_are_legal(run, one)
        _nothing_is_mutated(run, one)
        _batch_equals_loop(run, one)
        _intervals_are_ordered(run, one)
    _choices_are_legal(run)
    ties_spread_evenly(run, first)
    propensity_is_a_frequency(run, state)
    _outcomes_come_in_any_order(run, state, order_free)
    _donation_changes_nothing(run, state)


def _is_a_frozen_dataclass(policy: AnyPolicy) -> None:
    assert dataclasses.is_dataclass(policy), f"{policy!r} must be a dataclass"
    parameters = getattr(type(policy), "__dataclass_params__", None)
    assert getattr(parameters, "frozen", False), f"{policy!r} must be a frozen dataclass"


def _is_json(policy: AnyPolicy) -> None:
    description = policy_to_json(policy)
    read = json.loads(json.dumps(description, allow_nan=False))
    if ":" in description["name"] or POLICIES.get(description["name"]) is type(policy):
        assert policy_from_json(read) == policy, f"{policy!r} does not survive JSON"
        assert policy_to_json(policy_from_json(read)) == description


def _state_is_plain(state: Any) -> None:
    assert_plain(state)
    for form in (through_json, through_npz):
        found = difference(state, form(state), "state")
        assert found is None, f"the state does not survive {form.__name__}: {found}"


def _key(run: Rehearsal, number: Any) -> Key:
    return Key(run.seed, number, Stream.POLICY)


def _same_key_same_choice(run: Rehearsal, state: Any) -> None:
    for number, context in enumerate(run.contexts):
        one, other = (run.policy.propose(state, context, _key(run, number)) for _ in range(2))
        found = difference(one, other, "proposal")
        assert found is None, f"the same key led to another proposal: {found}"


def _pairs_are_legal(run: Rehearsal, state: Any) -> None:
    for number, context in enumerate(run.contexts):
        proposal = run.policy.propose(state, context, _key(run, number))
        found = difference(context, proposal.context, "context")
        assert found is None, f"the proposal is for somebody else: {found}"
        assert_legal(context, proposal.arm, proposal.point, "proposal")
        assert proposal.mean.shape == proposal.high.shape == context.eligible.shape
        choice = run.policy.settle(state, proposal, None)
        assert_legal(context, choice.arm, choice.point, "choice without advice")
        assert choice.source == "policy", "without advice, the source must be the policy"
        assert not choice.vetoed, "no advice can be vetoed where none was given"


def _choices_are_legal(run: Rehearsal) -> None:
    for decision in run.decisions:
        choice = decision.choice
        assert_legal(decision.context, choice.arm, choice.point, "choice")
        if choice.propensity is not None:
            assert 0.0 < choice.propensity <= 1.0, f"propensity {choice.propensity}"


def _nothing_is_mutated(run: Rehearsal, state: Any) -> None:
    """Call every method twice: whatever it changed shows in the deep copies."""
    decision, outcome, effect = run.decisions[0], run.outcomes[0], _some_effect(run)
    advice = decision.consultation.given if decision.consultation else None
    context, proposal = decision.context, decision.proposal
    inputs = (state, context, proposal, advice, decision, outcome, effect)
    before = copy.deepcopy(inputs)
    described = run.problem.to_json()
    policy = run.policy
    results, again = (
        (
            policy.init(run.problem),
            policy.propose(state, context, _key(run, 0)),
            policy.settle(state, proposal, advice),
            policy.interval(state, context, int(decision.choice.arm), decision.choice.point),
            policy.asked(state, proposal),
            policy.committed(state, decision),
            policy.observed(state, decision, outcome),
            policy.observed(state, None, outcome),
            *(policy.effect_observed(state, None, one) for one in effect),
        )
        for _ in range(2)
    )
    found = difference(
        before, inputs, "(state, context, proposal, advice, decision, outcome, effect)"
    )
    assert found is None, f"an input was mutated: {found}"
    assert run.problem.to_json() == described, "the problem was mutated"
    found = difference(results, again, "results")
    assert found is None, f"the same inputs led to other results: {found}"


def _some_effect(run: Rehearsal) -> list[Effect]:
    """Return the first sub-outcome, if there is one."""
    return [effect for effect in run.effects if effect is not None][:1]


def _batch_equals_loop(run: Rehearsal, state: Any) -> None:
    count = len(run.contexts)
    keys = _key(run, np.arange(count))
    together = proposed(run.policy, state, list(run.contexts), keys)
    for number, context in enumerate(run.contexts):
        alone = run.policy.propose(state, context, _key(run, number))
        for name in _PROPOSED:
            _same_row(name, getattr(together, name), number, count, getattr(alone, name))


def _same_row(name: str, column: Any, row: int, count: int, alone: Any) -> None:
    if alone is None or column is None:
        assert alone is column is None, f"{name}: {column} in a batch, {alone} alone"
        return
    entry = np.broadcast_to(column, (count, *np.shape(alone)))[row]
    assert np.allclose(entry, alone, rtol=_CLOSE, atol=_CLOSE, equal_nan=True), (
        f"{name} of row {row}: {entry} in a batch, {alone} alone"
    )


def _intervals_are_ordered(run: Rehearsal, state: Any) -> None:
    rule = run.problem.reward
    for number, context in enumerate(run.contexts):
        proposal = run.policy.propose(state, context, _key(run, number))
        choice = run.policy.settle(state, proposal, None)
        _ordered((choice.mean, choice.low, choice.high), "choice")
        _possible(rule, (choice.mean, choice.low, choice.high), "choice")
        for arm in np.flatnonzero(~proposal.ruled_out).tolist():
            told = proposal.mean[arm], proposal.lower[arm], proposal.high[arm]
            _possible(rule, told, f"proposal, arm {arm}")
        given = run.policy.interval(state, context, int(choice.arm), choice.point)
        if not np.isnan(choice.mean):
            told = (choice.mean, choice.low, choice.high)
            assert np.allclose(given, told, rtol=1e-6, atol=_CLOSE), (
                f"the choice tells the interval {told}, `interval` says {given}"
            )
        for arm in range(context.eligible.size):
            interval = run.policy.interval(state, context, arm, context.values)
            _ordered(interval, f"arm {arm}")
            _possible(rule, interval, f"arm {arm}")


def _possible(rule: Reward, interval: tuple[float, float, float], what: str) -> None:
    """Of a success or a count, no bound is told that can never be reached; NaN tells none."""
    mean, low, high = interval
    if rule.link == "identity" or np.isnan(mean):
        return
    least, most = (0.0, rule.largest) if rule.direction == "increase" else (-rule.largest, 0.0)
    assert not low < least, f"{what}: the lower bound {low} is below {least}, which cannot be"
    assert not high > most, f"{what}: the upper bound {high} is above {most}, which cannot be"


def _ordered(interval: tuple[float, float, float], what: str) -> None:
    mean, low, high = interval
    if np.isnan(mean):  # no model: nothing is known
        assert np.isnan(low) or low == -np.inf, f"{what}: unknown mean, lower bound {low}"
        assert np.isnan(high) or high == np.inf, f"{what}: unknown mean, upper bound {high}"
        return
    assert low <= mean <= high, f"{what}: the interval {low} <= {mean} <= {high} is out of order"


def _outcomes_come_in_any_order(run: Rehearsal, state: Any, order_free: bool) -> None:
    order = np.random.default_rng(run.seed).permutation(len(run.outcomes))
    shuffled = learned(run, run.outcomes, order)
    for context, outcome in zip(run.contexts, run.outcomes, strict=True):
        run.policy.propose(shuffled, context, _key(run, 0))
        if not order_free:
            continue
        for point in (context.values, outcome.point):
            before, after = (
                run.policy.interval(one, context, outcome.arm, point) for one in (state, shuffled)
            )
            assert np.allclose(before, after, rtol=1e-8, atol=_CLOSE, equal_nan=True), (
                f"the order of the outcomes matters: {before} is not {after}"
            )


def _donation_changes_nothing(run: Rehearsal, state: Any) -> None:
    pairs: list[tuple[Decision | None, Outcome]] = [
        (None, run.outcomes[0]),
        *zip(run.decisions, run.outcomes, strict=True),
    ]
    kept, given = state, copy.deepcopy(state)
    for decision, outcome in pairs:
        kept = run.policy.observed(kept, decision, outcome)
        given = run.policy.observed(given, decision, outcome, donate=True)
    for effect in (each for each in run.effects if each is not None):
        kept = run.policy.effect_observed(kept, None, effect)
        given = run.policy.effect_observed(given, None, effect, donate=True)
    found = difference(kept, given, "state")
    assert found is None, f"observed(donate=True) leads to another state: {found}"
