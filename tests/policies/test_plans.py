"""Change and dose together against a grid, against the dual, and against one after another."""

from typing import Any

import numpy as np
import pytest

import recourse_bandits as rb
from recourse_bandits import kernels
from recourse_bandits.plans import (
    DoseEffects,
    Plans,
    planned_apart,
    planned_together,
)
from recourse_bandits.problem import Context
from recourse_bandits.records import Array

ARMS = 4


def context_of(norm: Any, generator: np.random.Generator, mutable: int = 2) -> Context:
    problem = rb.Problem(
        features=[
            rb.Feature(f"x{i}", mean=0, scale=1, mutable=i < mutable, bounds=(-2, 2))
            for i in range(mutable + 2)
        ],
        arms=[f"arm {k}" for k in range(ARMS)],
        budget=rb.Budget(norm, 1.5),
        reward=rb.Reward("success", link="logistic", coefficient_bound=9),
    )
    person = generator.uniform(-1.5, 1.5, mutable + 2)
    return problem.context(person.tolist())


def effects_of(generator: np.random.Generator, columns: int) -> DoseEffects:
    costs = generator.uniform(0.0, 2.0, (2, ARMS))
    costs[:, -1] = 0.0  # an arm without a dose
    return DoseEffects(
        generator.normal(0, 1.5, columns),
        generator.normal(0, 2, ARMS),
        float(generator.normal(0, 3)),
        costs[0],
        costs[1],
        np.zeros(ARMS),
        np.array([1.0, 1.0, 0.5, 0.0]),
        np.full(ARMS, 0.25) * np.array([1, 1, 1, 0]),
    )


def worth(points: Array, doses: Array, theta: Array, effects: DoseEffects) -> Array:
    """The margin, written out."""
    omega, tau, target, over, under, *_ = effects
    effect = points @ omega + doses * tau
    cost = over * np.maximum(effect - target, 0) + under * np.maximum(target - effect, 0)
    return np.asarray(np.vecdot(points, theta) - cost)


def dual(context: Context, theta: Array, effects: DoseEffects, lam: float) -> Array:
    """An upper bound of every arm's margin for any multiplier within its costs."""
    omega, tau, target, over, under, lower, upper, _ = effects
    lam_of = np.clip(lam, -under, over)
    ends = lower * tau, upper * tau
    low, high = target - np.maximum(*ends), target - np.minimum(*ends)
    slope = theta - lam_of[:, None] * omega
    change = kernels.feasible.maximise(
        np.ascontiguousarray(slope[:, context.feasible.mutable]), *context.feasible.region_of_arms
    )
    points = context.feasible.moved(np.broadcast_to(context.values, theta.shape), change)
    return np.asarray(np.vecdot(points, slope) + np.where(lam_of > 0, lam_of * high, lam_of * low))


@pytest.mark.parametrize("norm", ["l1", "l2", "linf"])
def test_no_multiplier_bounds_below_what_is_found(norm: str) -> None:
    """Equal to its dual bound, a plan is proved to be the best."""
    generator = np.random.default_rng(1)
    mixed = 0
    for _ in range(60):
        context = context_of(norm, generator, mutable=3)
        theta = generator.normal(0, 1, (ARMS, context.values.size))
        effects = effects_of(generator, context.values.size)
        plans = planned_together(context, theta, effects)
        found = worth(plans.points, plans.doses, theta, effects)
        bound = np.min(
            [dual(context, theta, effects, lam) for lam in np.linspace(-2, 2, 161)], axis=0
        )
        assert (found <= bound + 1e-9).all()
        mixed += int((found > bound - 1e-6).sum())
        finest = _least_dual(context, theta, effects)
        assert found == pytest.approx(finest, abs=1e-6)
    assert mixed > 50  # the coarse multipliers alone prove many


def _least_dual(context: Context, theta: Array, effects: DoseEffects) -> Array:
    """The least bound, by golden sections: it is convex in the multiplier."""
    low, high = -effects.under, effects.over
    ratio = (np.sqrt(5.0) - 1.0) / 2.0

    def at(each: Array) -> Array:
        return np.array([dual(context, theta, effects, lam)[k] for k, lam in enumerate(each)])

    for _ in range(60):
        left, right = high - ratio * (high - low), low + ratio * (high - low)
        lower_left = at(left) < at(right)
        low, high = np.where(lower_left, low, left), np.where(lower_left, right, high)
    return np.minimum(at(0.5 * (low + high)), at(np.zeros(ARMS)))


def test_no_point_and_dose_of_a_grid_are_better() -> None:
    generator = np.random.default_rng(2)
    for _ in range(40):
        context = context_of("l2", generator)
        theta = generator.normal(0, 1, (ARMS, context.values.size))
        effects = effects_of(generator, context.values.size)
        plans = planned_together(context, theta, effects)
        found = worth(plans.points, plans.doses, theta, effects)
        steps = np.linspace(-1.5, 1.5, 61)
        change = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2)
        feasible = context.feasible
        inside = (np.linalg.norm(change, axis=1) <= feasible.radius) & (
            (change >= feasible.lower) & (change <= feasible.upper)
        ).all(axis=1)
        points = np.repeat(context.values[None], inside.sum(), axis=0)
        points[:, feasible.mutable] += change[inside]
        for k in range(ARMS):
            for dose in np.linspace(effects.lower[k], effects.upper[k], 21):
                one = DoseEffects(*effects[:1], effects.tau[k], effects.target, effects.over[k],
                                  effects.under[k], *effects[5:])  # fmt: skip
                assert worth(points, dose, theta[k], one).max() <= found[k] + 1e-9


def test_a_plan_is_legal_and_no_worse_than_one_after_another() -> None:
    generator = np.random.default_rng(3)
    better = 0
    for _ in range(100):
        context = context_of("l2", generator, mutable=3)
        theta = generator.normal(0, 1, (ARMS, context.values.size))
        effects = effects_of(generator, context.values.size)
        together = planned_together(context, theta, effects)
        apart = planned_apart(context, theta, effects)
        for point in together.points:
            assert context.feasible.violation(context.values, point) < 1e-9
        assert (together.doses >= effects.lower).all()
        assert (together.doses <= effects.upper).all()
        gain = worth(*together[:2], theta, effects) - worth(*apart[:2], theta, effects)
        assert (gain >= -1e-9).all()
        assert gain[-1] == pytest.approx(0.0, abs=1e-12)  # without a dose there is one answer
        better += int((gain > 1e-3).sum())
    assert better > 50


def test_without_a_dose_it_is_the_best_recourse() -> None:
    generator = np.random.default_rng(4)
    context = context_of("l2", generator)
    theta = generator.normal(0, 1, (ARMS, context.values.size))
    plans = planned_together(context, theta, effects_of(generator, context.values.size))
    best = rb.best_recourse(context.values, theta[-1], context.feasible)
    assert plans.points[-1] == pytest.approx(best.point)


def test_without_recourse_it_is_the_best_dose() -> None:
    generator = np.random.default_rng(5)
    context = context_of("l2", generator, mutable=0)
    theta = generator.normal(0, 1, (ARMS, context.values.size))
    effects = effects_of(generator, context.values.size)
    plans: Plans = planned_together(context, theta, effects)
    omega, tau, target, over, under, lower, upper, start = effects
    doses = kernels.dose.personal(
        context.values @ omega, tau, target, over, under, lower, upper, start
    )
    assert (plans.points == context.values).all()
    assert plans.doses.tolist() == doses.tolist()
