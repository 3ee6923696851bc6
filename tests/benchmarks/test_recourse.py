"""Every solver of recourse brings people over the threshold, or is skipped with a reason."""

import importlib

import numpy as np
import pytest

from benchmarks.recourse.compare import RecourseRow, judge, measure, rows
from benchmarks.recourse.task import BUDGET, Task, task


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.label)
@pytest.mark.filterwarnings("default")  # of other libraries
def test_people_reach_the_threshold(row: RecourseRow) -> None:
    try:
        module = importlib.import_module(f"benchmarks.recourse.{row.module}")
    except ImportError as error:
        pytest.skip(f"{row.package}: not installed ({error})")
    problem = task(2)
    judge(row, getattr(module, row.name)(problem), problem)
    assert row.reached == 2


def test_ours_is_the_best_point_of_the_ball() -> None:
    from benchmarks.recourse.ours import known

    problem = task(3)
    for person in problem.people:
        point = known(problem)(person)
        assert point is not None
        best = person + BUDGET * problem.theta / np.linalg.norm(problem.theta)
        np.testing.assert_allclose(point, best, atol=1e-12)


def test_people_start_below_the_threshold() -> None:
    problem = task(10)
    assert (problem.people @ problem.theta < problem.threshold).all()


def test_nobody_moved_is_nobody_helped() -> None:
    row, problem = RecourseRow("nothing", "ours", "known"), task(4)
    judge(row, lambda person: person, problem)
    assert (row.reached, row.change) == (0, 0.0)
    judge(row, lambda _: None, problem)
    assert row.reached == 0
    assert np.isnan(row.change)


def test_a_missing_library_is_a_row_with_a_reason() -> None:
    row = RecourseRow("none", "no_such_solver", "none", "no-such-peer")
    assert list(measure([row], repetitions=1)) == [row.label]
    assert "no_such_solver" in row.missing


def test_a_task_is_the_same_each_time() -> None:
    first, second = task(5), task(5)
    assert isinstance(first, Task)
    np.testing.assert_array_equal(first.people, second.people)
