import json
from typing import Any

import numpy as np
import pytest

from recourse_bandits.advisers.language_model import Prompting, parsed
from recourse_bandits.errors import InvalidAdvice, UnknownArm
from recourse_bandits.problem import Budget, Feature
from recourse_bandits.records import Advice
from recourse_bandits.study.checks import checked_advice
from tests.advisers.answering import direction, point, to
from tests.advisers.asking import ACTIVITY, AGE, ATTACK, DIET, PATIENT, clinic

GOOD = json.dumps(to(diet=5, activity=3) | {"confidence": 0.9})


def test_a_target_in_raw_units_becomes_a_point() -> None:
    advice = point(GOOD)
    # intercept, age, female, male, sex missing, diet (5 - 5) / 2, diet missing, activity
    expected = [1, (71.3 - 62) / 8, 0, 1, 0, 0, 0, 0]
    np.testing.assert_allclose(advice.point, expected, atol=1e-12)
    assert (advice.arm, advice.confidence, advice.repairs) == (0, 0.9, ())
    assert advice.said == {"treatment": "tablet", "target": {"diet": 5, "activity": 3}}
    assert json.loads(json.dumps(advice.said)) == advice.said


@pytest.mark.parametrize(
    ("text", "repairs"),
    [
        (f"```json\n{GOOD}\n```", ("taken out of a code fence",)),
        (f"```\n{GOOD}\n```\n", ("taken out of a code fence",)),
        (f"Here you are:\n{GOOD}\nGood luck!", ("taken out of the text around it",)),
        (
            f"Sure.\n```json\n{GOOD}\n```\nBest wishes",
            ("taken out of a code fence", "taken out of the text around it"),
        ),
        (f"\ufeff{GOOD}", ("taken out of the text around it",)),
        ("treatment=tablet, diet=5, activity=3, confidence=0.9", ("read from plain text",)),
        (
            "`treatment = tablet; diet = 5.0\nactivity=+3e0, confidence=.9`",
            ("read from plain text",),
        ),
        (GOOD.replace("{", '{"why": "as above", ', 1), ('a remark was left out: "why"',)),
        (GOOD.replace("tablet", " TABLET"), ('" TABLET" read as "tablet"',)),
        (GOOD.replace("diet", "Diet"), ('"Diet" read as "diet"',)),
        (
            "TREATMENT=Tablet, Diet=5, activity=3, confidence=0.9",
            ("read from plain text", '"Tablet" read as "tablet"', '"Diet" read as "diet"'),
        ),
    ],
)
def test_repairs_are_few_and_told(text: str, repairs: tuple[str, ...]) -> None:
    advice = point(text)
    assert advice.repairs == repairs
    np.testing.assert_array_equal(advice.point, point(GOOD).point)
    assert (advice.arm, advice.confidence) == (0, 0.9)


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("treatment=tablet, diet=5", '"activity" is missing'),
        ("treatment=tablet, diet=5, activity=3, age=5", 'cannot change "age"'),
        ("treatment=tablet, diet=5 points, activity=3", 'without a unit, got "5 points"'),
        ("treatment=tablet, diet=nan, activity=3", "plain number"),
        ("treatment=tablet, diet=1e9999, activity=3", "plain number"),
        ("treatment=tablet, diet=٥, activity=3", "plain number"),
        ("treatment=tablet, diet=5, diet=6, activity=3", '"diet" is given twice'),
        ("I would say treatment=tablet, diet=5, activity=3", "no JSON object"),
    ],
)
def test_the_plain_form_has_rules_too(text: str, match: str) -> None:
    with pytest.raises(InvalidAdvice, match=match):
        point(text)


def test_the_plain_form_knows_names_with_commas() -> None:
    salt = Feature("salt, per day = g", mutable=True, mean=9, scale=3)
    advice = point(
        "treatment=a, b, salt, per day = g=8", clinic(salt, arms=("a, b",)), {salt.name: 9}
    )
    assert advice.said == {"treatment": "a, b", "target": {"salt, per day = g": 8.0}}


