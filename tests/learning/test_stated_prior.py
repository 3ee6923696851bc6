"""What an expert's prior is worth in the first hundred rounds, and what a wrong one costs."""

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from recourse_bandits import GLRB, Hypertension, Prior, RecourseTS
from recourse_bandits.environments import StatedHypertension
from recourse_bandits.policies import AnyPolicy
from tests.learning.simulated_lives import lived

SEEDS = range(20)
POLICIES: dict[str, AnyPolicy] = {
    "RecourseTS": RecourseTS(),
    "GLRB": GLRB(scale=0.2, form="lemma2", context_bound=6.0),
}


@cache
def regret(policy: str, effects: str = "as they are", trust: float = 1.0) -> Any:
    """Mean regret of each hundred of 1,000 rounds; trust 0: without a prior."""
    runs = [
        lived(
            StatedHypertension(seed=seed, noise=10.0, effects=effects, trust=trust),
            POLICIES[policy],
            1000,
            seed,
        )[0]
        for seed in SEEDS
    ]
    return np.mean(runs, axis=0).reshape(10, 100).sum(axis=1)


@pytest.mark.parametrize(("policy", "share"), [("RecourseTS", 0.75), ("GLRB", 0.95)])
def test_a_right_prior_lowers_the_regret_of_the_first_hundred_rounds(
    policy: str, share: float
) -> None:
    # measured over 60 seeds, with and without: 321 and 511 (RecourseTS), 367 and 452 (GLRB)
    assert regret(policy)[0] < share * regret(policy, trust=0.0)[0]


@pytest.mark.parametrize("policy", POLICIES)
def test_reversed_effects_cost_little_where_the_level_is_known(policy: str) -> None:
    # measured over 60 seeds, with and without: 1,142 and 1,336 (RecourseTS), 1,112 and 971 (GLRB)
    assert regret(policy, "reversed").sum() < 1.35 * regret(policy, trust=0.0).sum()


def test_reversed_effects_wash_out_of_thompson_sampling() -> None:
    # measured over 60 seeds: 36 in the last hundred rounds, 41 without a prior
    assert regret("RecourseTS", "reversed")[-1] < 1.5 * regret("RecourseTS", trust=0.0)[-1]


def test_glrb_pays_for_any_prior_by_exploring_longer() -> None:
    # its confidence set is as wide as the firmest belief demands, right or wrong; measured over 60
    # seeds in the last hundred rounds: 34 right, 33 reversed, 20 without; in all: 998, 1,112, 971
    none = regret("GLRB", trust=0.0)
    for effects in ("as they are", "reversed"):
        told = regret("GLRB", effects)
        assert 1.2 * none[-1] < told[-1] < 2.2 * none[-1]
        assert told[-1] < 0.15 * told[0]


def test_a_prior_that_is_wrong_about_the_level_too_does_lasting_harm() -> None:
    # measured over 30 seeds: 6,616 in all and 356 in the last hundred, 1,336 and 41 without: who
    # believes that no treatment helps does not try, and Thompson sampling takes a prior at its word
    world = Hypertension(noise=10.0)
    wrong = Prior.stated(world.problem, -world.theta, np.full((2, 9), 4.0), 25.0)
    told = replace(world.problem, reward=replace(world.problem.reward, prior=wrong))
    runs = [lived(world, RecourseTS(), 1000, seed, problem=told)[0] for seed in SEEDS]
    harmed, none = np.mean(runs, axis=0).reshape(10, 100).sum(axis=1), regret("RecourseTS", trust=0)
    assert harmed.sum() > 3.0 * none.sum()
    assert harmed.sum() < 8.0 * none.sum()
    assert harmed[-1] < 0.5 * harmed[0]
