"""What each scripted adviser says, and how often."""

from typing import Any

import numpy as np
import pytest

from recourse_bandits import Study
from recourse_bandits.advisers import (
    Adviser,
    AlwaysRandom,
    AlwaysWorst,
    Constant,
    NoisyPair,
    Oracle,
    Quality,
    Question,
    Silent,
    Stale,
)
from recourse_bandits.errors import DescriptionError
from recourse_bandits.policies import AdviceOnly
from recourse_bandits.records import Advice, Key, NoAdvice, Stream
from tests.contracts.worlds import World

WORLD = World("l2")
ROUNDS = 600
_DEVIATIONS = 5.0


def question(number: int, world: World = WORLD, eligible: Any = None) -> Question:
    study = Study(world.problem, AdviceOnly())
    waiting = study.decide(world.person(Key(0, number, Stream.PERSON)), eligible=eligible)
    assert isinstance(waiting.proposal.context.given, dict)
    return Question(number, world.problem, waiting.proposal)


def advised(adviser: Adviser, number: int, **asked: Any) -> Advice:
    answer = adviser.advise(None, question(number, **asked), Key(3, number, Stream.ADVISER))
    assert isinstance(answer, Advice)
    return answer


def is_best(advice: Advice, number: int) -> bool:
    arm, point = WORLD.best(question(number).context)
    return arm == advice.arm and bool((point == advice.point).all())


def assert_share(hits: int, share: float) -> None:
    """Assert that a frequency is what it should be."""
    allowed = _DEVIATIONS * np.sqrt(share * (1.0 - share) / ROUNDS)
    assert abs(hits / ROUNDS - share) <= allowed


def test_the_oracle_knows_the_best_pair() -> None:
    assert all(is_best(advised(Oracle(WORLD.best), number), number) for number in range(20))


def test_always_worst_is_the_worst() -> None:
    for number in range(20):
        advice = advised(AlwaysWorst(WORLD.worst), number)
        arm, point = WORLD.worst(question(number).context)
        assert (advice.arm, advice.point.tolist()) == (arm, point.tolist())


@pytest.mark.parametrize("q", [0.0, 0.3, 0.8, 1.0])
def test_quality_is_the_share_of_best_pairs(q: float) -> None:
    adviser = Quality(q, WORLD.best)
    assert_share(sum(is_best(advised(adviser, number), number) for number in range(ROUNDS)), q)


def test_random_advice_takes_every_arm_and_the_whole_ball() -> None:
    advice = [advised(AlwaysRandom(), number) for number in range(ROUNDS)]
    for arm in range(3):
        assert_share(sum(one.arm == arm for one in advice), 1 / 3)
    changes = np.array(
        [one.point - question(number).context.values for number, one in enumerate(advice)]
    )[:, 2:]
    lengths = np.linalg.norm(changes, axis=1) / WORLD.problem.budget.radius
    assert_share(int((lengths <= np.sqrt(0.5)).sum()), 0.5)  # uniform in the disc
    assert_share(int((changes[:, 0] > 0.0).sum()), 0.5)


def test_random_advice_keeps_to_the_offered_arms() -> None:
    arms = {advised(AlwaysRandom(), number, eligible=["a", "c"]).arm for number in range(40)}
    assert arms == {0, 2}


def test_a_constant_adviser_always_says_the_same() -> None:
    adviser = Constant(2, (0.5, -0.25))
    for number in range(10):
        advice = advised(adviser, number)
        change = advice.point - question(number).context.values
        assert advice.arm == 2
        assert change == pytest.approx([0.0, 0.0, 0.5, -0.25])


def test_too_much_is_shortened_in_its_direction() -> None:
    advice = advised(Constant(0, (30.0, -40.0)), 1)
    change = advice.point - question(1).context.values
    assert change == pytest.approx([0.0, 0.0, 0.9, -1.2])


def test_a_constant_adviser_without_a_change_leaves_people_as_they_are() -> None:
    assert advised(Constant(1), 4).point.tolist() == question(4).context.values.tolist()


def test_stale_advice_turns_from_best_to_worst() -> None:
    adviser = Stale(3, WORLD.best, WORLD.worst)
    assert [is_best(advised(adviser, number), number) for number in range(6)] == [True] * 3 + [
        False
    ] * 3
    worst = WORLD.worst(question(3).context)
    assert advised(adviser, 3).point.tolist() == worst[1].tolist()


def test_a_noisy_pair_has_the_right_arm_now_and_then_and_a_mean_change() -> None:
    adviser = NoisyPair(0.4, (0.3, -0.2), 0.1, WORLD.best)
    advice = [advised(adviser, number) for number in range(ROUNDS)]
    contexts = [question(number).context for number in range(ROUNDS)]
    right = [WORLD.best(c)[0] == one.arm for c, one in zip(contexts, advice, strict=True)]
    assert_share(sum(right), 0.4)
    changes = np.array([one.point - c.values for c, one in zip(contexts, advice, strict=True)])
    allowed = _DEVIATIONS * 0.1 / np.sqrt(ROUNDS)
    assert changes[:, 2:].mean(axis=0) == pytest.approx([0.3, -0.2], abs=allowed)
    assert changes[:, 2:].std(axis=0) == pytest.approx([0.1, 0.1], rel=0.2)


def test_a_noisy_pair_with_only_one_arm_to_choose_takes_it() -> None:
    adviser = NoisyPair(0.0, (0.0, 0.0), 0.0, WORLD.best)
    assert {advised(adviser, number, eligible=["b"]).arm for number in range(5)} == {1}


def test_the_silent_adviser_gives_a_reason() -> None:
    answer = Silent().advise(None, question(0), Key(0, 0, Stream.ADVISER))
    assert answer == NoAdvice("the adviser is silent")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Quality(1.1, WORLD.best), r"q must lie in \[0, 1\], got 1\.1"),
        (lambda: Quality(-0.1, WORLD.best), r"q must lie in \[0, 1\], got -0\.1"),
        (lambda: Quality(float("nan"), WORLD.best), "q must lie in .* got nan"),
        (lambda: NoisyPair(2.0, (0.0,), 1.0, WORLD.best), "arm_quality must lie in .*, got 2"),
        (lambda: NoisyPair(0.5, (0.0,), -1.0, WORLD.best), "deviation must be >= 0, got -1"),
    ],
)
def test_a_parameter_out_of_its_range_is_named(make: Any, message: str) -> None:
    with pytest.raises(DescriptionError, match=message):
        make()
