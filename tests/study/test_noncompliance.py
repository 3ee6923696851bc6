"""Policies that plan for people who do otherwise: what they recommend, learn and report."""

import math
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

import recourse_bandits as rb
from recourse_bandits.config.registry import policy_of
from recourse_bandits.environments import Deviating, Opposing, PartlyAdhering
from recourse_bandits.environments.realising import realise
from recourse_bandits.errors import DescriptionError, JournalError, SettingsError
from recourse_bandits.events import Began, Event
from recourse_bandits.policies import AnyBehaviour, AnyPolicy, policy_from_json, policy_to_json
from recourse_bandits.policies.noncompliance.base import Behaviour
from recourse_bandits.policies.planning import PlanningPolicy
from recourse_bandits.records import Array, Outcome, Stream
from recourse_bandits.testing import difference
from recourse_bandits.testing.states import through_json, through_npz
from tests.contracts.policy_variants import BEHAVIOURS
from tests.contracts.problems import PROBLEMS

WORLD = rb.Hypertension(seed=1)
OTHERWISE: dict[str, tuple[AnyBehaviour, rb.LinearEnvironment]] = {
    "random": (rb.Random(), Deviating(WORLD, longest=1.0, bias=(-0.5, -0.5))),
    "adversarial": (rb.Adversarial(1.0), Opposing(WORLD, longest=1.0)),
    "adherence": (
        rb.Adherence(),
        PartlyAdhering(WORLD, level=0.5, feature_shares={"diet_score": 0.2}),
    ),
}
PLANS: dict[str, PlanningPolicy] = {"GLRB": rb.GLRB(scale=0.2), "RecourseTS": rb.RecourseTS()}


def lived(policy: AnyPolicy, world: rb.Environment, rounds: int, **parts: Any) -> rb.Study:
    """A study whose people do what the world says."""
    study = rb.Study(world.problem, policy, rb.AlwaysRandom(), seed=3, **parts)
    for number in range(rounds):
        decision = study.decide(world.person(rb.Key(3, number, Stream.PERSON)))
        assert isinstance(decision, rb.Decision)
        choice = decision.choice
        key = rb.Key(3, number, Stream.REALISED)
        done = realise(world, decision.context, choice.arm, choice.point, key)
        noise = rb.Key(3, number, Stream.NOISE)
        measures = world.measures(decision.context, done.arm, done.point, noise)
        study.observe(decision.id, measures, realized=done.raw, arm=done.name)
    return study


def decisions(study: rb.Study) -> Iterator[rb.Decision]:
    return (event.body for event in study.journal.read() if event.kind == "decided")


# -- people who comply after all ----------------------------------------------------------------


@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize(
    "behaviour", [rb.Random(), rb.Adversarial(0.0), rb.Adherence()], ids=lambda b: type(b).__name__
)
def test_if_everybody_complies_the_plan_is_the_plain_one_to_the_last_bit(
    plan: str, behaviour: AnyBehaviour
) -> None:
    plain = lived(PLANS[plan], WORLD, 80)
    other = lived(replace(PLANS[plan], noncompliance=behaviour), WORLD, 80)
    for one, two in zip(decisions(plain), decisions(other), strict=True):
        assert two.choice.trace["price_of_robustness"] == 0.0
        found = difference(replace(one.choice, trace={}), replace(two.choice, trace={}))
        assert found is None
        for name in ("arm", "point", "mean", "high", "ruled_out", "explored", "propensity"):
            ours, theirs = getattr(one.proposal, name), getattr(two.proposal, name)
            assert difference(ours, theirs) is None, name
        for arm in (0, 1):
            pair = (one.context, arm, one.choice.point)
            assert plain.policy.interval(plain.state, *pair) == other.policy.interval(
                other.state, *pair
            )


@pytest.mark.parametrize("name", BEHAVIOURS)
def test_an_import_teaches_nothing_about_people(name: str) -> None:
    policy = rb.GLRB(noncompliance=BEHAVIOURS[name])
    state = policy.init(WORLD.problem)
    outcome = Outcome(0, np.ones(9), 1.0)
    assert difference(policy.observed(state, None, outcome).people, state.people) is None


