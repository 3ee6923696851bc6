"""Arithmetic formulas as programs: arrays of numbers, which a state can hold and columns run on.

A program has one row (operation, operand) a step and works on a stack: NUMBER puts its operand on
it, COLUMN and DOSE put a column and the dose, and the others take what they need from its top.
"""

import ast
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from recourse_bandits.errors import DescriptionError
from recourse_bandits.problem.expression import names_in

NUMBER, COLUMN, DOSE, NEGATIVE, PLUS, MINUS, TIMES, OVER, SIZE, SMALLER, LARGER = range(11)
_OPERATIONS = {ast.Add: PLUS, ast.Sub: MINUS, ast.Mult: TIMES, ast.Div: OVER}
_ARITHMETIC = {
    PLUS: np.add,
    MINUS: np.subtract,
    TIMES: np.multiply,
    OVER: np.divide,
    SMALLER: np.minimum,
    LARGER: np.maximum,
}
_ALONE = {NEGATIVE: np.negative, SIZE: np.abs}
_FUNCTIONS = {"min": SMALLER, "max": LARGER}
Rows = list[tuple[int, float]]
Array = NDArray[np.float64]


def numbers_in(formula: str) -> frozenset[str]:
    """Names that a formula of numbers uses; raises DescriptionError if it is another one.

    Parameters
    ----------
    formula
        The formula.

    Examples
    --------
    >>> sorted(numbers_in("0.5 * (dose - weight)"))
    ['dose', 'weight']
    """
    names = names_in(formula)
    program_of(formula, {name: [(NUMBER, 0.0)] for name in names})
    return names


def program_of(formula: str, programs: Mapping[str, Rows]) -> Array:
    """Return the program of a formula, shape (n, 2).

    Parameters
    ----------
    formula
        Numbers, names, + - * /, brackets, abs, min and max.
    programs
        For each name, what puts its value on the stack.

    Raises
    ------
    DescriptionError
        If the formula holds something else.

    Examples
    --------
    >>> program_of("2 * dose", {"dose": [(DOSE, 0.0)]}).tolist()
    [[0.0, 2.0], [2.0, 0.0], [6.0, 0.0]]
    """
    names_in(formula)
    text = formula.strip()
    rows: Rows = []
    waiting: list[ast.AST | Rows] = [ast.parse(text, mode="eval").body]
    while waiting:  # no recursion: a sum of many terms is nested deeply
        part = waiting.pop()
        if isinstance(part, list):
            rows += part
        else:
            waiting += reversed(_parts(part, programs, text))
    return np.array(rows, np.float64)


def _parts(node: ast.AST, programs: Mapping[str, Rows], formula: str) -> list[ast.AST | Rows]:
    """Return operands and steps of a node in the order in which they run."""
    value = node.value if isinstance(node, ast.Constant) else None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return [[(NUMBER, float(value))]]
    if isinstance(node, ast.Name):
        return [list(programs[node.id])]
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATIONS:
        return [node.left, node.right, [(_OPERATIONS[type(node.op)], 0.0)]]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        return [node.operand, [(NEGATIVE, 0.0)] if isinstance(node.op, ast.USub) else []]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        if node.func.id == "abs":
            return [*node.args, [(SIZE, 0.0)]]
        step: Rows = [(_FUNCTIONS[node.func.id], 0.0)]
        first, *others = node.args
        return [first, *(part for other in others for part in (other, step))]
    raise DescriptionError(
        f"formula {formula!r} uses {ast.get_source_segment(formula, node)!r}; only numbers, names, "
        "+ - * /, abs, min and max are understood here"
    )


def run(program: Array, columns: Array, dose: Array) -> Array:
    """Return what a program computes; infinite or NaN where it cannot be computed.

    Its shape is that of what the program uses: columns (...), the dose, or both, broadcast.

    Parameters
    ----------
    program
        The program, shape (n, 2).
    columns
        Columns, shape (..., d).
    dose
        Dose, of a shape that goes with (...).
    """
    stack: list[Array] = []
    with np.errstate(all="ignore"):
        for operation, operand in program.tolist():
            if operation == NUMBER:
                stack.append(np.asarray(operand))
            elif operation == COLUMN:
                stack.append(columns[..., int(operand)])
            elif operation == DOSE:
                stack.append(np.asarray(dose))
            elif operation in _ALONE:
                stack.append(_ALONE[int(operation)](stack.pop()))
            else:
                right, left = stack.pop(), stack.pop()
                stack.append(_ARITHMETIC[int(operation)](left, right))
    (result,) = stack
    return result
