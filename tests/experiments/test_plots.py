"""Pictures of experiments that nobody had in mind: odd names, many lines, odd values."""

import itertools
import json
import warnings
import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from recourse_bandits.config import ExperimentSettings, experiment, with_stand_ins
from recourse_bandits.experiments import pictures, run_experiment
from recourse_bandits.experiments.bounds import find_bounds
from recourse_bandits.experiments.plots.style import as_svg, plain_number, shown, write
from recourse_bandits.experiments.plots.sweep import _apart

ODD = (
    "$\\frac{$", "costs $5 or $10", "<script>", 'id="x" #0072b2', "治疗", "bell\b", "[/x]",
    "x" * 60,
)  # fmt: skip


def policies(*labels: str) -> ExperimentSettings:
    settings = experiment("hypertension", ["rounds=12", "runs=2", "claims=[]", "recourse_after=0"])
    same = dict.fromkeys(labels, settings.policies["GLRB"])
    return settings.model_copy(update={"policies": same})


def drawn(settings: ExperimentSettings, folder: Path) -> list[str]:
    """Return all text of the pictures."""
    with ThreadPoolExecutor(1) as executor:
        rows = run_experiment(settings, executor=executor)
    said = []
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for picture in pictures(rows, settings):
            svg, _ = write(picture.draw(), folder, picture.name)
            for text in (svg.read_text(encoding="utf-8"), as_svg(picture.draw(), "p", "it")):
                said += [one.strip() for one in ET.fromstring(text).itertext()]
    return said


def test_names_stand_as_they_are(tmp_path: Path) -> None:
    said = drawn(policies(*ODD), tmp_path)
    for label in ODD[:5]:
        assert said.count(label) >= 6  # curves and bars, as files and in the page
    assert "bell" in said
    assert shown(ODD[-1]) in said


@pytest.mark.parametrize("share", [-1.0, 0.5])
def test_a_curve_that_ends_below_0_has_its_name_on_a_logarithmic_axis_too(
    share: float, tmp_path: Path
) -> None:
    """Who doses by features can do better than the best fixed dose at last."""
    settings = policies("one", "another")
    with ThreadPoolExecutor(1) as executor:
        rows = run_experiment(settings, executor=executor)
    total = pl.col("total_regret")
    bent = total * (1.0 - (1.0 - share) * pl.col("round") / settings.rounds)
    chosen = pl.when(pl.col("policy") == "one").then(bent).otherwise(total)
    rows = rows.with_columns(chosen.alias("total_regret"))
    for picture in pictures(rows, settings):
        if picture.name.startswith("regret"):
            svg, _ = write(picture.draw(), tmp_path, picture.name)
            assert "one" in [text.strip() for text in ET.parse(svg).getroot().itertext()]


@pytest.mark.parametrize("rounds", [1, 2])
def test_the_fewest_rounds(rounds: int, tmp_path: Path) -> None:
    settings = experiment("hypertension", [f"rounds={rounds}", "runs=1", "claims=[]"])
    assert "GLRB" in drawn(settings, tmp_path)


def test_an_axis_may_reach_infinity(tmp_path: Path) -> None:
    from rich.console import Console

    from recourse_bandits.experiments.results import Running, run_and_write

    key = "policies.LIBRA safeguarded.policy.consultation_budget"
    compare = (
        '[{left={quantity="questions", policy="LIBRA safeguarded", at={budget=inf}}, is=">", '
        "right=1}]"
    )
    settings = experiment(
        "hypertension",
        [
            "rounds=12",
            "runs=2",
            f'axes=[{{name="budget", keys=["{key}"], values=[2.0, inf]}}]',
            f'claims=[{{says="so", source="ours", compare={compare}}}]',
        ],
    )
    results = run_and_write(settings, tmp_path, Running(Console(quiet=True), "test", workers=1))
    assert results["claims"][0]["comparisons"][0]["runs"] == 2
    written = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))
    assert [point["values"]["budget"] for point in written["points"]] == [2.0, None]
    assert "inf" in "".join((tmp_path / "regret-by-axis.svg").read_text(encoding="utf-8"))


