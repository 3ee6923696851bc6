"""People who do not comply: how settings name them, and what is refused."""

import math
from typing import Any

import numpy as np
import pytest

from recourse_bandits import Hypertension
from recourse_bandits.config import experiment
from recourse_bandits.environments import (
    ArmNotTaken,
    Deviating,
    DroppingOut,
    NonCompliance,
    Opposing,
    PartlyAdhering,
    Synthetic,
)
from recourse_bandits.errors import DescriptionError, SettingsError
from recourse_bandits.experiments.contestants import environment_of, named, seated
from recourse_bandits.experiments.world import world_of
from recourse_bandits.problem import Context
from recourse_bandits.records import Array
from recourse_bandits.testing import check_environment
from tests.contracts.worlds import EXAMPLE, World
from tests.environments.noncomplying import PLAIN


def test_settings_name_the_world_inside() -> None:
    changes = [
        "environment={name='deviating', world={name='hypertension', noise=10.0}, longest=0.5}",
        "environment.world.intercept=30.0",
        "claims=[]",
    ]
    settings = experiment("hypertension", changes)
    world = environment_of(named(settings.environment), 5)
    assert world == Deviating(Hypertension(5, noise=10.0, intercept=30.0), seed=5, longest=0.5)
    note = world_of(settings).note
    assert note.startswith(Hypertension.note)
    assert "by at most 0.5" in note
    assert world.data_digest == ""


def test_advisers_are_told_the_truth_of_recommending() -> None:
    world = environment_of({"name": "partly-adhering", "world": PLAIN, "level": -3.0}, 1)
    oracle = seated({"name": "Oracle"}, world)
    assert oracle is not None
    assert oracle.best == world.best  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("described", "message"),
    [
        ({"name": "deviating"}, "environment deviating needs world"),
        ({"name": "deviating", "world": "hypertension"}, "world must be an environment .*got 'hyp"),
        ({"name": "deviating", "world": {"noise": 1.0}}, "world must be a table with a name"),
        ({"name": "opposing", "world": {**PLAIN, "seed": 3}}, "each run has a seed of its own"),
        ({"name": "opposing", "world": {"name": "hypertensoin"}}, "did you mean 'hypertension'"),
        (
            {"name": "opposing", "world": {"name": "deviating", "world": PLAIN}},
            "environment opposing: world must be one of people who comply, got Deviating",
        ),
    ],
)
def test_wrong_settings_are_named(described: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        environment_of(described, 1)


@pytest.mark.parametrize("kind", [Deviating, Opposing])
@pytest.mark.parametrize("longest", [-0.1, math.nan, math.inf, "1"])
def test_an_impossible_length_is_refused(kind: type[NonCompliance], longest: Any) -> None:
    with pytest.raises(DescriptionError, match=r"longest must be finite and >= 0, got"):
        kind(Hypertension(), longest=longest)  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("bias", "message"),
    [
        ((0.5,), "bias must be empty or a list of 2 numbers, for diet_score, activity_hours"),
        ((0.8, 0.8), r"bias must be at most longest = 1 long \(l2\), got \[0.8, 0.8\], which is"),
        ((math.nan, 0.0), "bias of diet_score must be a finite number, got nan"),
        ((0.0, "1"), "bias of activity_hours must be a finite number, got '1'"),
        (0.5, "bias must be empty or a list of 2 numbers"),
    ],
)
def test_a_wrong_bias_is_refused(bias: Any, message: str) -> None:
    with pytest.raises(DescriptionError, match=message):
        Deviating(Hypertension(), longest=1.0, bias=bias)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"level": math.nan}, "level must be a finite number, got nan"),
        ({"spread": 1.5}, r"spread must lie in \[0, 1\], got 1.5"),
        ({"coefficients": {"agee": 1.0}}, "coefficients.agee: no such column .*'age'"),
        ({"coefficients": {"age": math.inf}}, "coefficients.age must be a finite number, got inf"),
        ({"coefficients": [1.0]}, "coefficients must be a table of numbers by column"),
    ],
)
def test_wrong_adherence_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(DescriptionError, match=message):
        PartlyAdhering(Hypertension(), **change)


