"""Steps, allowed values, categories, links and few changes: what is feasible, against all of it."""

import dataclasses
import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from recourse_bandits import (
    Adversarial,
    Budget,
    Context,
    Feature,
    Problem,
    Reward,
    best_recourse,
    kernels,
    optimistic_recourse,
)
from recourse_bandits.errors import DescriptionError
from recourse_bandits.problem import boxes

Array = NDArray[np.float64]
REWARD = Reward("gain", noise=1.0, coefficient_bound=5.0)
SMOKING = Feature(
    "smoking",
    categories=("never", "former", "current"),
    mutable=True,
    transitions={"current": ("former",)},
    weight=1.5,
)


def problem(*features: Feature, norm: str = "l2", radius: float = 2.0, **more: Any) -> Problem:
    budget = Budget(norm, radius, **more)  # type: ignore[arg-type]
    return Problem(features=features, arms=["a", "b"], budget=budget, reward=REWARD)


def number(name: str, **more: Any) -> Feature:
    return Feature(name, mutable=True, mean=0.0, scale=1.0, **more)


def solved(
    described: Problem, person: dict[str, Any], theta: Array
) -> tuple[Context, Array, float]:
    context = described.context(person)
    found = best_recourse(context.values, theta, context.feasible)
    return context, found.point, float(found.value)


def efforts_of(weighted: Array, norm: str, more: dict[str, Any]) -> Array:
    """Efforts of changes, shape (n, m), that are weighted already."""
    if norm == "mahalanobis":
        return np.asarray(np.sqrt(np.einsum("ni,ij,nj->n", weighted, more["matrix"], weighted)))
    order = {"l1": 1, "l2": 2, "linf": np.inf}.get(norm) or more["power"]
    return np.asarray(np.linalg.norm(weighted, ord=order, axis=1))


# -- steps ---------------------------------------------------------------------------------------


def test_steps_are_honoured_to_the_letter() -> None:
    diet = Feature("diet", mutable=True, mean=5.0, scale=2.0, step=0.1, bounds=(0, 10))
    described = problem(diet, radius=0.23)  # 0.46 raw: four steps of 0.1
    context, point, _ = solved(described, {"diet": 3.0}, np.array([0.0, 1.0]))
    target, change = described.raw_target(context, point)
    assert target["diet"] == 3.4
    assert change["diet"] == pytest.approx(0.4)


def test_allowed_values_are_the_only_ones() -> None:
    drinks = Feature("drinks", mutable=True, mean=1.0, scale=1.0, allowed_values=(4, 0, 1, 2))
    described = problem(drinks, radius=2.5)
    context, point, _ = solved(described, {"drinks": 4}, np.array([0.0, -1.0]))
    assert described.raw_target(context, point)[0]["drinks"] == 2.0
    context, point, _ = solved(described, {"drinks": 1}, np.array([0.0, 1.0]))
    assert described.raw_target(context, point)[0]["drinks"] == 2.0
    # whoever has another value must leave it
    context, point, _ = solved(described, {"drinks": 1.4}, np.array([0.0, 0.0]))
    assert context.must_change
    assert described.raw_target(context, point)[0]["drinks"] == 1.0


