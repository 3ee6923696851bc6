"""Rewards with a link: the truth stays in the sets as often as promised, and how wide they are.

Run with `pytest studies/test_link_coverage.py -s` to see the tables of docs/mathematics.md; some
four minutes. The setting: three features in the unit ball, recourse of length 0.5, two arms,
coefficients as long as their bound, GLRB as proved, failure 0.1, penalty 1.
"""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

import recourse_bandits as rb
from recourse_bandits import kernels
from recourse_bandits.policies.linear_state import LinearState
from recourse_bandits.policies.rows import Rows

Array = NDArray[np.float64]

ARMS, DIMENSION, RADIUS, FAILURE, LARGEST = 2, 3, 0.5, 0.1, 10
CONTEXT_BOUND = 1.0 + RADIUS
STREAMS, ROUNDS = 500, 200
WIDE_STREAMS, POINTS, COUNTS = 20, 200, (50, 200, 1000)
BOUNDS = {"logistic": 2.0, "probit": 1.5, "log": 1.0}
GLRB = rb.GLRB(failure=FAILURE)
POLICIES = {
    "one pass": replace(GLRB, exact_rows=0),
    "exact": replace(GLRB, exact_rows=None),
    "exact for 30 rows": replace(GLRB, exact_rows=30),
}
LEMMA_2 = replace(GLRB, exact_rows=None, form="lemma2", context_bound=CONTEXT_BOUND)


def problem_of(link: Any) -> rb.Problem:
    limits: dict[str, Any] = {"bounds": (0, LARGEST), "dispersion": 1.0} if link == "log" else {}
    return rb.Problem(
        features=[rb.Feature(f"x{i}", mean=0, scale=1, mutable=True) for i in range(DIMENSION)],
        arms=["a", "b"],
        budget=rb.Budget("l2", RADIUS),
        reward=rb.Reward("reward", link=link, coefficient_bound=BOUNDS[link], **limits),
        intercept=False,
    )


def on_the_sphere(rng: np.random.Generator, *shape: int) -> Array:
    vectors = rng.standard_normal((*shape, DIMENSION))
    return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True))


class Stream:
    """People who come to a policy, and a truth as long as its bound allows."""

    def __init__(self, policy: rb.GLRB, link: str, seed: int, rounds: int) -> None:
        rng = np.random.default_rng([seed, 41])
        self.policy, self.link = policy, link
        problem = problem_of(link)
        self.theta = BOUNDS[link] * on_the_sphere(rng, ARMS)
        lengths = rng.random((rounds, 1)) ** (1.0 / DIMENSION)
        self.people = lengths * on_the_sphere(rng, rounds)
        self.draws = rng.random((rounds, LARGEST))
        self.person = problem.context(self.people[0])
        self.state = policy.init(problem)
        self.number = 0

    def step(self) -> rb.Outcome:
        """One round; the outcome."""
        number, self.number = self.number, self.number + 1
        context = replace(self.person, values=self.people[number])
        proposal = self.policy.propose(self.state, context, rb.Key(1, number, 0))
        z = float(proposal.point @ self.theta[proposal.arm])
        expected = kernels.links.mean(problem_codes[self.link], z)
        draws = self.draws[number]
        if self.link == "log":  # binomial, so that it is at most as dispersed as Poisson's
            reward = float((draws < expected / LARGEST).sum())
        else:
            reward = float(draws[0] < expected)
        outcome = rb.Outcome(int(proposal.arm), proposal.point, reward)
        self.state = self.policy.observed(self.state, None, outcome, donate=True)
        return outcome

    def covers(self, arm: int) -> bool:
        error = self.state.factor[arm] @ (self.theta[arm] - self.state.estimate[arm])
        return bool(np.linalg.norm(error) <= self.state.confidence_radius[arm])


problem_codes = {link: problem_of(link).reward.link_code for link in BOUNDS}


def covered(policy: rb.GLRB, link: str, streams: int = STREAMS, rounds: int = ROUNDS) -> float:
    """Share of streams whose truth is in the sets of all arms after every outcome."""
    kept, tried = 0, 0
    for seed in range(streams):
        stream = Stream(policy, link, seed, rounds)
        kept += sum(stream.covers(stream.step().arm) for _ in range(rounds)) == rounds
        tried += bool((stream.state.counts > 0).all())
    assert tried >= 0.9 * streams  # both arms
    return kept / streams


@pytest.mark.parametrize("kind", POLICIES)
@pytest.mark.parametrize("link", BOUNDS)
def test_coefficients_stay_in_their_sets_as_often_as_promised(link: str, kind: str) -> None:
    """At all times and for all arms at once, where the policy chooses from these very sets."""
    share = covered(POLICIES[kind], link)
    print(f"\n{link}, {kind}: {share:.1%} of {STREAMS} streams covered for {ROUNDS} rounds")
    assert share >= 1.0 - FAILURE