# -- what is learned ----------------------------------------------------------------------------


def told(context: rb.Context, point: Array, done: Array) -> tuple[rb.Decision, Outcome]:
    """A decision that recommended a point, and what was done."""
    choice = rb.Choice(0, point, 0.0, 0.0, 0.0)
    proposal = rb.Proposal(context, 0, point, np.zeros(3), np.zeros(3), np.zeros(3, bool))
    decision = rb.Decision(0, context, "a", None, None, choice, proposal)
    return decision, Outcome(0, done, 1.0)


def seen(behaviour: Behaviour[Any], pairs: list[tuple[rb.Decision, Outcome]], problem: Any) -> Any:
    state = behaviour.init(problem)
    for decision, outcome in pairs:
        state = behaviour.observed(state, decision, outcome)
    return state


def test_deviations_are_averaged_over_all_and_kept_for_the_last() -> None:
    problem, behaviour = PROBLEMS["l2"], rb.Random(memory=4)
    context, rng = problem.context([60.0, 5.0, 3.0]), np.random.default_rng(1)
    drawn = rng.standard_normal((10, 2))
    pairs = []
    for deviation in drawn:
        point = context.feasible.moved(context.values, np.array([0.5, -0.5]))
        pairs.append(told(context, point, context.feasible.moved(point, deviation)))
    state = seen(behaviour, pairs, problem)
    np.testing.assert_allclose(behaviour.mean(state), drawn.mean(axis=0))
    np.testing.assert_allclose(np.sort(state.recent, axis=0), np.sort(drawn[-4:], axis=0))
    for form in (through_json, through_npz):
        assert difference(form(state), state) is None


def test_what_is_unknown_is_not_seen_to_deviate() -> None:
    problem, behaviour = PROBLEMS["missing values"], rb.Random()
    context = problem.context({"age": 60.0, "diet": 5.0, "salt": None, "asthma": "no"})
    done = context.values.copy()
    done[context.feasible.mutable] += np.array([0.5, 7.0])
    state = seen(behaviour, [told(context, context.values, done)], problem)
    np.testing.assert_allclose(behaviour.mean(state), [0.5, 0.0])
    np.testing.assert_allclose(
        behaviour.reached(state, context, context.values)[context.feasible.mutable]
        - context.values[context.feasible.mutable],
        [0.5, 0.0],
    )


def test_nobody_for_whom_no_recourse_is_possible_deviates() -> None:
    diet = rb.Feature(
        "diet", mutable=True, mean=5.0, scale=2.0, bounds=(4.0, 6.0), max_step=(0.1, 0.1)
    )
    problem = replace(PROBLEMS["people outside their bounds"], features=(diet,))
    context = problem.context([3.0])
    assert context.no_recourse is not None
    done = context.values + 1.0
    for behaviour in BEHAVIOURS.values():
        state = seen(behaviour, [told(context, context.values, done)], problem)
        assert difference(state, behaviour.init(problem)) is None or isinstance(
            behaviour, rb.Adherence
        )
        assert (behaviour.reached(state, context, context.values) == context.values).all()


def test_the_share_is_a_least_squares_slope_with_a_prior() -> None:
    problem, behaviour = PROBLEMS["l2"], rb.Adherence(prior_weight=2.0)
    context, rng = problem.context([60.0, 5.0, 3.0]), np.random.default_rng(1)
    advised = rng.standard_normal((200, 2))
    made = advised * np.array([0.25, -0.5]) + 0.1 * rng.standard_normal((200, 2))
    move = context.feasible.moved
    pairs = [
        told(context, move(context.values, c), move(context.values, r))
        for c, r in zip(advised, made, strict=True)
    ]
    shares = behaviour.shares(seen(behaviour, pairs, problem))
    first = (2.0 + advised[:, 0] @ made[:, 0]) / (2.0 + advised[:, 0] @ advised[:, 0])
    np.testing.assert_allclose(shares, [first, 0.0])


# -- what is recommended ------------------------------------------------------------------------


