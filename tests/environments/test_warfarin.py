"""The world of people on warfarin: its fits by hand, its truth by brute force, wrong files."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recourse_bandits.environments import DatasetError, Warfarin
from recourse_bandits.environments.judged import COMPARATORS
from recourse_bandits.errors import DescriptionError
from recourse_bandits.records import Array, Key, Stream
from recourse_bandits.testing import check_environment

MADE_UP = Path(__file__).parents[1] / "contracts" / "warfarin_made_up.csv"
REAL = Path(__file__).parents[3] / "shared" / "data" / "iwpc_simsl_dose_inr.csv"
WORLD = Warfarin(path=str(MADE_UP))
needs_real_data = pytest.mark.skipif(not REAL.exists(), reason="../shared/data is absent")


def table() -> tuple[Array, Array, Array]:
    """Doses, INRs and covariates as they stand in the file."""
    read = np.loadtxt(MADE_UP, delimiter=",", skiprows=1)
    return read[:, 0], read[:, 1], read[:, 2:]


def test_people_are_those_of_the_file() -> None:
    doses, inr, covariates = table()
    assert [row["dose"] for row in WORLD.rows] == doses.tolist()
    assert [row["inr"] for row in WORLD.rows] == inr.tolist()
    for row, x in zip(WORLD.rows, covariates, strict=True):
        assert [row[name] for name in ("weight", "height", "age")] == x[:3].tolist()
        assert [row[name] for name in ("enzyme_inducer", "amiodarone", "male")] == x[3:6].tolist()
        assert (row["race"] == "black", row["race"] == "asian") == (x[6] == 1, x[7] == 1)
        assert (row["vkorc1"] == "A/G", row["vkorc1"] == "A/A") == (x[8] == 1, x[9] == 1)
        found = [row["cyp2c9"] == category for category in ("*1/*2", "*1/*3", "other")]
        assert found == (x[10:] == 1).tolist()


def test_the_required_dose_is_least_squares_of_those_in_range() -> None:
    doses, inr, covariates = table()
    within = (inr >= 2) & (inr <= 3)
    assert 20 < within.sum() < len(inr)
    design = np.column_stack([np.ones(len(doses)), covariates])
    by_hand = np.linalg.lstsq(design[within], doses[within])[0]
    assert WORLD.people @ WORLD.need == pytest.approx(design @ by_hand, abs=1e-9)
    missed = design[within] @ by_hand - doses[within]
    fit = WORLD.fits[0]
    assert fit.people == within.sum()
    around = doses[within] - doses[within].mean()
    assert fit.r2 == pytest.approx(1 - (missed @ missed) / (around @ around))
    assert fit.error == pytest.approx(np.abs(missed).mean())
    assert fit.close == pytest.approx((np.abs(missed) / doses[within] <= 0.2).mean())
    roots = np.linalg.lstsq(design[within], np.sqrt(doses[within]))[0]
    squared = (design[within] @ roots) ** 2
    assert WORLD.fits[1].error == pytest.approx(np.abs(squared - doses[within]).mean())
    assert WORLD.fits[2].error == pytest.approx(np.abs(35 - doses[within]).mean())


def test_naive_slopes_are_those_of_least_squares_with_their_usual_errors() -> None:
    doses, inr, covariates = table()
    ones = np.ones(len(doses))
    for slope, others in zip(
        WORLD.naive_slopes,
        (ones[:, None], np.column_stack([ones, covariates])),
        strict=True,
    ):
        design = np.column_stack([others, doses])
        coefficients, _, rank, _ = np.linalg.lstsq(design, inr)
        rest = inr - design @ coefficients
        variance = rest @ rest / (len(inr) - rank) * np.linalg.inv(design.T @ design)[-1, -1]
        assert slope.value == pytest.approx(coefficients[-1])
        half = 0.5 * (slope.high - slope.low)
        assert 0.5 * (slope.high + slope.low) == pytest.approx(slope.value)
        assert half == pytest.approx(2.0 * np.sqrt(variance), rel=0.03)  # t has about 2 there


def test_the_inr_at_the_required_dose_is_the_target() -> None:
    for columns in WORLD.people[:20]:
        need = float(columns @ WORLD.need)
        assert WORLD.effect(columns, 0, need) == pytest.approx(2.5)
        assert WORLD.effect(columns, 0, need + 10.0) == pytest.approx(3.0)


def test_chances_are_as_stated() -> None:
    context = WORLD.problem.context(WORLD.features(WORLD.rows[0]))
    columns = context.values
    need = float(columns @ WORLD.need)
    assert WORLD.expected(context, 0, columns, need) == pytest.approx(0.85)
    odds = np.log(0.85 / 0.15)
    above = WORLD.expected(context, 0, columns, need + 10.0)
    below = WORLD.expected(context, 0, columns, need - 10.0)
    assert above == pytest.approx(1 / (1 + np.exp(2.0 * 0.5 - odds)))
    assert below == pytest.approx(1 / (1 + np.exp(1.0 * 0.5 - odds)))
    assert WORLD.expected(context, 1, columns) == pytest.approx(0.65)
    assert WORLD.best_dose(context, 1, columns) is None


@pytest.mark.parametrize("comparator", COMPARATORS)
def test_it_keeps_the_laws_of_environments(comparator: str) -> None:
    check_environment(replace(WORLD, comparator=comparator), seed=3)


def test_a_personal_dose_is_the_best_of_a_fine_grid() -> None:
    world = replace(WORLD, comparator="personal")
    for row in world.rows:
        context = world.problem.context(world.features(row))
        columns = context.values
        chances = [world.expected(context, 0, columns, dose) for dose in np.linspace(5, 80, 751)]
        dose = world.best_dose(context, 0, columns)
        assert dose is not None
        assert 5.0 <= dose <= 80.0
        chance = world.expected(context, 0, columns, dose)
        assert max(chances) - 1e-12 <= chance <= max(chances) + 0.002  # the grid misses by 0.05 mg


def test_the_fixed_dose_is_the_best_of_a_fine_grid_when_the_other_arm_is_there() -> None:
    need = WORLD.people @ WORLD.need

    def mean_chance(dose: float) -> float:
        off = 0.05 * (dose - need)
        odds = np.log(0.85 / 0.15) - np.where(off > 0, 2.0 * off, -1.0 * off)
        return float(np.maximum(1 / (1 + np.exp(-odds)), 0.65).mean())

    best = max(mean_chance(dose) for dose in np.linspace(5, 80, 1501))
    assert mean_chance(WORLD.fixed_doses[0]) == pytest.approx(best, abs=1e-4)


def test_measures_have_the_expected_means_and_no_inr_without_warfarin() -> None:
    context = WORLD.problem.context(WORLD.features(WORLD.rows[3]))
    columns = context.values
    found = [
        WORLD.measures(context, 0, columns, Key(7, number, Stream.NOISE), 20.0)
        for number in range(4000)
    ]
    inr, successes = (np.array([one[name] for one in found]) for name in ("inr", "success"))
    assert inr.mean() == pytest.approx(WORLD.effect(columns, 0, 20.0), abs=5 * 0.6 / 4000**0.5)
    assert inr.std() == pytest.approx(0.6, rel=0.1)
    chance = WORLD.expected(context, 0, columns, 20.0)
    assert successes.mean() == pytest.approx(chance, abs=5 * 0.5 / 4000**0.5)
    assert set(WORLD.measures(context, 1, columns, Key(7, 0, Stream.NOISE))) == {"success"}


@needs_real_data
def test_the_real_data_have_what_the_documentation_tells() -> None:
    world = Warfarin(path=str(REAL))
    check_environment(world)
    linear, root, first = world.fits
    assert (len(world.rows), linear.people) == (1780, 1587)
    assert linear.r2 == pytest.approx(0.451, abs=1e-3)
    assert [fit.error for fit in (linear, root, first)] == pytest.approx(
        [8.73, 8.59, 12.21], abs=0.01
    )
    alone, beside = world.naive_slopes
    assert abs(alone.value) * 51 < 0.15  # from 14 to 65 mg/week
    assert beside.value * 51 == pytest.approx(0.1, abs=0.005)
    assert 35 + 0.5 / alone.high > 2 * 80  # even so, twice the largest dose here


def test_without_a_file_the_error_says_how_to_have_it() -> None:
    with pytest.raises(DatasetError, match="simsl.*--set environment.path"):
        Warfarin().rows  # noqa: B018


def changed(tmp_path: Path, column: str, value: str, line: int = 3) -> str:
    """Return a copy of the made-up file in which one value differs."""
    lines = [one.split(",") for one in MADE_UP.read_text(encoding="utf-8").splitlines()]
    lines[line - 1][lines[0].index(column)] = value
    path = tmp_path / "changed.csv"
    path.write_text("\n".join(",".join(one) for one in lines) + "\n", encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("dose_A", "-1", "line 3: dose_A must be positive, got -1"),
        ("INR", "nan", "line 3: INR must be finite, got nan"),
        ("X1", "heavy", "line 3: every value must be a number.*'heavy'"),
        ("X4", "2", "line 3: X4 must be 0 or 1, got 2"),
    ],
)
def test_wrong_values_are_named(tmp_path: Path, column: str, value: str, message: str) -> None:
    world = Warfarin(path=changed(tmp_path, column, value))
    with pytest.raises(DatasetError, match=message):
        world.rows  # noqa: B018


def test_two_genotypes_of_one_gene_are_refused(tmp_path: Path) -> None:
    line = next(number for number, row in enumerate(WORLD.rows, 2) if row["vkorc1"] == "A/G")
    world = Warfarin(path=changed(tmp_path, "X10", "1", line))
    with pytest.raises(DatasetError, match=f"line {line}: only one of X9, X10 can be 1"):
        world.rows  # noqa: B018


@pytest.mark.parametrize("text", ["", "age,score\n1,2\n"], ids=["empty", "other columns"])
def test_a_file_that_is_not_the_warfarin_data_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "other.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DatasetError, match="expected the columns dose_A, INR, X1"):
        Warfarin(path=str(path)).rows  # noqa: B018


def test_too_few_people_are_refused(tmp_path: Path) -> None:
    lines = MADE_UP.read_text(encoding="utf-8").splitlines()
    path = tmp_path / "few.csv"
    path.write_text("\n".join(lines[:12]) + "\n", encoding="utf-8")
    world = Warfarin(path=str(path))
    with pytest.raises(DatasetError, match="people have an INR in the therapeutic range"):
        world.need  # noqa: B018
    with pytest.raises(DatasetError, match="cannot be fitted to so few people"):
        world.naive_slopes  # noqa: B018


def test_an_absent_file_is_named() -> None:
    with pytest.raises(DatasetError, match="no_such_file.csv cannot be read"):
        Warfarin(path="no_such_file.csv").rows  # noqa: B018


@pytest.mark.parametrize(
    "wrong",
    [
        {"slope": 0.0},
        {"noise": -1.0},
        {"target": np.nan},
        {"over": -1.0},
        {"under": np.inf},
        {"success": 1.0},
        {"other": 0.0},
        {"comparator": "best"},
    ],
    ids=str,
)
def test_wrong_parameters_are_named(wrong: dict[str, Any]) -> None:
    with pytest.raises(DescriptionError, match=next(iter(wrong))):
        Warfarin(**wrong)
