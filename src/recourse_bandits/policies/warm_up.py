"""A first period in which arms and doses are drawn at random, whatever is known."""

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from recourse_bandits import kernels
from recourse_bandits.parameters import require_whole
from recourse_bandits.policies.base import AnyPolicy
from recourse_bandits.policies.consulting import require_asking_nobody
from recourse_bandits.policies.uniform import Uniform, UniformState
from recourse_bandits.policies.wrapping import WrappingPolicy
from recourse_bandits.problem import Context, Problem
from recourse_bandits.problem.dose import Doses
from recourse_bandits.records import (
    Advice,
    Array,
    Choice,
    Decision,
    Key,
    Proposal,
    Trace,
)

WARMING_UP = "warm_up"
"""In the trace of a choice of the first period: how many decisions came before it."""

_DOSE_INDEX = 2**57  # the index of the first draw of a dose, far from those of a change


class WarmUpState(NamedTuple):
    """The base policy's state, and how far the warm-up is."""

    base: Any
    decisions: int
    """Decisions made."""
    doses: Doses
    """Where doses may lie. Constant."""


@dataclass(frozen=True)
class WarmUp(WrappingPolicy[WarmUpState]):
    r"""A policy whose first decisions are drawn: arm, recourse and dose, evenly.

    The first `rounds` decisions are those of `Uniform`, in doses drawn evenly from each range and
    rounded; their propensity is that of the arm. After them the base decides. It learns from all
    outcomes, whenever they come.

    How long is long enough for the radii of dosing is `theory.warm_up_rounds`, with constants that
    its source leaves open. Rows of past treatments (`Study.import_past`) teach the same as a
    warm-up of the same rows: who has them can do without.

    Parameters
    ----------
    base
        The policy that decides afterwards, and learns from the beginning; one that asks nobody.
    rounds
        Number of decisions of the first period, >= 0.

    Raises
    ------
    DescriptionError
        If the base is none, or rounds is out of its range.

    References
    ----------
    Keyvanshokooh, Zhalechian, Shi, Van Oyen, Kazemian (2025), *Contextual learning with online
    convex optimization*, Management Science, Remark 2; how its warm-up decides is ours.

    Examples
    --------
    >>> from recourse_bandits.policies.sgd_mab import SGDMAB
    >>> WarmUp(SGDMAB(), rounds=100).rounds
    100
    """

    base: AnyPolicy
    rounds: int

    def __post_init__(self) -> None:
        require_asking_nobody(self.base)
        require_whole(rounds=self.rounds)

    def init(self, problem: Problem) -> WarmUpState:
        """State of the base, and no decisions.

        Parameters
        ----------
        problem
            The problem that will be decided.
        """
        doses = Doses.of([arm.dose for arm in problem.treatments])
        return WarmUpState(self.base.init(problem), 0, doses)

    def propose(self, state: WarmUpState, context: Context, key: Key) -> Proposal:
        """Return a drawn arm in a drawn dose, or after the warm-up what the base proposes.

        Parameters
        ----------
        state
            What has been learned.
        context
            The person, or a batch.
        key
            Draws everything.
        """
        if state.decisions >= self.rounds:
            return self.base.propose(state.base, context, key)
        proposal = Uniform().propose(UniformState(), context, key)
        shape = context.values.shape[:-1]
        before = np.full(shape, state.decisions).tolist()
        doses = _drawn(state.doses, key) if state.doses.given.any() else None
        return replace(proposal, doses=doses, trace={WARMING_UP: before})

    def settle(self, state: WarmUpState, proposal: Proposal, advice: Advice | None) -> Choice:
        """Return the proposal's choice, or after the warm-up the base's.

        Parameters
        ----------
        state
            What has been learned by now.
        proposal
            What was proposed.
        advice
            A legal pair, or None.
        """
        if WARMING_UP in proposal.trace:
            return super().settle(state, proposal, advice)
        return self.base.settle(state.base, proposal, advice)

    def report(self, state: WarmUpState, proposal: Proposal, arm: int, point: Array) -> Trace:
        """Return the warm-up's trace, or after it what the base keeps.

        Parameters
        ----------
        state
            What has been learned by now.
        proposal
            What was proposed.
        arm
            Number of the arm that is issued.
        point
            The point that is issued, shape (d,).
        """
        if WARMING_UP in proposal.trace:
            return proposal.trace
        return self.base.report(state.base, proposal, arm, point)

    def committed(self, state: WarmUpState, decision: Decision) -> WarmUpState:
        """State with one more decision counted.

        Parameters
        ----------
        state
            The state before.
        decision
            The decision, as stored.
        """
        base = self.base.committed(state.base, decision)
        return state._replace(base=base, decisions=state.decisions + 1)


def _drawn(doses: Doses, key: Key) -> Array:
    """Return a dose of each arm, drawn evenly from its range and rounded, shape (..., K)."""
    seed, number, stream = key
    places = _DOSE_INDEX + np.arange(doses.lower.size)
    share = kernels.draws.uniform(seed, np.asarray(number)[..., None], stream, places)
    return doses.issued((1.0 - share) * doses.lower + share * doses.upper)
