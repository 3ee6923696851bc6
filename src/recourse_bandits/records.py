"""What passes between people, policies, advisers and journals: frozen records.

Arrays inside are in scaled columns; mappings are in raw units.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from recourse_bandits.exchanges import Exchange
from recourse_bandits.problem import Context, Problem, RawValue
from recourse_bandits.problem.later import DescribedLater, set_field

Array = NDArray[np.float64]
Trace = Mapping[str, Any]
_NOTHING: Trace = {}


class Stream(IntEnum):
    """Who draws random numbers; part of every key."""

    POLICY = 0
    ADVISER = 1
    PERSON = 2
    NOISE = 3
    REALISED = 5  # 4 is that of `tables.people`
    COMES_BACK = 6
    DELAY = 7
    SUB_OUTCOME_DELAY = 8


class Key(NamedTuple):
    """The argument from which all randomness of one decision follows."""

    seed: int
    """Of the study or the run, 0 <= seed < 2**63."""
    number: int | NDArray[np.int64]
    """Of the decision; an array of numbers for a batch."""
    stream: int
    """Who draws; see `Stream`."""


@dataclass(frozen=True, slots=True, eq=False)
class Proposal:
    """A policy's own choice for one person, or for a batch with one leading axis.

    Parameters
    ----------
    context
        The person.
    arm
        Number of the chosen arm, shape (...).
    point
        Columns after its recourse, shape (..., d).
    mean
        Estimated reward of each arm at its own recourse, shape (..., K); NaN where unknown.
    high
        Upper bound of each arm's reward, shape (..., K).
    ruled_out
        Arms whose `high` is a bound that alone showed them to be worse, shape (..., K).
    asks
        Whether the policy asks for advice.
    explored
        Whether the arm is not the best one for the estimates alone.
    propensity
        Probability of the arm given state and context, or None if unknown.
    trace
        Private numbers of the policy.
    low
        Lower bound of each arm's reward, shape (..., K), NaN where unknown; None: as far below
        `mean` as `high` is above, see `lower`.
    doses
        Dose in which each arm would be given, shape (..., K), NaN of an arm that has none; in the
        arm's unit. None: the policy chooses no doses, and arms are given in their first one.
    """

    context: Context
    arm: int
    point: Array
    mean: Array
    high: Array
    ruled_out: NDArray[np.bool_]
    asks: bool = False
    explored: bool = False
    propensity: float | None = None
    trace: Trace = field(default_factory=lambda: _NOTHING)
    low: Array | None = None
    doses: Array | None = None

    @property
    def lower(self) -> Array:
        """Lower bound of each arm's reward, shape (..., K); NaN where unknown."""
        return 2.0 * self.mean - self.high if self.low is None else self.low

    def dose_of(self, arm: int) -> float | None:
        """Return the dose of an arm, for one person; None if it has none, or none was chosen.

        Parameters
        ----------
        arm
            Number of the arm.
        """
        dose = math.nan if self.doses is None else float(self.doses[arm])
        return None if math.isnan(dose) else dose

    @property
    def width(self) -> Any:
        """Width of the interval of the proposed pair, shape (...); NaN where unknown."""
        if self.mean.ndim == 1:
            arm: Any = self.arm
        else:
            arm = np.arange(self.mean.shape[0]), self.arm
        if self.low is None:
            return 2.0 * (self.high[arm] - self.mean[arm])
        return self.high[arm] - self.low[arm]

    @property
    def interval(self) -> tuple[float, float, float]:
        """Estimate, lower and upper bound of the reward of the proposed pair, for one person."""
        mean, high = float(self.mean[self.arm]), float(self.high[self.arm])
        if math.isnan(mean):
            return mean, -math.inf, math.inf
        if self.low is None:
            return mean, 2.0 * mean - high, high
        return mean, float(self.low[self.arm]), high


