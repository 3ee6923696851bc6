"""People who do not comply: what they do, what recommending is worth, and what is learned."""

import math
from typing import Any

import numpy as np
import pytest
from scipy import stats

from recourse_bandits import GLRB, Decision, Hypertension, Key, LinUCB, Study
from recourse_bandits.advisers.scripted import random_pair
from recourse_bandits.config import experiment
from recourse_bandits.environments import (
    Deviating,
    LinearEnvironment,
    NonCompliance,
    Opposing,
    PartlyAdhering,
)
from recourse_bandits.environments.realising import realise
from recourse_bandits.errors import DescriptionError, SettingsError
from recourse_bandits.experiments.cells import Cell
from recourse_bandits.experiments.contestants import environment_of, named, seated
from recourse_bandits.experiments.loop import run_cell
from recourse_bandits.experiments.world import world_of
from recourse_bandits.policies import policy_to_json
from recourse_bandits.problem import Context
from recourse_bandits.records import Array, Stream
from recourse_bandits.testing import check_environment
from tests.contracts.problems import PROBLEMS
from tests.contracts.worlds import EXAMPLE, World

MUTABLE = [name for name, problem in PROBLEMS.items() if problem.mutable]
PLAIN: dict[str, Any] = {"name": "hypertension", "noise": 4.0}
NOT_COMPLYING: dict[str, dict[str, Any]] = {
    "deviating": {"longest": 1.0, "bias": [-0.5, -0.5]},
    "opposing": {"longest": 1.0},
    "partly-adhering": {"level": -0.5, "coefficients": {"age": 0.8, "diet_score": -0.4}},
}
COMPLYING: dict[str, dict[str, Any]] = {
    "deviating": {"longest": 0.0},
    "opposing": {"longest": 0.0},
    "partly-adhering": {"level": math.inf, "coefficients": {"age": 1.0}},
}


def wrapped(kind: str, inner: LinearEnvironment) -> NonCompliance:
    """A world of people who do not comply, whatever it has of mutable features."""
    size = len(inner.problem.mutable)
    if kind == "deviating":
        return Deviating(inner, longest=0.6, bias=[0.4 / math.sqrt(size)] * size)
    return Opposing(inner, longest=0.6) if kind == "opposing" else PartlyAdhering(inner, level=0.3)


def contexts(world: NonCompliance, number: int) -> list[Context]:
    people = [world.person(Key(3, i, Stream.PERSON)) for i in range(number)]
    return [world.problem.context(person) for person in people]


def done(world: NonCompliance, context: Context, arm: int, point: Array, draws: int) -> Array:
    """What comes of recommending a pair, again and again, shape (draws, d)."""
    keys = [Key(1, number, Stream.REALISED) for number in range(draws)]
    return np.array([world.realised(context, arm, point, key)[1] for key in keys])


# -- laws of what people do ---------------------------------------------------------------------


@pytest.mark.parametrize("bias", [(), (-0.5, -0.5), (0.3, 0.0), (0.6, 0.8)])
def test_deviations_stay_in_the_ball_and_have_the_mean_of_the_bias(bias: Any) -> None:
    world = Deviating(Hypertension(), longest=1.0, bias=bias)
    context = contexts(world, 1)[0]
    found = [world.deviation(context, Key(1, i, Stream.REALISED)) for i in range(2000)]
    errors = np.array(found)
    assert np.linalg.norm(errors, axis=1).max() <= 1.0 + 1e-12
    centre = np.array(bias or (0.0, 0.0))
    spread = 1.0 - float(np.linalg.norm(centre))
    # each coordinate of the unit disk has the variance 1/4
    np.testing.assert_allclose(errors.mean(axis=0), centre, atol=4 * spread / 2 / math.sqrt(2000))
    if spread > 1e-9:
        share = np.linalg.norm(errors - centre, axis=1) / spread
        assert stats.kstest(share**2, "uniform").pvalue > 1e-3  # uniform in the disk


def test_every_policy_meets_the_same_deviation() -> None:
    world = Deviating(Hypertension(), longest=1.0)
    for number, context in enumerate(contexts(world, 20)):
        key = Key(9, number, Stream.REALISED)
        pairs = [random_pair(context, Key(draw, number, Stream.ADVISER)) for draw in range(5)]
        moved = [world.realised(context, *pair, key)[1] - pair[1] for pair in pairs]
        np.testing.assert_allclose(moved, [moved[0]] * 5, atol=1e-12)