def test_random_deviations_are_planned_for_at_the_shifted_point() -> None:
    """Against a search: no feasible pair has a larger optimistic value after the mean deviation."""
    _, world = OTHERWISE["random"]
    study = lived(rb.GLRB(scale=0.2, noncompliance=rb.Random()), world, 60)
    state, rng = study.state, np.random.default_rng(0)
    mean = study.policy.noncompliance.mean(state.people)  # type: ignore[attr-defined]
    assert np.linalg.norm(mean - [-0.5, -0.5]) < 0.3
    plain = rb.GLRB(scale=0.2)
    for number in range(10):
        context = world.problem.context(world.person(rb.Key(9, number, Stream.PERSON)))
        proposal = study.policy.propose(state, context, rb.Key(1, 0, Stream.POLICY))
        own = plain.interval(
            state, context, proposal.arm, context.feasible.moved(proposal.point, mean)
        )
        assert own[2] == pytest.approx(proposal.high[proposal.arm])
        assert own == study.policy.interval(state, context, proposal.arm, proposal.point)
        for change in rng.standard_normal((200, 2)):
            near = context.feasible.nearest(5.0 * change)
            point = context.feasible.moved(context.values, near + mean)
            highs = [plain.interval(state, context, arm, point)[2] for arm in (0, 1)]
            assert max(highs) <= own[2] + 1e-6


def test_a_plan_for_shares_beats_every_other_recommendation() -> None:
    """Against a search: the optimistic value of what will be realised."""
    _, world = OTHERWISE["adherence"]
    study = lived(rb.GLRB(scale=0.2, noncompliance=rb.Adherence()), world, 60)
    state, rng = study.state, np.random.default_rng(0)
    shares = study.policy.noncompliance.shares(state.people)  # type: ignore[attr-defined]
    assert shares[0] < 0.35
    assert 0.45 < shares[1] < 0.85
    for number in range(10):
        context = world.problem.context(world.person(rb.Key(9, number, Stream.PERSON)))
        proposal = study.policy.propose(state, context, rb.Key(1, 0, Stream.POLICY))
        own = study.policy.interval(state, context, proposal.arm, proposal.point)[2]
        assert own == pytest.approx(proposal.high[proposal.arm])
        for change in rng.standard_normal((200, 2)):
            near = context.feasible.nearest(5.0 * change)
            point = context.feasible.moved(context.values, near)
            highs = [study.policy.interval(state, context, arm, point)[2] for arm in (0, 1)]
            assert max(highs) <= own + 1e-6


@pytest.mark.parametrize("name", ["l2", "linf", "bounds and directions", "weights"])
def test_what_nobody_moves_is_not_advised(name: str) -> None:
    problem, behaviour = PROBLEMS[name], rb.Adherence(prior_weight=1e-6)
    person = dict.fromkeys(problem.feature_names, 5.0)
    context = problem.context(person)
    advised = context.feasible.moved(context.values, np.full(len(problem.mutable), 1.0))
    stays = seen(behaviour, [told(context, advised, context.values)], problem)
    assert (behaviour.shares(stays) == 0.0).all()
    policy = rb.GLRB(noncompliance=behaviour)
    state = policy.init(problem)._replace(people=stays)
    proposal = policy.propose(state, context, rb.Key(1, 0, Stream.POLICY))
    np.testing.assert_array_equal(proposal.point, context.values)


def test_a_move_that_must_be_advised_is_advised_though_nobody_makes_it() -> None:
    problem, behaviour = PROBLEMS["people outside their bounds"], rb.Adherence(prior_weight=1e-6)
    context = problem.context([60.0, 3.0, 4.0])  # diet is one below its bounds
    advised = context.feasible.moved(context.values, np.array([0.5, -0.5]))
    stays = seen(behaviour, [told(context, advised, context.values)], problem)
    policy = rb.GLRB(noncompliance=behaviour)
    state = policy.init(problem)._replace(people=stays)
    proposal = policy.propose(state, context, rb.Key(1, 0, Stream.POLICY))
    change = (proposal.point - context.values)[context.feasible.mutable]
    np.testing.assert_allclose(change, [0.5, 0.0])
    reached = behaviour.reached(stays, context, proposal.point)
    np.testing.assert_array_equal(reached, context.values)


# -- the report ---------------------------------------------------------------------------------


