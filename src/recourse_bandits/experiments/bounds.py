"""Bounds for the policies of a study or an experiment, with what breaks their assumptions."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from recourse_bandits import theory
from recourse_bandits.config import ExperimentSettings, experiment, load_study, points_of
from recourse_bandits.config.registry import policy_of
from recourse_bandits.config.toml import read_toml
from recourse_bandits.environments import Deviating, Environment
from recourse_bandits.environments.delays import Delay
from recourse_bandits.errors import SettingsError
from recourse_bandits.experiments.bounds_setting import (
    arriving_late,
    facts_against,
    not_complying,
    setting_of,
)
from recourse_bandits.experiments.cells import run_seed
from recourse_bandits.experiments.contestants import delay_in, environment_of, named
from recourse_bandits.policies import GLRB, LIBRA, AnyPolicy, Mixture, Random
from recourse_bandits.problem import Problem
from recourse_bandits.theory import AssumptionWarning, Bound, Setting

ANY_POLICY = "any policy"
"""Label of the bounds that concern no policy in particular."""

_REGRETS = (
    "glrb_regret",
    "advised_regret",
    "libra_regret_as_printed",
    "random_deviation_regret",
)


@dataclass(frozen=True, slots=True)
class PolicyBounds:
    """What is known beforehand of one policy.

    Parameters
    ----------
    label
        The policy.
    bounds
        Its bounds; none: nothing is proved of it.
    """

    label: str
    bounds: tuple[Bound, ...]

    @property
    def regrets(self) -> tuple[Bound, ...]:
        """The bounds of its regret, and of no other policy's; the last one fits the world best."""
        return tuple(bound for bound in self.bounds if bound.name in _REGRETS)


@dataclass(frozen=True, slots=True)
class FoundBounds:
    """The bounds of a study or an experiment.

    Parameters
    ----------
    title
        What they are of.
    rounds
        T, for which they are.
    unit
        Unit of the reward.
    policies
        The policies, those bounds first that concern all of them.
    """

    title: str
    rounds: tuple[int, ...]
    unit: str
    policies: tuple[PolicyBounds, ...]


def find_bounds(
    source: str,
    overrides: Sequence[str] = (),
    rounds: Sequence[int] = (),
    eta: float | None = None,
) -> FoundBounds:
    """Return the bounds of a study's settings, or of an experiment.

    Parameters
    ----------
    source
        Name in the catalogue, or path of a TOML file of an experiment or a study.
    overrides
        Texts ``key=value``, of an experiment.
    rounds
        T; by default a tenth and all of an experiment's, and 100, 1,000 and 10,000 of a study's.
    eta
        How much worse than the best pair the advice is at most; None: nobody knows.

    Raises
    ------
    SettingsError
        If a file cannot be read, or a key or value is wrong.
    """
    if source.endswith(".toml") and "environment" not in read_toml(Path(source)):
        if overrides:
            raise SettingsError("--set is for experiments; change the settings of the study")
        return _of_study(source, tuple(rounds) or (100, 1_000, 10_000), eta)
    return experiment_bounds(experiment(source, overrides), rounds, eta)