@pytest.mark.parametrize("kind", [ArmNotTaken, DroppingOut])
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"level": math.nan}, "level must be a finite number, got nan"),
        ({"level": "1"}, "level must be a finite number, got '1'"),
        ({"coefficients": {"agee": 1.0}}, "coefficients.agee: no such column .*'age'"),
        ({"coefficients": [1.0]}, "coefficients must be a table of numbers by column"),
    ],
)
def test_wrong_odds_are_refused(kind: Any, change: dict[str, Any], message: str) -> None:
    with pytest.raises(DescriptionError, match=message):
        kind(Hypertension(), **change)


def test_an_unknown_arm_to_fall_back_on_is_refused() -> None:
    with pytest.raises(DescriptionError, match="instead must be one of beta_blocker, .*got 'none'"):
        ArmNotTaken(Hypertension(), instead="none")


@pytest.mark.parametrize("effort", [math.inf, math.nan, "1"])
def test_an_impossible_weight_of_effort_is_refused(effort: Any) -> None:
    with pytest.raises(DescriptionError, match="effort must be a finite number, got"):
        DroppingOut(Hypertension(), effort=effort)


class Curved(Hypertension):
    """Diminishing returns."""

    def expected(self, context: Context, arm: int, point: Array) -> float:
        return math.sqrt(abs(super().expected(context, arm, point)))


@pytest.mark.parametrize("kind", [Deviating, Opposing, PartlyAdhering, ArmNotTaken])
def test_worlds_that_are_not_linear_are_refused(kind: Any) -> None:
    with pytest.raises(DescriptionError, match="linear in the columns, got Curved"):
        kind(Curved())


def test_arms_are_taken_in_worlds_with_the_identity_link_only() -> None:
    with pytest.raises(DescriptionError, match="got Synthetic with the logistic link: the best"):
        ArmNotTaken(Synthetic(1, link="logistic"))


@pytest.mark.parametrize("kind", [Deviating, Opposing, PartlyAdhering])
def test_worlds_in_which_nothing_can_be_done_otherwise_are_refused(kind: Any) -> None:
    with pytest.raises(DescriptionError, match="World has no mutable feature"):
        kind(World("nothing mutable"))


def test_a_world_with_one_arm_is_refused() -> None:
    with pytest.raises(DescriptionError, match="World has only one arm, so nobody could take anot"):
        ArmNotTaken(World("one arm"))


@pytest.mark.parametrize("kind", [Deviating, Opposing, PartlyAdhering, ArmNotTaken])
def test_only_dropping_out_goes_around_the_others(kind: Any) -> None:
    for inside in (Opposing(Hypertension()), DroppingOut(Hypertension())):
        with pytest.raises(DescriptionError, match="people who comply, got .*; only dropping-out"):
            kind(inside)
    with pytest.raises(DescriptionError, match="must not be one that people drop out of, got Drop"):
        DroppingOut(DroppingOut(Hypertension()))


@pytest.mark.parametrize("kind", [Deviating, Opposing])
def test_deviations_may_not_lead_to_values_that_are_taken_for_errors(kind: Any) -> None:
    kind(World("people outside their bounds"), longest=0.9)  # diet in (4, 6), scale 2
    with pytest.raises(DescriptionError, match="longest must be below 1, the distance from the bo"):
        kind(World("people outside their bounds"), longest=1.0)


class Optimist(Deviating):
    """Says that deviations cost nothing."""

    def offset(self, context: Context) -> Array:
        return np.zeros(2)


def test_the_laws_of_environments_notice_a_wrong_worth() -> None:
    with pytest.raises(AssertionError, match="the noise has the mean -"):
        check_environment(Optimist(Hypertension(), bias=(-0.5, -0.5)))


def test_a_world_inside_may_name_the_file_of_its_study() -> None:
    cohort = "{name='cohort', study='study.toml', path='people.csv', coefficients={}}"
    changes = [f"environment={{name='opposing', longest=0.3, world={cohort}}}"]
    settings = experiment(str(EXAMPLE / "experiment.toml"), changes)
    assert "problem" in settings.environment.parameters["world"]["study"]
    changes = [f"environment={{name='dropping-out', world={{name='opposing', world={cohort}}}}}"]
    settings = experiment(str(EXAMPLE / "experiment.toml"), changes)
    assert "problem" in settings.environment.parameters["world"]["world"]["study"]
