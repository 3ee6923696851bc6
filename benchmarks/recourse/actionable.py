"""actionable-recourse: the least costly action on a grid, as a mixed-integer programme.

Its solver is CBC, through python-mip; the free edition of CPLEX refuses a problem of this size.
"""

import contextlib
import os
from collections.abc import Iterator

import numpy as np
import pandas as pd
import recourse

from benchmarks.recourse.task import Solver, Task
from benchmarks.world import Array


def least_cost(task: Task) -> Solver:
    vars(np).setdefault("float_", np.float64)  # NumPy 2 took the name away; it is still used there
    names = [f"x{i}" for i in range(task.theta.size)]
    model = {"coefficients": task.theta, "intercept": -task.threshold}
    actions = recourse.ActionSet(pd.DataFrame(task.past, columns=names))
    actions.set_alignment(**model)

    def solve(person: Array) -> Array | None:
        with _without_output():
            builder = recourse.RecourseBuilder(
                action_set=actions, x=person, solver="python-mip", mip_cost_type="total", **model
            )
            found = builder.fit()
        return person + np.asarray(found["actions"]) if found["feasible"] else None

    return solve


@contextlib.contextmanager
def _without_output() -> Iterator[None]:
    """CBC writes its log past Python's streams."""
    kept = os.dup(1)
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        os.dup2(nowhere.fileno(), 1)
    try:
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
