"""Small formulas in descriptions: `170 - sbp`, `age >= 18 and not asthma`, `abs(dose - 20)`.

Only numbers, texts, names, arithmetic, comparisons, and/or/not, and `abs`, `min` and `max` are
understood; a formula is checked when it is written, never evaluated as free Python.
"""

import ast
import math
import sys
from collections.abc import Callable, Mapping
from types import CodeType
from typing import TypeGuard

from recourse_bandits.errors import DescriptionError

_ALLOWED = (
    ast.Expression,
    ast.Constant,
    ast.Name,
    ast.Load,
    ast.BinOp,
    ast.Add,
    ast.Sub,
    ast.Mult,
    ast.Div,
    ast.UnaryOp,
    ast.USub,
    ast.UAdd,
    ast.Not,
    ast.BoolOp,
    ast.And,
    ast.Or,
    ast.Compare,
    ast.Eq,
    ast.NotEq,
    ast.Lt,
    ast.LtE,
    ast.Gt,
    ast.GtE,
    ast.In,
    ast.NotIn,
    ast.Tuple,
    ast.List,
    ast.Call,
)
FUNCTIONS = {"abs": abs, "min": min, "max": max}
_DEEPEST = 500  # operations within each other; Python itself gives up at some thousand
_LARGEST = sys.float_info.max


def names_in(formula: str) -> frozenset[str]:
    """Names that a formula uses; raises DescriptionError if it is not a small formula.

    Parameters
    ----------
    formula
        The formula.

    Examples
    --------
    >>> sorted(names_in("170 - sbp"))
    ['sbp']
    """
    tree = _tree(formula)
    for node in ast.walk(tree):
        if not isinstance(node, _ALLOWED):
            raise DescriptionError(
                f"formula {formula!r} uses {type(node).__name__}; only numbers, texts, names, "
                "+ - * /, comparisons, in, and, or, not, abs, min, max are understood"
            )
        if isinstance(node, ast.Constant):
            if isinstance(node.value, int | float):
                _require_number(node.value, formula)
            elif not isinstance(node.value, str):
                raise DescriptionError(f"formula {formula!r} uses the value {node.value!r}")
    called = {id(node.func) for node in ast.walk(tree) if _is_known_call(node, formula)}
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    for node in names:
        if node.id in FUNCTIONS and id(node) not in called:
            raise DescriptionError(
                f"formula {formula!r} uses {node.id!r} as a name; it is a function: rename what it "
                "stands for"
            )
    return frozenset(node.id for node in names if id(node) not in called)


def _tree(formula: str) -> ast.Expression:
    """Return what a formula says; raise DescriptionError if it cannot be read or is too deep."""
    try:
        tree = ast.parse(formula.strip(), mode="eval")
        level: list[ast.AST] = [tree.body]
        for _ in range(_DEEPEST):
            level = [part for node in level for part in ast.iter_child_nodes(node)]
            if not level:
                return tree
    except SyntaxError as error:
        raise DescriptionError(f"formula {formula!r} cannot be read: {error.msg}") from error
    except ValueError as error:
        raise DescriptionError(f"formula {formula!r} cannot be read: {error}") from error
    except (RecursionError, MemoryError):
        pass
    raise DescriptionError(
        f"formula {formula[:20]!r}... has more than {_DEEPEST} operations within each other; a sum "
        "of many terms counts as that: put brackets around parts of it"
    )


def _require_number(value: float, formula: str) -> None:
    if not abs(value) <= _LARGEST:
        raise DescriptionError(
            f"formula {formula[:20]!r}... uses a number that is too large to compute with"
        )


def _is_known_call(node: ast.AST, formula: str) -> TypeGuard[ast.Call]:
    """Whether a node is a call; raise DescriptionError if it is one that is not understood."""
    if not isinstance(node, ast.Call):
        return False
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    numbers = (1, 1) if name == "abs" else (2, math.inf)
    if name not in FUNCTIONS or node.keywords or not numbers[0] <= len(node.args) <= numbers[1]:
        raise DescriptionError(
            f"formula {formula!r} uses {ast.get_source_segment(formula.strip(), node)!r}; the "
            "functions are abs(a), min(a, b, ...) and max(a, b, ...)"
        )
    return True


def compiled(formula: str) -> Callable[[Mapping[str, object]], object]:
    """Compile a checked formula into a function of a mapping from names to values.

    Parameters
    ----------
    formula
        The formula.

    Examples
    --------
    >>> compiled("170 - sbp")({"sbp": 150.0})
    20.0
    """
    names_in(formula)
    code: CodeType = compile(formula.strip(), "<formula>", "eval")

    def evaluate(values: Mapping[str, object]) -> object:
        # the tree was checked above: no other calls, attributes or subscripts can occur
        return eval(code, {"__builtins__": {}, **FUNCTIONS}, dict(values))

    return evaluate
