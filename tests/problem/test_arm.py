"""Arms and who may be given them."""

from typing import Any

import pytest
from pydantic import ValidationError

from recourse_bandits.errors import NoEligibleArm, PersonError, RecourseBanditsError, UnknownArm
from recourse_bandits.problem import Arm, Feature
from tests.problem.builders import mutable, number, problem_of

_ASTHMA = Feature("asthma", categories=("no", "yes"), missing="indicator")


def test_an_arm_needs_a_name() -> None:
    with pytest.raises(ValidationError, match="an arm needs a name"):
        Arm("")


def test_an_arm_knows_the_features_of_its_rule() -> None:
    assert Arm("a", eligible="age >= 18 and asthma == 'no'").rule_features == {"age", "asthma"}
    assert Arm("a").rule_features == frozenset()


def test_a_rule_holds_or_not() -> None:
    arm = Arm("a", eligible="18 <= age < 65")
    assert [arm.may_receive({"age": age}) for age in (17, 18, 64, 65)] == [False, True, True, False]


def test_a_missing_value_makes_a_person_ineligible_whatever_the_rule() -> None:
    arm = Arm("a", eligible="not asthma == 'yes'")
    assert not arm.may_receive({"asthma": None})
    assert not arm.may_receive({})


def test_a_rule_on_an_unknown_feature_names_the_nearest() -> None:
    with pytest.raises(
        ValidationError,
        match=r"arm 'a': its rule uses 'aeg', which is no feature \(did you mean 'age'\?\)",
    ):
        problem_of(number("age"), arms=[Arm("a", eligible="aeg > 3")])


def test_rules_and_offered_arms_are_combined() -> None:
    problem = problem_of(
        number("age"), _ASTHMA, arms=[Arm("a", eligible="asthma == 'no'"), "b", "c"]
    )
    healthy, asthmatic = {"age": 0, "asthma": "no"}, {"age": 0, "asthma": "yes"}
    assert problem.context(healthy).eligible.tolist() == [True, True, True]
    assert problem.context(asthmatic).eligible.tolist() == [False, True, True]
    assert problem.context(healthy, ["a", "c"]).eligible.tolist() == [True, False, True]
    assert problem.context(asthmatic, {"c"}).eligible.tolist() == [False, False, True]


def test_nobody_is_decided_for_without_an_eligible_arm() -> None:
    problem = problem_of(number("age"), arms=[Arm("a", eligible="age > 1"), "b"])
    with pytest.raises(
        NoEligibleArm, match="offered are a, and the rules are a: age > 1; b: every"
    ):
        problem.context({"age": 0}, ["a"])
    with pytest.raises(NoEligibleArm, match="offered are none"):
        problem.context({"age": 0}, [])


def test_an_unknown_offered_arm_names_the_nearest() -> None:
    with pytest.raises(
        UnknownArm, match=r"unknown arm 'beta' \(did you mean 'bet'\?\); the arms are bet, c"
    ):
        problem_of(arms=["bet", "c"]).context({}, ["beta"])


@pytest.mark.parametrize(
    ("rule", "person"),
    [("1 / age > 0.1", {"age": 0, "asthma": "no"}), ("asthma >= 3", {"age": 1, "asthma": "no"})],
)
def test_a_rule_that_cannot_be_computed_refuses_the_person(
    rule: str, person: dict[str, Any]
) -> None:
    """Unless the description refuses the rule already, one person's values are no bare error."""
    try:
        problem = problem_of(number("age"), _ASTHMA, arms=[Arm("a", eligible=rule)])
    except ValidationError:
        return
    with pytest.raises(PersonError):
        problem.context(person)


def test_offered_arms_count_for_a_context_too() -> None:
    problem = problem_of(mutable("x"))
    context = problem.context({"x": 0.0})
    try:
        offered = problem.context(context, ["b"])
    except RecourseBanditsError:
        return  # refusing both at once is as good
    assert offered.eligible.tolist() == [False, True]