@dataclass(frozen=True, slots=True, eq=False)
class Advice:
    """An adviser's pair.

    Parameters
    ----------
    arm
        Number of the arm.
    point
        Columns after its recourse, shape (d,).
    note
        Anything the adviser wants kept with it.
    exchange
        What was asked and answered, if the adviser tells.
    """

    arm: int
    point: Array
    note: str = ""
    exchange: Exchange | None = None


@dataclass(frozen=True, slots=True)
class NoAdvice:
    """An adviser's failure: a legal answer, after which the policy decides.

    Parameters
    ----------
    reason
        Why there is no advice.
    exchange
        What was asked and answered, if the adviser tells.
    """

    reason: str
    exchange: Exchange | None = None


@dataclass(frozen=True, slots=True)
class Later:
    """An adviser's answer that the advice will come by `Study.settle`.

    Parameters
    ----------
    reason
        What is waited for.
    """

    reason: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """What is finally chosen.

    Parameters
    ----------
    arm
        Number of the arm.
    point
        Columns after the recourse, shape (d,).
    mean, low, high
        Estimate and bounds of its reward; NaN and infinite where unknown.
    source
        Whose pair it is.
    vetoed
        Whether advice was given and turned down.
    explored
        Whether the arm is not the best one for the estimates alone; None if that is not known.
    propensity
        Probability of the arm given state, context and advice, or None if unknown.
    trace
        Private numbers that `committed` or `observed` will need.
    dose
        Dose of the arm, in its unit; None: it has none, or (before it is issued) its first one.
    """

    arm: int
    point: Array
    mean: float
    low: float
    high: float
    source: Literal["policy", "advice"] = "policy"
    vetoed: bool = False
    explored: bool | None = False
    propensity: float | None = None
    trace: Trace = field(default_factory=lambda: _NOTHING)
    dose: float | None = None


@dataclass(frozen=True, slots=True)
class Recourse:
    """The recommended change, in raw units.

    Parameters
    ----------
    target
        Every feature after the change; those that do not change are copied as given.
    change
        Change of each mutable feature of numbers whose value is known.
    cost
        Effort of the change in the budget's norm.
    """

    target: Mapping[str, RawValue]
    change: Mapping[str, float]
    cost: float


@dataclass(frozen=True, slots=True, eq=False)
class Consultation:
    """What was asked and answered.

    Parameters
    ----------
    given
        The advice, if a legal one came.
    reason
        Why none came, if none did.
    exchange
        Who was asked, and what passed; None: the advice was handed to `Study.settle`, or the
        deadline passed, where the adviser is one.
    """

    given: Advice | None = None
    reason: str | None = None
    exchange: Exchange | None = None


class _Recommendation(DescribedLater):
    __slots__ = ("_effort", "_problem")
    _problem: Problem
    _effort: float

    def _describe(self: Any) -> Mapping[str, Any]:
        target, change = self._problem.raw_target(self.context, self.choice.point)
        return {"recourse": Recourse(target, change, self._effort)}


