"""Mixture: whom its coin asks, what an outcome teaches it, and how its decisions are described."""

import math
from typing import Any

import numpy as np
import pytest

from recourse_bandits import (
    GLRB,
    Adviser,
    AlwaysRandom,
    FromFunction,
    Mixture,
    RecourseTS,
    Silent,
    Stream,
    Study,
    Uniform,
)
from recourse_bandits.errors import DescriptionError
from recourse_bandits.policies import AnyPolicy, policy_from_json
from recourse_bandits.policies.coin import MixtureState
from recourse_bandits.records import Decision, Key, Pending
from recourse_bandits.study.people import batch
from recourse_bandits.testing import difference
from tests.study.builders import PERSON, PROBLEM, drops, people, study_of

_RANGE = (-10.0, 10.0)
_LEARNS = Mixture(GLRB(scale=0.3), schedule="learned", reward_range=_RANGE, learning_rate=0.3)
_ALWAYS = Mixture(GLRB(scale=0.3), coefficient=1e9, highest=1.0)


def state_at(rounds: int = 0, asked: int = 0, lead: float = 0.0) -> MixtureState:
    return MixtureState(None, rounds, asked, lead)


def decided(policy: AnyPolicy, adviser: Adviser, count: int) -> tuple[Study, list[Decision]]:
    study = study_of(policy, adviser)
    found = [study.decide(person) for person in people(count)]
    return study, [decision for decision in found if isinstance(decision, Decision)]


# -- the probability of asking ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameters", "state", "expected"),
    [
        ({}, state_at(0), 0.8),  # held at the largest
        ({}, state_at(99), 0.1),  # 10 / t
        ({"power": 0.5}, state_at(399), 0.5),
        ({"power": 0.0, "rate": 0.1, "coefficient": 1.0}, state_at(19), math.exp(-2.0)),
        ({"lowest": 0.3}, state_at(99), 0.3),
        ({"max_questions": 5}, state_at(99, 5), 0.0),
        ({"max_questions": 5, "lowest": 0.3}, state_at(99, 5), 0.0),
        ({"max_questions": 0}, state_at(), 0.0),
        ({"max_questions": 8, "taper": True}, state_at(99, 2), 0.075),
        ({"schedule": "learned", "reward_range": _RANGE}, state_at(9), 0.5),
        ({"schedule": "learned", "reward_range": _RANGE}, state_at(9, lead=1.5), 2.0 / 3.0),
        ({"schedule": "learned", "reward_range": _RANGE}, state_at(9, lead=50.0), 0.8),
        ({"schedule": "learned", "reward_range": _RANGE}, state_at(9, lead=-1.5), 1.0 / 3.0),
    ],
)
def test_the_probability_by_hand(
    parameters: dict[str, Any], state: MixtureState, expected: float
) -> None:
    policy = Mixture(GLRB(), **parameters)
    assert policy.probability(state) == pytest.approx(expected, abs=1e-15)


def test_the_coin_shows_its_probability_and_leaves_the_base_alone() -> None:
    base = RecourseTS()
    policy = Mixture(base)
    state = policy.init(PROBLEM)._replace(rounds=39)
    keys = Key(3, np.arange(4000), Stream.POLICY)
    crowd = batch([PROBLEM.context(PERSON)] * 4000)
    proposal, own = policy.propose(state, crowd, keys), base.propose(state.base, crowd, keys)
    assert np.mean(proposal.asks) == pytest.approx(0.25, abs=0.03)
    assert difference(proposal.point, own.point) is None
    # the coin tells nothing about the base's arm
    asks = np.asarray(proposal.asks)
    arms = np.asarray(proposal.arm)
    assert arms[asks].mean() == pytest.approx(arms[~asks].mean(), abs=0.08)


