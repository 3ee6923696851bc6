"""People who do not comply: what recommending is worth, and what is learned."""

import math

import numpy as np
import pytest

from recourse_bandits import GLRB, Decision, Hypertension, Key, LinUCB, Study
from recourse_bandits.advisers.scripted import random_pair
from recourse_bandits.environments import NonCompliance, PartlyAdhering
from recourse_bandits.environments.realising import realise
from recourse_bandits.experiments.contestants import environment_of
from recourse_bandits.experiments.loop import run_cell
from recourse_bandits.problem import Context
from recourse_bandits.records import Array, Stream
from tests.contracts.worlds import World
from tests.environments.noncomplying import (
    CASES,
    COMPLYING,
    NOT_COMPLYING,
    PLAIN,
    cell_of,
    contexts,
    done,
    wrapped,
)


def worths(world: NonCompliance, context: Context, arm: int, point: Array, draws: int) -> Array:
    """Expected rewards of what comes of recommending a pair, again and again, shape (draws,)."""
    pairs = done(world, context, arm, point, draws)
    return np.array([world.inner.expected(context, *pair) for pair in pairs])


@pytest.mark.parametrize("kind", NOT_COMPLYING)
@pytest.mark.parametrize("name", ["l2", "bounds and directions", "missing values", "eligibility"])
def test_the_worth_of_recommending_is_the_mean_of_what_comes_of_it(name: str, kind: str) -> None:
    world = wrapped(kind, World(name))
    for number, context in enumerate(contexts(world, 4)):
        arm, point = random_pair(context, Key(5, number, Stream.ADVISER))
        values = worths(world, context, arm, point, 1000)
        error = 4.0 * values.std() / math.sqrt(1000)
        assert abs(values.mean() - world.expected(context, arm, point)) <= error + 1e-9


@pytest.mark.parametrize(("kind", "name"), CASES)
def test_no_recommendation_beats_the_best_on_average(kind: str, name: str) -> None:
    """Against a search that knows nothing of closed forms: draws of pairs, and of what is done."""
    world = wrapped(kind, World(name))
    for number, context in enumerate(contexts(world, 3)):
        keys = [Key(number, draw, Stream.ADVISER) for draw in range(60)]
        pairs = [world.best(context), *(random_pair(context, key) for key in keys)]
        stated = [world.expected(context, *pair) for pair in pairs]
        assert max(stated) <= stated[0] + 1e-9
        if kind == "arm-not-taken":  # there draws tell neither the order of one arm's pairs
            continue
        # equal draws for all pairs, so that in these worlds the order of one arm's pairs is exact
        means = [worths(world, context, *pair, 40).mean() for pair in pairs]
        same = [mean for mean, pair in zip(means, pairs, strict=True) if pair[0] == pairs[0][0]]
        assert max(same) <= means[0] + 1e-9


@pytest.mark.parametrize("kind", NOT_COMPLYING)
def test_recommendations_lie_between_the_best_and_the_worst(kind: str) -> None:
    longest = {"longest": 8.0} if kind in ("deviating", "opposing") else {}
    bias = {"bias": [4.0, -6.0]} if kind == "deviating" else {}
    world = environment_of({"name": kind, "world": PLAIN, **longest, **bias}, 1)
    assert isinstance(world, NonCompliance)
    for number, context in enumerate(contexts(world, 60)):
        keys = [Key(number, draw, Stream.ADVISER) for draw in range(20)]
        pairs = [random_pair(context, key) for key in keys]
        stated = [world.expected(context, *pair) for pair in pairs]
        assert world.expected(context, *world.worst(context)) <= min(stated) + 1e-9
        assert world.expected(context, *world.best(context)) >= max(stated) - 1e-9


def test_which_arm_is_best_depends_on_what_people_will_do() -> None:
    plain = Hypertension()
    world = PartlyAdhering(plain, level=-3.0)
    differs = [plain.best(c)[0] != world.best(c)[0] for c in contexts(world, 200)]
    assert 0 < sum(differs) < 100


@pytest.mark.parametrize("kind", COMPLYING)
def test_those_who_comply_are_the_world_inside(kind: str) -> None:
    environment = {"name": kind, "world": PLAIN, **COMPLYING[kind]}
    plain, world = (
        run_cell(cell_of(described, GLRB())).drop("cpu_seconds")
        for described in (PLAIN, environment)
    )
    assert world.equals(plain)


@pytest.mark.parametrize("kind", NOT_COMPLYING)
def test_regret_is_never_negative(kind: str) -> None:
    environment = {"name": kind, "world": PLAIN, **NOT_COMPLYING[kind]}
    for policy in (LinUCB(), GLRB()):
        rows = run_cell(cell_of(environment, policy))
        assert (rows["best_reward"] - rows["reward"]).min() >= -1e-9  # type: ignore[operator]
        assert rows["total_regret"][-1] > 1.0


@pytest.mark.parametrize("kind", NOT_COMPLYING)
def test_policies_learn_from_what_was_done(kind: str) -> None:
    world = environment_of({"name": kind, "world": PLAIN, **NOT_COMPLYING[kind]}, 0)
    assert isinstance(world, NonCompliance)
    theta = Hypertension().theta
    study = Study(world.problem, GLRB(scale=0.1), seed=1)
    rows: tuple[list[Array], list[Array]] = ([], [])
    for number in range(400):
        decision = study.decide(world.person(Key(1, number, Stream.PERSON)))
        assert isinstance(decision, Decision)
        choice = decision.choice
        key = Key(1, number, Stream.REALISED)
        happened = realise(world, decision.context, choice.arm, choice.point, key)
        back = Key(1, number, Stream.COMES_BACK)
        if not world.comes_back(decision.context, choice.arm, choice.point, back):
            study.withdraw(decision.id, "dropped out")
            continue
        measures = world.measures(
            decision.context, happened.arm, happened.point, Key(1, number, Stream.NOISE)
        )
        study.observe(decision.id, measures, realized=happened.raw, arm=happened.name)
        reward = world.problem.reward.value(measures["next_sbp"])
        rows[happened.arm].append(np.append(happened.point, reward))
    for arm, seen in enumerate(np.array(part) for part in rows):
        points, rewards = seen[:, :-1], seen[:, -1]
        precision = np.eye(9) + points.T @ points
        estimate = np.linalg.solve(precision, points.T @ rewards)
        context = world.problem.context([0.0] * 8)
        for column in (0, 6, 7):  # the intercept, and what can be changed
            point = np.eye(9)[0] + (np.eye(9)[column] if column else 0.0)
            mean, _, _ = study.policy.interval(study.state, context, arm, point)
            assert mean == pytest.approx(point @ estimate)
            error = math.sqrt(point @ np.linalg.solve(precision, point))
            truth = point @ theta[arm]
            assert abs(mean - truth) <= 4.0 * 4.0 * error + error * np.linalg.norm(theta[arm])
