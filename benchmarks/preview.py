"""Two figures beside the table: previewing 100,000 people, and importing the package."""

import resource
import subprocess
import sys
import time

import numpy as np

import recourse_bandits as rb
from benchmarks.peers.ours import GLRB
from benchmarks.world import world

LEARNED = 2_000


def preview_seconds(count: int) -> tuple[float, float]:
    """CPU seconds for a table of people, and the growth of peak memory in GB."""
    here = world(20)
    study = rb.Study(here.problem, GLRB, seed=1)
    for x, error in zip(here.features[:LEARNED], here.noise, strict=False):
        decision = study.decide(x)
        assert isinstance(decision, rb.Decision)
        reward = decision.choice.point @ here.theta[decision.choice.arm] + error
        study.observe(decision.id, {"reward": reward})
    table = {
        name: np.random.default_rng(i).normal(size=count)
        for i, name in enumerate(here.problem.feature_names)
    }
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.process_time()
    study.preview_many(table)
    seconds = time.process_time() - started
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    return seconds, grown / 1e6


def import_seconds() -> float:
    """Wall seconds of a warm `import recourse_bandits`, the interpreter's own start taken off."""

    def wall(code: str) -> float:
        times = []
        for _ in range(5):
            started = time.perf_counter()
            subprocess.run([sys.executable, "-c", code], check=True)
            times.append(time.perf_counter() - started)
        return sorted(times)[2]

    return wall("import recourse_bandits") - wall("pass")