@pytest.mark.parametrize("norm", ["l1", "l2", "linf", "lp", "mahalanobis"])
def test_grids_against_every_combination(norm: str) -> None:
    """1,000 instances of 1 to 4 features that move in steps."""
    rng = np.random.default_rng(11)
    for _ in range(1000):
        size = int(rng.integers(1, 5))
        steps, weight = rng.uniform(0.25, 0.9, size), rng.uniform(0.5, 2.0, size)
        most = int(rng.integers(0, size + 1)) if rng.random() < 0.5 else None
        more: dict[str, Any] = {}
        if norm == "lp":
            more = {"power": float(rng.uniform(1.2, 6.0))}
        if norm == "mahalanobis":
            spread = rng.standard_normal((size, size))
            more = {"matrix": (0.2 * np.eye(size) + spread @ spread.T).tolist()}
        described = problem(
            *(number(f"x{i}", step=float(steps[i]), weight=float(weight[i]), bounds=(-2, 2))
              for i in range(size)),
            norm=norm,
            radius=float(rng.uniform(0.2, 2.0)),
            max_changed=most,
            **more,
        )  # fmt: skip
        start, theta = rng.uniform(-2, 2, size), rng.standard_normal(size + 1)
        context, point, value = solved(described, {f"x{i}": start[i] for i in range(size)}, theta)
        assert context.feasible.violation(context.values, point) <= 1e-9
        lowest, highest = np.ceil((-2 - start) / steps), np.floor((2 - start) / steps)
        ways = [np.arange(lowest[i], highest[i] + 1) * steps[i] for i in range(size)]
        changes = np.stack(np.meshgrid(*ways), axis=-1).reshape(-1, size)
        fits = efforts_of(changes * weight, norm, more) <= described.budget.radius + 1e-12
        if most is not None:
            fits &= np.count_nonzero(changes, axis=1) <= most
        best = theta[0] + float(np.max((start + changes[fits]) @ theta[1:]))
        assert value == pytest.approx(best, abs=1e-9)


def test_optimistic_recourse_on_a_grid_is_the_best_of_all_points() -> None:
    rng = np.random.default_rng(12)
    for _ in range(60):
        size = int(rng.integers(1, 4))
        described = problem(
            *(number(f"x{i}", step=0.7) for i in range(size)), norm="l1", radius=2.2
        )
        start, theta = rng.standard_normal(size), rng.standard_normal(size + 1)
        spread = rng.standard_normal((size + 1, 4 * size))
        precision = np.eye(size + 1) + spread @ spread.T
        context = described.context({f"x{i}": start[i] for i in range(size)})
        found = optimistic_recourse(context.values, theta, precision, 1.5, context.feasible)
        inverse = np.linalg.inv(precision)
        values = []
        for change in itertools.product(*[np.arange(-4, 5) * 0.7] * size):
            if np.abs(change).sum() <= 2.2 + 1e-12:
                p = context.values + np.array([0.0, *change])
                values.append(p @ theta + 1.5 * math.sqrt(p @ inverse @ p))
        assert float(found.value) == pytest.approx(max(values), abs=1e-9)


def test_too_many_combinations_are_rounded_and_refilled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Never infeasible; on average a percent or two below the best, which enumeration finds."""
    rng = np.random.default_rng(13)
    lost, gained = 0.0, 0.0
    for _ in range(200):
        size = int(rng.integers(2, 6))
        norm = ("l1", "l2", "linf")[int(rng.integers(3))]
        described = problem(
            *(number(f"x{i}", step=float(rng.uniform(0.2, 0.8))) for i in range(size)),
            norm=norm,
            radius=float(rng.uniform(0.8, 2.5)),
            max_changed=None if rng.random() < 0.5 else int(rng.integers(1, size + 1)),
        )
        theta = rng.standard_normal(size + 1)
        person = {f"x{i}": float(rng.standard_normal()) for i in range(size)}
        context, _, exact = solved(described, person, theta)
        monkeypatch.setattr(boxes, "MOST_BOXES", 0)
        found = best_recourse(context.values, theta, context.feasible)
        monkeypatch.undo()
        assert context.feasible.violation(context.values, found.point) <= 1e-9
        assert float(found.value) <= exact + 1e-9
        stay = float(context.values @ theta)
        lost, gained = lost + exact - float(found.value), gained + exact - stay
        assert float(found.value) >= stay - 1e-12
    assert lost / gained < 0.03


@pytest.mark.parametrize("norm", ["lp", "mahalanobis"])
def test_rounding_stays_within_the_budget_where_less_change_may_take_more_effort(
    norm: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under mahalanobis a step back may take more effort than none: such changes are dropped."""
    monkeypatch.setattr(boxes, "MOST_BOXES", 0)
    rng = np.random.default_rng(16)
    farther = 0
    for _ in range(150):
        size = int(rng.integers(2, 6))
        spread = rng.standard_normal((size, size))
        matrix = 0.2 * np.eye(size) + spread @ spread.T
        more: dict[str, Any] = {"matrix": matrix.tolist()} if norm != "lp" else {"power": 3.0}
        steps = rng.uniform(0.2, 0.8, size)
        features = [number(f"x{i}", step=float(steps[i])) for i in range(size)]
        described = problem(*features, norm=norm, radius=float(rng.uniform(0.8, 2.5)), **more)
        theta = rng.standard_normal(size + 1)
        person = {f"x{i}": float(rng.standard_normal()) for i in range(size)}
        context, point, _ = solved(described, person, theta)
        assert context.feasible.violation(context.values, point) <= 1e-9
        free = problem(*(number(f"x{i}") for i in range(size)), norm=norm, radius=2.5, **more)
        start, best, _ = solved(free, person, theta)
        back = np.trunc((best - start.values)[1:] / steps) * steps
        farther += free.limits.everywhere.effort(back) > 2.5
    assert (farther > 5) == (norm == "mahalanobis")


