"""LinUCB: the arm of the largest upper confidence bound, without recourse."""

from dataclasses import dataclass

from recourse_bandits import kernels
from recourse_bandits.policies.linear_state import LinearState
from recourse_bandits.policies.optimistic import OptimisticPolicy
from recourse_bandits.problem import Context
from recourse_bandits.records import Key, Proposal


@dataclass(frozen=True, kw_only=True)
class LinUCB(OptimisticPolicy):
    """Disjoint LinUCB: one ridge regression an arm, no recourse.

    Parameters
    ----------
    penalty
        Ridge penalty lambda > 0, where the problem's prior says nothing.
    exact_rows
        Outcomes of an arm up to which its estimate is exact where the reward's link is not the
        identity; 0: one pass from the beginning, None: always exact. See `LinearPolicy`.
    scale
        Multiplier of the confidence radius, >= 0. Below 1 nothing is proved.
    failure
        Probability that the confidence sets fail, in (0, 1).
    form
        `determinant` (Abbasi-Yadkori et al. 2011, Theorem 2) or `lemma2` (LIBRA paper).
    context_bound
        Largest Euclidean norm of a person's columns, used by `lemma2`; None: sqrt(d) + the longest
        feasible change, which holds for a typical standardised person only: give a true bound
        where the proof matters.

    Raises
    ------
    DescriptionError
        If a parameter is out of its range.

    References
    ----------
    Li, Chu, Langford, Schapire (2010), Algorithm 1; Abbasi-Yadkori, Pal, Szepesvari (2011).

    Examples
    --------
    >>> LinUCB(scale=0.2).form
    'determinant'
    """

    def propose(self, state: LinearState, context: Context, key: Key) -> Proposal:
        """Return the eligible arm of the largest upper bound; ties are broken evenly.

        Parameters
        ----------
        state
            What has been learned.
        context
            The person, or a batch.
        key
            Breaks ties.
        """
        arm, ties, mean, high, explored = kernels.linear_arms.largest_upper_bound(
            state.factor,
            state.estimate,
            state.confidence_radius,
            context.values,
            context.eligible,
            *key,
        )
        return self.proposal(
            state,
            context,
            arm,
            context.values,
            mean,
            high,
            ~context.eligible,
            explored=explored,
            propensity=1.0 / ties,
        )
