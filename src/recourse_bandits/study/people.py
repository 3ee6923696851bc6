"""Many contexts: as one batch, and decided together."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from recourse_bandits.policies import AnyPolicy
from recourse_bandits.problem import Context
from recourse_bandits.records import Key, Proposal

_ARRAYS = ("arm", "point", "mean", "high", "ruled_out", "asks", "explored")


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
        trace={name: [one.trace[name] for one in alone] for name in first.trace},
        low=_column([one.low for one in alone]),
        doses=_column([one.doses for one in alone]),
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
            [None] * count if proposal.doses is None else proposal.doses,
            strict=True,
        )
    ]
