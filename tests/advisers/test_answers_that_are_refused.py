import json

import pytest

from recourse_bandits.errors import IneligibleArm, InfeasibleAdvice, InvalidAdvice, UnknownArm
from tests.advisers.answering import direction, point, to, towards
from tests.advisers.asking import PATIENT, clinic

GOOD = json.dumps(to(diet=5, activity=3))


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("", "the answer is empty"),
        ("I'm sorry, I cannot advise on that.", "no JSON object was found"),
        ("<html><body>502</body></html>", "no JSON object was found"),
        (GOOD[:-5], "broken or cut off at character"),
        ('{"treatment": "tab', "broken or cut off"),
        (f"{GOOD} {GOOD}", "more than one JSON object"),
        (f"[{GOOD}]", "something else in brackets"),
        (f"{GOOD} {{", "more than one"),
        (f"{'so ' * 300}{GOOD}", "stand around the JSON object"),
        (GOOD.replace("5", "NaN"), "NaN is no number"),
        (GOOD.replace("5", "-Infinity"), "-Infinity is no number"),
        (GOOD.replace("5", "1e999"), "too large"),
        (GOOD.replace("5", "9" * 5000), "5000 digits"),
        (GOOD.replace("5", "1e200"), "of a usual size"),
        (GOOD.replace("5", '"5"'), '"diet" must be a plain number, got "5"'),
        (GOOD.replace("5", "true"), '"diet" must be a plain number, got true'),
        (GOOD.replace("5", "null"), '"diet" must be a plain number, got null'),
        (GOOD.replace("5", "[5]"), '"diet" must be a plain number, got a list'),
        (GOOD.replace('"diet": 5', '"diet": 5, "diet": 6'), 'the key "diet" is given twice'),
        (GOOD.replace('"diet": 5', '"diet": 5, "Diet": 6'), '"diet" is given twice'),
        ('{"a":' * 40_000, "nested too deeply|broken"),
        ("x" * 200_001, "more than 200000 characters"),
        ('{"target": {}}', 'lacks "treatment"'),
        ('{"treatment": 1, "target": {"diet": 5, "activity": 3}}', '"treatment" must be a name'),
        ('{"treatment": "tablet", "target": 5}', '"target" must be a JSON object, got 5'),
        ('{"treatment": "tablet"}', '"diet", "activity" is missing'),
        ('{"treatment": "tablet", "why": 1, "target": {}}', 'the unknown key "why"'),
    ],
)
def test_what_cannot_be_understood(text: str, match: str) -> None:
    with pytest.raises(InvalidAdvice, match=match):
        point(text)


def test_features_must_be_those_that_can_change() -> None:
    with pytest.raises(InvalidAdvice, match='^"activity" is missing: name exactly "diet", "act'):
        point(to(diet=5))
    with pytest.raises(InvalidAdvice, match='the person cannot change "age": name exactly "diet"'):
        point(to(diet=5, activity=3, age=60))
    with pytest.raises(InvalidAdvice, match='there is no feature "salt"'):
        point(to(diet=5, activity=3, salt=1))


def test_arms() -> None:
    with pytest.raises(UnknownArm, match='no treatment "pill": answer with one of "tablet", "Sy'):
        point(to("pill", diet=5, activity=3))
    with pytest.raises(IneligibleArm, match='"Syrup" may not .*: answer with one of "tablet"$'):
        point(to("Syrup", diet=5, activity=3), person=PATIENT | {"age": 85})


@pytest.mark.parametrize("confidence", [1.2, -0.1, "0.5", True, [0.5]])
def test_confidence_is_a_probability(confidence: object) -> None:
    with pytest.raises(InvalidAdvice, match='"confidence" must'):
        point(to(diet=5, activity=3) | {"confidence": confidence})


def test_a_name_that_could_be_two_is_refused() -> None:
    problem = clinic(arms=("drug", "Drug"))
    with pytest.raises(InvalidAdvice, match='"DRUG" could be any of "drug", "Drug"'):
        point(to("DRUG", diet=5, activity=3), problem)
    assert point(to("Drug", diet=5, activity=3), problem).arm == 1


def test_an_infeasible_target_is_refused_with_the_number() -> None:
    # (10 - 4) / 2 = 3 and (10 - 2) / 2 = 4: effort 5
    with pytest.raises(InfeasibleAdvice, match="effort 5 of 2. Answer .* at most 2$"):
        point(to(diet=10, activity=10))
    with pytest.raises(
        InfeasibleAdvice, match='"activity" = -1 is below the lowest value allowed, 0'
    ):
        point(to(diet=4, activity=-1))


@pytest.mark.parametrize(
    ("wish", "match"),
    [
        ({"sign": "up", "importance": 1}, 'must be "increase", "decrease" or "keep", got "up"'),
        ({"sign": 1, "importance": 1}, 'must be "increase", "decrease" or "keep", got 1'),
        ({"sign": ["increase"], "importance": 1}, "got a list"),
        ({"importance": 1}, 'lacks "sign"'),
        ({"sign": "increase"}, 'lacks "importance"'),
        ({"sign": "increase", "importance": "5"}, "must be a plain number"),
        ({"sign": "increase", "importance": 11}, "from 0 to 10, got 11"),
        ({"sign": "increase", "importance": -1}, "from 0 to 10, got -1"),
        ({"sign": "keep", "importance": 1, "by": 2}, 'the unknown key "by"'),
        (3, '"diet" must be a JSON object, got 3'),
    ],
)
def test_directions_that_cannot_be_understood(wish: object, match: str) -> None:
    other = {"sign": "keep", "importance": 0}
    with pytest.raises(InvalidAdvice, match=match):
        direction({"treatment": "tablet", "direction": {"diet": wish, "activity": other}})


def test_directions_need_every_feature_and_no_target() -> None:
    with pytest.raises(InvalidAdvice, match='"activity" is missing'):
        direction(towards(diet=("increase", 1)))
    with pytest.raises(InvalidAdvice, match='the unknown key "target"'):
        direction(to(diet=5, activity=3))
    with pytest.raises(InvalidAdvice, match="no JSON object"):
        direction("treatment=tablet, diet=5, activity=3")


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"treatment": "A" * 10_000, "target": {"diet": 5, "activity": 3}}),
        json.dumps(to(diet="B" * 10_000, activity=3)),
        json.dumps(to(diet=5, activity=3) | {"C" * 10_000: 1}),
        json.dumps({"treatment": "tablet", "target": {"D" * 10_000: 1}}),
        "{" + "E" * 10_000,
        f'{{"{"F" * 9000}": 1, "{"F" * 9000}": 2}}',
        "treatment=tablet, diet=" + "9" * 1900,
        "treatment=" + "G" * 1900,
    ],
)
def test_no_error_repeats_much_of_the_models_text(text: str) -> None:
    with pytest.raises((InvalidAdvice, UnknownArm)) as caught:
        point(text)
    said = [max(str(caught.value).count(letter) for letter in "ABCDEFG9")]
    assert max(said) <= 200
    assert len(str(caught.value)) < 400
