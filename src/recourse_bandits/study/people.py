"""Tables of people: their rows, and many contexts as one batch."""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Sized
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from recourse_bandits.errors import DescriptionError
from recourse_bandits.policies import AnyPolicy
from recourse_bandits.problem import Context, Person
from recourse_bandits.records import Key, Proposal

_ARRAYS = ("arm", "point", "mean", "high", "ruled_out", "asks", "explored")


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


def length_of(people: Any) -> int:
    """Number of rows of a table.

    Parameters
    ----------
    people
        A frame, a mapping of columns, a matrix, or a sequence of persons.
    """
    if isinstance(people, Mapping):
        return max((len(_listed(column)) for column in people.values()), default=0)
    if not isinstance(people, Sized) or isinstance(people, str):
        raise DescriptionError(
            f"people must be a table or a sequence of persons, got {type(people).__name__}"
        )
    return len(people)


def _listed(column: Any) -> list[Any]:
    if isinstance(column, str) or not isinstance(column, Iterable):
        raise DescriptionError(
            f"a table's columns must be sequences, got {column!r}; one person goes into a list"
        )
    return column.tolist() if hasattr(column, "tolist") else list(column)


def batch(contexts: Sequence[Context]) -> Context:
    """Stack contexts into one with a leading axis.

    Parameters
    ----------
    contexts
        At least one context, of one problem.
    """
    first = contexts[0].feasible
    some_fixed = any(context.feasible.fixed is not None for context in contexts)
    feasible = replace(
        first,
        lower=np.stack([context.feasible.lower for context in contexts]),
        upper=np.stack([context.feasible.upper for context in contexts]),
        fixed=np.stack([context.feasible.held for context in contexts]) if some_fixed else None,
    )
    return Context(
        {},
        np.stack([context.values for context in contexts]),
        feasible,
        np.stack([context.eligible for context in contexts]),
    )


def proposed(policy: AnyPolicy, state: Any, contexts: Sequence[Context], key: Key) -> Proposal:
    """Return a policy's proposal for many persons, with a leading axis.

    They are decided together where their feasible sets differ by their boxes only; steps and
    categories leave each person other changes, and then each is decided alone.

    Parameters
    ----------
    policy
        Who proposes.
    state
        What it has learned.
    contexts
        At least one context, of one problem.
    key
        With the number of each decision, shape (n,).
    """
    if all(context.feasible.moves is None for context in contexts):
        return policy.propose(state, batch(contexts), key)
    alone = [
        policy.propose(state, context, Key(key.seed, int(number), key.stream))
        for context, number in zip(contexts, np.asarray(key.number), strict=True)
    ]
    first = alone[0]
    arrays: dict[str, Any] = {
        name: np.stack([getattr(one, name) for one in alone]) for name in _ARRAYS
    }
    return Proposal(
        Context(
            {},
            np.stack([one.context.values for one in alone]),
            first.context.feasible,
            np.stack([one.context.eligible for one in alone]),
        ),
        **arrays,
        propensity=_column([one.propensity for one in alone]),
        trace={name: np.array([one.trace[name] for one in alone]) for name in first.trace},
        low=_column([one.low for one in alone]),
    )


def _column(values: Sequence[Any]) -> Any:
    return None if values[0] is None else np.stack([np.asarray(value) for value in values])


def members(proposal: Proposal, contexts: Sequence[Context]) -> list[Proposal]:
    """Return each person's part of a batch's proposal.

    Parameters
    ----------
    proposal
        The batch's.
    contexts
        The persons, in its order.
    """
    count = len(contexts)

    def each(value: Any) -> list[Any]:
        listed: list[Any] = np.broadcast_to(value, count).tolist()
        return listed

    propensity = proposal.propensity
    traces = [
        {name: values[place] for name, values in proposal.trace.items()} for place in range(count)
    ]
    return [
        Proposal(*parts)
        for parts in zip(
            contexts,
            each(proposal.arm),
            proposal.point,
            proposal.mean,
            proposal.high,
            proposal.ruled_out,
            each(proposal.asks),
            each(proposal.explored),
            [None] * count if propensity is None else each(propensity),
            traces,
            [None] * count if proposal.low is None else proposal.low,
            strict=True,
        )
    ]
