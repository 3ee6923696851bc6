"""GLRB with proved optima: Algorithm 1 over certified values, and the default left as it was."""

from typing import Any

import numpy as np
import pytest

import recourse_bandits as rb
from recourse_bandits import kernels
from recourse_bandits.errors import DescriptionError
from recourse_bandits.records import Key
from tests.kernels.any_sets import KINDS, random_person
from tests.kernels.instances import Arms, ball, inverse, random_arms

GAP, NODES = 1e-6, 200


def chosen(arms: Arms, x: np.ndarray, feasible: rb.FeasibleSet, eligible: np.ndarray) -> Any:
    region = kernels.region.Region(*feasible.region)
    return kernels.certified_choice.most_certified(
        *arms, x, feasible.mutable, region, eligible, 1e-9, 500, GAP, NODES, 3,
        np.arange(len(x)) if x.ndim == 2 else 0, 0,
    )  # fmt: skip


@pytest.mark.parametrize("norm", ["l2", "linf"])
def test_the_arm_of_the_largest_certified_value_is_chosen(norm: str) -> None:
    rng = np.random.default_rng(1)
    feasible = ball(2, 3.0, norm)
    rose = 0
    for number in range(60):
        arms = random_arms(rng, 5, 3, outcomes=int(rng.integers(1, 8)))
        x, eligible = rng.standard_normal(3), np.arange(5) != number % 5
        values = np.array(
            [
                rb.certified_recourse(
                    x, arms.estimate[a], arms.factor[a].T @ arms.factor[a], arms.rho[a], feasible
                ).value
                for a in range(5)
            ]
        )

        arm, ties, point, mean, high, ruled_out, explored, _ = chosen(arms, x, feasible, eligible)

        assert ties == 1
        assert arm == np.where(eligible, values, -np.inf).argmax()
        np.testing.assert_allclose(high[~ruled_out], values[~ruled_out], rtol=1e-9)
        assert (values[ruled_out & eligible] <= values[arm]).all()
        assert mean[arm] == pytest.approx(point @ arms.estimate[arm])
        width = np.sqrt(point @ inverse(arms.factor[arm].T @ arms.factor[arm]) @ point)
        assert high[arm] == pytest.approx(mean[arm] + arms.rho[arm] * width)
        plain = kernels.optimistic_choice.most_optimistic(
            *arms, x, feasible.mutable, *feasible.region, eligible, 1e-9, 500, 3, 0, 0
        )
        assert high[arm] >= plain[4].max()
        rose += high[arm] > plain[4].max() + 1e-6
        if arm == plain[0]:
            assert explored == plain[6]
    assert rose > 0  # instances that Algorithm 2 misses are among them


def test_a_batch_of_people_equals_one_call_each() -> None:
    rng = np.random.default_rng(2)
    arms, people = random_arms(rng, 4, 5, outcomes=3), rng.standard_normal((6, 5))
    one = ball([0, 3], 2.0)
    many = rb.FeasibleSet(
        one.mutable, np.tile(one.lower, (6, 1)), np.tile(one.upper, (6, 1)), one.weight, 2.0, "l2"
    )
    eligible = rng.random((6, 4)) < 0.7
    eligible[:, 2] = True

    batch = chosen(arms, people, many, eligible)

    for i in range(6):
        alone = kernels.certified_choice.most_certified(
            *arms, people[i], one.mutable, kernels.region.Region(*one.region), eligible[i],
            1e-9, 500, GAP, NODES, 3, i, 0,
        )  # fmt: skip
        for many_of, one_of in zip(batch, alone, strict=True):
            np.testing.assert_array_equal(many_of[i], one_of)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("norm", ["l1", "l2", "lp", "mahalanobis"])
def test_the_best_arm_of_any_feasible_set(kind: str, norm: str) -> None:
    rng = np.random.default_rng([KINDS.index(kind), len(norm)])
    for number in range(6):
        (x, *_), feasible = random_person(rng, kind, norm, price=number % 2 == 0)
        arms = random_arms(rng, 3, x.size, outcomes=3)
        solutions = [
            rb.certified_recourse(
                x, arms.estimate[a], arms.factor[a].T @ arms.factor[a], arms.rho[a], feasible,
                max_nodes=NODES,
            )
            for a in range(3)
        ]  # fmt: skip
        values = np.array([found.value for found in solutions])

        found = chosen(arms, x, feasible, np.ones(3, np.bool_))
        arm, _, point, mean, high, ruled_out, *_ = found

        assert values[arm] == pytest.approx(values.max(), rel=1e-6)
        assert feasible.violation(x, point) <= 1e-9
        # of arms that may win, mean and upper bound are rewards: the price is not taken off
        assert mean[arm] == pytest.approx(point @ arms.estimate[arm])
        net = high[arm] - feasible.price_of(point - x)
        assert net == pytest.approx(values[arm], rel=1e-6)
        assert (values[ruled_out] <= values[arm] + 1e-9).all()


def test_plans_for_the_worst_are_refused() -> None:
    with pytest.raises(DescriptionError, match="solver must be 'algorithm2' with"):
        rb.GLRB(solver="certified", noncompliance=rb.Adversarial(0.5))


def test_a_journal_from_before_solvers_goes_on() -> None:
    """What began it has no `solver`; GLRB with the default one opens it, another does not."""
    world = rb.Synthetic(seed=1, dimension=3, arms=2)
    journal = rb.MemoryJournal()
    study = rb.Study(world.problem, rb.GLRB(), journal=journal, seed=1)
    first = study.decide(world.person(Key(1, 0, 0)))
    assert isinstance(first, rb.Decision)
    began: Any = next(journal.read()).body
    del began.policy["parameters"]["solver"]

    again = rb.Study(world.problem, rb.GLRB(), journal=journal, seed=1)

    kept = again.decision(first.id)
    assert isinstance(kept, rb.Decision)
    assert kept.choice.arm == first.choice.arm
    with pytest.raises(rb.errors.JournalError, match="belongs to another policy"):
        rb.Study(world.problem, rb.GLRB(solver="certified"), journal=journal, seed=1)