def test_the_plain_form_is_not_read_where_a_feature_is_named_like_its_keys() -> None:
    odd = Feature("confidence", mutable=True, mean=0, scale=1)
    with pytest.raises(InvalidAdvice, match="no JSON object"):
        point("treatment=a, confidence=0.5", clinic(odd, arms=("a",)), {"confidence": 0})


def test_a_boundary_missed_by_a_rounding_is_the_boundary() -> None:
    problem = clinic()
    target = 4.0 + 2.0 * 2.0 * (1.0 + 5e-7)
    advice = point(to(diet=target, activity=2.0))
    assert advice.repairs == ()
    checked_advice(problem, Advice(advice.arm, advice.point), problem.context(PATIENT))


def test_pulling_back_keeps_the_direction_and_tells_the_effort() -> None:
    advice = point(to(diet=10, activity=10), pull_back=True)
    # effort (3, 4) of length 5 shortened to 2: (1.2, 1.6) from (-0.5, -0.5)
    np.testing.assert_allclose(advice.point[[5, 7]], [0.7, 1.1], atol=1e-9)
    assert advice.repairs == ("pulled back to the boundary: effort 5 of 2",)


def test_pulling_back_from_very_far_still_goes_that_way() -> None:
    free = Feature("x", mutable=True, mean=0, scale=1)
    advice = point(to("a", x=1e90), clinic(free, arms=("a",)), {"x": 0}, pull_back=True)
    np.testing.assert_allclose(advice.point, [1, 2])


def test_pulling_back_to_a_limit_names_it() -> None:
    advice = point(to(diet=4, activity=-1), pull_back=True)
    np.testing.assert_allclose(advice.point[[5, 7]], [-0.5, -1.5])
    assert advice.repairs[0].endswith('"activity" = -1 is below the lowest value allowed, 0')


def test_linf_counts_each_feature_on_its_own() -> None:
    problem = clinic(DIET, ACTIVITY, arms=("a",), budget=Budget("linf", 1.0))
    advice = point(to("a", diet=6, activity=4), problem, {"diet": 4, "activity": 2})
    np.testing.assert_allclose(advice.point, [1, 0.5, 0, 0.5])
    assert advice.repairs == ()


def test_a_feature_without_a_value_is_left_alone() -> None:
    person = PATIENT | {"diet": None}
    advice = point(to(activity=4), person=person)
    assert advice.point[5] == clinic().context(person).values[5]
    with pytest.raises(InvalidAdvice, match='the value of "diet" is not known'):
        point(to(diet=5, activity=4), person=person)
    said = {"treatment": "tablet", "direction": {"activity": {"sign": "keep"}}}
    assert direction(said, person=person).repairs == ()


def test_nothing_to_change() -> None:
    problem = clinic(AGE, arms=("a",))
    for said in ({"treatment": "a"}, {"treatment": "a", "target": {}}, "treatment=a"):
        np.testing.assert_array_equal(point(said, problem, {"age": 70}).point, [1, 1])
    for said in ({"treatment": "a"}, {"treatment": "a", "direction": {}}):
        np.testing.assert_array_equal(direction(said, problem, {"age": 70}).point, [1, 1])
    with pytest.raises(InvalidAdvice, match='cannot change "age": name no feature'):
        point(to("a", age=60), problem, {"age": 70})


def test_a_feature_without_a_value_is_left_alone_beside_rounded_ones() -> None:
    odd = Feature("diet", mutable=True, mean=12, scale=2, bounds=(0, 10), missing="indicator")
    problem = clinic(odd, ACTIVITY, arms=("a",))
    person = {"diet": None, "activity": 2.2}
    advice = point(to("a", activity=4), problem, person, {"activity": 1})
    np.testing.assert_array_equal(advice.point, [1, 0, 1, 0.5])
    assert advice.repairs == ()


# -- what rounding hides --------------------------------------------------------------------------


def test_the_value_as_shown_means_no_change() -> None:
    person = PATIENT | {"diet": 4.4}
    advice = point(to(diet=4, activity=2), person=person, rounding={"diet": 1})
    np.testing.assert_array_equal(advice.point, clinic().context(person).values)
    assert advice.repairs == ()


