import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recourse_bandits.advisers.language_model import Prompting
from recourse_bandits.advisers.language_model.quoting import coarse, inwards, quoted
from recourse_bandits.errors import DescriptionError, PersonError
from recourse_bandits.problem import Arm, Budget, Feature, Problem, Reward
from tests.advisers.asking import ACTIVITY, AGE, ATTACK, DIET, PATIENT, SEX, clinic
from tests.problem.strategies import persons, problems

STYLES = ("point", "direction")


def text_of(
    prompting: Prompting, problem: Problem | None = None, person: dict[str, Any] | None = None
) -> str:
    problem = problem or clinic()
    context = problem.context(person or PATIENT)
    return prompting.checked(problem).prompt_for(problem, context).text


@pytest.mark.parametrize("style", STYLES)
def test_a_prompt_tells_the_case_in_real_units(style: Any) -> None:
    text = text_of(Prompting(style))
    for line in (
        'Measured afterwards: "drop", in "mmHg". The larger it is, the better.',
        '- "tablet": "one a day"',
        '- "Syrup"',
        '- "age" in "years": 71.3 (typical 62, spread 8 "years")',
        '- "sex": "male" (one of "female", "male")',
        '- "diet" in "points": 4 (typical 5, spread 2 "points"; reference range 0 to 10)',
        '- "diet", now 4 "points": may increase or decrease, to anything from 0 to 8 if nothing '
        'else changes; each "points" of change takes 0.5 of effort',
        '- "activity", now 2 "h/week": may increase or decrease, to anything from 0 to 6 if '
        'nothing else changes; each "h/week" of change takes 0.5 of effort',
    ):
        assert line in text.splitlines(), line
    assert "square root of the sum" in text
    assert "must be at most 2." in text


def test_the_two_styles_ask_for_different_things() -> None:
    asked = (
        '{"treatment": NAME, "target": {"diet": NUMBER, "activity": NUMBER}, "confidence": NUMBER}'
    )
    text = text_of(Prompting("point"))
    assert asked in text.splitlines()
    assert "The plain form treatment=NAME, FEATURE=VALUE" in text
    asked = (
        '{"treatment": NAME, "direction": {"diet": {"sign": SIGN, "importance": NUMBER}, '
        '"activity": {"sign": SIGN, "importance": NUMBER}}, "confidence": NUMBER}'
    )
    text = text_of(Prompting("direction"))
    assert asked in text.splitlines()
    assert "plain form" not in text


@pytest.mark.parametrize(
    ("reward", "said"),
    [
        ({"direction": "decrease"}, "The smaller it is, the better."),
        (
            {"transformation": "170 - drop"},
            'the formula "170 - drop": the larger the value of that formula, the better.',
        ),
        (
            {"transformation": "drop / 2", "direction": "decrease"},
            'the formula "drop / 2": the smaller the value of that formula, the better.',
        ),
        ({"bounds": (-50, 90)}, "It is never below -50.\nIt is never above 90."),
        ({"link": "logistic"}, "It is never below 0.\nIt is never above 1."),
        ({"link": "probit", "bounds": (-1, 5)}, "It is never below 0.\nIt is never above 1."),
        ({"link": "log", "bounds": (0, 9)}, "It is never below 0.\nIt is never above 9."),
    ],
)
def test_what_is_better(reward: dict[str, Any], said: str) -> None:
    parts: dict[str, Any] = {"unit": "mmHg", "noise": 1.0, "coefficient_bound": 1.0} | reward
    assert said in text_of(Prompting("point"), clinic(reward=Reward("drop", **parts)))


def test_efforts_of_other_budgets() -> None:
    heavy = Feature("diet", mutable=True, mean=5, scale=2, weight=3)
    free = Feature("salt", mutable=True, mean=5, scale=2, weight=0, bounds=(0, 9))
    up = Feature("sport", mutable=True, mean=5, scale=2, direction="increase", max_step=(None, 1))
    budget = Budget("linf", 6.0, scaled=False)
    problem = clinic(heavy, free, up, arms=("a",), budget=budget)
    text = text_of(Prompting("point"), problem, {"diet": 5, "salt": 5, "sport": 5})
    assert '"diet", now 5: may increase or decrease, to anything from 3 to 7 if' in text
    assert "each unit of change takes 3 of effort" in text
    assert '"salt", now 5: may increase or decrease, to anything from 0 to 9 if' in text
    assert "changing it takes no effort" in text
    assert '"sport", now 5: may increase, to anything from 5 to 6 if' in text
    assert "must be at most 6 for every feature on its own" in text


