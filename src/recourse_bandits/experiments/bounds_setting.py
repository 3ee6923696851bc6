"""From a policy and its problem to what the theorems see of them."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from recourse_bandits.environments import Environment, LinearEnvironment, NonCompliance
from recourse_bandits.environments.delays import Delay
from recourse_bandits.errors import SettingsError
from recourse_bandits.kernels.certified_l1 import MOST_VERTICES
from recourse_bandits.policies import GLRB
from recourse_bandits.policies.glrb import MAX_NODES
from recourse_bandits.problem import Feature, Problem
from recourse_bandits.problem.boxes import MOST_BOXES
from recourse_bandits.problem.stepping import most_steps
from recourse_bandits.records import Key, Stream
from recourse_bandits.solutions import GAP
from recourse_bandits.theory import (
    AnotherConfidenceSet,
    AssumptionWarning,
    DeviationsNotPlannedFor,
    FactsAgainstBounds,
    OutcomesLate,
    RecourseNotCertified,
    Setting,
    link_slopes,
)

_ROUNDING = 1e-9
_ALL_VERTICES = 16  # features up to which `certified` tries every vertex under linf
# under l1 with bounds, where m features have (2m + 1)·3^m of them at most
_ALL_VERTICES_OF_L1 = max(m for m in range(20) if (2 * m + 1) * 3**m <= MOST_VERTICES)


def setting_of(
    policy: GLRB, problem: Problem, rounds: Sequence[int]
) -> tuple[Setting, tuple[AssumptionWarning, ...]]:
    """Return the setting of a GLRB, and what in it breaks assumptions of every theorem.

    Parameters
    ----------
    policy
        The policy.
    problem
        What it decides.
    rounds
        T.

    Raises
    ------
    SettingsError
        If nothing bounds a person's columns after recourse.
    """
    bound = policy.context_bound
    if bound is None:
        bound = math.sqrt(problem.dimension) + problem.limits.longest_change
    if not math.isfinite(bound):
        raise SettingsError(
            "a feature of weight 0 makes changes free: give the policy a context_bound, the "
            "largest norm of a person's columns after recourse"
        )
    reward = problem.reward
    least, largest = link_slopes(reward.link, bound * reward.coefficient_bound)
    state = policy.init(problem)
    bias = float(state.bias.max())
    broken: list[AssumptionWarning] = []
    if reward.link != "identity":
        if policy.form == "lemma2":
            bias *= min(1.0, least)  # the state has it over the slope already
        else:
            broken.append(
                AnotherConfidenceSet(
                    f"with the link {reward.link} the policy's set adapts to the curvature (ours); "
                    f"the theorem's radius is over the least slope, {least:.3g}"
                )
            )
    setting = Setting(
        dimension=problem.dimension,
        arms=len(problem.arms),
        rounds=rounds,
        noise=reward.noise,
        context_bound=bound,
        coefficient_bound=reward.coefficient_bound,
        penalty=1.0 / float(state.largest_variance.max()),
        failure=policy.failure,
        scale=policy.scale,
        form=policy.form,
        least_slope=least,
        largest_slope=largest,
        bias=bias,
    )
    gap, doubts = certified_gap(policy, problem, setting)
    return replace(setting, gap=gap), (*broken, *doubts)


def certified_gap(
    policy: GLRB, problem: Problem, setting: Setting
) -> tuple[float | None, tuple[AssumptionWarning, ...]]:
    r"""Return how far a GLRB's optimistic recourse is below the best one at most; None: unknown.

    With ``solver="certified"`` the gap is :math:`10^{-6}(1 + |value|)`. While no confidence set
    fails, the coefficients of a value are at most :math:`2\rho_T` from the true ones, so that

    .. math:: |value| \le \beta_\Theta\beta_X + 2\rho_T\,\beta_X/\sqrt\lambda .

    A gap above :math:`2\beta_\Theta\beta_X` would say nothing of a round, and is cut there.

    Parameters
    ----------
    policy
        The policy.
    problem
        What it decides.
    setting
        The same as the theorems see it.

    Returns
    -------
    tuple
        The gap, unit of z, and what is against it.
    """
    if not problem.mutable or not problem.budget.radius:
        return 0.0, ()
    if policy.solver != "certified":
        return None, ()
    width = setting.context_bound / math.sqrt(setting.penalty)
    value = setting.reach + 2.0 * float(setting.confidence_radius.max()) * width
    gap = min(GAP * (1.0 + value), 2.0 * setting.reach)
    if _always_closed(problem):
        return gap, ()
    doubt = RecourseNotCertified(
        f"ORO-Arm must be solved globally, and {MAX_NODES} boxes an arm may leave more than the "
        f"gap of {gap:.3g}: `certified` is sure of steps and categories alone, of l2 and "
        f"mahalanobis without bounds, of linf with up to {_ALL_VERTICES} features, and of l1 "
        f"without bounds or with up to {_ALL_VERTICES_OF_L1} features"
    )
    return gap, (doubt,)


def _always_closed(problem: Problem) -> bool:
    """Whether `certified` reaches its tolerance for everybody: under l2 seen, not proved."""
    budget = problem.budget
    leaders = [feature for feature in problem.mutable if feature.follows is None]
    ways = [_ways(feature, problem) for feature in leaders]
    stepped = [each for each in ways if each is not None]
    if len(stepped) == len(ways):
        return math.prod(stepped) <= MOST_BOXES
    # boxes of free features may outlast the patience
    if stepped or budget.max_changed is not None:
        return False
    without_bounds = all(map(_open, problem.mutable))
    if budget.norm == "l1":
        return without_bounds or len(leaders) <= _ALL_VERTICES_OF_L1
    if budget.norm == "linf":
        few = len(leaders) <= _ALL_VERTICES
        return few and (without_bounds or budget.price == 0.0)
    return budget.norm in ("l2", "mahalanobis") and without_bounds


def _ways(feature: Feature, problem: Problem) -> float | None:
    """How many changes of a feature there are at most; None: it moves freely."""
    if feature.categories is not None:
        return len(feature.categories)
    if feature.allowed_values is not None:
        return len(feature.allowed_values)
    if feature.step is None:
        return None
    ties = problem.limits.ties
    return most_steps(ties, ties.names.index(feature.name)) + 1.0


def _open(feature: Feature) -> bool:
    """Whether only the budget limits a feature; one whose value is unknown cannot move."""
    free = feature.bounds == feature.max_step == (None, None)
    return free and feature.direction == "both" and feature.missing == "refuse"


def not_complying(policy: GLRB, world: Environment | None) -> tuple[AssumptionWarning, ...]:
    """Return what is against people who do as recommended, whom all but Theorems 7 and 8 take.

    Parameters
    ----------
    policy
        The policy.
    world
        The simulated world, if there is one.
    """
    found: list[AssumptionWarning] = []
    if isinstance(world, NonCompliance):
        found.append(
            DeviationsNotPlannedFor("people of this world do otherwise than recommended, or leave")
        )
    if policy.noncompliance is not None:
        found.append(
            DeviationsNotPlannedFor(
                "the policy plans for people who do otherwise, the theorem's for those who comply"
            )
        )
    return tuple(found)


def arriving_late(delay: Delay | None) -> tuple[AssumptionWarning, ...]:
    """Return what is against outcomes that are there before the next decision.

    Parameters
    ----------
    delay
        The law of delays; None: there are none.
    """
    if delay is None or (delay.law is not None and delay.law.mean == 0.0):
        return ()
    return (OutcomesLate("outcomes are late, the theorem's are there before the next decision"),)


def facts_against(
    setting: Setting, world: Environment, people: int, seed: int
) -> tuple[AssumptionWarning, ...]:
    """Return what in a simulated world is against the stated bounds.

    Parameters
    ----------
    setting
        Of a policy.
    world
        The world.
    people
        How many of them are looked at, as they come, before any recourse.
    seed
        Draws them.
    """
    found: list[AssumptionWarning] = []
    keys = (Key(seed, number, Stream.PERSON) for number in range(people))
    columns = np.array([world.problem.context(world.person(key)).values for key in keys])
    longer = _longer(columns, setting.context_bound)
    if longer:
        found.append(
            FactsAgainstBounds(
                f"context_bound is {setting.context_bound:.4g}, and {longer:,} of {people:,} "
                "people are longer than that before any recourse"
            )
        )
    while isinstance(world, NonCompliance):
        world = world.inner
    if isinstance(world, LinearEnvironment):
        longer = _longer(world.theta, setting.coefficient_bound)
        if longer:
            found.append(
                FactsAgainstBounds(
                    f"coefficient_bound is {setting.coefficient_bound:.4g}, and {longer} of "
                    f"{setting.arms} arms have longer coefficients"
                )
            )
    return tuple(found)


def _longer(rows: np.ndarray, bound: float) -> int:
    return int(np.count_nonzero(np.linalg.norm(rows, axis=1) > bound * (1.0 + _ROUNDING)))
