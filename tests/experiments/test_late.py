"""Outcomes that arrive late, or never: when the study hears of them, and of which it has not."""

import dataclasses
from collections.abc import Mapping
from typing import Any, cast

import numpy as np
import polars as pl
import pytest

from recourse_bandits.environments.delays import (
    ConstantDelay,
    Delay,
    EmpiricalDelay,
    GeometricDelay,
    HalfNormalDelay,
    PoissonDelay,
)
from recourse_bandits.experiments import loop
from recourse_bandits.experiments.arrivals import Arrivals, Report
from recourse_bandits.experiments.cells import Cell
from recourse_bandits.experiments.contestants import delay_of
from recourse_bandits.experiments.loop import run_cell
from recourse_bandits.journals import MemoryJournal, OpenDecisionsJournal
from recourse_bandits.policies import GLRB, LIBRA, AdviceOnly, AnyPolicy, LinUCB
from recourse_bandits.records import Array, Decision, Key, Stream
from recourse_bandits.study import Study
from recourse_bandits.theory import outstanding, outstanding_as_printed
from tests.contracts.policy_variants import ANYWHERE
from tests.environments.noncomplying import cell_of

HYPERTENSION = {"name": "hypertension", "noise": 10.0}
DROPPING = {"name": "dropping-out", "level": 0.0, "world": HYPERTENSION}
GEOMETRIC = {"name": "geometric", "mean": 8.0}
NEVER = {**GEOMETRIC, "never": 0.3}
ROUNDS = 60
SEED = 12  # that of `cell_of`


def late_cell(
    policy: AnyPolicy,
    delay: Mapping[str, Any] | None = GEOMETRIC,
    environment: dict[str, Any] = HYPERTENSION,
    rounds: int = ROUNDS,
) -> Cell:
    return dataclasses.replace(cell_of(environment, policy, rounds), delay=delay)


def arrivals_of(delay: Mapping[str, Any], rounds: int = ROUNDS) -> list[float]:
    """The round after whose decision each outcome arrives; infinite: never."""
    law = delay_of(delay)
    assert law is not None
    late = [law.rounds(Key(SEED, number, Stream.DELAY)) for number in range(rounds)]
    return [number + (np.inf if wait is None else wait) for number, wait in enumerate(late)]


def counted(delay: Mapping[str, Any], rounds: int = ROUNDS) -> list[int]:
    """Decisions before each round that have not arrived after that of the round before."""
    arrive = arrivals_of(delay, rounds)
    return [sum(when >= now for when in arrive[:now]) for now in range(rounds)]


@pytest.fixture
def studies(monkeypatch: pytest.MonkeyPatch) -> list[Study]:
    """The studies that are run, which nobody else sees."""
    made: list[Study] = []

    def kept(*parts: Any, **more: Any) -> Study:
        made.append(Study(*parts, **more))
        return made[-1]

    monkeypatch.setattr(loop, "Study", kept)
    return made


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """Each decision that was told of, and the number of decisions until then."""
    heard: list[tuple[int, int]] = []
    tell = Report.tell

    def watched(report: Report, study: Study) -> None:
        heard.append((report.decision.id, study.decisions))
        tell(report, study)

    monkeypatch.setattr(Report, "tell", watched)
    return heard


