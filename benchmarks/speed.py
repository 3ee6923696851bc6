"""Speed in CPU time, on one thread, beside a hand-written NumPy LinUCB in the same run.

    make bench                            # the table, one thread
    python -m benchmarks.speed --json F   # and the figures as JSON

K = 10 arms, standard normal features, coefficients and noise, every feature mutable.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

import recourse_bandits as rb
from benchmarks.reference import Array, NumpyLinUCB
from recourse_bandits.policies import AnyPolicy

ARMS = 10
Row = tuple[str, int, float, str]


def world(dimension: int) -> rb.Synthetic:
    return rb.Synthetic(seed=1, dimension=dimension, arms=ARMS)


def rate(rounds: int, step: Callable[[int], None]) -> float:
    """Steps a CPU-second; every step counts, the first ones too."""
    started = time.process_time()
    for number in range(rounds):
        step(number)
    return rounds / (time.process_time() - started)


def people(dimension: int, rounds: int) -> tuple[Array, Array]:
    generator = np.random.default_rng(1)
    return generator.normal(size=(rounds, dimension)), generator.normal(size=rounds)


def reference_rate(dimension: int, rounds: int) -> float:
    environment, (features, noise) = world(dimension), people(dimension, rounds)
    linucb = NumpyLinUCB(ARMS, dimension)
    theta = environment.theta

    def step(number: int) -> None:
        x = features[number]
        arm = linucb.propose(x)
        linucb.observe(arm, x, x @ theta[arm] + noise[number])

    return rate(rounds, step)


def policy_rate(policy: AnyPolicy, dimension: int, rounds: int, *, donate: bool) -> float:
    """propose + observed, state to state."""
    environment, (features, noise) = world(dimension), people(dimension, rounds)
    first = environment.problem.context(features[0])
    contexts = [replace(first, values=x) for x in features]
    state = policy.init(environment.problem)
    policy.propose(state, first, rb.Key(1, 0, 0))  # loads the kernels

    def step(number: int) -> None:
        nonlocal state
        proposal = policy.propose(state, contexts[number], rb.Key(1, number, 0))
        point, arm = proposal.point, proposal.arm
        reward = point @ environment.theta[arm] + noise[number]
        outcome = rb.Outcome(arm, point, reward)
        state = policy.observed(state, None, outcome, donate=donate)

    return rate(rounds, step)


def study_rate(policy: AnyPolicy, dimension: int, rounds: int) -> float:
    """decide + observe, everything recorded in memory."""
    environment, (features, noise) = world(dimension), people(dimension, rounds)
    names = environment.problem.feature_names
    persons = [dict(zip(names, x.tolist(), strict=True)) for x in features]
    study = rb.Study(environment.problem, policy, seed=1)
    study.preview_many(persons[:1])  # loads the kernels

    def step(number: int) -> None:
        decision = study.decide(persons[number])
        assert isinstance(decision, rb.Decision)
        choice = decision.choice
        reward = choice.point @ environment.theta[choice.arm] + noise[number]
        study.observe(decision.id, {"reward": reward})

    return rate(rounds, step)


def preview_seconds(count: int) -> tuple[float, float]:
    """CPU seconds for a table of people, and the growth of peak memory in GB."""
    environment = world(20)
    study = rb.Study(environment.problem, rb.GLRB(scale=0.2), seed=1)
    features, noise = people(20, 2000)
    for x, error in zip(features, noise, strict=True):
        decision = study.decide(x)
        assert isinstance(decision, rb.Decision)
        reward = decision.choice.point @ environment.theta[decision.choice.arm] + error
        study.observe(decision.id, {"reward": reward})
    table = {
        name: np.random.default_rng(i).normal(size=count)
        for i, name in enumerate(environment.problem.feature_names)
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


def measure(console: Console) -> list[Row]:
    rows: list[Row] = []
    for dimension, rounds in ((20, 20_000), (100, 5_000)):
        reference = reference_rate(dimension, rounds)
        rows.append(("hand-written NumPy LinUCB", dimension, reference, "1.00 ×"))
        glrb = rb.GLRB(scale=0.2)
        layer = partial(policy_rate, dimension=dimension, rounds=rounds)
        study = partial(study_rate, dimension=dimension, rounds=rounds)
        cases: list[tuple[str, Callable[[], float]]] = [
            ("LinUCB, propose + observed", partial(layer, rb.LinUCB(), donate=True)),
            ("LinUCB, old states kept", partial(layer, rb.LinUCB(), donate=False)),
            ("GLRB(scale=0.2), propose + observed", partial(layer, glrb, donate=True)),
            ("RecourseTS, propose + observed", partial(layer, rb.RecourseTS(), donate=True)),
            ("Study(LinUCB), decide + observe", partial(study, rb.LinUCB())),
            ("Study(GLRB(scale=0.2)), decide + observe", partial(study, glrb)),
        ]
        for name, case in cases:
            with console.status(f"{name}, d = {dimension}"):
                value = case()
            rows.append((name, dimension, value, f"{value / reference:.2f} ×"))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--json", type=Path, help="write the figures to this file too")
    arguments = parser.parse_args()
    console = Console()
    rows = measure(console)
    table = Table("what", "d", "rounds a CPU-second", "beside NumPy", title="Speed, K = 10")
    for name, dimension, value, ratio in rows:
        table.add_row(name, str(dimension), f"{value:,.0f}", ratio)
    console.print(table)
    seconds, memory = preview_seconds(100_000)
    loading = import_seconds()
    console.print(
        f"preview_many, 100,000 people, d = 20, GLRB: {seconds:.2f} CPU-seconds, "
        f"peak memory + {memory:.2f} GB"
    )
    console.print(f"import recourse_bandits, warm: {loading:.2f} s")
    if arguments.json:
        figures = [
            {"what": name, "dimension": dimension, "rounds_per_cpu_second": value}
            for name, dimension, value, _ in rows
        ]
        extra = {"preview_cpu_seconds": seconds, "import_seconds": loading}
        arguments.json.write_text(json.dumps({"rows": figures, **extra}, indent=2) + "\n")


if __name__ == "__main__":
    main()
