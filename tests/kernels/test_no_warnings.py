"""Kernels raise no floating-point warnings, whatever the compiler computes beside what is used."""

import pytest

import recourse_bandits as rb

SIZES = (1, 2, 7, 20, 33, 100, 300)  # vector registers hold 4 or 8 numbers, loops several of them
POLICIES = (
    rb.LinUCB(),
    rb.GLRB(scale=0.2),
    rb.RecourseTS(),
    rb.Uniform(),
    rb.GLRB(scale=0.2, noncompliance=rb.Adversarial(8.0)),
)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: type(policy).__name__)
def test_policies_raise_no_warnings(policy: rb.Policy, size: int) -> None:  # type: ignore[type-arg]
    environment = rb.Synthetic(seed=1, dimension=size, arms=3)
    study = rb.Study(environment.problem, policy, seed=1)
    for number in range(6):
        decision = study.decide(environment.person(rb.Key(1, number, rb.Stream.PERSON)))
        assert isinstance(decision, rb.Decision)
        study.observe(decision.id, {"reward": 1.0})