# -- categories ----------------------------------------------------------------------------------


def test_from_smoker_to_former_smoker_but_never_back() -> None:
    described = problem(SMOKING, radius=2.0)
    assert described.columns == (
        "intercept", "smoking=never", "smoking=former", "smoking=current",
    )  # fmt: skip
    for theta in ([0, 9, 1, 0], [0, 9, 1, 2]):
        context, point, _ = solved(described, {"smoking": "current"}, np.array(theta, float))
        reached = described.raw_target(context, point)[0]["smoking"]
        assert reached == ("former" if theta[3] == 0 else "current")
        assert context.feasible.effort(point[1:] - context.values[1:]) == (
            1.5 if reached == "former" else 0.0
        )
    for status in ("former", "never"):
        context, point, _ = solved(described, {"smoking": status}, np.array([0, 9.0, 8.0, 7.0]))
        np.testing.assert_array_equal(point, context.values)


def test_a_category_costs_its_weight_beside_numbers() -> None:
    for norm in ("l1", "l2", "linf"):
        described = problem(SMOKING, number("sport"), norm=norm, radius=2.0)
        theta = np.array([0.0, 0.0, 5.0, 0.0, 1.0])  # to stop smoking gains most
        context, point, value = solved(described, {"smoking": "current", "sport": 0.0}, theta)
        left = {"l1": 0.5, "l2": math.sqrt(4 - 2.25), "linf": 2.0}[norm]
        assert value == pytest.approx(5.0 + left)
        assert described.raw_target(context, point)[0]["sport"] == pytest.approx(left)


def test_a_category_too_dear_is_kept() -> None:
    described = problem(SMOKING, radius=1.0)
    context, point, _ = solved(described, {"smoking": "current"}, np.array([0, 0, 5.0, 0]))
    np.testing.assert_array_equal(point, context.values)


def test_an_unknown_category_is_not_changed() -> None:
    feature = Feature("smoking", categories=("never", "current"), mutable=True, missing="indicator")
    described = problem(feature, number("sport"))
    context, point, _ = solved(described, {"smoking": None, "sport": 1.0}, np.arange(5.0))
    target, change = described.raw_target(context, point)
    assert target["smoking"] is None
    assert change == {"sport": pytest.approx(2.0)}


# -- links and few changes -----------------------------------------------------------------------


def test_one_unit_of_one_forces_units_of_the_other() -> None:
    sport = Feature("sport", mutable=True, mean=3.0, scale=2.0)
    weight = Feature("weight", mutable=True, mean=80.0, scale=10.0, follows=("sport", -0.5))
    described = problem(sport, weight, radius=1.0)
    context, point, _ = solved(described, {"sport": 3, "weight": 90}, np.array([0.0, 1.0, -1.0]))
    _, change = described.raw_target(context, point)
    assert change["weight"] == pytest.approx(-0.5 * change["sport"])
    scaled = np.array([change["sport"] / 2.0, change["weight"] / 10.0])
    assert np.linalg.norm(scaled) == pytest.approx(1.0)  # both take effort
    assert context.feasible.violation(context.values, point) <= 1e-9
    alone = point.copy()
    alone[2] = context.values[2]
    assert context.feasible.violation(context.values, alone) > 0.05


