"""What people do of what is recommended: the loop and the laws of environments mind it."""

from typing import Any

import numpy as np
import pytest

from recourse_bandits import GLRB, Decision, Hypertension, Key, Study
from recourse_bandits.experiments.cells import Cell
from recourse_bandits.experiments.loop import run_cell
from recourse_bandits.policies import policy_to_json
from recourse_bandits.problem import Context
from recourse_bandits.records import Array
from recourse_bandits.testing import check_environment


class Contrary(Hypertension):
    """Everybody takes the beta-blocker and does half of the change of the diet."""

    def realised(self, context: Context, arm: int, point: Array, key: Key) -> tuple[int, Array]:
        point = point.copy()
        point[6] = 0.5 * (point[6] + context.values[6])
        return 0, point


def test_the_loop_measures_and_observes_what_was_done(monkeypatch: pytest.MonkeyPatch) -> None:
    observed: list[tuple[Decision, dict[str, Any]]] = []
    observe = Study.observe

    def watched(study: Study, number: int, measures: Any, **happened: Any) -> None:
        decision = study.decision(number)
        assert isinstance(decision, Decision)
        observed.append((decision, {"measures": measures, **happened}))
        observe(study, number, measures, **happened)

    monkeypatch.setattr(Study, "observe", watched)
    environment = {"name": f"{__name__}:Contrary", "noise": 1e-6}
    run_cell(Cell(environment, "", policy_to_json(GLRB()), None, 20, 12))
    world = Hypertension()
    arms = set()
    for decision, happened in observed:
        choice, context = decision.choice, decision.context
        arms.add(choice.arm)
        assert happened["arm"] == (None if choice.arm == 0 else "beta_blocker")
        point = choice.point.copy()
        if happened["realized"] is not None:
            assert list(happened["realized"]) == ["diet_score"]
            point[6] = happened["realized"]["diet_score"]
        assert point[6] == pytest.approx(0.5 * (choice.point[6] + context.values[6]))
        reward = 170.0 - happened["measures"]["next_sbp"]
        assert reward == pytest.approx(world.expected(context, 0, point), abs=1e-4)
    assert len(observed) == 20
    assert arms == {0, 1}


class Wandering(Hypertension):
    """Age changes too."""

    def realised(self, context: Context, arm: int, point: Array, key: Key) -> tuple[int, Array]:
        return arm, point + 0.1


class Moody(Hypertension):
    """What is done does not follow from the key."""

    def realised(self, context: Context, arm: int, point: Array, key: Key) -> tuple[int, Array]:
        return arm, context.feasible.moved(point, next(MOODS))


MOODS = iter(np.random.default_rng(1).normal(size=(1000, 2)))


@pytest.mark.parametrize(
    ("world", "message"),
    [
        (Wandering(), "what was realised changes an immutable feature"),
        (Moody(), "the same key led to something else"),
    ],
)
def test_worlds_that_break_the_laws_are_told_so(world: Any, message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        check_environment(world)
