"""Counts that a linear world draws: within the reward's bounds, of the expected mean."""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
import pytest

from recourse_bandits.environments import LinearEnvironment
from recourse_bandits.errors import DescriptionError
from recourse_bandits.problem import Budget, Feature, Person, Problem, Reward
from recourse_bandits.records import Key
from recourse_bandits.testing import check_environment


@dataclass(frozen=True)
class Stays(LinearEnvironment):
    """Nights in a hospital: two at least, and no more than nine and a half."""

    direction: Literal["increase", "decrease"] = "decrease"
    mildest: float = 0.5

    note: ClassVar[str] = "Everything is made up."

    @property
    def problem(self) -> Problem:
        nights = Reward(
            "nights",
            link="log",
            bounds=(1.5, 9.5),
            coefficient_bound=3,
            dispersion=1,
            direction=self.direction,
        )
        feature = Feature("activity", mutable=True, mean=0, scale=1, bounds=(-1, 1))
        return Problem(features=[feature], arms=["a"], budget=Budget("l2", 0.2), reward=nights)

    @property
    def theta(self) -> Any:  # type: ignore[override]
        sign = 1.0 if self.direction == "increase" else -1.0
        return np.array([[sign * 1.4, self.mildest]])

    def person(self, key: Key) -> Person:
        return {"activity": float(np.cos(key.number))}


@pytest.mark.parametrize("direction", ["increase", "decrease"])
def test_counts_keep_to_bounds_above_0(direction: Literal["increase", "decrease"]) -> None:
    """And to the law that their mean is the expected one, which is checked by drawing."""
    check_environment(Stays(direction), seed=3)


def test_an_expected_count_below_the_smallest_is_refused() -> None:
    world = Stays("increase", mildest=1.4)
    context = world.problem.context({"activity": -1.0})
    message = "nights is at least 2, but 1 is expected under 'a': lower the reward's bounds"
    with pytest.raises(DescriptionError, match=message):
        world.measures(context, 0, context.values, Key(1, 0, 0))