def test_a_follower_keeps_its_own_bounds() -> None:
    sport = Feature("sport", mutable=True, mean=3.0, scale=1.0)
    weight = Feature(
        "weight", mutable=True, mean=80.0, scale=10.0, follows=("sport", -2.0), bounds=(79, None)
    )
    described = problem(sport, weight, radius=50.0)
    context, point, _ = solved(described, {"sport": 3, "weight": 80}, np.array([0.0, 1.0, 0.0]))
    target, change = described.raw_target(context, point)
    assert target["weight"] == pytest.approx(79.0)
    assert change["sport"] == pytest.approx(0.5)


def test_at_most_so_many_changes() -> None:
    described = problem(
        *(number(f"x{i}") for i in range(4)), norm="linf", radius=1.0, max_changed=2
    )
    theta = np.array([0.0, 1.0, -4.0, 3.0, 2.0])
    _, point, value = solved(described, {f"x{i}": 0.0 for i in range(4)}, theta)
    assert value == pytest.approx(7.0)
    np.testing.assert_allclose(point[1:], [0.0, -1.0, 1.0, 0.0])
    everybody = problem(number("x0"), max_changed=0)
    context, point, _ = solved(everybody, {"x0": 1.0}, np.array([0.0, 1.0]))
    np.testing.assert_array_equal(point, context.values)
    assert context.no_recourse is None


# -- other norms and price -----------------------------------------------------------------------


def test_effort_of_each_norm_by_hand() -> None:
    features = (number("a", weight=2.0), number("b"))
    change = np.array([1.5, -4.0])
    matrix = ((2.0, 0.5), (0.5, 1.0))
    u = np.array([3.0, -4.0])
    for norm, more, expected in (
        ("l1", {}, 7.0),
        ("l2", {}, 5.0),
        ("linf", {}, 4.0),
        ("lp", {"power": 3.0}, (27 + 64) ** (1 / 3)),
        ("mahalanobis", {"matrix": matrix}, math.sqrt(u @ np.array(matrix) @ u)),
    ):
        described = problem(*features, norm=norm, radius=20.0, **more)
        feasible = described.feasible_set({"a": 0.0, "b": 0.0})
        assert feasible.effort(change) == pytest.approx(expected)


def test_mahalanobis_without_bounds_is_the_closed_form() -> None:
    rng = np.random.default_rng(14)
    for _ in range(100):
        spread = rng.standard_normal((3, 3))
        matrix = np.eye(3) * 0.3 + spread @ spread.T
        described = problem(
            *(number(f"x{i}") for i in range(3)),
            norm="mahalanobis",
            radius=1.7,
            matrix=tuple(tuple(row) for row in matrix.tolist()),
        )
        theta = rng.standard_normal(4)
        person = {f"x{i}": float(rng.standard_normal()) for i in range(3)}
        context, point, _ = solved(described, person, theta)
        along = np.linalg.solve(matrix, theta[1:])
        expected = 1.7 * along / math.sqrt(theta[1:] @ along)
        np.testing.assert_allclose((point - context.values)[1:], expected, atol=1e-9)


def test_a_price_asks_nobody_for_effort_that_gains_less() -> None:
    features = (number("a"), number("b"))
    person, theta = {"a": 0.0, "b": 0.0}, np.array([0.0, 3.0, 4.0])
    for price, moved in ((0.0, 2.0), (4.9, 2.0), (5.1, 0.0)):  # ‖theta‖_2 is 5
        described = problem(*features, price=price)
        context, point, _ = solved(described, person, theta)
        assert context.feasible.effort((point - context.values)[1:]) == pytest.approx(moved)
    described = problem(*features, norm="l1", price=3.5)
    _, point, _ = solved(described, person, theta)
    np.testing.assert_allclose(point, [1.0, 0.0, 2.0])