def experiment_bounds(
    settings: ExperimentSettings, rounds: Sequence[int] = (), eta: float | None = None
) -> FoundBounds:
    """Return the bounds of an experiment; of a sweep, those of its first point.

    Parameters
    ----------
    settings
        The experiment.
    rounds
        T; by default a tenth and all of its rounds.
    eta
        How much worse than the best pair the advice is at most; None: nobody knows.

    Raises
    ------
    SettingsError
        If the world or a policy is described wrongly.
    """
    points = points_of(settings)
    first = points[0].settings
    title = f"{settings.title} ({points[0].label})" if len(points) > 1 else settings.title
    horizon = tuple(rounds) or tuple(sorted({max(1, first.rounds // 10), first.rounds}))
    return FoundBounds(title, horizon, first.reward_unit, bounds_at(first, horizon, eta))


def bounds_at(
    settings: ExperimentSettings, rounds: Sequence[int], eta: float | None = None
) -> tuple[PolicyBounds, ...]:
    """Return the bounds at one point of a sweep, those first that concern all policies.

    Parameters
    ----------
    settings
        The experiment there, in the world of its first run.
    rounds
        T.
    eta
        How much worse than the best pair the advice is at most; None: nobody knows.

    Raises
    ------
    SettingsError
        If the world or a policy is described wrongly, or changes are without a limit.
    """
    seed = run_seed(settings.seed, 0)
    world = environment_of(named(settings.environment), seed)
    delay = delay_in(settings)
    found = [PolicyBounds(ANY_POLICY, _of_everybody(world.problem, rounds, eta))]
    for label, contestant in settings.policies.items():
        policy = policy_of(named(contestant.policy), settings.policy_defaults)
        bounds = policy_bounds(policy, world.problem, rounds, eta, world, seed, delay)
        found.append(PolicyBounds(label, bounds))
    return tuple(found)


def _of_study(source: str, rounds: tuple[int, ...], eta: float | None) -> FoundBounds:
    study = load_study(source)
    label = study.policy.name
    found = policy_bounds(study.built_policy(), study.problem, rounds, eta)
    everybody = PolicyBounds(ANY_POLICY, _of_everybody(study.problem, rounds, eta))
    return FoundBounds(
        source, rounds, study.problem.reward.unit, (everybody, PolicyBounds(label, found))
    )


def _of_everybody(problem: Problem, rounds: Sequence[int], eta: float | None) -> tuple[Bound, ...]:
    # what follows others, or comes one at a time, is no direction of its own
    mutable = sum(feature.follows is None for feature in problem.mutable)
    if problem.budget.max_changed is not None:
        mutable = min(mutable, problem.budget.max_changed)
    if not mutable or not problem.budget.radius:
        return ()
    return (
        theory.lower_order(
            rounds,
            dimension=problem.dimension,
            mutable=mutable,
            arms=len(problem.arms),
            gamma=problem.budget.radius,
            eta=eta,
        ),
    )


def policy_bounds(
    policy: AnyPolicy,
    problem: Problem,
    rounds: Sequence[int],
    eta: float | None = None,
    world: Environment | None = None,
    seed: int = 0,
    delay: Delay | None = None,
) -> tuple[Bound, ...]:
    """Return what is known beforehand of a policy: none where nothing is proved.

    Parameters
    ----------
    policy
        The policy.
    problem
        What it decides.
    rounds
        T.
    eta
        How much worse than the best pair the advice is at most; None: nobody knows.
    world
        The simulated world, if there is one: its facts are compared with the stated bounds.
    seed
        Draws the world's people.
    delay
        The law by which outcomes are late, if they are.
    """
    base = policy.base if isinstance(policy, LIBRA | Mixture) else policy
    cap = _questions(policy, rounds)
    asking = () if cap is None else (cap,)
    if not isinstance(base, GLRB):
        return asking
    with np.errstate(over="ignore", invalid="ignore"):  # of a steep link
        setting, link = setting_of(base, problem, rounds)
        facts = () if world is None else facts_against(setting, world, min(max(rounds), 1000), seed)
        against = link + not_complying(base, world) + arriving_late(delay) + facts
        found = [
            _also(theory.any_regret(setting), facts),
            *(_also(one, against) for one in _regrets(policy, setting, cap, eta)),
        ]
        if isinstance(policy, GLRB) and isinstance(world, Deviating):
            deviations = _random_deviations(policy, setting, world)
            found.append(_also(deviations, link + arriving_late(delay) + facts))
    return (*found, *asking)


def _also(bound: Bound, broken: tuple[AssumptionWarning, ...]) -> Bound:
    return replace(bound, broken=(*bound.broken, *broken))


def _questions(policy: AnyPolicy, rounds: Sequence[int]) -> Bound | None:
    if isinstance(policy, LIBRA) and policy.consultation_budget is not None:
        return theory.question_cap(rounds, policy.consultation_budget)
    if isinstance(policy, Mixture) and policy.max_questions is not None:
        most = policy.max_questions
        return theory.question_cap(rounds, lambda _: most)
    return None


def _regrets(
    policy: AnyPolicy, setting: Setting, cap: Bound | None, eta: float | None
) -> list[Bound]:
    if isinstance(policy, GLRB):
        return [theory.glrb_regret(setting)]
    if cap is not None:
        return [theory.advised_regret(setting, cap.values)]
    if isinstance(policy, LIBRA) and policy.threshold > 0.0:
        return [
            theory.libra_regret_as_printed(setting, policy.threshold, eta),
            theory.questions_as_printed(setting, policy.threshold),
        ]
    return []


def _random_deviations(policy: GLRB, setting: Setting, world: Deviating) -> Bound:
    bound = theory.random_deviation_regret(setting, world.longest)
    broken: AssumptionWarning = theory.DeviationLawUnknown(
        "the policy learns the law of deviations, Theorem 7 takes it as known"
    )
    if not isinstance(policy.noncompliance, Random):
        broken = theory.DeviationsNotPlannedFor(
            "the policy does not plan for random deviations: Theorem 7 is of one that does"
        )
    return _also(bound, (broken,))
