"""Proposals for a table of people."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from recourse_bandits.errors import DescriptionError
from recourse_bandits.policies import AnyPolicy
from recourse_bandits.problem import Context, FeasibleSet, Person, Problem
from recourse_bandits.records import Key, Proposal
from recourse_bandits.study.recommendation import no_recourse

_CHUNK = 8192  # persons held as objects at a time


def rows_of(people: Any) -> Iterator[Person]:
    """Yield the persons of a table.

    Parameters
    ----------
    people
        A polars or pandas frame, a mapping of columns, a matrix, or a sequence of persons.
    """
    if isinstance(people, pl.DataFrame):
        yield from people.iter_rows(named=True)
    elif isinstance(people, Mapping) or hasattr(people, "columns"):
        names = list(people.keys()) if isinstance(people, Mapping) else list(people.columns)
        columns = [_listed(people[name]) for name in names]
        if len({len(column) for column in columns}) > 1:
            raise DescriptionError("the columns of a table must be of the same length")
        for values in zip(*columns, strict=True):
            yield dict(zip(names, values, strict=True))
    elif isinstance(people, Iterable) and not isinstance(people, str):
        yield from people
    else:
        raise DescriptionError(
            f"people must be a table or a sequence of persons, got {type(people).__name__}"
        )


def _listed(column: Any) -> list[Any]:
    if isinstance(column, str) or not isinstance(column, Iterable):
        raise DescriptionError(
            f"a table's columns must be sequences, got {column!r}; one person goes into a list"
        )
    return column.tolist() if hasattr(column, "tolist") else list(column)


def batch(problem: Problem, contexts: list[Context]) -> Context:
    """Stack contexts into one with a leading axis.

    Parameters
    ----------
    problem
        The problem of all of them.
    contexts
        At least one context.
    """
    first = contexts[0].feasible
    feasible = FeasibleSet(
        problem.mutable_columns,
        np.stack([context.feasible.lower for context in contexts]),
        np.stack([context.feasible.upper for context in contexts]),
        first.weight,
        first.radius,
        first.norm,
    )
    return Context(
        {},
        np.stack([context.values for context in contexts]),
        feasible,
        np.stack([context.eligible for context in contexts]),
    )


def previewed(
    problem: Problem,
    policy: AnyPolicy,
    state: Any,
    people: Any,
    eligible: Collection[str] | None,
    key: Key,
) -> pl.DataFrame:
    """Return one row a person with the policy's proposal, or why the person is refused.

    Parameters
    ----------
    problem
        The problem.
    policy
        The policy.
    state
        Its state, which is only read.
    people
        The table.
    eligible
        Names of the arms that may be given; None: all.
    key
        Key of the first person's decision; the others follow.
    """
    frames = [_frame(problem, policy, state, [], (), key)]
    row, number = 0, int(key.number)
    for persons in _chunks(rows_of(people)):
        accepted, refused = problem.contexts(persons, eligible)
        reasons = {index: str(error) for index, error in refused}
        rows = [row + i for i in range(len(persons)) if i not in reasons]
        keys = Key(key.seed, number + np.arange(len(accepted)), key.stream)
        frames.append(_frame(problem, policy, state, accepted, rows, keys))
        frames.append(
            pl.DataFrame(
                {"row": [row + i for i in reasons], "refused": list(reasons.values())},
                schema={"row": pl.Int64, "refused": pl.String},
            )
        )
        row += len(persons)
        number += len(accepted)
    return pl.concat(frames, how="diagonal").sort("row")


def _chunks(people: Iterable[Person]) -> Iterator[list[Person]]:
    iterator = iter(people)
    while chunk := list(islice(iterator, _CHUNK)):
        yield chunk


def _frame(
    problem: Problem,
    policy: AnyPolicy,
    state: Any,
    contexts: list[Context],
    rows: Collection[int],
    keys: Key,
) -> pl.DataFrame:
    schema: dict[str, Any] = {
        "row": pl.Int64,
        "refused": pl.String,
        "arm": pl.Enum(problem.arm_names),
        "mean": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
        "asks": pl.Boolean,
        "explored": pl.Boolean,
        "propensity": pl.Float64,
        "no_recourse": pl.String,
        **{f"target.{feature.name}": pl.Float64 for feature in problem.mutable},
    }
    if not contexts:
        return pl.DataFrame(schema=schema)
    together = batch(problem, contexts)
    proposal = policy.propose(state, together, keys)
    columns = {"row": list(rows), "refused": [None] * len(contexts)}
    columns |= _choices(problem, proposal, len(contexts))
    reasons = [
        no_recourse(context, point) for context, point in zip(contexts, proposal.point, strict=True)
    ]
    columns["no_recourse"] = reasons
    columns |= _targets(problem, contexts, proposal, reasons)
    return pl.DataFrame(columns, schema=schema)


def _choices(problem: Problem, proposal: Proposal, count: int) -> dict[str, Any]:
    arm = np.asarray(proposal.arm)
    everyone = np.arange(count)
    mean, high = proposal.mean[everyone, arm], proposal.high[everyone, arm]
    propensity = proposal.propensity
    return {
        "arm": np.array(problem.arm_names, dtype=object)[arm].tolist(),
        "mean": _null_where_unknown(mean),
        "low": _null_where_unknown(2.0 * mean - high),
        "high": _null_where_unknown(np.where(np.isnan(mean), np.nan, high)),
        "asks": np.broadcast_to(proposal.asks, count),
        "explored": np.broadcast_to(proposal.explored, count),
        "propensity": [None] * count if propensity is None else np.broadcast_to(propensity, count),
    }


def _targets(
    problem: Problem, contexts: list[Context], proposal: Proposal, reasons: list[str | None]
) -> dict[str, NDArray[np.float64] | list[float | None]]:
    """Raw targets of the mutable features; null where no recourse is possible or no value known."""
    limits = problem.limits
    together = proposal.context.values[:, limits.columns]
    given = [[context.given[name] for name in limits.names] for context in contexts]
    before = np.array(given, dtype=np.float64).reshape(together.shape)  # None becomes NaN
    after = limits.raw_after(before, proposal.point[:, limits.columns] - together)
    after[[reason is not None for reason in reasons]] = np.nan
    return {
        f"target.{name}": _null_where_unknown(column)
        for name, column in zip(limits.names, after.T, strict=True)
    }


def _null_where_unknown(
    column: NDArray[np.float64],
) -> NDArray[np.float64] | list[float | None]:
    unknown = np.isnan(column)
    if not unknown.any():
        return column
    return [None if value != value else value for value in column.tolist()]