@dataclass(frozen=True, slots=True, eq=False)
class Decision(_Recommendation):
    """A decision, with all that is needed to say why.

    Parameters
    ----------
    id
        Its number, from 0.
    context
        The person, as given and as numbers.
    arm
        Name of the recommended arm.
    recourse
        The recommended change, or None with `no_recourse` as the reason.
    no_recourse
        Why no change is recommended, or None.
    choice
        The choice in numbers.
    proposal
        The policy's own choice and its view of every arm.
    consultation
        The question and its answer, or None if nobody was asked.
    request_id
        The caller's name for this decision.
    subject
        Opaque reference to the person.
    batch
        Number of the first decision of the table that it was decided with, or None.
    """

    id: int
    context: Context
    arm: str
    recourse: Recourse | None
    no_recourse: str | None
    choice: Choice
    proposal: Proposal
    consultation: Consultation | None = None
    request_id: str | None = None
    subject: str | None = None
    batch: int | None = None

    @staticmethod
    def recommending(
        problem: Problem,
        effort: float,
        pending: "Pending",
        choice: Choice,
        consultation: Consultation | None,
        batch: int | None,
    ) -> "Decision":
        """Return a decision whose recourse is put into raw units when it is first looked at.

        Parameters
        ----------
        problem
            The problem.
        effort
            Effort of the chosen change, which is a recourse.
        pending
            The proposal and whom it is for.
        choice, consultation, batch
            As for a `Decision`.
        """
        decision = object.__new__(Decision)
        set_field(decision, "_problem", problem)
        set_field(decision, "_effort", effort)
        set_field(decision, "id", pending.id)
        set_field(decision, "context", pending.proposal.context)
        set_field(decision, "arm", problem.arm_names[choice.arm])
        set_field(decision, "no_recourse", None)
        set_field(decision, "choice", choice)
        set_field(decision, "proposal", pending.proposal)
        set_field(decision, "consultation", consultation)
        set_field(decision, "request_id", pending.request_id)
        set_field(decision, "subject", pending.subject)
        set_field(decision, "batch", batch)
        return decision

    @property
    def dose(self) -> float | None:
        """Recommended dose, in the arm's unit; None if the arm has none."""
        return self.choice.dose

    @property
    def predicted(self) -> float:
        """Estimated reward of the choice; NaN if the policy has no model."""
        return self.choice.mean

    @property
    def interval(self) -> tuple[float, float]:
        """Lower and upper bound of its reward."""
        return self.choice.low, self.choice.high

    @property
    def source(self) -> str:
        """`policy` or `advice`: whose pair it is."""
        return self.choice.source

    @property
    def explored(self) -> bool | None:
        """Whether the arm is not the best one for the estimates alone; None if not known."""
        return self.choice.explored

    @property
    def propensity(self) -> float | None:
        """Probability of the arm given state, context and advice, or None if unknown."""
        return self.choice.propensity

    @property
    def asked(self) -> bool:
        """Whether advice was asked for."""
        return self.consultation is not None

    @property
    def unasked(self) -> bool:
        """Whether advice was wanted but, as the caller declared, nobody was asked."""
        return bool(self.proposal.asks) and self.consultation is None

    @property
    def followed(self) -> bool:
        """Whether the advice was followed."""
        return self.choice.source == "advice"

    @property
    def vetoed(self) -> bool:
        """Whether advice came and was turned down."""
        return self.choice.vetoed

    @property
    def failed(self) -> bool:
        """Whether advice was asked for and none came."""
        return self.consultation is not None and self.consultation.given is None


@dataclass(frozen=True, slots=True, eq=False)
class Pending:
    """A decision that waits for advice.

    Parameters
    ----------
    id
        The reserved number of the decision.
    proposal
        What the policy would do without advice.
    request_id
        The caller's name for this decision.
    subject
        Opaque reference to the person.
    deadline
        Until when advice is worth waiting for, or None.
    addressee
        Who is asked, where the adviser chooses among several.
    """

    id: int
    proposal: Proposal
    request_id: str | None = None
    subject: str | None = None
    deadline: datetime | None = None
    addressee: str | None = None

    @property
    def context(self) -> Context:
        """The person."""
        return self.proposal.context


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What is learned from a decision, in numbers.

    Parameters
    ----------
    arm
        Number of the arm that was really given.
    point
        Columns as they really were, shape (d,).
    reward
        The reward; larger is better.
    dose
        Dose that was really taken, in the arm's unit; None if the arm has none.
    """

    arm: int
    point: Array
    reward: float
    dose: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Effect:
    """What is learned from the sub-outcome of a decision, in numbers.

    Parameters
    ----------
    arm
        Number of the arm that was really given.
    point
        Columns as they really were, shape (d,).
    value
        The sub-outcome, in its unit.
    dose
        Dose that was really taken, in the arm's unit.
    """

    arm: int
    point: Array
    value: float
    dose: float