@pytest.mark.parametrize("kind", POLICIES)
def test_coverage_can_fail(kind: str) -> None:
    """At three quarters of the proved radius, which holds the truth before any outcome."""
    assert covered(replace(POLICIES[kind], scale=0.75), "logistic", 100) < 1.0 - FAILURE


def half_width(factor: Array, rho: float, points: Array) -> float:
    """Mean over points, on the linear scale."""
    zero = np.zeros(DIMENSION)
    _, half_widths = kernels.least_squares.predict(factor, zero, rho, points)
    return float(half_widths.mean())


def closed_form(rows: Rows, arm: int, points: Array) -> float:
    """The set of Lee, Yun and Jun (2024): rho² = (1 + B)·(2·b² + lambda·beta²); logistic link."""
    x, rewards, count = rows.points[arm], rows.rewards[arm], rows.rewards[arm].size
    bound = BOUNDS["logistic"]
    reach = CONTEXT_BOUND * bound
    b_squared = math.log(ARMS / FAILURE) + DIMENSION * math.log(
        max(math.e, 2.0 * math.e * reach * count / DIMENSION)
    )
    rho = math.sqrt((1.0 + reach) * (2.0 * b_squared + bound**2))
    estimate, code = np.zeros(DIMENSION), problem_codes["logistic"]
    prior = rows.prior_mean[arm], rows.prior_precision[arm]
    kernels.exact.fit_in_ball(code, x, rewards, *prior, bound, estimate)
    slopes = kernels.links.slopes(code, x @ estimate)
    matrix = kernels.exact.weighted_precision(x, slopes, prior[1])
    return half_width(kernels.exact.upper_factor(matrix), rho, points)


def lemma_2(link: str, rows: Rows, arm: int, points: Array) -> float:
    """The set of Lemma 2, from the same rows."""
    state = LEMMA_2.init(problem_of(link))
    assert state.rows is not None
    x, rewards = list(state.rows.points), list(state.rows.rewards)
    x[arm], rewards[arm] = rows.points[arm][:-1], rows.rewards[arm][:-1]
    counts = np.zeros(ARMS, np.int64)
    counts[arm] = rewards[arm].size
    known = state.rows._replace(points=tuple(x), rewards=tuple(rewards))
    last = rb.Outcome(arm, rows.points[arm][-1], float(rows.rewards[arm][-1]))
    state = LEMMA_2.observed(state._replace(rows=known, counts=counts), None, last)
    return half_width(state.factor[arm], state.confidence_radius[arm], points)


def widths(link: str, seed: int) -> dict[tuple[str, int], float]:
    """Of the arm that first has so many outcomes; all sets from the outcomes of one stream."""
    stream = Stream(POLICIES["exact"], link, seed, 2 * max(COUNTS))
    states: dict[str, LinearState] = {
        kind: policy.init(problem_of(link)) for kind, policy in POLICIES.items()
    }
    points = on_the_sphere(np.random.default_rng(seed), POINTS)
    found: dict[tuple[str, int], float] = {}
    while left := [n for n in COUNTS if ("exact", n) not in found]:
        outcome = stream.step()
        for kind, policy in POLICIES.items():
            if kind != "exact":
                states[kind] = policy.observed(states[kind], None, outcome, donate=True)
        states["exact"] = stream.state
        arm, count = outcome.arm, int(stream.state.counts[outcome.arm])
        if count == left[0]:
            rows = stream.state.rows
            assert rows is not None
            for kind, state in states.items():
                rho = state.confidence_radius[arm]
                found[kind, count] = half_width(state.factor[arm], rho, points)
            found["Lemma 2", count] = lemma_2(link, rows, arm, points)
            if link == "logistic":
                found["closed form", count] = closed_form(rows, arm, points)
    return found


def test_the_sets_are_narrower_than_those_of_the_literature() -> None:
    table = Table("link", "set", *(f"n = {count:,}" for count in COUNTS))
    for link in BOUNDS:
        streams = [widths(link, seed) for seed in range(WIDE_STREAMS)]
        mean = {key: float(np.mean([each[key] for each in streams])) for key in streams[0]}
        for kind in dict.fromkeys(kind for kind, _ in mean):
            table.add_row(link, kind, *(f"{mean[kind, count]:.2f}" for count in COUNTS))
        for (kind, count), width in mean.items():
            if kind in POLICIES:
                assert 4.0 * width < mean["Lemma 2", count]
                assert 2.0 * width < mean.get(("closed form", count), math.inf)
    Console(width=100).print("\nMean half width over unit points, linear scale", table)
