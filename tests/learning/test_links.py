"""Successes and counts are learned from: seeded, with bounds far from what was measured."""

from functools import cache
from typing import Any

import numpy as np
import pytest

from recourse_bandits import GLRB, LinUCB, RecourseTS
from recourse_bandits.environments import Synthetic
from recourse_bandits.policies import AnyPolicy
from tests.learning.simulated_lives import lived

ROUNDS = 1_500
WORLDS: dict[str, dict[str, Any]] = {
    "logistic": {"strength": 1.0},
    "probit": {"strength": 0.6},
    "log": {"strength": 0.4, "largest": 10},
}
POLICIES: dict[str, AnyPolicy] = {
    "GLRB": GLRB(scale=0.2, exact_rows=0),
    "GLRB, exact for some rows": GLRB(scale=0.2, exact_rows=40),
    "GLRB, scale 0.5": GLRB(scale=0.5, exact_rows=0),
    "RecourseTS": RecourseTS(exact_rows=0),
}


@cache
def halves(link: str, name: str) -> tuple[float, float]:
    """Regret of both halves, summed over two seeds."""
    world = Synthetic(seed=1, dimension=4, arms=3, radius=1.0, link=link, **WORLDS[link])  # type: ignore[arg-type]
    policy = POLICIES.get(name, LinUCB(scale=0.2, exact_rows=0))
    regret = sum(lived(world, policy, ROUNDS, seed)[0] for seed in (0, 1))
    assert np.isfinite(regret).all()
    assert regret.min() >= -1e-9
    return float(regret[: ROUNDS // 2].sum()), float(regret[ROUNDS // 2 :].sum())


@pytest.mark.parametrize("link", WORLDS)
@pytest.mark.parametrize("name", POLICIES)
def test_regret_falls(name: str, link: str) -> None:
    # measured: the second half is 0.13 to 0.46 of the first, and 0.02 to 0.13 of LinUCB's
    first, second = halves(link, name)
    assert second < 0.7 * first
    assert second < 0.25 * halves(link, "LinUCB")[1]
