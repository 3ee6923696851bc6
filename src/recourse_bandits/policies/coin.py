"""What policies share that ask an adviser by the toss of a coin, and follow what it says."""

from abc import abstractmethod
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from recourse_bandits import kernels
from recourse_bandits.policies.consulting import ConsultingPolicy
from recourse_bandits.problem import Context, Problem
from recourse_bandits.records import Decision, Key, Proposal

ASKING = "asking"  # the probability of asking, in a proposal's trace


class MixtureState(NamedTuple):
    """The base policy's state, two counts, and what is held for the adviser."""

    base: Any
    rounds: int
    """Rounds begun: questions put, and decisions made without one."""
    asked: int
    """Questions put, answered or not."""
    lead: float
    """1/(1 - p) - 1/p of the adviser's weight p; 0 is p = 1/2, as at the start."""


class CoinPolicy(ConsultingPolicy[MixtureState]):
    """A consulting policy whose probability of asking follows from its state.

    Each proposal holds it in its trace, as `asking`, so that a later outcome can be weighted. A
    propensity is given what was asked and answered, as everywhere: 1 for followed advice, else the
    base's; times p or 1 - p it is the probability of coin and arm together.
    """

    @abstractmethod
    def probability(self, state: MixtureState) -> float:
        """Probability of asking in the next round.

        Parameters
        ----------
        state
            What has been learned.
        """

    def init(self, problem: Problem) -> MixtureState:
        """State of the base, no rounds, and as much weight on the adviser as on the base.

        Parameters
        ----------
        problem
            The problem that will be decided.
        """
        return MixtureState(self.base.init(problem), 0, 0, 0.0)

    def propose(self, state: MixtureState, context: Context, key: Key) -> Proposal:
        """Return the base's pair, and toss whether to ask.

        Parameters
        ----------
        state
            What has been learned.
        context
            The person, or a batch.
        key
            Tosses the coin, and is the base's.
        """
        proposal = self.base.propose(state.base, context, key)
        probability, shape = self.probability(state), context.values.shape[:-1]
        draw = kernels.draws.uniform(*key, kernels.draws.QUESTION_INDEX)
        asks = np.broadcast_to(draw < probability, shape)[()]
        told = np.full(shape, probability) if shape else probability
        return replace(self.asking(proposal, asks), trace={**proposal.trace, ASKING: told})

    def asked(self, state: MixtureState, proposal: Proposal) -> MixtureState:
        """State with one more round and question counted.

        Parameters
        ----------
        state
            The state before.
        proposal
            The proposal that asked.
        """
        base = self.base.asked(state.base, proposal)
        return state._replace(base=base, rounds=state.rounds + 1, asked=state.asked + 1)

    def committed(self, state: MixtureState, decision: Decision) -> MixtureState:
        """State with one more round counted, unless it was when the question was put.

        Parameters
        ----------
        state
            The state before.
        decision
            The decision, as stored.
        """
        base = self.base.committed(state.base, decision)
        return state._replace(base=base, rounds=state.rounds + (not decision.asked))
