"""What advice was worth: by hand, and against worlds whose truth is known."""

import json
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from scipy.stats import norm

from recourse_bandits import (
    GLRB,
    LIBRA,
    AdviceOnly,
    Adviser,
    AlwaysRandom,
    AlwaysWorst,
    Key,
    LinUCB,
    NoAdvice,
    OpenDecisionsJournal,
    Oracle,
    Quality,
    Question,
    Silent,
    Stream,
    Study,
    Synthetic,
)
from recourse_bandits.errors import JournalError
from recourse_bandits.exchanges import Attempt, Exchange
from recourse_bandits.policies import AnyPolicy
from recourse_bandits.records import Advice, Decision
from recourse_bandits.study.gaps import GapTally
from recourse_bandits.study.standings import kind_of_failure
from recourse_bandits.study.trust import Gap, Standing, Trust
from tests.study.builders import ASKS_ALWAYS, decided, pending, people, study_of


@dataclass(frozen=True)
class Answers(Adviser):
    """Gives whatever a function makes of the question."""

    answer: Callable[[Question], Any]

    def advise(self, state: Any, question: Question, key: Any) -> Any:
        return self.answer(question)


def staying(arm: int, confidence: Any = None, **more: Any) -> Callable[[Question], Advice]:
    """Advice of an arm without any change."""
    exchange = Exchange("model A", confidence=confidence, **more)
    return lambda question: Advice(arm, question.context.values, exchange=exchange)


def too_far(question: Question) -> Advice:
    point = question.context.values.copy()
    point[3] += 5.0
    return Advice(0, point, exchange=Exchange("model A"))


CALLS = (Attempt("answered", 1.0, cost=0.5), Attempt("answered", 1.0))
SCRIPT: list[Callable[[Question], Any]] = [
    staying(0, 0.9),
    staying(1, 0.9, attempts=CALLS),
    staying(1, 0.3),
    too_far,
    lambda _: NoAdvice("AdviserUnavailable: down", Exchange("model A")),
    staying(0),
    staying(0, 0.2),
    staying(0, 95),
    staying(0),
]


def lived() -> Study:
    """All decided before any outcome, so that the policy's own estimates are 0."""
    study = study_of(ASKS_ALWAYS, Answers(lambda question: SCRIPT[question.number](question)))
    for person in people(len(SCRIPT)):
        decided(study, person)
    for number, reward in {0: 4.0, 1: -2.0, 2: 3.0, 3: -1.0, 4: 2.0, 7: 2.0}.items():
        study.observe(number, {"drop": reward})
    study.observe(6, {"drop": 50.0}, arm="combination")
    study.correct(2, {"drop": 1.0})
    study.withdraw(5)
    return study


def test_what_advice_was_worth_by_hand() -> None:
    trust = lived().trust()
    assert (trust.decisions, trust.questions, trust.waiting, trust.withdrawn) == (9, 9, 0, 0)
    every, first, second = trust.standings
    assert [(one.adviser, one.arm) for one in trust.standings] == [
        ("model A", None),
        ("model A", "beta_blocker"),
        ("model A", "combination"),
    ]
    assert (every.questions, every.answered, every.followed, every.vetoed) == (9, 7, 7, 0)
    assert (every.failed, every.vetoed_share) == (2, 0.0)
    assert every.failures == {"infeasible": 1, "invalid": 0, "unavailable": 1, "other": 0}
    assert (every.calls, every.cost, every.unpriced) == (2, 0.5, 1)
    gap = every.gap  # of 4, -2, 1 (corrected) and 2, with t(3) = 3.182446
    assert (gap.outcomes, gap.otherwise, gap.unknown) == (4, 1, 0)
    assert (gap.mean, gap.error) == pytest.approx((1.25, 1.25))
    assert (gap.low, gap.high) == pytest.approx((1.25 - 3.978058, 1.25 + 3.978058), abs=1e-6)
    assert (first.gap.outcomes, first.gap.mean, first.failed) == (2, 3.0, 0)
    assert (second.gap.outcomes, second.gap.mean) == (2, -0.5)
    assert (trust.own.outcomes, trust.own.mean) == (2, 0.5)


