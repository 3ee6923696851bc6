"""Estimates that are exact for the first rows of an arm, then updated in one pass."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import recourse_bandits as rb
from recourse_bandits import kernels
from recourse_bandits.errors import DescriptionError
from recourse_bandits.policies.linear import LinearPolicy
from recourse_bandits.policies.linear_state import LinearState
from recourse_bandits.testing import difference
from recourse_bandits.testing.states import through_json, through_npz

Array = NDArray[np.float64]

LIMIT = 20
LINKS = ("logistic", "probit", "log")
POLICIES: tuple[LinearPolicy, ...] = (
    rb.GLRB(exact_rows=LIMIT),
    rb.LinUCB(exact_rows=LIMIT),
    rb.RecourseTS(exact_rows=LIMIT),
)
MEAN = np.array([[0.2, -0.1, 0.3], [0.0, 0.4, -0.2]])
PRECISION = np.array([[2.0, 0.3, 0.0], [0.3, 1.0, -0.2], [0.0, -0.2, 1.5]])


def problem_of(link: str = "logistic") -> rb.Problem:
    names = ("x1", "x2", "x3")
    precision = np.stack([PRECISION, 2.0 * PRECISION])
    prior = rb.Prior(mean_matrix=MEAN.tolist(), precision_matrix=precision.tolist())
    needed: dict[str, dict[str, Any]] = {"log": {"bounds": (0, 10)}, "identity": {"noise": 1.0}}
    described: dict[str, Any] = {"link": link, "prior": prior, **needed.get(link, {})}
    return rb.Problem(
        features=[rb.Feature(name, mean=0, scale=1, mutable=True) for name in names],
        arms=["a", "b"],
        budget=rb.Budget("l2", 0.5),
        reward=rb.Reward("reward", coefficient_bound=2.0, **described),
        intercept=False,
    )


def outcomes(count: int, link: str = "logistic", seed: int = 0) -> Iterator[rb.Outcome]:
    """Outcomes of which every third is of the second arm."""
    rng = np.random.default_rng(seed)
    theta = rng.normal(size=(2, 3))
    for number in range(count):
        arm, x = int(number % 3 == 2), rng.normal(size=3)
        z = float(x @ theta[arm])
        if link == "log":
            reward = float(min(rng.poisson(np.exp(min(z, 2.0))), 10))
        else:
            reward = float(z + rng.logistic() > 0.0)
        yield rb.Outcome(arm, x, reward)


def lived(
    policy: LinearPolicy, count: int, link: str = "logistic", **how: Any
) -> Iterator[LinearState]:
    """The states after each outcome, the first one included."""
    state = policy.init(problem_of(link))
    yield state
    for outcome in outcomes(count, link):
        state = policy.observed(state, None, outcome, **how)
        yield state


def last(policy: LinearPolicy, count: int, link: str = "logistic", **how: Any) -> LinearState:
    *_, state = lived(policy, count, link, **how)
    return state


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: type(policy).__name__)
@pytest.mark.parametrize("link", LINKS)
def test_up_to_the_limit_everything_is_as_always_exact(link: str, policy: LinearPolicy) -> None:
    """With the 20th outcome of the first arm, the 29th in all, included."""
    always = replace(policy, exact_rows=None)
    for limited, exact in zip(lived(policy, 29, link), lived(always, 29, link), strict=True):
        assert difference(limited, exact) is None
    assert limited.counts.tolist() == [LIMIT, 9]


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: type(policy).__name__)
@pytest.mark.parametrize("link", LINKS)
def test_beyond_the_limit_one_step_of_one_pass_is_made_from_the_exact_state(
    link: str, policy: LinearPolicy
) -> None:
    """What follows is what a policy without rows makes of the same state."""
    one_pass = replace(policy, exact_rows=0)
    (*_, before), following = lived(policy, 30, link), list(outcomes(60, link))[30:]
    assert before.counts[0] == LIMIT
    state, other = before, before._replace(rows=None)
    for outcome in (each for each in following if each.arm == 0):
        state = policy.observed(state, None, outcome)
        other = one_pass.observed(other, None, outcome)
        assert difference(state._replace(rows=None), other) is None


def test_the_rows_of_an_arm_are_dropped_and_others_kept() -> None:
    policy = rb.GLRB(exact_rows=LIMIT)
    states, given = list(lived(policy, 90)), list(outcomes(90))
    for number, state in enumerate(states):
        assert state.rows is not None
        counts = [sum(outcome.arm == arm for outcome in given[:number]) for arm in range(2)]
        assert state.counts.tolist() == counts
        for arm, count in enumerate(counts):
            kept = [x for x in given[:number] if x.arm == arm and count <= LIMIT]
            points = np.array([x.point for x in kept]).reshape(-1, 3)
            np.testing.assert_array_equal(state.rows.points[arm], points)
            assert state.rows.rewards[arm].tolist() == [x.reward for x in kept]
    assert states[-1].rows is not None
    assert [each.size for each in states[-1].rows.rewards] == [0, 0]  # both arms went over


def test_memory_is_bounded() -> None:
    policy, most = rb.GLRB(exact_rows=LIMIT), 0
    for state in lived(policy, 300, donate=True):
        assert state.rows is not None
        most = max(most, *(each.size for each in state.rows.rewards))
    assert most == LIMIT
    assert state.rows is not None
    assert [each.shape for each in state.rows.points] == [(0, 3), (0, 3)]


def expected_squares(policy: LinearPolicy, count: int, link: str) -> Iterator[float]:
    """The squared radius of the first arm by its definition, over all outcomes up to each.

    The exact part is bias² + phi·(2 log(K/failure) - 2·sum log p) - 2·f(estimate); every step of
    one pass adds phi·gain to it.
    """
    states, given = list(lived(policy, count, link)), list(outcomes(count, link))
    code, first = states[0].link, states[0]
    phi, bias = float(first.noise[0]) ** 2, float(first.bias[0])
    failure = policy.confidence.failure
    predicted, later = 0.0, 0.0
    points, rewards = np.empty((0, 3)), np.empty(0)
    for before, outcome, after in zip(states, given, states[1:], strict=False):
        if outcome.arm != 0:
            continue
        x, reward = outcome.point, outcome.reward
        z0 = float(x @ before.estimate[0])
        q = float(np.linalg.norm(np.linalg.solve(before.factor[0].T, x)) ** 2)
        if before.counts[0] < LIMIT:
            predicted += kernels.one_pass.predicted_loss(code, phi, z0, q, reward)
            points, rewards = np.vstack([points, x]), np.append(rewards, reward)
            loss = kernels.exact.penalised_loss(
                code, points, rewards, MEAN[0], PRECISION, after.estimate[0]
            )
        else:
            z = kernels.one_pass.root(code, z0, q, reward)
            later += kernels.one_pass.gain(code, phi, z0, q, reward, z)
        yield bias**2 + phi * (2.0 * np.log(2 / failure) + predicted + later) - 2.0 * loss


@pytest.mark.parametrize("link", LINKS)
def test_the_radius_goes_on_from_where_it_was(link: str) -> None:
    """One sum from the first outcome to the last, over the handover too: no evidence is lost."""
    policy = rb.GLRB(exact_rows=LIMIT)
    states, given = list(lived(policy, 90, link)), outcomes(90, link)
    found = [after for after, outcome in zip(states[1:], given, strict=True) if outcome.arm == 0]
    for state, square in zip(found, expected_squares(policy, 90, link), strict=True):
        assert float(state.confidence_radius[0]) ** 2 == pytest.approx(square, rel=1e-9)


def test_the_matrix_goes_on_from_where_it_was() -> None:
    policy = rb.GLRB(exact_rows=LIMIT)
    states = list(lived(policy, 60))
    for before, after, outcome in zip(states, states[1:], outcomes(60), strict=False):
        if before.counts[outcome.arm] < LIMIT:
            continue
        grown = precision(after, outcome.arm) - precision(before, outcome.arm)
        x = outcome.point
        weight = np.trace(grown) / (x @ x)
        assert 0.0 < weight <= 0.25
        np.testing.assert_allclose(grown, weight * np.outer(x, x), atol=1e-10)


def precision(state: LinearState, arm: int) -> Array:
    return np.asarray(state.factor[arm].T @ state.factor[arm])


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: type(policy).__name__)
def test_the_bound_on_variances_is_one(policy: LinearPolicy) -> None:
    for state in lived(policy, 60):
        for arm in range(2):
            largest = 1.0 / np.linalg.eigvalsh(precision(state, arm))[0]
            assert state.largest_variance[arm] >= largest * (1.0 - 1e-12)


@pytest.mark.parametrize("donate", [False, True])
@pytest.mark.parametrize("count", [5, 29, 30, 70])
def test_a_state_with_rows_is_stored_exactly(count: int, donate: bool) -> None:
    state = last(rb.GLRB(exact_rows=LIMIT), count, donate=donate)
    assert difference(through_json(state), state) is None
    assert difference(through_npz(state), state) is None


def test_without_donation_the_old_state_stays_as_it_was() -> None:
    policy = rb.GLRB(exact_rows=LIMIT)
    state = policy.init(problem_of())
    for outcome in outcomes(70):
        before = deepcopy(state)
        following = policy.observed(state, None, outcome)
        assert difference(state, before) is None
        assert difference(following, before) is not None
        state = following


def test_donation_changes_nothing_else() -> None:
    policy = rb.GLRB(exact_rows=LIMIT)
    assert difference(last(policy, 70), last(policy, 70, donate=True)) is None


def test_the_exact_estimate_is_that_of_its_rows_in_any_order() -> None:
    policy, given = rb.LinUCB(exact_rows=None), list(outcomes(40))
    states = []
    for order in (given, given[::-1]):
        state = policy.init(problem_of())
        for outcome in order:
            state = policy.observed(state, None, outcome)
        states.append(state)
    np.testing.assert_allclose(states[0].estimate, states[1].estimate, atol=1e-9)


def test_with_0_and_with_the_identity_no_rows_are_kept() -> None:
    assert rb.GLRB(exact_rows=0).init(problem_of()).rows is None
    for limit in (0, 20, None):
        assert rb.GLRB(exact_rows=limit).init(problem_of("identity")).rows is None


@pytest.mark.parametrize("limit", [-1, 2.5, "many", True])
def test_other_limits_are_refused(limit: Any) -> None:
    with pytest.raises(DescriptionError, match="exact_rows"):
        rb.GLRB(exact_rows=limit)


@pytest.mark.parametrize("limit", [0, 500])
def test_lemma_2_is_about_the_exact_estimate(limit: int) -> None:
    policy = rb.GLRB(form="lemma2", context_bound=3.0, exact_rows=limit)
    with pytest.raises(DescriptionError, match=f"exact_rows=None, got {limit}"):
        policy.init(problem_of())
    assert policy.init(problem_of("identity")).rows is None


def test_lemma_2_keeps_the_estimate_in_the_ball_and_divides_by_the_least_slope() -> None:
    policy = rb.GLRB(form="lemma2", context_bound=3.0, exact_rows=None)
    state = policy.init(problem_of())
    for _ in range(60):
        state = policy.observed(state, None, rb.Outcome(0, np.array([1.0, 1.0, 1.0]), 1.0))
    assert np.linalg.norm(state.estimate[0]) <= 2.0
    plain = PRECISION + 60.0 * np.ones((3, 3))
    np.testing.assert_allclose(precision(state, 0), plain, rtol=1e-9)
    reach = 3.0 * 2.0
    least = kernels.links.slope(state.link, reach)
    growth = 3.0**2 / np.linalg.eigvalsh(PRECISION)[0]
    error = np.sqrt(np.linalg.eigvalsh(PRECISION)[-1]) * (2.0 + np.linalg.norm(MEAN[0]))
    inner = 3 * (np.log1p(growth * 60) + np.log(2 / policy.failure))
    assert state.confidence_radius[0] == pytest.approx((0.5 * np.sqrt(inner) + error) / least)