def test_shares_lie_in_the_unit_interval_and_have_the_stated_mean() -> None:
    world = PartlyAdhering(Hypertension(), level=-0.5, coefficients={"age": 2.0})
    shares: list[float] = []
    for context in contexts(world, 6):
        point = context.feasible.moved(context.values, np.array([2.0, 1.0]))
        changes = done(world, context, 0, point, 1000) - context.values
        column = context.feasible.mutable
        found = changes[:, column] / (point - context.values)[column]
        np.testing.assert_allclose(found[:, 0], found[:, 1])  # one share for the whole change
        assert found.min() >= -1e-12
        assert found.max() <= 1.0 + 1e-12
        shares.append(1.0 / (1.0 + math.exp(0.5 - 2.0 * context.values[2])))
        half = min(shares[-1], 1.0 - shares[-1])
        assert abs(found.mean() - shares[-1]) <= 4 * half / math.sqrt(3 * 1000)
        assert world.share(context) == pytest.approx(shares[-1])
    assert max(shares) - min(shares) > 0.3


def test_without_spread_shares_are_their_mean() -> None:
    world = PartlyAdhering(Hypertension(), level=0.0, spread=0.0)
    context = contexts(world, 1)[0]
    point = context.feasible.moved(context.values, np.array([2.0, 1.0]))
    found = done(world, context, 0, point, 5)
    np.testing.assert_allclose(found, [(point + context.values) / 2] * 5)


@pytest.mark.parametrize("name", MUTABLE)
def test_no_deviation_is_worse_than_the_opposing_one(name: str) -> None:
    world = wrapped("opposing", World(name))
    draw = np.random.default_rng(4)
    for number, context in enumerate(contexts(world, 10)):
        arm, point = random_pair(context, Key(5, number, Stream.ADVISER))
        _, reached = world.realised(context, arm, point, Key(1, number, Stream.REALISED))
        value = world.inner.expected(context, arm, reached)
        assert value == pytest.approx(world.expected(context, arm, point))
        size = context.feasible.mutable.size
        assert np.linalg.norm(reached - point) <= 0.6 + 1e-12
        directions = draw.normal(size=(50, size)) * world.able(context)
        lengths = np.maximum(np.linalg.norm(directions, axis=1), 1e-300)
        for direction in 0.6 * directions / lengths[:, None]:
            other = context.feasible.moved(point, direction)
            assert world.inner.expected(context, arm, other) >= value - 1e-9


@pytest.mark.parametrize("kind", NOT_COMPLYING)
@pytest.mark.parametrize("name", MUTABLE)
def test_nobody_moves_what_is_unknown_or_where_no_recourse_is_possible(
    name: str, kind: str
) -> None:
    world = wrapped(kind, World(name))
    for number, context in enumerate(contexts(world, 20)):
        pair = random_pair(context, Key(5, number, Stream.ADVISER))
        happened = realise(world, context, *pair, Key(1, number, Stream.REALISED))
        raw = happened.raw or {}
        assert not set(raw) & set(context.imputed)
        assert context.no_recourse is None or not raw
        again = world.problem.realised_point(context, pair[1], raw)
        assert (again == happened.point).all()  # a study learns from exactly that
        exact = world.realised(context, *pair, Key(1, number, Stream.REALISED))[1]
        np.testing.assert_allclose(happened.point, exact, rtol=0, atol=1e-9)


# -- what a recommendation is worth -------------------------------------------------------------


@pytest.mark.parametrize("kind", NOT_COMPLYING)
@pytest.mark.parametrize("name", ["l2", "bounds and directions", "missing values", "weights"])
def test_the_worth_of_recommending_is_the_mean_of_what_comes_of_it(name: str, kind: str) -> None:
    world = wrapped(kind, World(name))
    for number, context in enumerate(contexts(world, 4)):
        arm, point = random_pair(context, Key(5, number, Stream.ADVISER))
        values = done(world, context, arm, point, 1000) @ world.theta[arm]
        error = 4.0 * values.std() / math.sqrt(1000)
        assert abs(values.mean() - world.expected(context, arm, point)) <= error + 1e-9


@pytest.mark.parametrize("kind", NOT_COMPLYING)
@pytest.mark.parametrize("name", MUTABLE)
def test_no_recommendation_beats_the_best_on_average(name: str, kind: str) -> None:
    """Against a search that knows nothing of closed forms: draws of pairs, and of what is done."""
    world = wrapped(kind, World(name))
    for number, context in enumerate(contexts(world, 3)):
        keys = [Key(number, draw, Stream.ADVISER) for draw in range(60)]
        pairs = [world.best(context), *(random_pair(context, key) for key in keys)]
        means = [(done(world, context, *pair, 40) @ world.theta[pair[0]]).mean() for pair in pairs]
        stated = [world.expected(context, *pair) for pair in pairs]
        assert max(stated) <= stated[0] + 1e-9
        # equal draws for all pairs, so that in these worlds the order of one arm's pairs is exact
        same = [mean for mean, pair in zip(means, pairs, strict=True) if pair[0] == pairs[0][0]]
        assert max(same) <= means[0] + 1e-9