HARD = (
    "environment={name='lower-bound', mutable=12, arms=2, rounds=12, eta=2.0}",
    "rounds=12",
    "runs=2",
    "axes=[]",
    "claims=[]",
)


def bounds_of(*overrides: str) -> Figure | None:
    """Return the picture of regret beside its bounds, if there is one."""
    settings = experiment("lower-gamma", [*HARD, *overrides])
    with ThreadPoolExecutor(1) as executor:
        rows = run_experiment(settings, executor=executor)
    drawn = [one.draw() for one in pictures(rows, settings) if one.name == "bounds"]
    assert len(drawn) <= 1
    return drawn[0] if drawn else None


def test_bounds_are_drawn_beside_regret_in_the_colour_of_their_policy() -> None:
    certified = "policies.GLRB.policy.solver='certified'"  # up to 16 features: nothing is broken
    figure = bounds_of(certified)
    assert figure is not None
    (axes,) = figure.axes
    curves, lines = axes.lines[:-2], axes.lines[-2:]
    found = find_bounds("lower-gamma", [*HARD, certified], rounds=[12]).policies
    proved = {one.label: one.regrets for one in found}
    for line, label, style in zip(lines, ("GLRB", "LIBRA"), (":", "-."), strict=True):
        (bound,) = proved[label]
        assert line.get_linestyle() == style == (":" if bound.holds else "-.")
        assert np.asarray(line.get_xdata()).tolist() == list(range(1, 13))
        assert np.asarray(line.get_ydata())[-1] == bound.values[-1]
        assert line.get_color() in [curve.get_color() for curve in curves]
    assert axes.get_title(loc="left").endswith(
        "dotted: bounds of which no assumption is known to be broken; "
        "dash-dotted: 1 broken assumption, see `recourse bounds`"
    )
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")


def test_names_beside_bounds_do_not_touch() -> None:
    figure = bounds_of()
    assert figure is not None
    figure.draw_without_rendering()
    boxes = [Text.get_window_extent(name) for name in figure.axes[0].texts]  # without the arrows
    assert len(boxes) >= 8
    boxes.sort(key=lambda box: float(box.y0))
    assert all(below.y1 <= above.y0 for below, above in itertools.pairwise(boxes))


def test_there_is_no_picture_of_bounds_where_nothing_is_proved() -> None:
    uniform = "policies={Uniform={policy={name='Uniform'}}}"
    assert bounds_of(uniform, "policy_defaults={}") is None


def test_a_long_name_on_an_axis_ends_below_its_own_tick() -> None:
    settings = with_stand_ins(experiment("trust", ["rounds=2", "runs=1", "claims=[]"]))
    with ThreadPoolExecutor(1) as executor:
        rows = run_experiment(settings, executor=executor)
    figure = next(one for one in pictures(rows, settings) if "by-axis" in one.name).draw()
    figure.draw_without_rendering()
    (axes, *_) = figure.axes
    names = [name for name in axes.get_xticklabels() if name.get_text()]
    assert len(names) == 6
    for name in names:
        at = axes.transData.transform((name.get_position()[0], axes.get_ylim()[0]))[0]
        assert name.get_window_extent().x1 <= at + 10.0  # pixels: half a letter, turned


def test_ticks_do_not_touch_and_are_not_all_zero() -> None:
    assert _apart([19.0, 1.0, 1.5, 2.0, 18.0], log=False) == [1.0, 19.0]
    assert _apart([1.0, 1.5, 2.0, 20.0], log=True) == [1.0, 1.5, 2.0, 20.0]
    assert _apart([3.0], log=False) == [3.0]
    assert [plain_number(value) for value in (0.0, 0.25, 1.0, 2.5, 12000.0)] == [
        "0", "0.25", "1", "2.5", "12,000",
    ]  # fmt: skip
