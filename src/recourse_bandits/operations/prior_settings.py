"""A prior as the settings that hold it."""

import json
from collections.abc import Iterable

import numpy as np

from recourse_bandits.problem import Prior, Problem

_PLACE = "problem.reward.prior"


def as_settings(problem: Problem, prior: Prior) -> list[str]:
    """Return a prior as lines of TOML that can be put at the end of a study's file.

    Parameters
    ----------
    problem
        The problem.
    prior
        Its prior, which says everything: it does not depend on a policy's penalty.
    """
    mean, precision = prior.arrays(problem.arm_names, problem.columns, 1.0)
    lines = ["# for the end of the study's file, where [problem.reward] must be a table of its own"]
    if problem.reward.prior != Prior():
        lines.append("# in the place of the prior that is there")
    diagonal = np.einsum("kdd->kd", precision)
    if (precision == diagonal[..., None] * np.eye(len(problem.columns))).all():
        lines += _tables("mean", problem, mean.tolist())
        return lines + _tables("precision", problem, diagonal.tolist())
    lines += [f"[{_PLACE}]", f"precision_matrix = {precision.tolist()!r}"]
    return lines + _tables("mean", problem, mean.tolist())


def _tables(what: str, problem: Problem, rows: Iterable[list[float]]) -> list[str]:
    """Return a table for each arm, with a value for each column."""
    lines = []
    for arm, row in zip(problem.arm_names, rows, strict=True):
        lines.append(f"[{_PLACE}.{what}.{_key(arm)}]")
        lines += [
            f"{_key(name)} = {value!r}" for name, value in zip(problem.columns, row, strict=True)
        ]
    return lines


def _key(name: str) -> str:
    """Return a name as a basic string of TOML in which everything can be seen."""
    written: str = json.dumps(name, ensure_ascii=False)
    return "".join(one if one.isprintable() else f"\\U{ord(one):08x}" for one in written)
