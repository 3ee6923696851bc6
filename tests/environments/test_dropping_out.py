"""People who never come back: what is measured, what is not, and what counts all the same."""

import math
from typing import Any

import numpy as np
import pytest

from recourse_bandits import GLRB, LIBRA, AdviceOnly, Hypertension, Key, Study
from recourse_bandits.environments import DroppingOut, Environment, Synthetic
from recourse_bandits.experiments.contestants import environment_of, seated
from recourse_bandits.experiments.loop import run_cell
from recourse_bandits.problem import Context
from recourse_bandits.records import Array, Stream
from recourse_bandits.testing import check_environment
from tests.environments.noncomplying import DISPLACING, NOT_COMPLYING, PLAIN, cell_of, contexts

DROPPING = {"name": "dropping-out", "world": PLAIN, **NOT_COMPLYING["dropping-out"]}


def share_of_lost(world: DroppingOut, context: Context, point: Array, draws: int) -> float:
    keys = [Key(2, number, Stream.COMES_BACK) for number in range(draws)]
    return float(np.mean([not world.comes_back(context, 0, point, key) for key in keys]))


def test_people_drop_out_with_the_stated_probability() -> None:
    world = DroppingOut(Hypertension(), level=-1.0, coefficients={"age": 1.0}, effort=0.6)
    draws = 2000
    for context in contexts(world, 4):
        shares = []
        for length in (0.0, 1.0, 3.0):
            point = context.feasible.moved(context.values, length * np.array([0.6, -0.8]))
            odds = -1.0 + context.values[2] + 0.6 * length
            p = 1.0 / (1.0 + math.exp(-odds))
            shares.append(share_of_lost(world, context, point, draws))
            assert world.chance(context, point) == pytest.approx(p)
            assert abs(shares[-1] - p) <= 4.0 * math.sqrt(p * (1.0 - p) / draws)
        assert shares == sorted(shares)


def test_who_is_lost_when_little_is_asked_is_lost_when_more_is() -> None:
    world = DroppingOut(Hypertension(), level=-1.0, effort=1.0)
    context = contexts(world, 1)[0]
    far = context.feasible.moved(context.values, np.array([3.0, 0.0]))
    for number in range(100):
        key = Key(1, number, Stream.COMES_BACK)
        if not world.comes_back(context, 0, context.values, key):
            assert not world.comes_back(context, 1, far, key)


@pytest.mark.parametrize("kind", [*DISPLACING, "arm-not-taken"])
def test_around_people_who_do_something_else_all_but_the_measuring_is_theirs(kind: str) -> None:
    inside = {"name": kind, "world": PLAIN, **NOT_COMPLYING[kind]}
    world, other = (environment_of(each, 3) for each in ({**DROPPING, "world": inside}, inside))
    check_environment(world)
    for number, context in enumerate(contexts(world, 10)):
        arm, point = world.best(context)
        assert (arm, list(point)) == (other.best(context)[0], list(other.best(context)[1]))
        assert world.expected(context, arm, point) == other.expected(context, arm, point)
        key = Key(3, number, Stream.REALISED)
        given, reached = world.realised(context, arm, point, key)
        assert given == other.realised(context, arm, point, key)[0]
        assert (reached == other.realised(context, arm, point, key)[1]).all()
        noise = Key(3, number, Stream.NOISE)
        measures = world.measures(context, given, reached, noise)
        assert measures == other.measures(context, given, reached, noise)


class Curved(Hypertension):
    """Diminishing returns."""

    def expected(self, context: Context, arm: int, point: Array) -> float:
        return math.sqrt(abs(super().expected(context, arm, point)))


def test_the_world_inside_need_not_be_linear() -> None:
    check_environment(DroppingOut(Curved(), level=0.0, effort=0.5))
    check_environment(
        DroppingOut(Synthetic(1, link="logistic", strength=0.3), level=0.0, effort=0.5)
    )


class Losing(Hypertension):
    """People with odd numbers do not come back."""

    def comes_back(self, context: Context, arm: int, point: Array, key: Key) -> bool:
        return int(key.number) % 2 == 0


@pytest.mark.parametrize("kind", NOT_COMPLYING)
def test_whom_the_world_inside_loses_is_lost(kind: str) -> None:
    inside = {"name": f"{__name__}:Losing"}
    world = environment_of({"name": kind, "world": inside, **NOT_COMPLYING[kind]}, 1)
    context = contexts(world, 1)[0]
    keys = [Key(1, number, Stream.COMES_BACK) for number in range(40)]
    back = [world.comes_back(context, *world.best(context), key) for key in keys]
    assert not any(back[1::2])
    assert any(back[::2])


def lost_rounds(rows: Any) -> list[bool]:
    return [value is None for value in rows["measured"]]


def test_the_loop_withdraws_those_who_are_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[int, str]] = []
    studies: list[Study] = []
    withdraw = Study.withdraw

    def watched(study: Study, number: int, reason: str = "") -> None:
        told.append((number, reason))
        studies.append(study)
        withdraw(study, number, reason)

    monkeypatch.setattr(Study, "withdraw", watched)
    rows = run_cell(cell_of(DROPPING, GLRB()))
    lost = lost_rounds(rows)
    assert 10 < sum(lost) < 50
    assert told == [(number, "dropped out") for number, gone in enumerate(lost) if gone]
    assert studies[0].open_decisions == ()
    assert rows.drop("measured", "arm").null_count().sum_horizontal().item() == 0


def test_the_learner_knows_only_who_came_back() -> None:
    """Whoever is always lost teaches nothing: the policy chooses as in the first round."""
    everybody = {**DROPPING, "level": math.inf}
    rows = run_cell(cell_of(everybody, GLRB()))
    assert all(lost_rounds(rows))
    assert str(rows.schema["measured"]) == "Float64"
    plain = run_cell(cell_of(PLAIN, GLRB()))
    assert rows["best_reward"].equals(plain["best_reward"])  # the people are the same
    assert rows["total_regret"][-1] > 1.5 * plain["total_regret"][-1]


@pytest.mark.parametrize("policy", [AdviceOnly(), LIBRA(GLRB(), threshold=1.0)])
def test_advice_is_compared_where_there_is_an_outcome(policy: Any) -> None:
    rows = run_cell(cell_of(DROPPING, policy))
    lost = np.array(lost_rounds(rows))
    followed = np.diff(rows["total_followed"], prepend=0.0) > 0
    compared = np.diff(rows["total_compared"], prepend=0.0) > 0
    assert (followed & lost).any()
    assert not (compared & lost).any()
    if not isinstance(policy, AdviceOnly):  # which has no estimate of its own
        assert (compared == followed & ~lost).all()
    gained = np.diff(rows["total_gain"], prepend=0.0) != 0
    assert (gained & lost).any()  # the truth is of all


def test_advisers_know_the_coefficients_of_the_world_inside() -> None:
    world: Environment = environment_of(DROPPING, 1)
    believer = seated({"name": "Believer"}, world)
    assert (believer.coefficients == Hypertension().theta).all()  # type: ignore[union-attr]