def test_the_value_is_less_the_price_with_and_without_optimism() -> None:
    described = problem(number("a"), number("b"), price=2.0)
    context, point, value = solved(described, {"a": 1.0, "b": 0.0}, np.array([5.0, 3.0, 4.0]))
    assert value == pytest.approx(5.0 + point[1:] @ [3.0, 4.0] - 2.0 * 2.0)
    sure = optimistic_recourse(
        context.values, [5.0, 3.0, 4.0], np.eye(3), 0.0, context.feasible
    ).value
    assert value == pytest.approx(sure)


def test_what_rounding_costs_is_less_the_price_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boxes, "MOST_BOXES", 0)
    described = problem(number("a", step=1.5), number("b", step=1.5), price=2.0)
    context = described.context({"a": 0.0, "b": 0.0})
    found = best_recourse(context.values, [0.0, 3.0, 4.0], context.feasible)
    # one step of b, less its price; between the ends of the steps a takes what is left of 2
    assert found.value == pytest.approx(4.0 * 1.5 - 2.0 * 1.5)
    assert found.value + found.gap == pytest.approx(4.0 * 1.5 + 3.0 * math.sqrt(1.75) - 2.0 * 2.0)


@pytest.mark.parametrize("norm", ["l1", "l2", "linf", "lp", "mahalanobis"])
def test_a_price_against_a_scan_of_efforts(norm: str) -> None:
    rng = np.random.default_rng(15)
    extra: dict[str, Any] = {"lp": {"power": 2.5}, "mahalanobis": {"matrix": ((1, 0.3), (0.3, 2))}}
    for _ in range(60):
        ends = rng.uniform(0.1, 1.5, (2, 2))
        features = [number(f"x{i}", bounds=(-ends[i, 0], ends[i, 1])) for i in range(2)]
        price, theta = float(rng.uniform(0.2, 2.5)), np.array([0.0, *rng.standard_normal(2)])
        more = extra.get(norm, {})
        described = problem(*features, norm=norm, radius=2.0, price=price, **more)
        context, point, _ = solved(described, {"x0": 0.0, "x1": 0.0}, theta)
        change = (point - context.values)[1:]
        net = theta[1:] @ change - price * context.feasible.effort(change)
        best = -math.inf
        for radius in np.linspace(0.0, 2.0, 401):
            free = problem(*features, norm=norm, radius=float(radius), **more)
            start, reached, _ = solved(free, {"x0": 0.0, "x1": 0.0}, theta)
            moved = (reached - start.values)[1:]
            net_there = theta[1:] @ moved - price * context.feasible.effort(moved)
            best = max(best, float(net_there))
        assert best - 1e-9 <= net <= best + 0.02


