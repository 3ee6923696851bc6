"""Policies that wrap another one let it learn all that comes, lab values too."""

import pytest

from recourse_bandits import LIBRA, SGDMAB, Decision, Mixture, Study, WarmUp
from recourse_bandits.environments import Dosing
from recourse_bandits.policies import AnyPolicy
from recourse_bandits.policies.wrapping import WrappingPolicy
from recourse_bandits.records import Effect, Key, Stream
from recourse_bandits.testing.comparison import difference

WORLD = Dosing(seed=2, dimension=2, arms=2)
WRAPPERS = [LIBRA(SGDMAB(), threshold=1.0), Mixture(SGDMAB()), WarmUp(SGDMAB(), rounds=3)]


@pytest.mark.parametrize("policy", WRAPPERS, ids=lambda policy: type(policy).__name__)
def test_the_base_learns_from_a_lab_value(policy: AnyPolicy) -> None:
    assert isinstance(policy, WrappingPolicy)
    state, base = policy.init(WORLD.problem), SGDMAB().init(WORLD.problem)
    context = WORLD.problem.context(WORLD.person(Key(1, 0, Stream.PERSON)))
    effect = Effect(1, context.values, 12.5, 4.0)
    taught = policy.effect_observed(state, None, effect)
    assert difference(taught.base, SGDMAB().effect_observed(base, None, effect)) is None
    assert difference(taught.base, base) is not None
    assert difference(taught[1:], state[1:]) is None


def test_a_study_of_a_mixture_learns_doses() -> None:
    study = Study(WORLD.problem, Mixture(SGDMAB(), coefficient=0.0), seed=1)
    decision = study.decide(WORLD.person(Key(1, 0, Stream.PERSON)))
    assert isinstance(decision, Decision)
    before = study.state.base.effects
    study.observe(decision.id, {"lab": 11.0})
    assert difference(study.state.base.effects, before) is not None
