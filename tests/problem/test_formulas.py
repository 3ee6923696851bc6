"""The small formulas of eligibility rules and transformations."""

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from recourse_bandits.errors import DescriptionError
from recourse_bandits.problem import Arm, Dose, Reward
from recourse_bandits.problem.arithmetic import COLUMN, program_of, run
from recourse_bandits.problem.expression import compiled, names_in

VALUES = {"x": 3.0, "y": -2.0, "sex": "f"}

ALLOWED: dict[str, Any] = {
    "170 - x": 167.0,
    "-x * 2 + y / 4": -6.5,
    "+x": 3.0,
    "x > 1 and not y > 1": True,
    "x < 1 or y <= -2": True,
    "0 < x <= 3": True,
    "x != y": True,
    "sex == 'f'": True,
    "sex in ('f', 'm')": True,
    "sex not in ['m']": True,
    "  x + 1  ": 4.0,
    "1 == 1": True,
    "abs(y)": 2.0,
    "max(x, -y, 1)": 3.0,
    "min(x, abs(y)) > 1": True,
}

FORBIDDEN = {
    "another function": "round(x)",
    "no argument": "abs()",
    "too many arguments": "abs(x, y)",
    "too few arguments": "max(x)",
    "a named argument": "max(x, y, key=abs)",
    "a method": "x.max(3)",
    "a function as a value": "max(x, min)",
    "a call of a call": "max(1, 2)(x)",
    "spread arguments": "max(*x)",
    "an attribute": "x.real",
    "a subscript": "x[0]",
    "a power": "x ** 2",
    "a remainder": "x % 2",
    "a floor division": "x // 2",
    "a conditional": "1 if x else 2",
    "a lambda": "lambda: x",
    "a comprehension": "[x for x in (1, 2)]",
    "an assignment": "(x := 3)",
    "a formatted text": "f'{x}'",
    "a dictionary": "{'x': 1}",
    "a set": "{1, 2}",
    "identity": "x is y",
    "a bit": "x & 1",
    "an inversion": "~x",
    "an unpacking": "(*x, 1)",
    "an import": "__import__('os')",
    "bytes": "x == b'1'",
    "a complex number": "x + 2j",
    "None": "x == None",
    "an ellipsis": "x == ...",
}

UNREADABLE = {"nothing": "", "half": "x +", "a statement": "x = 3", "two lines": "x\ny"}


@pytest.mark.parametrize("formula", ALLOWED)
def test_an_allowed_formula_has_its_value(formula: str) -> None:
    assert compiled(formula)(VALUES) == ALLOWED[formula]


@pytest.mark.parametrize("case", FORBIDDEN)
def test_what_is_no_small_formula_is_refused(case: str) -> None:
    with pytest.raises(DescriptionError, match="formula .* uses"):
        names_in(FORBIDDEN[case])


@pytest.mark.parametrize("case", UNREADABLE)
def test_what_cannot_be_read_is_refused(case: str) -> None:
    with pytest.raises(DescriptionError, match="formula .* cannot be read"):
        names_in(UNREADABLE[case])


def test_the_names_of_a_formula_are_found() -> None:
    assert names_in("x > 3 and (y + z) * x < 'w'") == {"x", "y", "z"}


def test_a_formula_sees_no_builtins() -> None:
    with pytest.raises(NameError):
        compiled("print")({})


def test_descriptions_refuse_forbidden_formulas() -> None:
    with pytest.raises(ValidationError, match="formula 'round\\(x\\)' uses 'round"):
        Arm("a", eligible="round(x)")
    with pytest.raises(ValidationError, match="formula 'x\\*\\*2' uses Pow"):
        Reward("x", noise=1, coefficient_bound=1, transformation="x**2")


@pytest.mark.parametrize("formula", ["1 + " * 2000 + "x", "-" * 1000 + "x", "not " * 9999 + "x"])
def test_what_is_nested_too_deeply_is_refused_and_not_shown_whole(formula: str) -> None:
    with pytest.raises(
        DescriptionError, match="more than 500 operations within each other"
    ) as found:
        names_in(formula)
    assert len(str(found.value)) < 200
    with pytest.raises(ValidationError, match="more than 500 operations"):
        Arm("a", eligible=formula)


def test_a_long_sum_is_computed() -> None:
    formula = "1 + " * 450 + "x"
    assert compiled(formula)(VALUES) == 453.0
    program = program_of(formula, {"x": [(COLUMN, 0)]})
    assert run(program, np.array([3.0]), np.array(0.0)) == 453.0


@pytest.mark.parametrize("number", ["1e400", "9" * 400, "0x" + "f" * 5000])
def test_a_number_that_no_float_holds_is_refused(number: str) -> None:
    with pytest.raises(ValidationError, match="a number that is too large"):
        Arm("a", eligible=f"x < {number}")
    with pytest.raises(ValidationError, match="a number that is too large"):
        Dose("mg", 0, 1, penalty=f"{number} * dose")


def test_half_a_character_cannot_be_read() -> None:
    with pytest.raises(DescriptionError, match="cannot be read"):
        names_in("\ud800")
