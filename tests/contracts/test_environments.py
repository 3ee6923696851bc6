"""Every environment keeps the laws."""

from pathlib import Path
from typing import Any

import pytest

from recourse_bandits.environments import (
    ENVIRONMENTS,
    ArmNotTaken,
    Cohort,
    DatasetError,
    Deviating,
    Dosing,
    DroppingOut,
    Environment,
    Fertility,
    Hypertension,
    LowerBound,
    Opposing,
    PartlyAdhering,
    StatedHypertension,
    Synthetic,
    Warfarin,
)
from recourse_bandits.testing import check_environment
from tests.contracts.problems import WITHOUT_DOSES
from tests.contracts.worlds import World, cohort_of
from tests.environments.noncomplying import CASES, wrapped

MADE_UP = Path(__file__).parent / "fertility_made_up.csv"
ON_WARFARIN = Path(__file__).parent / "warfarin_made_up.csv"
REAL = Path(__file__).parents[3] / "shared" / "data" / "fertility.csv"
WORLDS: dict[str, Environment] = {
    "synthetic": Synthetic(seed=1),
    "synthetic, small": Synthetic(seed=2, dimension=3, arms=2, radius=0.5, noise=0.1),
    "synthetic, logistic": Synthetic(seed=3, dimension=4, link="logistic", strength=0.5),
    "synthetic, probit": Synthetic(seed=3, dimension=4, link="probit", strength=0.3),
    "synthetic, log": Synthetic(seed=3, dimension=4, link="log", strength=0.2, largest=9),
    "hypertension": Hypertension(),
    "hypertension, other": Hypertension(seed=1, noise=4.0, intercept=10.0, radius=1.0),
    "stated": StatedHypertension(),
    "stated, other": StatedHypertension(
        seed=1,
        noise=4.0,
        intercept=10.0,
        radius=1.0,
        effects="reversed",
        error=2.0,
        trust=0.5,
        sd=1.0,
        sample_size=3.0,
        expert=2,
    ),
    "fertility": Fertility(path=str(MADE_UP)),
    "lower-bound": LowerBound(seed=1),
    "lower-bound, other": LowerBound(
        seed=2, mutable=8, arms=2, rounds=300, gamma=0.2, radius=0.01, eta=3.0, noise=0.5
    ),
    "dosing": Dosing(seed=1),
    "dosing, other": Dosing(
        seed=2,
        dimension=2,
        arms=5,
        noise=0.3,
        spread=0.5,
        target=8.0,
        step=0.1,
        stated=True,
        mutable=1,
        radius=0.7,
        comparator="personal",
    ),
    "warfarin": Warfarin(path=str(ON_WARFARIN)),
    "warfarin, other": Warfarin(
        seed=1,
        path=str(ON_WARFARIN),
        slope=0.03,
        target=3.0,
        noise=0.3,
        over=1.0,
        under=0.5,
        success=0.9,
        other=0.8,
        comparator="settled",
    ),
    "cohort": cohort_of(),
    "cohort, less is better": cohort_of(transformation=None),
    "deviating": Deviating(Hypertension()),
    "deviating, other": Deviating(
        cohort_of(transformation=None), seed=1, longest=0.5, bias=[-0.25] * 2
    ),
    "opposing": Opposing(Hypertension()),
    "opposing, other": Opposing(Fertility(path=str(MADE_UP)), seed=1, longest=0.3),
    "partly-adhering": PartlyAdhering(Hypertension()),
    "partly-adhering, other": PartlyAdhering(
        Synthetic(seed=2), seed=1, level=1.0, coefficients={"x1": 0.5}, spread=0.2
    ),
    "arm-not-taken": ArmNotTaken(Hypertension()),
    "arm-not-taken, other": ArmNotTaken(
        Synthetic(seed=2), seed=1, level=-1.0, coefficients={"x1": 0.5}, instead="arm_2"
    ),
    "dropping-out": DroppingOut(Hypertension()),
    "dropping-out, other": DroppingOut(
        Opposing(cohort_of(), longest=0.3),
        seed=1,
        level=0.5,
        coefficients={"intercept": 0.5},
        effort=0.2,
    ),
    "fertility, other": Fertility(seed=1, path=str(MADE_UP), noise=0.5, radius=2.0),
}

needs_real_data = pytest.mark.skipif(not REAL.exists(), reason="../shared/data is absent")


def test_every_registered_environment_is_covered() -> None:
    assert {type(world) for world in WORLDS.values()} == set(ENVIRONMENTS.values())


@pytest.mark.parametrize("name", WORLDS)
def test_environment_keeps_the_laws(name: str) -> None:
    check_environment(WORLDS[name], seed=7)


@pytest.mark.parametrize(("kind", "name"), CASES)
def test_people_who_do_not_comply_keep_the_laws_on_every_problem(kind: str, name: str) -> None:
    check_environment(wrapped(kind, World(name)), seed=8)


@pytest.mark.parametrize("name", WITHOUT_DOSES)
def test_a_linear_world_keeps_the_laws_on_every_problem(name: str) -> None:
    check_environment(World(name), seed=8)


def test_a_cohort_is_those_of_the_file_whom_the_problem_accepts() -> None:
    world = cohort_of()
    assert isinstance(world, Cohort)
    assert 10 < len(world.people) < 39
    assert "900001" not in str(world.people)
    assert f"Real: {len(world.people)} persons of" in world.note


@needs_real_data
def test_the_real_fertility_data_keep_the_laws() -> None:
    world = Fertility(path=str(REAL))
    assert len(world.rows) == 100
    check_environment(world)


def test_made_up_fertility_data_have_the_schema_of_the_real_ones() -> None:
    world = Fertility(path=str(MADE_UP))
    assert len(world.rows) == 12
    assert world.rows[0]["drinking"] == pytest.approx(0.4)
    assert [row["score"] for row in world.rows[:3]] == [5.0, 5.0, 0.0]
    assert world.theta.shape == (2, 8)
    assert list(world.coefficients()) == ["surgery", "no_surgery"]


def test_another_seed_draws_another_synthetic_truth() -> None:
    assert (Synthetic(seed=1).theta != Synthetic(seed=2).theta).all()


@pytest.mark.parametrize("text", ["", "age,score\n1,2\n"], ids=["empty", "other columns"])
def test_a_file_that_is_not_the_fertility_data_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "other.csv"
    path.write_text(text, encoding="utf-8")
    world: Any = Fertility(path=str(path))
    with pytest.raises(DatasetError, match="expected the columns season, age"):
        world.problem  # noqa: B018


def test_an_absent_fertility_file_is_named() -> None:
    with pytest.raises(DatasetError, match="no_such_file.csv cannot be read"):
        Fertility(path="no_such_file.csv").rows  # noqa: B018