@pytest.mark.parametrize("taper", [False, True])
def test_the_cap_counts_questions_that_wait(taper: bool) -> None:
    policy = Mixture(GLRB(), coefficient=1e9, highest=1.0, max_questions=7, taper=taper)
    study = study_of(policy)  # nobody to ask: whoever asks, waits
    steps = [study.decide(person) for person in people(200)]
    assert sum(isinstance(step, Pending) for step in steps) == 7
    assert (study.state.asked, study.state.rounds) == (7, 200)
    for waiting in study.pending[:3]:
        study.settle(waiting.id, None)
    study.withdraw(study.pending[-1].id)
    assert all(isinstance(study.decide(person), Decision) for person in people(30))
    assert (study.state.asked, study.state.rounds) == (7, 230)


def test_every_round_is_one_toss() -> None:
    study, decisions = decided(_LEARNS, AlwaysRandom(), 40)
    assert (study.state.rounds, study.state.asked) == (40, sum(d.asked for d in decisions))


# -- what an outcome teaches ------------------------------------------------------------------


def evidence(decision: Decision, drop: float) -> float:
    low, high = _RANGE
    loss = float(np.clip((high - drop) / (high - low), 0.0, 1.0))
    asking = float(decision.proposal.trace["asking"])
    return 0.3 * (-loss / asking if decision.proposal.asks else loss / (1.0 - asking))


def test_late_and_shuffled_outcomes_teach_the_same() -> None:
    results = drops(60)
    orders = [np.arange(60), np.random.default_rng(1).permutation(60), np.arange(60)[::-1]]
    leads = []
    for order in orders:
        study, decisions = decided(_LEARNS, AlwaysRandom(), 60)
        for number in order:
            study.observe(int(number), {"drop": results[number]})
        leads.append(study.state.lead)
    expected = sum(evidence(d, r) for d, r in zip(decisions, results, strict=True))
    assert leads == pytest.approx([expected] * 3, rel=1e-12)


def test_outcomes_between_decisions_keep_the_probability_of_their_own_toss() -> None:
    study = study_of(_LEARNS, AlwaysRandom())
    results, lead = drops(80), 0.0
    waiting: list[Decision] = []
    told = set()
    for number, person in enumerate(people(80)):
        decision = study.decide(person)
        assert isinstance(decision, Decision)
        told.add(decision.proposal.trace["asking"])
        waiting.append(decision)
        if number % 3 == 2:  # the one decided two rounds ago; the others stay unknown for ever
            late = waiting[number - 2]
            study.observe(late.id, {"drop": results[late.id]})
            lead += evidence(late, results[late.id])
        assert study.state.lead == pytest.approx(lead, abs=1e-12)
    assert len(told) > 20
    assert study.verify().passed


def test_a_corrected_outcome_is_unlearned() -> None:
    study, decisions = decided(_LEARNS, AlwaysRandom(), 3)
    for decision in decisions:
        study.observe(decision.id, {"drop": 9.0})
    study.correct(1, {"drop": -3.0})
    expected = [evidence(d, r) for d, r in zip(decisions, (9.0, -3.0, 9.0), strict=True)]
    assert study.state.lead == pytest.approx(sum(expected), rel=1e-12)


@pytest.mark.parametrize(("drop", "loss"), [(99.0, 0.0), (-99.0, 1.0), (0.0, 0.5)])
def test_rewards_beyond_their_range_count_as_its_ends(drop: float, loss: float) -> None:
    study, (decision,) = decided(_LEARNS, AlwaysRandom(), 1)
    study.observe(decision.id, {"drop": drop})
    assert abs(study.state.lead) == pytest.approx(0.3 * loss / 0.5)


def test_a_failure_counts_for_the_adviser() -> None:
    study, decisions = decided(_LEARNS, Silent(), 12)
    failed = next(decision for decision in decisions if decision.failed)
    study.observe(failed.id, {"drop": 0.0})
    assert study.state.lead == pytest.approx(-0.3 * 0.5 / 0.5)