# -- what cannot be ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("features", "budget", "said"),
    [
        (lambda: [number("a", step=0.0)], {}, "step must be > 0"),
        (
            lambda: [number("a", step=0.5, allowed_values=(1,))],
            {},
            "step or allowed_values, not both",
        ),
        (lambda: [number("a", allowed_values=())], {}, "allowed_values must be one finite number"),
        (lambda: [number("a", allowed_values=(3,), bounds=(0, 2))], {}, "all in the bounds"),
        (lambda: [number("a", transitions={"x": ("y",)})], {}, "transitions need categories"),
        (lambda: [number("a", follows=("b", 1.0))], {}, "must be a mutable feature of numbers"),
        (lambda: [number("a", follows=("a", 1.0))], {}, "must name another feature"),
        (
            lambda: [number("a"), number("b", follows=("a", 1.0), step=0.5)],
            {},
            "step would contradict",
        ),
        (lambda: [number("a")], {"norm": "lp"}, "needs power"),
        (lambda: [number("a")], {"power": 3.0}, "has no power"),
        (lambda: [number("a")], {"norm": "lp", "power": 1.0}, "power must lie in"),
        (lambda: [number("a")], {"norm": "mahalanobis"}, "needs matrix"),
        (
            lambda: [number("a"), number("b")],
            {"norm": "mahalanobis", "matrix": ((1.0, 1.0), (1.0, 1.0))},
            "positive definite",
        ),
        (
            lambda: [number("a"), number("b")],
            {"norm": "mahalanobis", "matrix": ((1.0, 0.5), (0.4, 1.0))},
            "finite and symmetric",
        ),
        (lambda: [number("a")], {"norm": "mahalanobis", "matrix": ((1.0, 0.0),)}, "square"),
        (
            lambda: [number("a"), number("b")],
            {"norm": "mahalanobis", "matrix": ((1.0,),)},
            "one row for each of the 2",
        ),
        (lambda: [number("a")], {"max_changed": -1}, "max_changed must be >= 0"),
        (lambda: [number("a")], {"price": -1.0}, "price must be >= 0"),
    ],
)
def test_contradictions_are_named(
    features: Callable[[], list[Feature]], budget: dict[str, Any], said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        problem(*features(), **budget)


def test_transitions_name_categories() -> None:
    with pytest.raises(ValueError, match="transitions name 'ex', which is none of"):
        Feature("s", categories=("no", "yes"), mutable=True, transitions={"yes": ("ex",)})


def test_no_value_within_reach_is_a_reason_and_no_error() -> None:
    feature = Feature("a", mutable=True, mean=0.0, scale=1.0, allowed_values=(0, 10))
    context = problem(feature, radius=1.0).context({"a": 5.0})
    assert context.no_recourse == "a has no step or allowed value within its limits"
    features = [number(f"x{i}", bounds=(0, 1)) for i in range(3)]
    person = {f"x{i}": -0.5 for i in range(3)}
    context = problem(*features, radius=5.0, max_changed=2).context(person)
    assert context.no_recourse is not None
    assert context.no_recourse.startswith("3 features are outside their limits, and at most 2")


# -- found by a random search --------------------------------------------------------------------


def test_a_feature_with_transitions_can_be_hashed() -> None:
    again = dataclasses.replace(SMOKING)
    assert again == SMOKING
    assert len({again, SMOKING}) == 1
    assert again != dataclasses.replace(SMOKING, transitions={"current": ("never",)})


def test_an_unknown_value_need_not_be_an_allowed_one() -> None:
    drinks = number("drinks", allowed_values=(1, 2), missing="indicator")
    described = problem(drinks, number("sport"))
    context, point, _ = solved(described, {"drinks": None, "sport": 1.0}, np.ones(4))
    assert not context.must_change
    assert described.raw_target(context, point)[1] == {"sport": pytest.approx(2.0)}


@pytest.mark.parametrize("value", [0.1 + 0.2, 0.3])
def test_an_allowed_value_but_for_rounding_need_not_be_left(value: float) -> None:
    described = problem(number("x", allowed_values=(0.0, 0.3)), max_changed=0)
    assert not described.context({"x": value}).must_change
    assert described.validate([{"x": value}]) == []


def test_a_leader_that_cannot_bring_its_follower_inside_is_a_reason() -> None:
    leader, follower = number("x", bounds=(0, 10)), number("y", bounds=(20, 30), follows=("x", 1.0))
    context = problem(leader, follower, radius=20.0).context({"x": 9, "y": 15})
    assert context.no_recourse is not None
    assert context.no_recourse.startswith("no change of x brings it and the features that follow")


def test_a_step_too_fine_is_refused_before_anybody_is_decided() -> None:
    with pytest.raises(ValueError, match="step 1e-09 leaves 4e\\+09 steps within the budget"):
        problem(number("x", step=1e-9))
    assert problem(number("x", step=1e-9, max_step=(0, 1e-6))).mutable


def test_two_features_of_many_steps_are_rounded_and_take_little_memory() -> None:
    described = problem(number("x", step=1e-4), number("y", step=1e-4))
    _, _, value = solved(described, {"x": 0.0, "y": 0.0}, np.array([0.0, 3.0, 4.0]))
    assert value == pytest.approx(10.0, abs=1e-3)
    few = problem(number("x", step=1e-4), number("y", step=1e-4), max_changed=1)
    context, _, value = solved(few, {"x": 0.0, "y": 0.0}, np.array([0.0, 3.0, 4.0]))
    assert len(context.feasible.boxes().lower) == 80_001
    assert value == pytest.approx(8.0)


def test_steps_are_counted_within_the_bounds_however_large_the_budget() -> None:
    described = problem(number("x", step=1e-4, bounds=(0, 1)), radius=1e9)
    context, _, value = solved(described, {"x": 0.25}, np.array([0.0, 2.0]))
    assert context.feasible.boxes().lower.shape == (10_001, 1)
    assert value == pytest.approx(2.0)
    with pytest.raises(DescriptionError, match="without steps"):
        Adversarial(0.1).init(described)


def test_features_that_cannot_move_make_no_combinations() -> None:
    still = [number(f"x{i}", max_step=(0, 0)) for i in range(20)]
    described = problem(*still, number("z"), max_changed=3)
    person = {feature.name: 0.0 for feature in described.features}
    assert described.context(person).feasible.boxes().lower.shape == (1, 21)


def test_free_steps_within_bounds() -> None:
    described = problem(number("x", step=0.5, bounds=(0, 2), weight=0.0))
    context, point, _ = solved(described, {"x": 0.2}, np.array([0.0, 1.0]))
    assert described.raw_target(context, point)[0]["x"] == 1.7


def test_a_category_named_none_is_not_an_unknown_one() -> None:
    feature = Feature("s", categories=("None", "some"), mutable=True, missing="indicator")
    described = problem(feature)
    given = described.context({"s": None}).given
    np.testing.assert_array_equal(described.limits.raw_before(given), [0.0, 0.0])


def test_the_longest_change_counts_those_who_start_far_from_allowed_values() -> None:
    described = problem(number("x", allowed_values=(3.0,)), radius=20.0)
    context, point, _ = solved(described, {"x": 13.0}, np.zeros(2))
    assert abs(point - context.values).max() == 10.0 <= described.limits.longest_change


def test_rounding_counts_those_who_must_change(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boxes, "MOST_BOXES", 2)
    features = number("must", allowed_values=(3,)), number("a", step=0.5), number("b", step=0.5)
    described = problem(*features, norm="l1", radius=5.0, max_changed=2)
    person = {"must": 2.0, "a": 0.0, "b": 0.0}
    context, point, _ = solved(described, person, np.array([0.0, 0.0, 2.0, 3.0]))
    assert context.feasible.boxes().levels.size
    np.testing.assert_array_equal((point - context.values)[1:], [1.0, 0.0, 4.0])


def test_the_least_effort_under_mahalanobis_is_not_the_least_of_each() -> None:
    described = problem(
        number("a", bounds=(0, 5)),
        number("b"),
        norm="mahalanobis",
        radius=0.5,
        matrix=((1.0, 0.9), (0.9, 1.0)),
    )
    context = described.context({"a": -1.0, "b": 0.0})  # alone, 1 of a takes an effort of 1
    wish = context.feasible.nearest(np.array([3.0, 3.0]))
    drawn = kernels.uniform.change(*context.feasible.region, 1, 2, 3)
    for change in (wish, drawn):
        point = context.feasible.moved(context.values, change)
        assert context.feasible.violation(context.values, point) <= 1e-9


def test_the_nearest_change_is_legal_where_one_change_makes_another_easier() -> None:
    """Under mahalanobis the least effort of a box need not be that of its least changes."""
    rng = np.random.default_rng(17)
    shortened = 0
    for _ in range(200):
        spread = rng.standard_normal((3, 3))
        matrix = np.eye(3) * 0.2 + spread @ spread.T
        low = rng.uniform(0.1, 0.6)
        described = problem(
            number("must", bounds=(low, None)),
            number("steps", step=0.4) if rng.random() < 0.5 else number("steps"),
            number("free"),
            norm="mahalanobis",
            radius=float(rng.uniform(0.3, 2.0)),
            matrix=tuple(tuple(row) for row in matrix.tolist()),
        )
        context = described.context({"must": 0.0, "steps": 0.0, "free": 0.0})
        if context.no_recourse is not None:
            continue
        feasible = context.feasible
        found = feasible.nearest(rng.standard_normal(3) * 3.0)
        assert feasible.violation(context.values, feasible.moved(context.values, found)) <= 1e-9
        least = np.clip(0.0, feasible.lower, feasible.upper)
        shortened += feasible.effort(least) > feasible.radius
    assert shortened > 5  # where only other changes make it possible