def test_calibration_by_hand() -> None:
    found = lived().trust().standings[0].calibration
    assert found is not None
    assert (found.stated, found.unusable, found.outcomes) == (5, 1, 3)
    assert found.share == pytest.approx(2 / 3)
    assert found.brier == pytest.approx((0.1**2 + 0.9**2 + 0.7**2) / 3)
    assert found.baseline == pytest.approx(2 / 9)
    assert [one.outcomes for one in found.bins] == [0, 1, 0, 0, 2]
    assert (found.bins[4].stated, found.bins[4].share) == pytest.approx((0.9, 0.5))
    assert (found.bins[0].stated, found.bins[0].share) == (None, None)


def test_a_gap_by_hand() -> None:
    tally = GapTally()
    for reward in (11.0, 15.0, 7.0, 9.0):
        assert tally.add((10.0, 8.0, 12.0), reward, as_chosen=True)
    assert not tally.add((math.nan, -math.inf, math.inf), 1.0, as_chosen=True)
    assert not tally.add((10.0, 8.0, 12.0), 1e9, as_chosen=False)
    gap = tally.gap()  # of 1, 5, -3 and -1: squares of deviations add up to 35
    error = math.sqrt(35.0 / 3.0 / 4.0)
    half = 3.182446 * error
    assert (gap.mean, gap.error) == pytest.approx((0.5, error))
    assert (gap.low, gap.high) == pytest.approx((0.5 - half, 0.5 + half), abs=1e-5)
    assert (gap.below, gap.above) == pytest.approx((1 / 4, 1 / 4))
    assert (gap.outcomes, gap.bounded, gap.unknown, gap.otherwise) == (4, 4, 1, 1)


def test_without_outcomes_nothing_is_claimed() -> None:
    assert GapTally().gap() == Gap()
    study = study_of(ASKS_ALWAYS, Answers(staying(0)))
    decided(study)
    (every, _) = study.trust().standings
    assert (every.gap, every.calibration) == (Gap(), None)
    study.observe(0, {"drop": 2.0})
    gap = study.trust().standings[0].gap
    assert (gap.outcomes, gap.mean, gap.error, gap.low) == (1, 2.0, None, None)


def test_a_policy_without_estimates_is_counted_apart() -> None:
    study = study_of(AdviceOnly(), Answers(staying(0, 0.5)))
    study.observe(decided(study).id, {"drop": 2.0})
    every = study.trust().standings[0]
    assert (every.gap.outcomes, every.gap.unknown, every.gap.mean) == (0, 1, None)
    assert every.calibration is not None
    assert (every.calibration.outcomes, every.calibration.brier) == (0, None)


def test_advice_by_hand_and_questions_without_an_answer() -> None:
    study = study_of(ASKS_ALWAYS)
    for _ in range(4):
        pending(study)
    waiting = study.pending[0]
    study.observe(study.settle(0, study.advice(waiting, "combination")).id, {"drop": 3.0})
    study.settle(1, None, reason="nobody was at home")
    study.withdraw(2)
    trust = study.trust()
    assert (trust.questions, trust.waiting, trust.withdrawn) == (4, 1, 1)
    by_hand = trust.standings[0]
    assert (by_hand.adviser, by_hand.questions, by_hand.failures["other"]) == (None, 2, 1)
    assert by_hand.gap.mean == 3.0


