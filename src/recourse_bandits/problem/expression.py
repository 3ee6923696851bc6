"""Small formulas in descriptions: `170 - sbp`, `age >= 18 and not asthma`.

Only numbers, texts, names, arithmetic, comparisons and and/or/not are understood; a formula is
checked when it is written, never evaluated as free Python.
"""

import ast
from collections.abc import Callable, Mapping
from types import CodeType

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
)


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
    try:
        tree = ast.parse(formula.strip(), mode="eval")
    except SyntaxError as error:
        raise DescriptionError(f"formula {formula!r} cannot be read: {error.msg}") from error
    for node in ast.walk(tree):
        if not isinstance(node, _ALLOWED):
            raise DescriptionError(
                f"formula {formula!r} uses {type(node).__name__}; only numbers, texts, names, "
                "+ - * /, comparisons, in, and, or, not are understood"
            )
        if isinstance(node, ast.Constant) and not isinstance(node.value, int | float | str):
            raise DescriptionError(f"formula {formula!r} uses the value {node.value!r}")
    return frozenset(node.id for node in ast.walk(tree) if isinstance(node, ast.Name))


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
        # the tree was checked above: no calls, attributes or subscripts can occur
        return eval(code, {"__builtins__": {}}, dict(values))

    return evaluate