def test_people_with_less_to_change() -> None:
    text = text_of(Prompting("point"), person=PATIENT | {"diet": None, "sex": None, "age": 85})
    assert '- "sex": missing, not known (one of "female", "male")' in text
    assert '- "diet" in "points": missing, not known (typical 5' in text
    assert '"target": {"activity": NUMBER}' in text
    assert "Syrup" not in text  # not for this person
    text = text_of(Prompting("point"), clinic(AGE, arms=("a",)), {"age": 70})
    assert "Nothing: only the treatment is to be chosen." in text
    assert '"target": {}' in text
    assert "effort" not in text
    text = text_of(Prompting("point"), person=PATIENT | {"diet": 12})
    assert "may decrease, to anything from 8 to 10 if nothing else changes; its present" in text
    assert "so it must change" in text
    tight = clinic(DIET, ACTIVITY, arms=("a",), budget=Budget("l2", 0.5))
    text = text_of(Prompting("point"), tight, {"diet": 13, "activity": 2})
    assert '"diet", now 13 "points": can only be 13; each' in text
    assert '"activity", now 2 "h/week": can only be 2; each' in text


# -- what is not told ------------------------------------------------------------------------------


def test_an_allow_list_hides_the_rest() -> None:
    text = text_of(Prompting("point", send=("diet", "activity")))
    assert "age" not in text
    assert "male" not in text
    assert "71.3" not in text


@pytest.mark.parametrize("style", STYLES)
def test_people_who_are_rounded_alike_are_asked_about_alike(style: Any) -> None:
    prompting = Prompting(style, rounding={"age": 5, "diet": 1, "activity": 0.5})
    problem = clinic()
    prompts = [
        prompting.prompt_for(problem, problem.context({"age": a, "sex": "male", "diet": d, **more}))
        for a, d, more in (
            (70, 4, {"activity": 2}),
            (71.3, 4.4, {"activity": 2.2}),
            (68.1, 3.6, {"activity": 1.8}),
        )
    ]
    assert len({prompt.digest for prompt in prompts}) == 1
    assert '"age" in "years": 70 (' in prompts[0].text
    assert len(prompts[0].digest) == 64
    other = prompting.prompt_for(problem, problem.context(PATIENT | {"age": 75}))
    assert other.digest != prompts[0].digest
    assert other.version == prompts[0].version == prompting.version


def test_rounding_stays_within_bounds_and_is_decimal() -> None:
    edge = Feature("x", mutable=True, mean=0, scale=1, bounds=(0.1, 9.7))
    problem = clinic(edge, arms=("a",))
    text = text_of(Prompting("point", rounding={"x": 1}), problem, {"x": 9.6})
    assert '"x", now 9.7:' in text
    assert '"x", now 0.1:' in text_of(Prompting("point", rounding={"x": 1}), problem, {"x": 0.2})
    assert '"x", now 0.3:' in text_of(Prompting("point", rounding={"x": 0.1}), problem, {"x": 0.29})
    assert (coarse(1e300, 1e-300), coarse(5e-324, 1), coarse(-7.4, 5)) == (1e300, 0.0, -5.0)


def test_ranges_are_rounded_inwards() -> None:
    assert inwards(-1 / 3, 2 / 3, 1.0) == ("-0.333", "0.666")
    assert inwards(5.6000000000000005, 6.3999999999999995, 1.0) == ("5.6", "6.4")
    assert inwards(0.12345, 0.12346, 1.0) == ("0.12345", "0.12346")
    assert inwards(1234.5, 9876.5, 4000.0) == ("1235", "9876")


# -- texts of others -------------------------------------------------------------------------------


@pytest.mark.parametrize("style", STYLES)
def test_texts_of_others_stay_on_one_line_in_quotes(style: Any) -> None:
    problem = clinic(
        Feature(f"age{ATTACK}", unit=f"y{ATTACK}", description=f"d{ATTACK}", mean=0, scale=1),
        Feature("group", categories=(f"c{ATTACK}", "other")),
        Feature(f"m{ATTACK}", unit=f"u{ATTACK}", mutable=True, mean=0, scale=1),
        arms=(Arm(f"arm{ATTACK}", description=f"e{ATTACK}"), "b"),
        reward=Reward(f"r{ATTACK}", unit=f"v{ATTACK}", noise=1, coefficient_bound=1),
    )
    person = {f"age{ATTACK}": 0, "group": f"c{ATTACK}", f"m{ATTACK}": 0}
    text = text_of(Prompting(style), problem, person)
    plain = {"age": 0, "group": "c", "m": 0}
    small = clinic(
        Feature("age", unit="y", description="d", mean=0, scale=1),
        Feature("group", categories=("c", "other")),
        Feature("m", unit="u", mutable=True, mean=0, scale=1),
        arms=(Arm("arm", description="e"), "b"),
        reward=Reward("r", unit="v", noise=1, coefficient_bound=1),
    )
    inside = quoted(ATTACK)[1:-1]
    assert text.replace(inside, "") == text_of(Prompting(style), small, plain)
    assert all(c.isprintable() or c == "\n" for c in text)
    assert not any(line.startswith("SYSTEM:") for line in text.splitlines())
    assert "<|" not in text


def test_letters_of_every_script_stay_readable() -> None:
    assert quoted("Größe µmol/L 血圧") == '"Größe µmol/L 血圧"'
    assert quoted("a\ud800\U000e0041\ufe0f") == '"a\\ud800\\udb40\\udc41\\ufe0f"'