def test_vetoed_advice_is_none_of_the_advisers_outcomes() -> None:
    policy = LIBRA(GLRB(scale=0.05), threshold=0.0, consultation_budget=None)
    study = study_of(policy, Answers(staying(1)))
    for person in people(20):
        study.import_past(person, "beta_blocker", {"drop": 30.0})
        study.import_past(person, "combination", {"drop": -30.0})
    decision = decided(study)
    assert decision.vetoed
    study.observe(decision.id, {"drop": 30.0})
    trust = study.trust()
    assert [one.vetoed_share for one in trust.standings] == [1.0, 1.0]
    assert (trust.standings[0].gap.outcomes, trust.own.outcomes) == (0, 1)


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("InfeasibleAdvice: outside", "infeasible"),
        ("IneligibleArm: may not", "infeasible"),
        ("InvalidAdvice: no JSON", "invalid"),
        ("UnknownArm", "invalid"),
        ("the adviser returned None, which is no answer", "invalid"),
        ("AdviserUnavailable: 503", "unavailable"),
        ("ConnectionResetError: gone", "unavailable"),
        ("QueueConflict: the queue holds questions of another study", "unavailable"),
        ("QueueError: 'q.db' cannot be used as a queue", "unavailable"),
        ("no answer came until 2026-01-01 00:00:00 UTC", "unavailable"),
        ("ZeroDivisionError: division by zero", "other"),
        ("we think that InfeasibleAdvice: is a word", "other"),
        ("", "other"),
        (None, "other"),
    ],
)
def test_failures_are_told_apart_by_the_error_that_they_begin_with(
    reason: str | None, kind: str
) -> None:
    assert kind_of_failure(reason) == kind


def test_a_table_and_json() -> None:
    trust = lived().trust()
    table = trust.table
    assert table.height == 3
    assert table["gap.mean"].to_list() == [1.25, 3.0, -0.5]
    assert table["calibration.outcomes"].to_list() == [3, 1, 2]
    assert table["failures.infeasible"].to_list() == [1, 0, 0]
    assert Trust(0, 0, 0, 0, (), Gap()).table.schema == table.schema
    text = json.dumps(trust.to_json(), allow_nan=False)
    assert json.loads(text)["standings"][0]["gap"]["mean"] == 1.25


def test_a_journal_that_forgets_cannot_tell() -> None:
    with pytest.raises(JournalError, match="keeps open decisions only"):
        study_of(journal=OpenDecisionsJournal()).trust()


# -- against a known truth -------------------------------------------------------------------------


@dataclass
class Truth:
    """A study in a world, and what its advice was truly worth."""

    study: Study
    differences: list[float] = field(default_factory=list)
    """Expected reward of followed advice less the policy's own estimate at the time."""

    @property
    def gap(self) -> Gap:
        return self.standing.gap

    @property
    def standing(self) -> Standing:
        return self.study.trust().standings[0]


def simulated(
    adviser: Callable[[Synthetic], Adviser],
    rounds: int,
    seed: int,
    base: AnyPolicy = GLRB(scale=0.1),  # noqa: B008 - frozen
) -> Truth:
    """Rounds in which the policy asks always and learns from what is advised."""
    world = Synthetic(seed=seed, dimension=4, arms=3, radius=1.0)
    policy = LIBRA.as_printed(base, threshold=0.0)
    truth = Truth(Study(world.problem, policy, adviser(world), seed=seed))
    for number in range(rounds):
        decision = truth.study.decide(world.person(Key(seed, number, Stream.PERSON)))
        assert isinstance(decision, Decision)
        pair = decision.choice.arm, decision.choice.point
        noise = Key(seed, number, Stream.NOISE)
        truth.study.observe(decision.id, world.measures(decision.context, *pair, noise))
        own, _, _ = decision.proposal.interval
        truth.differences.append(world.expected(decision.context, *pair) - own)
    return truth


def test_good_and_reversed_advice_are_told_apart() -> None:
    """The base proposes no change, so that the best pair is better for ever, the worst worse."""
    for seed in range(5):
        good = simulated(lambda world: Oracle(world.best), 150, seed, LinUCB(scale=0.1))
        reversed_ = simulated(lambda world: AlwaysWorst(world.worst), 150, seed, LinUCB(scale=0.1))
        assert np.mean(good.differences) > 0.5
        assert np.mean(reversed_.differences) < -2.0
        assert (good.gap.low or -1.0) > 0.0
        assert (reversed_.gap.high or 1.0) < 0.0
        assert (good.gap.outcomes, reversed_.gap.outcomes) == (150, 150)


