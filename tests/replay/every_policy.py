"""A short journal of every policy: what a release decides, each algorithm version decides for ever.

    python -m tests.replay.every_policy 0.1    # writes the journals that this release lacks

A change of a policy's decisions fails the test that replays them: raise its `algorithm_version`
then, keep the old journals of other releases away from it, and write those of the next release.
"""

import sys
from pathlib import Path

import numpy as np

import recourse_bandits as rb
from recourse_bandits.journals.format_1 import to_json
from recourse_bandits.policies import AnyPolicy
from tests.contracts.policy_variants import DOSING, PLAIN
from tests.contracts.problems import PROBLEMS
from tests.replay.example_study import FOLDER, advised, problem, ticking

ROUNDS = 25


def lived(policy: AnyPolicy) -> rb.Study:
    """Some people, decided and observed, most of them."""
    return dosed(policy) if type(policy) in DOSING else advised_of(policy)


def dosed(policy: AnyPolicy) -> rb.Study:
    """People who are given doses; sub-outcomes come before or after the reward, or never."""
    study = rb.Study(PROBLEMS[DOSING[type(policy)]], policy, seed=5, clock=ticking())
    generator = np.random.default_rng(9)
    for number in range(ROUNDS):
        person = {
            "age": round(float(generator.uniform(30, 90)), 1),
            "diet": round(float(generator.uniform(0, 10)), 1),
        }
        decision = study.decide(person)
        assert isinstance(decision, rb.Decision)
        measures = {"recovered": float(number % 2)}
        if decision.dose is not None and number % 4:
            measures["inr"] = round(float(generator.normal(2.5, 0.6)), 2)
        if number % 5 != 4:
            for name in sorted(measures, reverse=number % 3 == 0):
                study.observe(decision.id, {name: measures[name]})
    return study


def advised_of(policy: AnyPolicy) -> rb.Study:
    """People for whom an adviser may be asked."""
    study = rb.Study(problem(), policy, rb.FromFunction(advised), seed=5, clock=ticking())
    generator = np.random.default_rng(9)
    for number in range(ROUNDS):
        person = {
            "age": round(float(generator.uniform(30, 90)), 1),
            "smoker": [None, "never", "former", "current"][number % 4],
            "diet_score": round(float(generator.uniform(0, 10)), 1),
            "activity": round(float(generator.uniform(0, 10)), 1),
        }
        decision = study.decide(person)
        if number % 5 != 4:
            study.observe(decision.id, {"sbp": round(float(generator.normal(150, 8)), 1)})
    return study


def write(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    for kind, policy in PLAIN.items():
        path = folder / f"{kind.__name__}.jsonl"
        if not path.exists():  # a journal that is there is kept for ever
            lines = [to_json(event) for event in lived(policy).journal.read()]
            path.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write(FOLDER / f"policies_of_{sys.argv[1]}")