def test_a_table_teaches_nothing_about_the_adviser() -> None:
    study = study_of(_LEARNS, AlwaysRandom())
    table = study.decide_many(people(30))
    assert table["unasked"].any()
    assert not table["unasked"].all()
    for number in table["decision"]:
        study.observe(int(number), {"drop": 1.0})
    assert (study.state.lead, study.state.rounds, study.state.asked) == (0.0, 30, 0)
    assert study.state.base.counts.sum() == 30
    assert study.verify().passed


def test_an_imported_treatment_teaches_the_base_alone() -> None:
    study = study_of(_LEARNS, AlwaysRandom())
    study.import_past(PERSON, "combination", {"drop": 3.0})
    assert study.state.lead == 0.0
    assert study.state.base.counts.tolist() == [0, 1]


def test_after_the_cap_nothing_is_compared() -> None:
    policy = Mixture(GLRB(), "learned", reward_range=_RANGE, max_questions=0)
    study, decisions = decided(policy, AlwaysRandom(), 5)
    for decision in decisions:
        study.observe(decision.id, {"drop": 1.0})
    assert study.state.lead == 0.0


def test_a_decay_learns_no_weight() -> None:
    study, (decision,) = decided(Mixture(GLRB(), reward_range=_RANGE), AlwaysRandom(), 1)
    study.observe(decision.id, {"drop": 1.0})
    assert study.state.lead == 0.0


# -- propensities -----------------------------------------------------------------------------


@pytest.mark.parametrize("base", [Uniform(), RecourseTS()], ids=["known", "unknown"])
def test_coin_times_propensity_is_a_frequency(base: AnyPolicy) -> None:
    policy = Mixture(base, power=0.0, coefficient=0.3)
    adviser = FromFunction(lambda _: ("combination", {}))
    counts: dict[tuple[bool, int], int] = {}
    chances: dict[tuple[bool, int], float | None] = {}
    for seed in range(1500):
        decision = study_of(policy, adviser, seed=seed).decide(PERSON)
        assert isinstance(decision, Decision)
        side = (decision.asked, int(decision.choice.arm))
        counts[side] = counts.get(side, 0) + 1
        asking, given = decision.proposal.trace["asking"], decision.propensity
        chance = None if given is None else (asking if decision.asked else 1.0 - asking) * given
        assert chances.setdefault(side, chance) == chance
    assert set(counts) == {(True, 1), (False, 0), (False, 1)}
    for side, chance in chances.items():
        if chance is not None:
            assert counts[side] / 1500 == pytest.approx(chance, abs=0.06)
    known = {side for side, chance in chances.items() if chance is not None}
    assert known == (set(counts) if isinstance(base, Uniform) else {(True, 1)})


def test_without_an_answer_the_base_decides() -> None:
    _, decisions = decided(_ALWAYS, Silent(), 6)
    for decision in decisions:
        assert decision.failed
        assert decision.propensity == decision.proposal.propensity is not None


# -- parameters -------------------------------------------------------------------------------


def test_what_needs_another_parameter_says_so() -> None:
    with pytest.raises(DescriptionError, match=r"reward_range must be \(low, high\) to learn"):
        Mixture(GLRB(), schedule="learned")
    with pytest.raises(DescriptionError, match="max_questions must be a number to taper to"):
        Mixture(GLRB(), taper=True)
    with pytest.raises(DescriptionError, match=r"lowest must be at most highest, 0\.2, got 0\.5"):
        Mixture(GLRB(), lowest=0.5, highest=0.2)


def test_settings_may_give_the_range_as_a_list() -> None:
    described = {"name": "Mixture", "parameters": {"base": {"name": "GLRB"}}}
    described["parameters"] |= {"schedule": "learned", "reward_range": [0, 1]}  # type: ignore[operator]
    assert policy_from_json(described) == Mixture(GLRB(), "learned", reward_range=(0, 1))