def test_a_policy_that_has_learned_from_good_advice_needs_it_no_more() -> None:
    truth = simulated(lambda world: Oracle(world.best), 600, 0)
    early, late = np.mean(truth.differences[:20]), np.mean(truth.differences[-200:])
    assert early > 0.5
    assert abs(late) < 0.1


def test_better_advice_has_a_larger_gap() -> None:
    gaps = [
        simulated(lambda world, q=q: Quality(q, world.best), 200, 7).gap.mean  # type: ignore[misc]
        for q in (0.0, 0.5, 1.0)
    ]
    assert gaps == sorted(gaps)  # type: ignore[type-var]


def test_the_gap_is_that_of_the_truth_but_for_noise() -> None:
    """What is left is the mean of 60 noises; the interval also allows for who came."""
    errors = []
    for seed in range(60):
        run = simulated(lambda _: AlwaysRandom(), 60, seed)
        gap, truth = run.gap, float(np.mean(run.differences))
        assert gap.mean is not None
        assert gap.low is not None
        assert gap.high is not None
        assert gap.low < truth < gap.high
        errors.append(gap.mean - truth)
    assert abs(np.mean(errors)) < 3.0 / math.sqrt(60 * 60)
    assert np.std(errors) == pytest.approx(1.0 / math.sqrt(60), rel=0.3)


def test_the_interval_covers_the_mean_as_often_as_it_says() -> None:
    generator = np.random.default_rng(5)
    covered = 0
    for _ in range(2000):
        tally = GapTally()
        for difference in generator.normal(1.5, 2.0, 8):
            tally.add((20.0, 10.0, 30.0), 20.0 + difference, as_chosen=True)
        gap = tally.gap()
        covered += (gap.low or math.inf) <= 1.5 <= (gap.high or -math.inf)
    assert 0.935 < covered / 2000 < 0.965


@dataclass(frozen=True)
class Confident(Adviser):
    """States the chance that its advice reaches the policy's own estimate, or always a number."""

    world: Synthetic
    always: float | None = None

    def advise(self, state: Any, question: Question, key: Any) -> Advice:
        advice = Quality(0.7, self.world.best).advise(state, question, key)
        assert isinstance(advice, Advice)
        expected = self.world.expected(question.context, advice.arm, advice.point)
        own, _, _ = question.proposal.interval
        chance = float(norm.cdf((expected - own) / self.world.noise))
        stated = chance if self.always is None else self.always
        return Advice(advice.arm, advice.point, "", Exchange("confident", confidence=stated))


def test_true_probabilities_are_calibrated() -> None:
    found = simulated(Confident, 1500, 3, LinUCB(scale=0.1)).standing.calibration
    assert found is not None
    assert found.outcomes == 1500
    assert found.brier is not None
    assert found.baseline is not None
    assert found.brier < 0.8 * found.baseline
    for one in found.bins:
        assert one.outcomes >= 40
        assert one.stated is not None
        assert one.share is not None
        assert abs(one.stated - one.share) < 3.0 * math.sqrt(0.25 / one.outcomes)


def test_confidence_without_ground_is_found_out() -> None:
    found = simulated(
        lambda world: Confident(world, always=0.95), 300, 3, LinUCB(scale=0.1)
    ).standing.calibration
    assert found is not None
    assert found.brier is not None
    assert found.baseline is not None
    assert found.share is not None
    assert found.share < 0.85
    assert found.brier == pytest.approx(found.baseline + (0.95 - found.share) ** 2)
    assert found.bins[4].stated == pytest.approx(0.95)
    assert found.bins[4].share == found.share


def test_a_silent_adviser_has_a_standing() -> None:
    study = study_of(ASKS_ALWAYS, Silent())
    decided(study)
    (silent,) = study.trust().standings
    assert (silent.adviser, silent.failed, silent.vetoed_share) == ("Silent", 1, None)