def compared(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.drop("cpu_seconds")


@pytest.mark.parametrize("environment", [HYPERTENSION, DROPPING], ids=["all", "some lost"])
@pytest.mark.parametrize(
    "delay", [{"name": "constant", "after": 0}, {"name": "geometric", "mean": 0}]
)
@pytest.mark.parametrize("policy", ANYWHERE, ids=lambda policy: type(policy).__name__)
def test_a_delay_of_0_is_none_bit_for_bit(
    policy: AnyPolicy, delay: dict[str, Any], environment: dict[str, Any]
) -> None:
    plain = run_cell(late_cell(policy, None, environment, 30))
    assert plain["outstanding"].to_list() == [0] * 30
    assert compared(run_cell(late_cell(policy, delay, environment, 30))).equals(compared(plain))


@pytest.mark.parametrize(
    "delay",
    [
        {"name": "constant", "after": 5},
        {"name": "constant", "after": 1000},
        GEOMETRIC,
        NEVER,
        {"name": "poisson", "mean": 6.0},
        {"name": "half-normal", "scale": 9.0, "never": 0.1},
        {"name": "empirical", "delays": [0, 1, 40], "counts": [5, 3, 2]},
    ],
)
def test_outstanding_outcomes_are_those_that_are_counted_one_by_one(delay: dict[str, Any]) -> None:
    rows = run_cell(late_cell(LinUCB(), delay))
    assert rows["outstanding"].to_list() == counted(delay)
    if delay["name"] == "constant":
        assert rows["outstanding"].to_list() == [min(t, delay["after"]) for t in range(ROUNDS)]


def test_all_policies_wait_for_the_same_outcomes() -> None:
    waiting = {tuple(run_cell(late_cell(policy))["outstanding"]) for policy in ANYWHERE}
    assert len(waiting) == 1


@pytest.mark.parametrize("delay", [GEOMETRIC, NEVER, {"name": "constant", "after": 7}])
def test_each_outcome_is_told_once_in_the_order_of_arrival(
    delay: dict[str, Any], studies: list[Study], told: list[tuple[int, int]]
) -> None:
    run_cell(late_cell(GLRB(), delay))
    arrive = arrivals_of(delay)
    due = sorted((when, number) for number, when in enumerate(arrive) if when < ROUNDS)
    # after the decision of round `when`, from 0, there are `when` + 1 decisions
    assert told == [(number, when + 1) for when, number in due]
    numbers = [number for _, number in due]
    assert (numbers == sorted(numbers)) == (delay["name"] == "constant")
    left = tuple(number for number, when in enumerate(arrive) if when >= ROUNDS)
    assert len(left) > 0
    assert studies[0].open_decisions == left


@pytest.mark.parametrize("policy", ANYWHERE, ids=lambda policy: type(policy).__name__)
def test_every_policy_learns_from_late_outcomes_and_replays(
    policy: AnyPolicy, studies: list[Study], monkeypatch: pytest.MonkeyPatch
) -> None:
    forgetful = run_cell(late_cell(policy, NEVER, DROPPING))
    monkeypatch.setattr(loop, "OpenDecisionsJournal", lambda _: MemoryJournal())
    kept = run_cell(late_cell(policy, NEVER, DROPPING))
    # whether closed decisions are forgotten makes no difference
    assert compared(kept).equals(compared(forgetful))
    found = studies[1].verify()
    assert found.passed
    assert found.exact == found.decisions == ROUNDS
    assert studies[0].open_decisions == studies[1].open_decisions


def test_a_policy_decides_as_one_that_is_told_by_hand(studies: list[Study]) -> None:
    from recourse_bandits.experiments.contestants import environment_of

    rows = run_cell(late_cell(GLRB(scale=0.2), {"name": "constant", "after": 3}))
    world = environment_of(HYPERTENSION, SEED)
    study = Study(world.problem, GLRB(scale=0.2), seed=SEED)
    pairs: list[tuple[str, Array]] = []
    for number in range(ROUNDS):
        decision = study.decide(world.person(Key(SEED, number, Stream.PERSON)))
        pairs.append((decision.arm, decision.choice.point))  # type: ignore[union-attr]
        if number >= 3:
            arrived: Any = study.decision(number - 3)
            noise = Key(SEED, number - 3, Stream.NOISE)
            pair = arrived.choice.arm, arrived.choice.point
            study.observe(number - 3, world.measures(arrived.context, *pair, noise))
    assert rows["arm"].to_list() == [arm for arm, _ in pairs]
    others = run_cell(late_cell(GLRB(scale=0.2), None))
    assert others["total_regret"].to_list() != rows["total_regret"].to_list()


def test_who_drops_out_is_given_up_when_the_outcome_would_have_come(studies: list[Study]) -> None:
    delay = {"name": "constant", "after": 10}
    rows = run_cell(late_cell(GLRB(), delay, DROPPING))
    assert rows["outstanding"].to_list() == [min(t, 10) for t in range(ROUNDS)]
    lost = rows["measured"].is_null()
    assert 10 < lost.sum() < 50
    assert studies[0].open_decisions == tuple(range(ROUNDS - 10, ROUNDS))


def test_advice_is_compared_with_what_has_arrived(
    studies: list[Study], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "OpenDecisionsJournal", lambda _: MemoryJournal())
    policy = LIBRA(GLRB(scale=0.2), threshold=1.0, consultation_budget=None)
    last = run_cell(late_cell(policy, NEVER)).row(-1, named=True)
    every = studies[0].trust().standings[0]
    assert every.followed == last["total_followed"]
    assert 0 < every.gap.outcomes == last["total_compared"] < last["total_followed"]
    assert every.gap.mean == pytest.approx(last["total_gap"] / last["total_compared"])


# -- how many are outstanding ----------------------------------------------------------------------

LAWS = {
    "constant": ConstantDelay(30),
    "geometric": GeometricDelay(30.0),
    "poisson": PoissonDelay(30.0),
    "half-normal": HalfNormalDelay(30.0),
    "empirical": EmpiricalDelay([0, 5, 300], counts=[80, 10, 10]),
}


def outstanding_in(law: Delay, rounds: int, seed: int) -> Array:
    """Outstanding outcomes as the loop counts them, of reports that nobody reads."""
    arrivals, found = Arrivals(law, seed), []
    for number in range(rounds):
        found.append(arrivals.outstanding)
        arrivals.send(Report(cast("Decision", None), None), number)
        arrivals.arriving(number)
    return np.array(found, np.float64)


@pytest.mark.parametrize("name", LAWS)
def test_more_than_the_bound_are_outstanding_in_few_rounds(name: str) -> None:
    law, rounds, failure = LAWS[name].law, 20_000, 0.05
    assert law is not None
    seen = outstanding_in(LAWS[name], rounds, seed=3)
    now = np.arange(1, rounds + 1)
    ours = outstanding(now, law, failure).values
    assert seen[5_000:].mean() == pytest.approx(law.mean, rel=0.05)
    assert np.mean(seen > ours) <= failure
    assert np.mean(seen > outstanding_as_printed(now, law, failure).values) <= failure
    assert seen.max() > 0.5 * ours[-1]  # it says something


@pytest.mark.parametrize("name", LAWS)
def test_few_runs_exceed_the_bound_that_holds_in_all_rounds(name: str) -> None:
    law, rounds, failure = LAWS[name].law, 300, 0.05
    assert law is not None
    bound = outstanding(np.arange(1, rounds + 1), law, failure / rounds).values
    beyond = [(outstanding_in(LAWS[name], rounds, seed) > bound).any() for seed in range(40)]
    assert np.mean(beyond) <= failure


def test_no_more_is_kept_than_is_outstanding(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[int] = []
    made: list[Arrivals] = []

    class Watched(OpenDecisionsJournal):
        def append(self, events: Any, *, after: int) -> None:
            super().append(events, after=after)
            kept.append(len(self._open))

    class Kept(Arrivals):
        def __init__(self, delay: Delay | None, seed: int, sub_outcome: Any = None) -> None:
            super().__init__(delay, seed, sub_outcome)
            made.append(self)

    monkeypatch.setattr(loop, "OpenDecisionsJournal", Watched)
    monkeypatch.setattr(loop, "Arrivals", Kept)
    rows = run_cell(late_cell(AdviceOnly(), GEOMETRIC, rounds=400))
    assert max(kept) == max(rows["outstanding"].to_list()) + 1  # and the new one
    assert max(kept) < 30
    (arrivals,) = made
    assert sum(map(len, arrivals._due.values())) == arrivals.outstanding == kept[-1]
