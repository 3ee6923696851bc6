"""B-SGD-MAB: as SGD-MAB, where only the value of a dose's penalty is seen."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from recourse_bandits import kernels
from recourse_bandits.errors import DescriptionError
from recourse_bandits.parameters import require_count, require_positive
from recourse_bandits.policies.dosing import SamplingDosingPolicy
from recourse_bandits.policies.dosing_state import ChanceBelief
from recourse_bandits.problem import Context, Problem
from recourse_bandits.problem.arithmetic import COLUMN, DOSE, NUMBER, PLUS, TIMES, program_of, run
from recourse_bandits.problem.dose import Doses
from recourse_bandits.problem.encoding import NumberEncoder
from recourse_bandits.records import Array, Decision, Key, Outcome, Proposal

_LONGEST = 2**53  # whole numbers up to it are exact as floats


class OnePointState(NamedTuple):
    """What B-SGD-MAB has learned."""

    chances: ChanceBelief
    """Of success."""
    iterate: Array
    """Dose about which is played, -1 at the lower end of the range and 1 at the upper; (K,)."""
    doses: Doses
    """Where doses may lie. Constant."""
    penalties: tuple[Array, ...]
    """For each arm the program of its penalty, (n, 2); of no rows without a dose. Constant."""


@dataclass(frozen=True)
class BSGDMAB(SamplingDosingPolicy[OnePointState]):
    r"""Contextual learning where only the value of a dose's penalty is seen, not its slope.

    An arm succeeds with the chance 1 / (1 + exp(f - x·theta)), where f is its `Dose.penalty`. On
    the range of doses scaled to [-1, 1] each arm has an iterate z. The arm of the largest sampled
    chance at its iterate is chosen, and given a little more or less than that,

    .. math:: play = z + \vartheta u,\quad u = \pm 1,\quad
              z \leftarrow clip\big(z - \eta\,\tfrac{u}{\vartheta}\,\tfrac f C\big),\quad
              \vartheta = T^{-1/4},\ \eta = 2\,T^{-3/4},

    with f at the play: `kernels.one_point_gradient`. The play is rounded to a dose that can be
    given, and f is that of the issued dose. Rounding biases the pair (u, f): choose a `Dose.step`
    that is small beside vartheta times half of the range, or none.

    Proposals tell the chance at the iterate, ± 2·inflation standard deviations of x·theta, and no
    recourse. A penalty outside [0, C] counts as the nearer end, and one that cannot be computed,
    such as 0/0, as C; features whose value is missing count as they are filled in.

    Parameters
    ----------
    horizon
        Number T of decisions that the step is made for, 2 <= T <= 2**53. Later ones keep it.
    penalty_bound
        Bound C > 0 of the penalties; log odds. Far too large a one makes learning slow.
    penalty
        Prior precision > 0 of each coefficient of the log odds, where the problem's prior says
        nothing; a prior of correlated coefficients is refused.
    inflation
        Multiplier >= 0 of the posterior's standard deviations.

    Raises
    ------
    DescriptionError
        If a parameter is out of its range.

    References
    ----------
    Keyvanshokooh, Zhalechian, Shi, Van Oyen, Kazemian (2025), *Contextual learning with online
    convex optimization*, Management Science, Appendix E, which takes f at the dose before u is
    added: that pair tells no gradient.

    Examples
    --------
    >>> BSGDMAB(1000, 4.0).penalty
    1.0
    """

    horizon: int
    penalty_bound: float

    def __post_init__(self) -> None:
        super().__post_init__()
        require_count(horizon=self.horizon)
        if not 2 <= self.horizon <= _LONGEST:
            raise DescriptionError(f"horizon must lie in [2, 2**53], got {self.horizon}")
        require_positive(penalty_bound=self.penalty_bound)

    def init(self, problem: Problem) -> OnePointState:
        """State with the prior of the problem, and every iterate at the dose where it starts.

        Parameters
        ----------
        problem
            The problem that will be decided.

        Raises
        ------
        DescriptionError
            If an arm has a dose without penalty, or none has a dose, or the prior is of correlated
            coefficients.
        """
        doses = problem.doses
        arms = [arm.name for arm in problem.treatments if arm.dose and arm.dose.penalty is None]
        if doses is None or arms:
            raise DescriptionError(
                "BSGDMAB needs a penalty for every dose: give "
                f"{', '.join(arms) or 'some arm'} a dose=Dose(..., penalty='...'), or use another "
                "policy"
            )
        vartheta, _ = self._schedule
        upper = np.where(doses.given, doses.upper, 1.0)
        start = kernels.one_point_gradient.scaled(doses.start, doses.lower, upper)
        iterate = np.where(doses.given, np.clip(start, vartheta - 1.0, 1.0 - vartheta), 0.0)
        chances = ChanceBelief.of(problem, self.penalty)
        return OnePointState(chances, iterate, doses, _programs(problem))

    @property
    def _schedule(self) -> tuple[float, float]:
        vartheta, eta = kernels.one_point_gradient.schedule(float(self.horizon))
        return vartheta, eta

    def propose(self, state: OnePointState, context: Context, key: Key) -> Proposal:
        """Return the arm of the largest sampled chance, each in the dose that it would be played.

        Parameters
        ----------
        state
            What has been learned.
        context
            The person, or a batch.
        key
            Draws coefficients and signs.
        """
        vartheta, _ = self._schedule
        sign = np.asarray(kernels.one_point_gradient.sign(*key))
        play = state.iterate + vartheta * sign[..., None]
        doses = state.doses.issued(_doses(state, play))
        at = np.array((np.broadcast_to(_doses(state, state.iterate), doses.shape), doses))
        penalties, played = self._costs(state, context.values, at)
        trace = {"sign": sign.tolist(), "value": (played / self.penalty_bound).tolist()}
        return self.proposal(state, context, key, (penalties, penalties), doses, trace)

    def penalties(self, state: OnePointState, values: Array) -> Array:
        """Return the penalty of each arm at its iterate.

        Parameters
        ----------
        state
            What has been learned.
        values
            Columns, shape (..., d).
        """
        return self._costs(state, values, _doses(state, state.iterate))

    def _costs(self, state: OnePointState, values: Array, doses: Array) -> Array:
        """Return the penalties of doses, shape (..., K), in [0, C]; 0 without a dose."""
        shape = *values.shape[:-1], state.iterate.size
        costs = np.zeros(np.broadcast_shapes(doses.shape, shape))
        for arm in np.flatnonzero(state.doses.given).tolist():
            costs[..., arm] = self._cost(state, arm, values, doses[..., arm])
        return costs

    def _cost(self, state: OnePointState, arm: int, values: Array, dose: Array) -> Array:
        cost = run(state.penalties[arm], values, dose)
        bounded: Array = np.maximum(np.fmin(cost, self.penalty_bound), 0.0)  # NaN becomes C
        return bounded

    def penalty_taken(self, state: OnePointState, outcome: Outcome) -> float:
        """Return the penalty of the dose that was taken.

        Parameters
        ----------
        state
            What has been learned.
        outcome
            What came of the dose.
        """
        if outcome.dose is None:
            return 0.0
        return float(self._cost(state, outcome.arm, outcome.point, np.asarray(outcome.dose)))

    def committed(self, state: OnePointState, decision: Decision) -> OnePointState:
        """State after the step of the iterate of the arm that was issued.

        Parameters
        ----------
        state
            The state before.
        decision
            The decision, as stored.
        """
        arm, trace = decision.choice.arm, decision.choice.trace
        if "value" not in trace or not state.doses.given[arm]:
            return state
        iterate = state.iterate.copy()
        iterate[arm] = kernels.one_point_gradient.stepped(
            iterate[arm], trace["sign"], trace["value"][arm], *self._schedule
        )
        return state._replace(iterate=iterate)


def _doses(state: OnePointState, scaled: Array) -> Array:
    """Return doses on the scale from -1 to 1 in their unit, shape (..., K)."""
    doses: Array = kernels.one_point_gradient.dose(scaled, state.doses.lower, state.doses.upper)
    return doses


def _programs(problem: Problem) -> tuple[Array, ...]:
    """Return for each arm the program of its penalty, which makes raw features of columns."""
    known: dict[str, list[tuple[int, float]]] = {"dose": [(DOSE, 0.0)]}
    for encoder in problem.encoders:
        if isinstance(encoder, NumberEncoder):
            column = problem.columns.index(encoder.columns[0])
            known[encoder.feature.name] = [
                (COLUMN, column),
                (NUMBER, encoder.scale),
                (TIMES, 0.0),
                (NUMBER, encoder.mean),
                (PLUS, 0.0),
            ]
    nothing = np.empty((0, 2))
    formulas = [None if arm.dose is None else arm.dose.penalty for arm in problem.treatments]
    return tuple(nothing if formula is None else program_of(formula, known) for formula in formulas)
