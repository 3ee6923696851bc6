"""Whether a pair of arm and point may be given to a person."""

from typing import Any

import numpy as np

from recourse_bandits.problem import Context

TOLERANCE = 1e-9
"""How far a point may be outside the feasible set, scaled units."""


def assert_legal(context: Context, arm: Any, point: Any, what: str) -> None:
    """Assert that a pair is legal: an eligible arm, and a feasible point.

    The columns that are not mutable must be the person's to the last bit. Somebody outside the
    bounds may be left as they are, which the decision then reports as no recourse.

    Parameters
    ----------
    context
        The person.
    arm
        Number of the arm.
    point
        Columns after recourse, shape (d,).
    what
        What the pair is called in the message.

    Raises
    ------
    AssertionError
        If the pair is not legal.
    """
    assert isinstance(arm, int | np.integer), f"{what}: the arm must be a number, got {arm!r}"
    assert 0 <= arm < context.eligible.size, f"{what}: arm {arm} does not exist"
    assert context.eligible[arm], f"{what}: arm {arm} may not be given to this person"
    assert isinstance(point, np.ndarray), f"{what}: the point must be an array, got {point!r}"
    assert point.shape == context.values.shape, f"{what}: the point has shape {point.shape}"
    fixed = np.ones(point.shape, dtype=bool)
    fixed[context.feasible.mutable] = False
    assert point[fixed].tobytes() == context.values[fixed].tobytes(), (
        f"{what}: an immutable column was changed, from {context.values} to {point}"
    )
    if context.must_change and (point == context.values).all():
        return
    violation = context.feasible.violation(context.values, point)
    assert violation <= TOLERANCE, f"{what}: the point is infeasible by {violation}"
