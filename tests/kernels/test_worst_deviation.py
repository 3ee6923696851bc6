"""The deviation that hurts most: a convex problem, solved to its last digits."""

from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recourse_bandits import kernels
from recourse_bandits.problem.feasible import NORMS
from tests.kernels.instances import Array, Indices, factor_of, inverse, random_precision
from tests.kernels.noncompliance_oracles import dual_length, least_optimistic_value
from tests.kernels.oracles import optimistic_value


class Instance(NamedTuple):
    """An ellipsoid, a recommended point, and what people may do."""

    estimate: Array
    precision: Array
    rho: float
    point: Array
    columns: Indices
    weight: Array
    eps: float
    norm: str


def random_instance(seed: int, norm: str) -> Instance:
    rng = np.random.default_rng(seed)
    dimension = int(rng.integers(1, 8))
    size = int(rng.integers(1, dimension + 1))
    return Instance(
        rng.standard_normal(dimension) * (rng.random() > 0.2),
        random_precision(rng, dimension, int(rng.integers(0, 20)), 10.0 ** rng.uniform(-2, 1)),
        float(10.0 ** rng.uniform(-2, 1)),
        rng.standard_normal(dimension),
        np.sort(rng.choice(dimension, size, replace=False)).astype(np.int64),
        np.asarray(10.0 ** rng.uniform(-1, 1, size)),
        float(10.0 ** rng.uniform(-2, 1.5)),
        norm,
    )


def solved(instance: Instance) -> tuple[float, float, Array]:
    theta = np.empty(instance.estimate.size)
    high, low = kernels.worst_deviation.worst_case(
        factor_of(instance.precision),
        instance.estimate,
        instance.rho,
        instance.point,
        instance.columns,
        instance.weight,
        instance.eps,
        NORMS[instance.norm],
        theta,
    )
    return high, low, theta


def scale_of(instance: Instance) -> float:
    """The largest number of the problem, against which its rounding counts."""
    covariance = inverse(instance.precision)
    spread = np.sqrt(np.diag(covariance)[instance.columns]) * instance.eps / instance.weight
    length = np.sqrt(instance.point @ covariance @ instance.point)
    slope = np.abs(instance.estimate[instance.columns]) * instance.eps / instance.weight
    whole = instance.rho * (length + spread.sum()) + slope.sum()
    return float(whole + abs(instance.point @ instance.estimate))


@pytest.mark.parametrize("norm", NORMS)
def test_no_general_solver_finds_a_worse_deviation(norm: str) -> None:
    for seed in range(60):
        instance = random_instance(seed, norm)
        high, _, _ = solved(instance)
        rivals = least_optimistic_value(
            instance.estimate,
            inverse(instance.precision),
            instance.rho,
            instance.point,
            instance.columns,
            instance.weight,
            instance.eps,
            norm,
            np.random.default_rng(seed),
        )
        assert high <= rivals + 1e-9 * scale_of(instance), seed


@given(seed=st.integers(0, 2**32 - 1), norm=st.sampled_from(sorted(NORMS)))
@settings(derandomize=True, deadline=None, max_examples=300)
def test_bounds_meet_at_coefficients_of_the_ellipsoid(seed: int, norm: str) -> None:
    instance = random_instance(seed, norm)
    high, low, theta = solved(instance)
    away = theta - instance.estimate
    assert np.sqrt(away @ instance.precision @ away) <= instance.rho * (1 + 1e-9)
    loss = dual_length(theta[instance.columns], instance.weight, norm)
    assert low == pytest.approx(instance.point @ theta - instance.eps * loss, rel=1e-9, abs=1e-9)
    assert low <= high + 1e-12 * scale_of(instance)
    assert high - low <= 1e-8 * scale_of(instance)


def test_one_feature_by_hand() -> None:
    # g(q) = q/2 + |q|: at most 2 away from 1.5 the least is 0, at the kink; 1 away it is 0.75
    assert kink(eps=2.0) == pytest.approx(0.0, abs=1e-10)
    assert kink(eps=1.0) == pytest.approx(0.75)


def kink(eps: float) -> float:
    one = np.ones(1)
    high, _, _ = solved(
        Instance(0.5 * one, np.eye(1), 1.0, 1.5 * one, np.arange(1), one, eps, "l2")
    )
    return high


@given(seed=st.integers(0, 2**32 - 1), norm=st.sampled_from(sorted(NORMS)))
@settings(derandomize=True, deadline=None, max_examples=150)
def test_the_interval_holds_for_all_coefficients_of_the_ellipsoid(seed: int, norm: str) -> None:
    instance = random_instance(seed, norm)
    rng = np.random.default_rng(seed)
    size = instance.estimate.size
    fixed = rng.random(instance.columns.size) < 0.3
    mean, low, high = kernels.worst_deviation.bounds(
        factor_of(instance.precision),
        instance.estimate,
        instance.rho,
        instance.point,
        instance.columns,
        instance.weight,
        fixed,
        instance.eps,
        NORMS[norm],
    )
    directions = rng.standard_normal((300, size))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    root = np.linalg.inv(factor_of(instance.precision))
    theta = instance.estimate + instance.rho * directions @ root.T
    free = instance.columns[~fixed]
    loss = dual_length(theta[:, free], instance.weight[~fixed], norm)
    values = theta @ instance.point - instance.eps * loss
    slack = 1e-8 * scale_of(instance)
    assert low - slack <= values.min()
    assert values.max() <= high + slack
    own = dual_length(instance.estimate[free], instance.weight[~fixed], norm)
    assert mean == pytest.approx(
        instance.point @ instance.estimate - instance.eps * own, rel=1e-9, abs=1e-9
    )
    assert low <= mean <= high


def test_without_deviations_it_is_the_optimistic_value() -> None:
    for seed in range(20):
        instance = random_instance(seed, "l2")._replace(eps=0.0)
        high, low, _ = solved(instance)
        plain = optimistic_value(
            instance.estimate, inverse(instance.precision), instance.rho, instance.point
        )
        assert high == low == pytest.approx(float(plain))
