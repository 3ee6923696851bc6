"""From a policy and its problem to what the theorems see of them."""

import math
from collections.abc import Sequence

import numpy as np

from recourse_bandits.environments import Environment, LinearEnvironment, NonCompliance
from recourse_bandits.errors import SettingsError
from recourse_bandits.policies import GLRB
from recourse_bandits.problem import Problem
from recourse_bandits.records import Key, Stream
from recourse_bandits.theory import (
    AnotherConfidenceSet,
    AssumptionWarning,
    DeviationsNotPlannedFor,
    FactsAgainstBounds,
    Setting,
    link_slopes,
)

_ROUNDING = 1e-9


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
    return setting, tuple(broken)


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
