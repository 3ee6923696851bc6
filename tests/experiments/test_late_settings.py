"""Delays in the settings of experiments, in what is said of them, and in pictures."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from recourse_bandits.config import ExperimentSettings, experiment
from recourse_bandits.environments.delays import EmpiricalDelay, GeometricDelay
from recourse_bandits.errors import SettingsError
from recourse_bandits.experiments import pictures, plan_of, run_experiment
from recourse_bandits.experiments.bounds import experiment_bounds
from recourse_bandits.experiments.contestants import delay_in
from recourse_bandits.experiments.folder import Folder
from recourse_bandits.experiments.plots.outstanding import outstanding_curve
from recourse_bandits.experiments.plots.style import as_svg
from recourse_bandits.experiments.world import world_of
from recourse_bandits.theory import OutcomesLate, outstanding

SHORT = ("rounds=40", "runs=3", "claims=[]")
GEOMETRIC = "delay={name='geometric', mean=8.0}"


def settings_of(*words: str) -> ExperimentSettings:
    return experiment("hypertension", [*SHORT, *words])


def rows_of(settings: ExperimentSettings) -> pl.DataFrame:
    with ThreadPoolExecutor(1) as executor:
        return run_experiment(settings, executor=executor)


def test_settings_name_the_law() -> None:
    assert delay_in(settings_of(GEOMETRIC)) == GeometricDelay(8.0)
    assert delay_in(settings_of(GEOMETRIC, "delay.never=0.2")) == GeometricDelay(8.0, never=0.2)
    assert delay_in(settings_of()) is None


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["delay={name='geometrc', mean=3}"], "unknown delay 'geometrc'.*'geometric'"),
        (["delay={name='geometric'}"], "delay geometric needs mean"),
        (["delay={name='geometric', maen=3}"], "no parameter 'maen'.*'mean'"),
        (["delay={name='geometric', mean=-1}"], "delay geometric: mean must be .*got -1"),
        (["delay={name='constant', after=1.5}"], "delay constant: after must be a whole number"),
        (["delay={name='poisson', mean=1, never=2}"], r"delay poisson: never must lie in \[0, 1\]"),
        (["delay={name='empirical', delays=[]}"], "delay empirical: delays must have at least one"),
        (["delay={name='tests.experiments.own:NoPolicy'}"], "delay tests.experiments.own:NoPolicy"),
        (["delay={mean=3}"], "delay.name is required"),
        (["delay=3"], "delay: "),
        ([GEOMETRIC, 'axes=[{name="d", keys=["delay.mean"], values=[1, -2]}]'], "mean must be"),
    ],
)
def test_wrong_laws_are_found_before_anything_runs(words: list[str], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        plan_of(settings_of(*words))


# -- delays of a table -----------------------------------------------------------------------------


def of_a_table(folder: Path, table: str, rest: str = "") -> ExperimentSettings:
    (folder / "seen.csv").write_text(table, encoding="utf-8")
    (folder / "late.toml").write_text(
        'name = "late"\ntitle = "t"\nsource = "ours"\nrounds = 5\nruns = 1\n'
        f"delay = {{ name = 'empirical', file = 'seen.csv', column = 'days'{rest} }}\n"
        "environment = { name = 'hypertension' }\n"
        "policies.GLRB.policy = { name = 'GLRB' }\n",
        encoding="utf-8",
    )
    return experiment(str(folder / "late.toml"))


def test_delays_of_a_column_are_counted_into_the_settings(tmp_path: Path) -> None:
    settings = of_a_table(tmp_path, "days,who\n7,a\n0,b\n7.0,c\n30,d\n", ", never = 0.25")
    assert delay_in(settings) == EmpiricalDelay([0, 7, 30], [1, 2, 1], never=0.25)
    (tmp_path / "seen.csv").unlink()
    assert plan_of(settings).places[0].cell.delay == {
        "name": "empirical", "never": 0.25, "delays": [0, 7, 30], "counts": [1, 2, 1],
    }  # fmt: skip


def test_a_case_may_have_a_table_too(tmp_path: Path) -> None:
    table = tmp_path / "seen.csv"
    table.write_text("days\n3\n", encoding="utf-8")
    law = f"{{name = 'empirical', file = '{table}', column = 'days'}}"
    cases = f"cases=[{{name='seen', set={{delay={law}}}}}, {{name='none', set={{}}}}]"
    places = plan_of(settings_of(cases)).places
    delays = {place.point: place.cell.delay for place in places}
    assert delays == {0: {"name": "empirical", "delays": [3], "counts": [1]}, 1: None}


@pytest.mark.parametrize(
    ("table", "rest", "message"),
    [
        ("days\n1\n-2\n", "", "row 2, column 'days': a delay must be a whole number.*got -2"),
        ("days,x\n1,1\n,2\n", "", "row 2, column 'days': .*got None; leave out the rows"),
        ("days\n1.5\n", "", "row 1, column 'days': .*got 1.5"),
        ("days\nsoon\n", "", "row 1, column 'days': .*got 'soon'"),
        ("day\n1\n", "", "no column 'days'.*'day'"),
        ("days\n1\n", ", delays = [1]", "give delays, or a file and its column"),
    ],
)
def test_a_table_without_delays_is_refused(
    tmp_path: Path, table: str, rest: str, message: str
) -> None:
    with pytest.raises(SettingsError, match=message):
        of_a_table(tmp_path, table, rest)


@pytest.mark.parametrize("law", ["file='x.csv'", "column='days'", "file=3, column='days'"])
def test_file_and_column_go_together(law: str) -> None:
    with pytest.raises(SettingsError, match="a file and the column of it .* go together"):
        settings_of(f"delay={{name='empirical', {law}}}")


def test_a_table_that_is_absent_is_named() -> None:
    with pytest.raises(SettingsError, match="delay empirical: absent.csv cannot be read"):
        settings_of("delay={name='empirical', file='absent.csv', column='days'}")


# -- what is said ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([GEOMETRIC], "after a geometric number of rounds, 8 on average."),
        (
            ["delay={name='constant', after=3, never=0.1}"],
            "after 3 rounds, 0.1 of them never.",
        ),
        (
            [GEOMETRIC, 'axes=[{name="d", keys=["delay.mean"], values=[0, 2.5]}]'],
            "at once; or after a geometric number of rounds, 2.5 on average.",
        ),
    ],
)
def test_the_note_says_when_outcomes_arrive(words: list[str], said: str) -> None:
    assert world_of(settings_of(*words)).note.endswith(f" Simulated: outcomes arrive {said}")


def test_without_a_delay_the_note_is_that_of_the_world() -> None:
    assert "arrive" not in world_of(settings_of()).note


def broken(*words: str) -> dict[str, list[str]]:
    found = experiment_bounds(settings_of(*words)).policies
    return {
        bound.statement: [str(one) for one in bound.broken if isinstance(one, OutcomesLate)]
        for policy in found
        for bound in policy.bounds
    }


def test_theorems_of_regret_are_not_proved_where_outcomes_are_late() -> None:
    late = broken(GEOMETRIC)
    regret = [statement for statement in late if statement.startswith("Theorem 2")]
    assert regret
    for statement in regret:
        assert late[statement] == [
            "outcomes are late, the theorem's are there before the next decision"
        ]
    for words in ([], ["delay={name='geometric', mean=0}"]):
        assert not any(broken(*words).values())
    assert any(broken("delay={name='constant', after=0, never=0.1}").values())


def test_another_delay_is_another_experiment(tmp_path: Path) -> None:
    with Folder(tmp_path, settings_of(GEOMETRIC)):
        pass
    with (
        pytest.raises(SettingsError, match="another experiment: delay"),
        Folder(tmp_path, settings_of(GEOMETRIC, "delay.mean=9.0")),
    ):
        pass


# -- the picture -----------------------------------------------------------------------------------


def drawn(settings: ExperimentSettings) -> dict[str, Any]:
    rows = rows_of(settings)
    return {one.name: one.draw for one in pictures(rows, settings) if "outstanding" in one.name}


def test_outstanding_outcomes_are_drawn_against_their_bounds() -> None:
    settings = settings_of(GEOMETRIC)
    rows, delay = rows_of(settings), GeometricDelay(8.0)
    text = as_svg(outstanding_curve(rows, delay), "o", "it")
    for name in ("outstanding", "bound, ours", "bound, Lemma 9"):
        assert f">{name}</text>" in text
    (axes,) = outstanding_curve(rows, delay).axes
    seen, ours, printed = (np.asarray(line.get_ydata(), np.float64) for line in axes.lines)
    mine = rows.filter(policy="GLRB").group_by("round").agg(pl.col("outstanding").mean())
    assert list(seen) == mine.sort("round")["outstanding"].to_list()
    law = delay.arriving
    assert list(ours) == list(outstanding(np.arange(1, 41), law, 0.05 / 40).values)
    assert (printed >= ours).all()
    assert (ours >= seen).all()


def test_of_outcomes_that_never_arrive_no_bound_is_drawn() -> None:
    (figure,) = [draw() for draw in drawn(settings_of(GEOMETRIC, "delay.never=0.2")).values()]
    assert len(figure.axes[0].lines) == 1
    assert "bound" not in figure.axes[0].get_title(loc="left")


def test_every_point_with_a_delay_has_its_picture() -> None:
    assert drawn(settings_of()) == {}
    sweep = 'axes=[{name="d", keys=["delay.mean"], values=[0, 2.5]}]'
    assert list(drawn(settings_of(GEOMETRIC, sweep))) == ["outstanding-1"]