def test_the_rate_of_random_deviations_is_that_of_draws_of_the_same_law() -> None:
    problem, behaviour = PROBLEMS["l2"], rb.Random(memory=500)
    context, rng = problem.context([60.0, 5.0, 3.0]), np.random.default_rng(2)
    root = np.array([[0.8, 0.0], [0.5, 0.4]])
    drawn = rng.standard_normal((500, 2)) @ root.T + np.array([-0.3, 0.1])
    pairs = [
        told(context, context.values, context.feasible.moved(context.values, deviation))
        for deviation in drawn
    ]
    state = seen(behaviour, pairs, problem)
    law = rng.multivariate_normal(drawn.mean(axis=0), np.cov(drawn.T), 200_000)
    for slope in rng.standard_normal((5, 2)):
        for change in rng.standard_normal((3, 2)):
            found = behaviour.invalidation_rate(state, context, slope, change)
            sampled = ((change + law) @ slope <= 0.0).mean()
            assert abs(found - sampled) <= 4.0 * math.sqrt(0.25 / 200_000)


def test_the_rate_of_shares_is_that_of_draws_of_the_same_law() -> None:
    problem, behaviour = PROBLEMS["l2"], rb.Adherence(prior_weight=1e-9)
    context, rng = problem.context([60.0, 5.0, 3.0]), np.random.default_rng(2)
    move, spread = context.feasible.moved, np.array([0.4, 0.1])
    shares = np.array([0.3, 0.7]) + spread * rng.standard_normal((4000, 2))
    pairs = [
        told(context, move(context.values, np.ones(2)), move(context.values, share))
        for share in shares
    ]
    state = seen(behaviour, pairs, problem)
    for change, slope in (([1.0, 1.0], [1.0, -0.4]), ([0.5, -1.0], [2.0, -0.2])):
        found = behaviour.invalidation_rate(state, context, np.array(slope), np.array(change))
        sampled = ((shares * change) @ np.array(slope) <= 0.0).mean()
        assert abs(found - sampled) <= 4.0 * math.sqrt(0.25 / 4000)


def test_the_worst_case_is_certain() -> None:
    context, behaviour = PROBLEMS["l2"].context([60.0, 5.0, 3.0]), rb.Adversarial(0.5)
    slope, state = np.array([3.0, 4.0]), behaviour.init(PROBLEMS["l2"])
    for change, rate in (([0.6, 0.8], 0.0), ([0.0, 0.62], 1.0), ([0.0, 0.63], 0.0)):
        assert behaviour.invalidation_rate(state, context, slope, np.array(change)) == rate


@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("name", OTHERWISE)
def test_every_issued_recourse_is_reported_on(name: str, plan: str) -> None:
    behaviour, world = OTHERWISE[name]
    base = replace(PLANS[plan], noncompliance=behaviour)
    study = lived(rb.LIBRA(base, threshold=0.5), world, 40)
    made = list(decisions(study))
    assert {decision.source for decision in made} == {"policy", "advice"}
    for decision in made:
        trace = decision.choice.trace
        assert 0.0 <= trace["invalidation_rate"] <= 1.0
        assert trace["price_of_robustness"] >= 0.0
    assert any(decision.choice.trace["price_of_robustness"] > 0.0 for decision in made)
    text = study.explain(made[-1].id)
    assert "probability that what is done is no better than no change: " in text
    assert "given up of the upper bound, if people do as told: " in text
    found = study.verify()
    assert found.passed, found.difference
    assert found.exact == 40


def test_who_plans_for_people_who_comply_reports_nothing() -> None:
    study = lived(rb.GLRB(), WORLD, 2)
    assert [decision.choice.trace for decision in decisions(study)] == [{}, {}]
    assert "no better than no change" not in study.explain(1)


@pytest.mark.parametrize("name", OTHERWISE)
def test_a_study_goes_on_from_its_file(name: str, tmp_path: Any) -> None:
    behaviour, world = OTHERWISE[name]
    url = f"sqlite:///{tmp_path / 'people.db'}"
    policy = rb.GLRB(scale=0.2, noncompliance=behaviour)
    study = lived(policy, world, 60, journal=url)  # 120 events: a snapshot is kept
    state = study.state
    study.close()
    with rb.Study.open(url) as again:
        assert again.policy == policy
        assert difference(again.state, state) is None
        assert again.verify().passed


