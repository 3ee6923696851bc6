"""A policy on a grid of doses against the same policy with the doses as arms."""

import numpy as np
import pytest

import recourse_bandits as rb
from recourse_bandits.environments import Dosing
from recourse_bandits.errors import DescriptionError
from recourse_bandits.policies import DoseLevels
from recourse_bandits.records import Key, Stream

DOSE = rb.Dose("mg", 10, 60, step=5)


def problem_of(**changes: object) -> rb.Problem:
    described: dict[str, object] = {
        "features": [rb.Feature("age", mean=60, scale=10)],
        "arms": [rb.Arm("drug", dose=DOSE), rb.Arm("nothing"), rb.Arm("other", dose=DOSE)],
        "budget": rb.Budget("l2", 0.0),
        "reward": rb.Reward("success", link="logistic", coefficient_bound=5),
        "sub_outcome": rb.SubOutcome("lab", target=5, over=1, under=1, noise=1),
    }
    return rb.Problem(**{**described, **changes})  # type: ignore[arg-type]


def test_it_decides_as_its_base_does_with_an_arm_for_every_dose() -> None:
    doses = [10.0, 35.0, 60.0]
    names = [f"drug {d}" for d in doses] + ["nothing"] + [f"other {d}" for d in doses]
    given = [*doses, None, *doses]
    base = rb.LinUCB(scale=0.3)
    study = rb.Study(problem_of(), DoseLevels(base=base, levels=3), seed=3)
    plain = rb.Study(problem_of(arms=names, sub_outcome=None), base, seed=3)
    generator = np.random.default_rng(1)
    for _ in range(60):
        person = {"age": float(generator.normal(60, 10))}
        one, other = study.decide(person), plain.decide(person)
        assert isinstance(one, rb.Decision)
        assert isinstance(other, rb.Decision)
        assert (one.arm, one.dose) == (names[other.choice.arm].split()[0], given[other.choice.arm])
        assert one.interval == other.interval
        success = float(generator.random() < 0.5)
        study.observe(one.id, {"success": success})
        plain.observe(other.id, {"success": success})
    assert study.verify().exact == 60


def test_people_may_take_another_dose_and_the_nearest_level_learns() -> None:
    study = rb.Study(problem_of(), DoseLevels(levels=2), seed=1)
    decision = study.decide({"age": 60}, eligible=["drug"])
    study.observe(decision.id, {"success": 1}, realized={"dose": 52.0})
    assert study.state.base.counts.tolist() == [0, 1, 0, 0, 0]


def test_levels_are_doses_that_can_be_given() -> None:
    policy = DoseLevels(levels=40)
    state = policy.init(problem_of())
    assert state.dose[state.arm == 0].tolist() == [10.0 + 5.0 * step for step in range(11)]
    assert np.isnan(state.dose[state.arm == 1]).all()
    assert DoseLevels(levels=1).init(problem_of()).dose[0] == DOSE.first


def test_a_table_is_decided_as_one_by_one() -> None:
    people = [{"age": float(age)} for age in range(40, 80)]
    eligible = ["drug", "nothing"]
    study = rb.Study(problem_of(), DoseLevels(base=rb.RecourseTS(), levels=4), seed=5)
    alone = rb.Study(problem_of(), DoseLevels(base=rb.RecourseTS(), levels=4), seed=5)
    table = study.decide_many(people, eligible=eligible)
    decisions = [alone.decide(person, eligible=eligible) for person in people]
    assert table["arm"].to_list() == [one.arm for one in decisions if isinstance(one, rb.Decision)]
    assert table["dose"].to_list() == [
        one.dose for one in decisions if isinstance(one, rb.Decision)
    ]


def test_more_levels_come_nearer_to_the_best_dose() -> None:
    world = Dosing(seed=2, spread=0.0, noise=0.5)
    mean = {}
    for levels in (1, 5):
        study = rb.Study(world.problem, DoseLevels(base=rb.LinUCB(scale=0.2), levels=levels))
        chances = []
        for number in range(600):
            decision = study.decide(world.person(Key(1, number, Stream.PERSON)))
            assert isinstance(decision, rb.Decision)
            context, choice = decision.context, decision.choice
            chances.append(world.expected(context, choice.arm, choice.point, choice.dose))
            key = Key(1, number, Stream.NOISE)
            study.observe(
                decision.id, world.measures(context, choice.arm, choice.point, key, choice.dose)
            )
        mean[levels] = np.mean(chances[-200:])
    assert mean[5] > mean[1] + 0.02


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: DoseLevels(levels=0), "levels"),
        (lambda: DoseLevels(base=rb.LIBRA(rb.GLRB(), threshold=1.0)), "asks nobody"),
        (lambda: DoseLevels().init(problem_of(arms=["a"], sub_outcome=None)), "has a dose"),
        (
            lambda: DoseLevels().init(
                problem_of(
                    reward=rb.Reward(
                        "success",
                        link="logistic",
                        coefficient_bound=5,
                        prior=rb.Prior(mean={"drug": {"age": 1.0}}),
                    )
                )
            ),
            "prior",
        ),
    ],
    ids=["no levels", "a base that asks", "no doses", "a prior"],
)
def test_what_it_is_not_for_is_named(make: object, said: str) -> None:
    with pytest.raises(DescriptionError, match=said):
        make()  # type: ignore[operator]