def test_the_value_as_shown_may_be_written_with_noise() -> None:
    person = PATIENT | {"diet": 3.6}
    advice = point(to(diet=4.0000000001, activity=2), person=person, rounding={"diet": 1})
    np.testing.assert_array_equal(advice.point, clinic().context(person).values)


def test_who_can_go_nowhere_is_told_so_even_if_rounding_hides_it() -> None:
    tight = clinic(DIET, ACTIVITY, arms=("a",), budget=Budget("l2", 0.5))
    person = {"diet": 11.4, "activity": 2}  # 10 is too far from here, not from 11
    context = tight.context(person)
    prompt = Prompting("point", rounding={"diet": 1}).prompt_for(tight, context)
    assert '"diet", now 11 "points": can only be 11;' in prompt.text
    advice = point(to("a", diet=11, activity=2), tight, person, {"diet": 1})
    np.testing.assert_array_equal(advice.point, context.values)
    assert advice.repairs == ()


def test_a_target_is_reached_from_the_exact_value() -> None:
    advice = point(to(diet=6, activity=2), person=PATIENT | {"diet": 4.4}, rounding={"diet": 1})
    assert advice.point[5] == pytest.approx((6 - 5) / 2)
    assert advice.repairs == ()


def test_nobody_is_sent_the_other_way_than_was_asked() -> None:
    person = PATIENT | {"diet": 4.4}
    advice = point(to(diet=4.2, activity=2), person=person, rounding={"diet": 1})
    assert advice.point[5] == pytest.approx((4.4 - 5) / 2)  # more was wished for, not less
    assert advice.repairs == ("fitted to the exact values, which the model saw rounded",)


def test_what_only_rounding_forbids_is_fitted() -> None:
    # allowed from 4 (effort 2), not from 3.6 (effort 2.2): led as far as the budget goes
    person = PATIENT | {"diet": 3.6}
    advice = point(to(diet=8, activity=2), person=person, rounding={"diet": 1})
    assert advice.point[5] == pytest.approx((7.6 - 5) / 2)
    assert advice.repairs == ("fitted to the exact values, which the model saw rounded",)


def test_who_must_change_does_so_even_if_rounding_hides_it() -> None:
    person = PATIENT | {"diet": 10.4}
    advice = point(to(diet=10, activity=2), person=person, rounding={"diet": 1})
    assert advice.point[5] == pytest.approx((10 - 5) / 2)
    assert advice.repairs == ("fitted to the exact values, which the model saw rounded",)


def test_errors_tell_nothing_that_rounding_hides() -> None:
    messages = set()
    for diet in (3.6, 3.9, 4.0, 4.3):
        problem = clinic()
        context = problem.context(PATIENT | {"diet": diet})
        with pytest.raises(ValueError, match="effort") as caught:
            parsed(
                json.dumps(to(diet=9.9, activity=2)),
                Prompting("point", rounding={"diet": 1}),
                problem,
                context,
            )
        messages.add(str(caught.value))
    assert len(messages) == 1


@pytest.mark.parametrize("style", ["point", "direction"])
def test_answers_that_are_allowed_do_not_depend_on_texts(style: Any) -> None:
    drug, lifted = f"arm{ATTACK}", Feature(f"m{ATTACK}", mutable=True, mean=0, scale=1)
    problem = clinic(lifted, arms=(drug, "b"))
    context = problem.context({lifted.name: 0})
    wish = 1.5 if style == "point" else {"sign": "increase", "importance": 3}
    key = "target" if style == "point" else "direction"
    said = {"treatment": drug, key: {lifted.name: wish}}
    advice = parsed(json.dumps(said), Prompting(style), problem, context)
    assert (advice.arm, advice.repairs, advice.said) == (0, (), said)
    with pytest.raises(UnknownArm) as caught:
        parsed(json.dumps(said | {"treatment": "x"}), Prompting(style), problem, context)
    assert "\n" not in str(caught.value)
