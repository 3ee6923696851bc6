"""A journal written on one processor is verified on another, within 1e-9.

The other processor is the same one, forbidden to use its vector instructions: its sums have other
last bits.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import recourse_bandits as rb
from recourse_bandits.policies import AnyPolicy

ROOT = Path(__file__).parents[1]
OTHER = {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": "", "OPENBLAS_CORETYPE": "Prescott"}
VERIFY = """
import json, sys
from recourse_bandits.journals import SqliteReader
from recourse_bandits.study.verification import verified
found = verified(SqliteReader(sys.argv[1]))
print(json.dumps([found.decisions, found.exact, found.within_tolerance, found.near_ties,
                  found.snapshots, found.difference]))
"""
POLICIES: dict[str, AnyPolicy] = {
    "GLRB": rb.GLRB(scale=0.2),
    "LinUCB": rb.LinUCB(),
    "RecourseTS": rb.RecourseTS(),
    "LIBRA": rb.LIBRA(rb.GLRB(scale=0.2), threshold=1.0),
    "Uniform": rb.Uniform(),
}
ROUNDS = 2000


def lived(file: Path, policy: AnyPolicy, *, coarse: bool) -> None:
    """Many rounds; coarse features and rewards make arms nearly equal again and again."""
    world = rb.Synthetic(seed=2, dimension=12, arms=5)
    generator = np.random.default_rng(4)
    study = rb.Study(world.problem, policy, rb.AlwaysRandom(), journal=f"sqlite:///{file}", seed=1)
    with study:
        study.journal._connection.execute("PRAGMA synchronous = OFF")  # type: ignore[attr-defined]
        for _ in range(ROUNDS):
            person = generator.normal(size=12)
            decision = study.decide(np.round(person) if coarse else person)
            assert isinstance(decision, rb.Decision)
            choice = decision.choice
            reward = float(choice.point @ world.theta[choice.arm] + generator.normal())
            study.observe(decision.id, {"reward": 1.0 if coarse else reward})


def verified_elsewhere(file: Path, cache: Path) -> Any:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", VERIFY, str(file)],
        cwd=ROOT,
        env={**os.environ, **OTHER, "RECOURSE_CACHE": str(cache)},
        check=True,
        capture_output=True,
        text=True,
    )
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kernels")


@pytest.mark.parametrize("coarse", [False, True])
@pytest.mark.parametrize("name", POLICIES)
def test_every_decision_follows_elsewhere_too(
    name: str, coarse: bool, tmp_path: Path, cache: Path
) -> None:
    file = tmp_path / "clinic.db"
    lived(file, POLICIES[name], coarse=coarse)
    decisions, exact, within, near_ties, snapshots, difference = verified_elsewhere(file, cache)
    print(f"\n{name}, coarse {coarse}: {exact} exact, {within} within 1e-9, {near_ties}")
    assert difference is None
    assert decisions == ROUNDS == exact + within + len(near_ties)
    assert snapshots == 1
    if name != "Uniform":
        assert within > 0  # or it was no other processor
