"""Advice only: always asks, always follows."""

from dataclasses import dataclass, field

import numpy as np

from recourse_bandits.policies.base import AnyPolicy
from recourse_bandits.policies.consulting import (
    ConsultingState,
    CountingPolicy,
    require_asking_nobody,
)
from recourse_bandits.policies.uniform import Uniform
from recourse_bandits.problem import Context
from recourse_bandits.records import Key, Proposal


@dataclass(frozen=True)
class AdviceOnly(CountingPolicy):
    """Ask in every round and follow whatever legal pair is advised.

    Parameters
    ----------
    base
        Decides where no advice comes, and predicts rewards.

    References
    ----------
    The LLM-only baseline of the LIBRA paper, section 5.

    Examples
    --------
    >>> AdviceOnly()
    AdviceOnly(base=Uniform())
    """

    base: AnyPolicy = field(default_factory=Uniform)

    def __post_init__(self) -> None:
        require_asking_nobody(self.base)

    def propose(self, state: ConsultingState, context: Context, key: Key) -> Proposal:
        """Return the base's proposal; always asks.

        Parameters
        ----------
        state
            State of the base.
        context
            The person, or a batch.
        key
            Source of randomness.
        """
        proposal = self.base.propose(state.base, context, key)
        return self.asking(proposal, np.ones(context.values.shape[:-1], dtype=bool)[()])
