"""Proposals for a table of people."""

from collections.abc import Collection
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from recourse_bandits.policies import AnyPolicy
from recourse_bandits.problem import Context, Problem
from recourse_bandits.problem.people import rows_of
from recourse_bandits.records import Key, Proposal
from recourse_bandits.study.chunks import chunks
from recourse_bandits.study.people import proposed
from recourse_bandits.study.recommendation import no_recourse
from recourse_bandits.study.rows import dose_schema, target_schema

_CHUNK = 8192  # persons held as objects at a time


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
    for persons in chunks(rows_of(people), _CHUNK):
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
        **dose_schema(problem),
        "mean": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
        "asks": pl.Boolean,
        "explored": pl.Boolean,
        "propensity": pl.Float64,
        "no_recourse": pl.String,
        **target_schema(problem),
    }
    if not contexts:
        return pl.DataFrame(schema=schema)
    proposal = proposed(policy, state, contexts, keys)
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
        **_doses(problem, proposal, arm),
        "mean": _null_where_unknown(mean),
        "low": _null_where_unknown(proposal.lower[everyone, arm]),
        "high": _null_where_unknown(np.where(np.isnan(mean), np.nan, high)),
        "asks": np.broadcast_to(proposal.asks, count),
        "explored": np.broadcast_to(proposal.explored, count),
        "propensity": [None] * count if propensity is None else np.broadcast_to(propensity, count),
    }


def _doses(problem: Problem, proposal: Proposal, arm: NDArray[np.int64]) -> dict[str, Any]:
    if problem.doses is None:
        return {}
    doses = problem.doses.first if proposal.doses is None else proposal.doses
    each = np.broadcast_to(doses, proposal.mean.shape)
    return {"dose": _null_where_unknown(each[np.arange(arm.size), arm])}


def _targets(
    problem: Problem, contexts: list[Context], proposal: Proposal, reasons: list[str | None]
) -> dict[str, Any]:
    """Raw targets of the mutable features; null where no recourse is possible or no value known."""
    limits = problem.limits
    together = proposal.context.values[:, limits.columns]
    before = np.array([limits.raw_before(context.given) for context in contexts])
    before = before.reshape(together.shape)
    after = limits.raw_after(before, proposal.point[:, limits.columns] - together)
    after[[reason is not None for reason in reasons]] = np.nan
    targets: dict[str, Any] = {}
    for place, feature in enumerate(limits.mutable):
        columns = after[:, limits.ties.owner == place]
        if feature.categories:
            targets[f"target.{feature.name}"] = [
                None if not row.any() or np.isnan(row).any() else feature.categories[row.argmax()]
                for row in columns
            ]
        else:
            targets[f"target.{feature.name}"] = _null_where_unknown(columns[:, 0])
    return targets


def _null_where_unknown(
    column: NDArray[np.float64],
) -> NDArray[np.float64] | list[float | None]:
    unknown = np.isnan(column)
    if not unknown.any():
        return column
    return [None if value != value else value for value in column.tolist()]