def test_nothing_is_loaded_before_a_prompt_is_made() -> None:
    code = (
        "import sys, recourse_bandits.advisers.language_model\n"
        "assert not {'jinja2', 'pydantic_ai'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


# -- what is refused -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parts", "match"),
    [
        ({"style": "poem"}, "style must be one of point, direction, got 'poem'"),
        ({"send": ("diet", "activity", "agee")}, "unknown feature 'agee' .did you mean 'age'"),
        ({"send": ("age", "diet")}, "send must include activity, which the person can change"),
        ({"send": "age"}, "send must be a list of feature names, got the text 'age'"),
        ({"rounding": {"agee": 1}}, "rounding names the unknown feature 'agee'"),
        ({"rounding": {"sex": 1}}, "'sex' has categories"),
        ({"rounding": {"age": 0}}, "rounding of 'age' must be > 0 and finite, got 0"),
        ({"rounding": {"age": float("nan")}}, "must be > 0 and finite, got nan"),
        ({"rounding": {"age": float("inf")}}, "must be > 0 and finite, got inf"),
        ({"rounding": {"age": "5"}}, "must be > 0 and finite, got '5'"),
        ({"rounding": {"age": True}}, "must be > 0 and finite, got True"),
        ({"template": "/nowhere/at/all.txt"}, "template '/nowhere/at/all.txt' cannot be read"),
    ],
)
def test_what_is_refused(parts: dict[str, Any], match: str) -> None:
    with pytest.raises(DescriptionError, match=match):
        Prompting(**parts).checked(clinic())


@pytest.mark.parametrize(
    ("source", "match"),
    [
        ("{{ arm }}", r"own.txt' uses the unknown field 'arm'; the fields are arms \(with name"),
        ("{% if radius == 'x' %}{{ typo }}{% endif %}", "the unknown field 'typo'"),
        ("{% for a in arms %}{{ a.nme }}{% endfor %}", "no attribute 'nme'; the fields are"),
        ("one\n{% for %}", "own.txt', line 2: "),
        ("{{ 1 / 0 }}", "cannot be filled in: division by zero"),
        ("{% include 'other.txt' %}", "cannot be filled in: .*other.txt"),
        ("{{ ''.__class__.__mro__ }}", "cannot be filled in: .*unsafe"),
    ],
)
def test_templates_that_are_refused(tmp_path: Path, source: str, match: str) -> None:
    path = tmp_path / "own.txt"
    path.write_text(source)
    with pytest.raises(DescriptionError, match=match):
        Prompting(template=path).checked(clinic())


def test_a_template_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "own.txt"
    path.write_bytes(b"\xff\xfe\xff")
    with pytest.raises(DescriptionError, match="cannot be read"):
        Prompting(template=path).checked(clinic())


def test_a_template_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "own.txt"
    path.write_text('{% include "case.txt" %}\n{% for arm in arms %}{{ arm.name }};{% endfor %}')
    prompting = Prompting(template=path)
    assert text_of(prompting).endswith('"tablet";"Syrup";\n')
    before = prompting.version
    assert before != Prompting().version
    path.write_text("{{ outcome.name }}")
    assert prompting.version == before  # read once: reservations follow from the question
    path.unlink()
    assert text_of(prompting).endswith('"tablet";"Syrup";\n')
    path.write_text("{{ outcome.name }}")
    assert Prompting(template=path).version != before


def test_a_problem_without_scales_is_refused() -> None:
    with pytest.raises(DescriptionError, match="'age' has no mean and scale"):
        Prompting().checked(clinic(Feature("age"), arms=("a",)))


def test_a_prompt_changes_nobody() -> None:
    problem = clinic(AGE, SEX, DIET, ACTIVITY)
    context = problem.context(PATIENT)
    before = context.values.copy()
    Prompting("point", rounding={"diet": 3}).prompt_for(problem, context)
    np.testing.assert_array_equal(context.values, before)


@st.composite
def alike(draw: st.DrawFn) -> tuple[Problem, Prompting, dict[str, Any], dict[str, Any]]:
    """Two persons who differ by less than rounding shows."""
    problem = draw(problems())
    steps = {f.name: 0.5 * (f.scale or 1.0) for f in problem.features if not f.categories}
    first = draw(persons(problem))
    second = {
        f.name: first[f.name]
        if first[f.name] is None or f.categories
        else first[f.name] + steps[f.name] * draw(st.floats(-0.2, 0.2))
        for f in problem.features
    }
    return problem, Prompting(rounding=steps), first, second


@given(alike(), st.sampled_from(STYLES))
def test_what_rounding_hides_is_in_no_prompt(
    case: tuple[Problem, Prompting, dict[str, Any], dict[str, Any]], style: Any
) -> None:
    problem, prompting, *people = case
    prompting = Prompting(style, rounding=prompting.rounding)
    try:
        contexts = [problem.context(person) for person in people]
    except PersonError:
        return
    shown = [prompting.seen(problem, context).values for context in contexts]
    if shown[0] != shown[1] or any(context.no_recourse for context in contexts):
        return
    first, second = (prompting.prompt_for(problem, context).text for context in contexts)
    assert first == second