# -- descriptions -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", BEHAVIOURS)
def test_descriptions_are_read_back(name: str) -> None:
    policy = rb.LIBRA(rb.GLRB(noncompliance=BEHAVIOURS[name]), threshold=1.0)
    assert policy_from_json(policy_to_json(policy)) == policy
    kind = type(BEHAVIOURS[name])
    nested = {"name": kind.__name__, **vars(BEHAVIOURS[name])}
    settings = {
        "name": "LIBRA",
        "threshold": 1.0,
        "base": {"name": "GLRB", "noncompliance": nested},
    }
    assert policy_of(settings, {}) == policy


def test_a_study_goes_on_that_was_begun_before_there_were_plans() -> None:
    described = policy_to_json(rb.GLRB())
    for name in ("noncompliance", "exact_rows"):
        del described["parameters"][name]
    problem, journal = PROBLEMS["l2"], rb.MemoryJournal()
    begun = Began(problem.to_json(), described, 1, "0.1")
    journal.append([Event(0, datetime.now(UTC), "began", begun)], after=0)
    rb.Study(problem, rb.GLRB(), journal=journal, seed=1).decide([60.0, 5.0, 3.0])
    with pytest.raises(JournalError, match="another policy: it has None, this study .*Random"):
        rb.Study(problem, rb.GLRB(noncompliance=rb.Random()), journal=journal, seed=1)


@pytest.mark.parametrize(
    ("nested", "message"),
    [
        ({"name": "Randm"}, "unknown non-compliance 'Randm' .did you mean 'Random'"),
        ({"name": "GLRB"}, "unknown non-compliance 'GLRB'"),
        ({"name": "recourse_bandits:GLRB"}, "is not a non-compliance: it must be a dataclass"),
        ({"name": "Random", "memory": 0}, "memory must be a whole number above 0, got 0"),
        ({"name": "Adversarial"}, "non-compliance Adversarial needs eps"),
        ({"name": "Adversarial", "eps": -1.0}, "eps must be finite and >= 0, got -1"),
        ({"name": "Adherence", "prior_weight": 0.0}, "prior_weight must be positive"),
        ({"name": "Adherence", "weight": 1.0}, "has no parameter 'weight'"),
    ],
)
def test_wrong_settings_are_named(nested: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        policy_of({"name": "GLRB", "noncompliance": nested}, {})


def test_another_version_of_what_is_expected_of_people_is_refused() -> None:
    described = policy_to_json(rb.GLRB(noncompliance=rb.Random()))
    described["parameters"]["noncompliance"]["algorithm_version"] = 0
    with pytest.raises(DescriptionError, match="non-compliance Random was version 0"):
        policy_from_json(described)


# -- arms that cannot win -----------------------------------------------------------------------


@pytest.mark.parametrize("problem", ["l2", "linf", "bounds and directions"])
def test_arms_that_lose_too_much_are_not_solved_and_the_choice_is_the_same(problem: str) -> None:
    described = PROBLEMS[problem]
    policy = rb.GLRB(scale=0.05, noncompliance=rb.Adversarial(4.0))
    state = policy.init(described)
    # each arm is worth the same to people of mean value, but what they may do wrong is not
    estimate = np.zeros_like(state.estimate)
    estimate[:, described.mutable_columns] = np.array([[0.1], [2.0], [4.0]])
    state = state._replace(estimate=estimate, factor=50.0 * state.factor)
    state = state._replace(largest_variance=state.largest_variance / 2500.0)
    person = {feature.name: feature.mean for feature in described.features}
    context = described.context(person)
    found = policy.propose(state, context, rb.Key(1, 0, 0))
    assert (found.arm, found.ruled_out.tolist()) == (0, [False, True, True])
    for arm in (1, 2):
        alone = described.context(person, eligible=[described.arm_names[arm]])
        solved = policy.propose(state, alone, rb.Key(1, 0, 0))
        assert solved.high[arm] <= found.high[arm]
        assert solved.high[arm] < found.high[0]
