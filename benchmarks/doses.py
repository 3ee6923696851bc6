"""Rounds a CPU-second of the policies that choose doses, early and late in a run.

    make bench-doses

40 coefficients of the chance (4 arms, 10 columns), 14 of the sub-outcome. A round is `propose`,
`settle`, `committed`, `effect_observed` and `observed`; nothing is recorded.
"""

import time
from typing import Any, NamedTuple

import numpy as np

import recourse_bandits as rb
from recourse_bandits.policies import AnyPolicy
from recourse_bandits.records import Array

ARMS, COLUMNS, ROUNDS, WARM_UP = 4, 10, 20_000, 200


class Decided(NamedTuple):
    """What the policies read of a decision."""

    choice: rb.Choice


def problem() -> rb.Problem:
    formula = "0.01 * (dose - x1) * (dose - x1)"
    doses = [rb.Dose("mg", 0.0, 10.0 * (k + 1), step=0.5, penalty=formula) for k in range(ARMS)]
    return rb.Problem(
        features=[rb.Feature(f"x{i}", mean=0.0, scale=1.0) for i in range(1, COLUMNS)],
        arms=[rb.Arm(f"arm {k}", dose=dose) for k, dose in enumerate(doses)],
        budget=rb.Budget("l2", 0.0),
        reward=rb.Reward("recovered", link="logistic", coefficient_bound=5.0),
        sub_outcome=rb.SubOutcome("lab", target=1.0, over=1.0, under=0.5, noise=0.5),
    )


def rates(policy: AnyPolicy, rounds: int = ROUNDS) -> tuple[float, float]:
    """Rounds a CPU-second in the first and the last fifth of a run."""
    described = problem()
    generator = np.random.default_rng(0)
    contexts = [described.context(row) for row in generator.standard_normal((1000, COLUMNS - 1))]
    noise = generator.standard_normal(rounds)
    state, fifths = _lived(policy, policy.init(described), contexts, noise[:WARM_UP]), []
    for part in np.array_split(noise, 5):
        started = time.process_time()
        state = _lived(policy, state, contexts, part)
        fifths.append(part.size / (time.process_time() - started))
    return fifths[0], fifths[-1]


def _lived(policy: AnyPolicy, state: Any, contexts: list[rb.Context], noise: Array) -> Any:
    for number, error in enumerate(noise.tolist()):
        proposal = policy.propose(state, contexts[number % len(contexts)], rb.Key(1, number, 0))
        choice = policy.settle(state, proposal, None)
        decision: Any = Decided(choice)
        dose = choice.dose
        assert dose is not None
        state = policy.committed(state, decision)
        effect = rb.Effect(choice.arm, choice.point, 0.2 * dose + error, dose)
        state = policy.effect_observed(state, decision, effect, donate=True)
        outcome = rb.Outcome(choice.arm, choice.point, float(error > 0.0), dose)
        state = policy.observed(state, decision, outcome, donate=True)
    return state


if __name__ == "__main__":
    for policy in (rb.SGDMAB(), rb.BSGDMAB(ROUNDS, 3.0)):
        early, late = rates(policy)
        print(f"{type(policy).__name__}: {early:,.0f} rounds a CPU-second, {late:,.0f} at the end")
