"""This package: a policy from state to state, and a whole study in memory."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

import numpy as np

import recourse_bandits as rb
from benchmarks.peers.base import Contestant
from benchmarks.world import Array, World
from recourse_bandits.policies import AnyPolicy
from recourse_bandits.problem import Context
from recourse_bandits.records import Proposal

GLRB = rb.GLRB(scale=0.2)


class OurLinUCB(Contestant):
    """The bound of `LinUCB()`: its radius is that of Abbasi-Yadkori and others, not a constant."""

    policy: ClassVar[AnyPolicy] = rb.LinUCB()

    def upper_bound(self, mean: Array, variance: Array, log_det: Array) -> Array:
        arms, dimension = self.problem_shape
        failure = 0.05
        radius = np.sqrt(log_det + 2.0 * math.log(arms / failure)) + math.sqrt(dimension)
        return mean + radius * np.sqrt(variance)

    problem_shape: tuple[int, int]


class PolicyLayer(OurLinUCB):
    """propose + observed; the caller gives the old state up."""

    donate: ClassVar[bool] = True

    def __init__(self, world: World) -> None:
        self.problem_shape = world.arms, world.dimension
        self.first = world.problem.context(world.features[0])
        self.state = self.policy.init(world.problem)
        self.number = 0
        self.proposal: Proposal

    def people(self, features: Array) -> Sequence[Context]:
        return [replace(self.first, values=x) for x in features]

    def propose(self, person: Context) -> tuple[int, Array]:
        self.proposal = self.policy.propose(self.state, person, rb.Key(1, self.number, 0))
        self.number += 1
        return int(self.proposal.arm), self.proposal.point

    def observe(self, arm: int, person: Context, reward: float) -> None:
        outcome = rb.Outcome(arm, self.proposal.point, reward)
        self.state = self.policy.observed(self.state, None, outcome, donate=self.donate)


class PolicyLayerCopying(PolicyLayer):
    """propose + observed; every old state stays valid."""

    donate = False


class PolicyLayerGLRB(PolicyLayer):
    policy = GLRB
    not_comparable = "recourse"


class PolicyLayerOnePass(PolicyLayerGLRB):
    """With a logistic link, every estimate updated in one pass."""

    policy = replace(GLRB, exact_rows=0)
    link = "logistic"


class PolicyLayerExact(PolicyLayerOnePass):
    """With a logistic link, every estimate made anew from all rows."""

    policy = replace(GLRB, exact_rows=None)


class PolicyLayerRecourseTS(PolicyLayer):
    policy = rb.RecourseTS()
    not_comparable = "recourse"


class StudyLayer(OurLinUCB):
    """decide + observe: checked, journalled in memory, explainable."""

    def __init__(self, world: World) -> None:
        self.problem_shape = world.arms, world.dimension
        self.names = world.problem.feature_names
        self.study = rb.Study(world.problem, self.policy, seed=1)
        self.decision: rb.Decision

    def people(self, features: Array) -> Sequence[dict[str, float]]:
        return [dict(zip(self.names, x, strict=True)) for x in features.tolist()]

    def propose(self, person: dict[str, float]) -> tuple[int, Array]:
        decision = self.study.decide(person)
        assert isinstance(decision, rb.Decision)
        self.decision = decision
        return int(decision.choice.arm), decision.choice.point

    def observe(self, arm: int, person: dict[str, float], reward: float) -> None:
        self.study.observe(self.decision.id, {"reward": reward})


class StudyGLRB(StudyLayer):
    policy = GLRB
    not_comparable = "recourse"


class StudyRecourseTS(StudyLayer):
    policy = rb.RecourseTS()
    not_comparable = "recourse"