@pytest.mark.parametrize("kind", NOT_COMPLYING)
def test_recommendations_lie_between_the_best_and_the_worst(kind: str) -> None:
    longest = {} if kind == "partly-adhering" else {"longest": 8.0}
    bias = {"bias": [4.0, -6.0]} if kind == "deviating" else {}
    world = environment_of({"name": kind, "world": PLAIN, **longest, **bias}, 1)
    assert isinstance(world, NonCompliance)
    for number, context in enumerate(contexts(world, 60)):
        keys = [Key(number, draw, Stream.ADVISER) for draw in range(20)]
        pairs = [random_pair(context, key) for key in keys]
        worths = [world.expected(context, *pair) for pair in pairs]
        assert world.expected(context, *world.worst(context)) <= min(worths) + 1e-9
        assert world.expected(context, *world.best(context)) >= max(worths) - 1e-9


def test_which_arm_is_best_depends_on_what_people_will_do() -> None:
    plain = Hypertension()
    world = PartlyAdhering(plain, level=-3.0)
    differs = [plain.best(c)[0] != world.best(c)[0] for c in contexts(world, 200)]
    assert 0 < sum(differs) < 100


# -- people who comply after all ----------------------------------------------------------------


def cell_of(environment: dict[str, Any], policy: Any, rounds: int = 60) -> Cell:
    adviser = {"name": "Quality", "q": 0.6}
    return Cell(environment, "", policy_to_json(policy), adviser, rounds, 12)


@pytest.mark.parametrize("kind", COMPLYING)
def test_those_who_comply_are_the_world_inside(kind: str) -> None:
    environment = {"name": kind, "world": PLAIN, **COMPLYING[kind]}
    plain, world = (
        run_cell(cell_of(described, GLRB())).drop("cpu_seconds")
        for described in (PLAIN, environment)
    )
    assert world.equals(plain)


@pytest.mark.parametrize("kind", NOT_COMPLYING)
def test_regret_is_never_negative(kind: str) -> None:
    environment = {"name": kind, "world": PLAIN, **NOT_COMPLYING[kind]}
    for policy in (LinUCB(), GLRB()):
        rows = run_cell(cell_of(environment, policy))
        assert (rows["best_reward"] - rows["reward"]).min() >= -1e-9  # type: ignore[operator]
        assert rows["total_regret"][-1] > 1.0


@pytest.mark.parametrize("kind", NOT_COMPLYING)
def test_policies_learn_from_what_was_done(kind: str) -> None:
    world = environment_of({"name": kind, "world": PLAIN, **NOT_COMPLYING[kind]}, 0)
    assert isinstance(world, NonCompliance)
    study = Study(world.problem, GLRB(scale=0.1), seed=1)
    rows: tuple[list[Array], list[Array]] = ([], [])
    for number in range(400):
        decision = study.decide(world.person(Key(1, number, Stream.PERSON)))
        assert isinstance(decision, Decision)
        choice = decision.choice
        key = Key(1, number, Stream.REALISED)
        happened = realise(world, decision.context, choice.arm, choice.point, key)
        measures = world.measures(
            decision.context, happened.arm, happened.point, Key(1, number, Stream.NOISE)
        )
        study.observe(decision.id, measures, realized=happened.raw, arm=happened.name)
        reward = world.problem.reward.value(measures["next_sbp"])
        rows[happened.arm].append(np.append(happened.point, reward))
    for arm, seen in enumerate(np.array(part) for part in rows):
        points, rewards = seen[:, :-1], seen[:, -1]
        precision = np.eye(9) + points.T @ points
        estimate = np.linalg.solve(precision, points.T @ rewards)
        context = world.problem.context([0.0] * 8)
        for column in (0, 6, 7):  # the intercept, and what can be changed
            point = np.eye(9)[0] + (np.eye(9)[column] if column else 0.0)
            mean, _, _ = study.policy.interval(study.state, context, arm, point)
            assert mean == pytest.approx(point @ estimate)
            error = math.sqrt(point @ np.linalg.solve(precision, point))
            truth = point @ world.theta[arm]
            assert abs(mean - truth) <= 4.0 * 4.0 * error + error * np.linalg.norm(world.theta[arm])


# -- settings, and what is refused --------------------------------------------------------------


def test_settings_name_the_world_inside() -> None:
    changes = [
        "environment={name='deviating', world={name='hypertension', noise=10.0}, longest=0.5}",
        "environment.world.intercept=30.0",
        "claims=[]",
    ]
    settings = experiment("hypertension", changes)
    world = environment_of(named(settings.environment), 5)
    assert world == Deviating(Hypertension(5, noise=10.0, intercept=30.0), seed=5, longest=0.5)
    note = world_of(settings).note
    assert note.startswith(Hypertension.note)
    assert "by at most 0.5" in note
    assert world.data_digest == ""


