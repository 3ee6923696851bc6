"""Any policy on a grid of doses: every dose of the grid is an arm of its own (a baseline)."""

from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from recourse_bandits.errors import DescriptionError
from recourse_bandits.parameters import require_count
from recourse_bandits.policies.base import AnyPolicy, Policy
from recourse_bandits.policies.consulting import require_asking_nobody
from recourse_bandits.policies.lin_ucb import LinUCB
from recourse_bandits.problem import Arm, Context, Dose, Prior, Problem
from recourse_bandits.records import Array, Decision, Key, Outcome, Proposal


class DoseLevelsState(NamedTuple):
    """The base's state, and which of its arms is which."""

    base: Any
    arm: NDArray[np.int64]
    """Number of the real arm of each arm of the base; (L,)."""
    dose: Array
    """Its dose, in the real arm's unit; NaN without a dose; (L,)."""


@dataclass(frozen=True, kw_only=True)
class DoseLevels(Policy[DoseLevelsState]):
    """A policy without doses that is offered each of some doses as an arm of its own.

    What is learned of one dose tells nothing of the next, and sub-outcomes tell nothing at all. No
    propensity is told: the base's is of an arm with a dose, not of the arm.

    Parameters
    ----------
    base
        The policy that chooses among them; one that asks nobody.
    levels
        Doses for each arm that has any, >= 1: evenly spaced over its range, rounded as they are
        issued; 1: the first dose alone.

    Raises
    ------
    DescriptionError
        If the base is none, or levels is out of its range.

    Examples
    --------
    >>> DoseLevels(base=LinUCB(scale=0.2), levels=5).levels
    5
    """

    base: AnyPolicy = field(default_factory=LinUCB)
    levels: int = 5

    def __post_init__(self) -> None:
        require_asking_nobody(self.base)
        require_count(levels=self.levels)

    def init(self, problem: Problem) -> DoseLevelsState:
        """State of the base in the problem with an arm for every dose.

        Parameters
        ----------
        problem
            The problem that will be decided.

        Raises
        ------
        DescriptionError
            If no arm has a dose, or the problem has a prior, which is of real arms.
        """
        if problem.doses is None:
            raise DescriptionError("DoseLevels needs an arm that has a dose; use its base alone")
        if problem.reward.prior != Prior():
            raise DescriptionError(
                "DoseLevels has an arm for every dose, of which the problem's prior says nothing: "
                "leave the prior out"
            )
        arms: list[Arm] = []
        owner: list[int] = []
        doses: list[float] = []
        for number, arm in enumerate(problem.treatments):
            for dose in self._doses(arm.dose):
                arms.append(replace(arm, name=f"{arm.name}, dose {dose!r}", dose=None))
                owner.append(number)
                doses.append(dose)
        plain = replace(problem, arms=tuple(arms), sub_outcome=None)
        return DoseLevelsState(self.base.init(plain), np.array(owner, np.int64), np.array(doses))

    def _doses(self, dose: Dose | None) -> list[float]:
        if dose is None:
            return [np.nan]
        if self.levels == 1:
            return [dose.first]
        spaced = np.linspace(dose.lower, dose.upper, self.levels).tolist()
        return sorted({dose.issued(one) for one in spaced})

    def propose(self, state: DoseLevelsState, context: Context, key: Key) -> Proposal:
        """Return the base's choice; every real arm stands there with its best dose.

        Parameters
        ----------
        state
            What has been learned.
        context
            The person, or a batch.
        key
            Source of randomness.
        """
        proposal = self.base.propose(state.base, _offered(state, context), key)
        return replace(proposal, context=context, **_by_arm(state, context, proposal))

    def interval(
        self, state: DoseLevelsState, context: Context, arm: int, point: Array
    ) -> tuple[float, float, float]:
        """Interval of the base for the arm's dose of the largest upper bound.

        A base that samples may give the arm in another dose.

        Parameters
        ----------
        state
            What has been learned.
        context
            The person.
        arm
            Number of the arm.
        point
            Columns after a recourse, shape (d,).
        """
        offered = _offered(state, context)
        each = [
            self.base.interval(state.base, offered, int(one), point)
            for one in np.flatnonzero(state.arm == arm)
        ]
        return max(each, key=lambda interval: interval[2])

    def observed(
        self,
        state: DoseLevelsState,
        decision: Decision | None,
        outcome: Outcome,
        *,
        donate: bool = False,
    ) -> DoseLevelsState:
        """State after the base learned of the level that is nearest to the dose taken.

        Parameters
        ----------
        state
            The state before.
        decision
            The decision, as stored.
        outcome
            What came of it.
        donate
            True: the memory of `state` may be reused.
        """
        own = np.flatnonzero(state.arm == outcome.arm)
        taken = 0.0 if outcome.dose is None else outcome.dose
        level = own[np.argmin(np.abs(np.nan_to_num(state.dose[own]) - taken))]
        told = replace(outcome, arm=int(level), dose=None)
        base = self.base.observed(state.base, decision, told, donate=donate)
        return state._replace(base=base)


def _offered(state: DoseLevelsState, context: Context) -> Context:
    return replace(context, eligible=context.eligible[..., state.arm])


def _by_arm(state: DoseLevelsState, context: Context, proposal: Proposal) -> dict[str, Any]:
    """Return what a proposal says of each real arm: what the base says of its best dose."""
    chosen = np.asarray(proposal.arm)
    arms = np.arange(context.eligible.shape[-1])
    # an arm that may not be given stands there with its first dose
    worth = np.maximum(proposal.high, -np.finfo(np.float64).max)[..., None, :]
    levels = np.argmax(np.where(state.arm == arms[:, None], worth, -np.inf), axis=-1)
    real = state.arm[chosen]
    levels = np.where(arms == real[..., None], chosen[..., None], levels)
    low = proposal.low
    return {
        "arm": int(real) if real.ndim == 0 else real,
        "mean": np.take_along_axis(proposal.mean, levels, axis=-1),
        "high": np.take_along_axis(proposal.high, levels, axis=-1),
        "low": None if low is None else np.take_along_axis(low, levels, axis=-1),
        "ruled_out": np.take_along_axis(proposal.ruled_out, levels, axis=-1),
        "doses": state.dose[levels],
        "propensity": None,  # the base's is of one dose
    }
