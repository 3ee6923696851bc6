"""The penalty of a dose: a formula of numbers, and what must hold beside it."""

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from recourse_bandits import Arm, Dose, Feature, LinUCB, Reward, Study
from recourse_bandits.errors import DescriptionError, InvalidMeasure
from recourse_bandits.problem.arithmetic import COLUMN, DOSE, Rows, numbers_in, program_of, run
from tests.policies.dosing import AGE, problem_of

NAMES: dict[str, Rows] = {"dose": [(DOSE, 0.0)], "x": [(COLUMN, 0)], "y": [(COLUMN, 1)]}
NUMPY = {  # Python's own do not keep what is no number
    "min": lambda *values: np.minimum.reduce(values),
    "max": lambda *values: np.maximum.reduce(values),
}
ATOMS = st.sampled_from(["x", "y", "dose", "2", "0.5", "-3", "1e3"])
FORMULAS = st.recursive(
    ATOMS,
    lambda part: st.one_of(
        st.tuples(part, st.sampled_from("+-*/"), part).map(lambda p: f"({p[0]} {p[1]} {p[2]})"),
        part.map(lambda p: f"-({p})"),
        part.map(lambda p: f"(+{p})"),
        part.map(lambda p: f"abs({p})"),
        st.tuples(st.sampled_from(["min", "max"]), st.lists(part, min_size=2, max_size=3)).map(
            lambda p: f"{p[0]}({', '.join(p[1])})"
        ),
    ),
    max_leaves=8,
)


@given(formula=FORMULAS)
def test_a_program_computes_what_python_does(formula: str) -> None:
    columns, dose = np.array([[0.3, -1.7], [2.0, 0.1], [-4.0, 5.5]]), np.array([7.0, -2.0, 0.25])
    exact = re.sub(r"[0-9][0-9.e]*", r"F(\g<0>)", formula)
    found = np.broadcast_to(run(program_of(formula, NAMES), columns, dose), 3)
    for place, (x, y) in enumerate(columns):
        known = {"x": x, "y": y, "dose": dose[place]}  # numbers of NumPy, which divide by 0
        with np.errstate(all="ignore"):
            expected = float(eval(exact, {"F": np.float64, **known, **NUMPY}))
        np.testing.assert_array_equal(found[place], expected)
        alone = run(program_of(formula, NAMES), columns[place], dose[place])
        np.testing.assert_array_equal(alone, expected)


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        ("dose > 3", "uses 'dose > 3'; only numbers, names, "),
        ("'a' * 2", "uses \"'a'\"; only numbers"),
        ("True + dose", "uses 'True'; only numbers"),
        ("not dose", "uses 'not dose'"),
        ("round(dose)", "uses 'round\\(dose\\)'; the functions are abs"),
        ("max(dose)", "uses 'max\\(dose\\)'; the functions are abs"),
        ("dose **2", "uses Pow; only"),
        ("dose +", "cannot be read"),
    ],
)
def test_what_is_no_arithmetic_is_refused(formula: str, message: str) -> None:
    with pytest.raises(DescriptionError, match=message):
        numbers_in(formula)
    with pytest.raises((DescriptionError, ValidationError), match=message):
        Dose("mg", 0, 1, penalty=formula)


def with_penalty(formula: str, **parts: Any) -> Any:
    arms = [Arm("a", dose=Dose("mg", 0, 1, penalty=formula)), Arm("b")]
    sex = Feature("sex", categories=("f", "m"))
    return problem_of(features=(AGE, sex), arms=arms, sub_outcome=None, **parts)


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        ("dose - agee", "uses 'agee', which is no feature of numbers .did you mean 'age'"),
        ("dose * sex", "uses 'sex', which is no feature of numbers"),
    ],
)
def test_a_penalty_of_unknown_names_is_refused(formula: str, message: str) -> None:
    with pytest.raises(ValidationError, match=f"arm 'a': the penalty of its dose {message}"):
        with_penalty(formula)


def test_a_penalty_needs_a_success_flag() -> None:
    with pytest.raises(ValidationError, match="with the penalty of the dose of 'a' the reward is"):
        with_penalty("dose", reward=Reward("drop", noise=1, coefficient_bound=5))
    study = Study(with_penalty("dose * age"), LinUCB(), seed=1)
    decision = study.decide({"age": 50, "sex": "f"})
    with pytest.raises(InvalidMeasure, match="recovered must be 1 for a success or 0"):
        study.observe(decision.id, {"recovered": 0.5})
    study.observe(decision.id, {"recovered": 1})
    assert study.open_decisions == ()


def test_a_penalty_survives_json() -> None:
    problem = with_penalty("dose * age")
    assert type(problem).from_json(problem.to_json()) == problem