def test_advisers_are_told_the_truth_of_recommending() -> None:
    world = environment_of({"name": "partly-adhering", "world": PLAIN, "level": -3.0}, 1)
    oracle = seated({"name": "Oracle"}, world)
    assert oracle is not None
    assert oracle.best == world.best  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("described", "message"),
    [
        ({"name": "deviating"}, "environment deviating needs world"),
        ({"name": "deviating", "world": "hypertension"}, "world must be an environment .*got 'hyp"),
        ({"name": "deviating", "world": {"noise": 1.0}}, "world must be a table with a name"),
        ({"name": "opposing", "world": {**PLAIN, "seed": 3}}, "each run has a seed of its own"),
        ({"name": "opposing", "world": {"name": "hypertensoin"}}, "did you mean 'hypertension'"),
        (
            {"name": "opposing", "world": {"name": "deviating", "world": PLAIN}},
            "environment opposing: world must be one of people who comply, got Deviating",
        ),
    ],
)
def test_wrong_settings_are_named(described: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        environment_of(described, 1)


@pytest.mark.parametrize("kind", [Deviating, Opposing])
@pytest.mark.parametrize("longest", [-0.1, math.nan, math.inf, "1"])
def test_an_impossible_length_is_refused(kind: type[NonCompliance], longest: Any) -> None:
    with pytest.raises(DescriptionError, match=r"longest must be finite and >= 0, got"):
        kind(Hypertension(), longest=longest)  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("bias", "message"),
    [
        ((0.5,), "bias must be empty or a list of 2 numbers, for diet_score, activity_hours"),
        ((0.8, 0.8), r"bias must be at most longest = 1 long \(l2\), got \[0.8, 0.8\], which is"),
        ((math.nan, 0.0), "bias of diet_score must be a finite number, got nan"),
        ((0.0, "1"), "bias of activity_hours must be a finite number, got '1'"),
        (0.5, "bias must be empty or a list of 2 numbers"),
    ],
)
def test_a_wrong_bias_is_refused(bias: Any, message: str) -> None:
    with pytest.raises(DescriptionError, match=message):
        Deviating(Hypertension(), longest=1.0, bias=bias)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"level": math.nan}, "level must be a finite number, got nan"),
        ({"spread": 1.5}, r"spread must lie in \[0, 1\], got 1.5"),
        ({"coefficients": {"agee": 1.0}}, "coefficients.agee: no such column .*'age'"),
        ({"coefficients": {"age": math.inf}}, "coefficients.age must be a finite number, got inf"),
        ({"coefficients": [1.0]}, "coefficients must be a table of numbers by column"),
    ],
)
def test_wrong_adherence_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(DescriptionError, match=message):
        PartlyAdhering(Hypertension(), **change)


class Curved(Hypertension):
    """Diminishing returns."""

    def expected(self, context: Context, arm: int, point: Array) -> float:
        return math.sqrt(abs(super().expected(context, arm, point)))


@pytest.mark.parametrize("kind", [Deviating, Opposing, PartlyAdhering])
def test_worlds_that_cannot_be_wrapped_are_refused(kind: Any) -> None:
    with pytest.raises(DescriptionError, match="linear in the columns, got Curved"):
        kind(Curved())
    with pytest.raises(DescriptionError, match="World has no mutable feature"):
        kind(World("nothing mutable"))


@pytest.mark.parametrize("kind", [Deviating, Opposing])
def test_deviations_may_not_lead_to_values_that_are_taken_for_errors(kind: Any) -> None:
    kind(World("people outside their bounds"), longest=0.9)  # diet in (4, 6), scale 2
    with pytest.raises(DescriptionError, match="longest must be below 1, the distance from the bo"):
        kind(World("people outside their bounds"), longest=1.0)


class Optimist(Deviating):
    """Says that deviations cost nothing."""

    def offset(self, context: Context) -> Array:
        return np.zeros(2)


def test_the_laws_of_environments_notice_a_wrong_worth() -> None:
    with pytest.raises(AssertionError, match="the noise has the mean -"):
        check_environment(Optimist(Hypertension(), bias=(-0.5, -0.5)))


def test_a_world_inside_may_name_the_file_of_its_study() -> None:
    cohort = "{name='cohort', study='study.toml', path='people.csv', coefficients={}}"
    changes = [f"environment={{name='opposing', longest=0.3, world={cohort}}}"]
    settings = experiment(str(EXAMPLE / "experiment.toml"), changes)
    assert "problem" in settings.environment.parameters["world"]["study"]
