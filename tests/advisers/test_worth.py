"""What asking is worth: the regressions against plain least squares."""

import numpy as np
import pytest

from recourse_bandits.advisers.worth import Worth, estimated, learned, unknown

M, D, PENALTY, LEVEL = 3, 4, 2.0, 1e-6  # the level's share of the penalty


def rows(count: int, seed: int = 0) -> list[tuple[int, np.ndarray, float]]:
    generator = np.random.default_rng(seed)
    return [
        (int(generator.integers(M)), generator.standard_normal(D), float(generator.normal(40, 9)))
        for _ in range(count)
    ]


def folded(outcomes: list[tuple[int, np.ndarray, float]]) -> Worth:
    worth = unknown(M, D, PENALTY)
    for outcome in outcomes:
        worth = learned(worth, *outcome)
    return worth


def by_lstsq(outcomes: list[tuple[int, np.ndarray, float]], x: np.ndarray) -> np.ndarray:
    """Expected rewards by one least-squares problem with a row for every penalty."""
    design = np.zeros((len(outcomes), (M + 1) * D))
    for row, (member, columns, _) in zip(design, outcomes, strict=True):
        row[member * D : (member + 1) * D] = columns
        row[M * D :] = columns
    penalties = np.sqrt(np.repeat([PENALTY] * M + [LEVEL * PENALTY], D))
    rewards = [reward for _, _, reward in outcomes]
    solution, *_ = np.linalg.lstsq(
        np.vstack([design, np.diag(penalties)]), np.append(rewards, np.zeros((M + 1) * D))
    )
    parts = solution.reshape(M + 1, D)
    return np.asarray((parts[:M] + parts[M]) @ x)


@pytest.mark.parametrize("count", [0, 1, 3, 40])
def test_expected_rewards_are_those_of_least_squares(count: int) -> None:
    outcomes, x = rows(count), np.array([1.0, -2.0, 0.5, 3.0])
    mean, uncertainty = estimated(folded(outcomes), x)
    assert mean == pytest.approx(by_lstsq(outcomes, x), rel=1e-7, abs=1e-7)
    for member in range(M):
        precision = PENALTY * np.eye(D)
        for asked, columns, _ in outcomes:
            precision += (asked == member) * np.outer(columns, columns)
        expected = np.sqrt(x @ np.linalg.solve(precision, x))
        assert uncertainty[member] == pytest.approx(expected, rel=1e-12)


def test_the_order_of_outcomes_does_not_matter() -> None:
    outcomes, x = rows(60), np.ones(D)
    turned = estimated(folded(outcomes[::-1]), x)
    assert turned == pytest.approx(np.array(estimated(folded(outcomes), x)), rel=1e-8)


def test_learning_leaves_the_old_state_alone() -> None:
    before = folded(rows(5))
    kept = [array.copy() for array in before]
    learned(before, 1, np.ones(D), 3.0)
    assert all((array == copy).all() for array, copy in zip(before, kept, strict=True))


@pytest.mark.parametrize("level", [-1000.0, 1000.0])
def test_the_level_of_rewards_is_not_held_against_those_not_asked_yet(level: float) -> None:
    worth = unknown(2, 1, 1.0)
    for _ in range(3):
        worth = learned(worth, 0, np.ones(1), level)
    mean, uncertainty = estimated(worth, np.ones(1))
    assert mean == pytest.approx([level, level], abs=0.01)
    assert uncertainty == pytest.approx([0.5, 1.0])
