"""A study of successes, scores or counts, from the first person to the replay."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import recourse_bandits as rb
from recourse_bandits.journals import format_1
from recourse_bandits.policies import AnyPolicy
from recourse_bandits.problem import Problem
from recourse_bandits.records import Decision
from recourse_bandits.study.explanation import estimate
from recourse_bandits.study.verification import verified
from recourse_bandits.testing import difference, random_people
from tests.contracts.policy_variants import ANYWHERE
from tests.contracts.problems import PROBLEMS, measured

LINKED = [name for name, problem in PROBLEMS.items() if problem.reward.link != "identity"]


def lived(name: str, policy: AnyPolicy, journal: Any = None, rounds: int = 25) -> rb.Study:
    """Decisions and outcomes in turn."""
    problem = PROBLEMS[name]
    study = rb.Study(problem, policy, rb.AlwaysRandom(), journal=journal, seed=2)
    for number, person in enumerate(random_people(problem, rounds, seed=6)):
        decision = study.decide(person)
        if not isinstance(decision, Decision):
            decision = study.settle(decision.id, None)
        study.observe(decision.id, {problem.reward.measure: measured(problem, number)})
    return study


def possible(problem: Problem) -> tuple[float, float]:
    """The smallest and the largest reward that can be."""
    largest = problem.reward.largest
    return (0.0, largest) if problem.reward.direction == "increase" else (-largest, 0.0)


@pytest.mark.parametrize("name", LINKED)
@pytest.mark.parametrize("policy", ANYWHERE, ids=lambda policy: type(policy).__name__)
def test_every_event_survives_the_journal(policy: AnyPolicy, name: str) -> None:
    study = lived(name, policy)
    assert study.verify().passed
    least, most = possible(study.problem)
    reader, lows = format_1.Reader(), 0
    for event in study.journal.read():
        text = format_1.to_json(event)
        read = reader.read(text)
        assert format_1.to_json(read) == text
        proposal, kept = (getattr(one.body, "proposal", None) for one in (event, read))
        if proposal is not None:
            assert kept is not None
            assert difference(kept.low, proposal.low) is None
            lows += proposal.low is not None
        if event.kind == "decided":
            choice = event.body.choice
            if not np.isnan(choice.mean):
                assert least <= choice.low <= choice.mean <= choice.high <= most
    estimates = not isinstance(policy, rb.Uniform | rb.AdviceOnly)
    assert (lows > 0) == estimates
    again = rb.Study.open(study.journal, rb.AlwaysRandom())
    assert difference(again.state, study.state) is None


@pytest.mark.parametrize("name", LINKED)
def test_a_file_with_snapshots_leads_to_the_same_state(tmp_path: Path, name: str) -> None:
    url = f"sqlite:///{tmp_path / 'links.db'}"
    policy = rb.LIBRA(rb.GLRB(scale=0.2), threshold=0.1)
    with lived(name, policy, url, rounds=60) as study:  # long enough for a snapshot on closing
        state, decisions = study.state, study.decisions
    assert list((tmp_path / "links.db.snapshots").iterdir())
    with rb.Study.open(url, rb.AlwaysRandom()) as study:
        assert difference(study.state, state) is None
        assert study.decisions == decisions
        assert verified(study.journal).passed


@pytest.mark.parametrize("name", LINKED)
@pytest.mark.parametrize("policy", [rb.GLRB(scale=0.3), rb.LinUCB(), rb.RecourseTS()], ids=str)
def test_a_table_is_decided_and_previewed_as_people_one_by_one(
    policy: AnyPolicy, name: str
) -> None:
    study = lived(name, policy)
    persons = random_people(study.problem, 12, seed=8)
    previewed = study.preview_many(persons)
    choices = []
    for number, person in enumerate(persons, start=study.decisions):
        key = rb.Key(study.seed, number, int(rb.Stream.POLICY))
        context = study.problem.context(person)
        proposal = study.policy.propose(study.state, context, key)
        choices.append(study.policy.settle(study.state, proposal, None))
    table = study.decide_many(persons)
    least, most = possible(study.problem)
    for column in ("mean", "low", "high"):
        expected = [getattr(choice, column) for choice in choices]
        np.testing.assert_allclose(table[column].to_numpy(), expected, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(previewed[column].to_numpy(), expected, rtol=1e-9, atol=1e-9)
        assert least <= min(expected)
        assert max(expected) <= most
    widths = table["high"].to_numpy() - table["low"].to_numpy()
    assert (widths > 0.0).all()


@pytest.mark.parametrize("name", LINKED)
def test_an_explanation_tells_bounds_that_can_be(name: str) -> None:
    study = lived(name, rb.LinUCB())
    decision = study.decision(study.decisions - 1)
    assert isinstance(decision, Decision)
    proposal = decision.proposal
    assert proposal.low is not None
    assert (proposal.lower <= proposal.mean).all()
    assert (proposal.mean <= proposal.high).all()
    explained = study.explain(decision.id)
    for arm, name_of_arm in enumerate(study.problem.arm_names):
        mean, low, high = (
            float(each[arm]) for each in (proposal.mean, proposal.lower, proposal.high)
        )
        assert f"{name_of_arm}: {estimate(mean, low, high, '')}" in explained


def test_the_identity_link_writes_no_low() -> None:
    study = rb.Study(PROBLEMS["l2"], rb.GLRB(), seed=1)
    decision = study.decide(random_people(PROBLEMS["l2"], 1)[0])
    assert isinstance(decision, Decision)
    assert decision.proposal.low is None
    written = json.loads(format_1.to_json(list(study.journal.read())[-1]))
    assert "mean" in written["proposal"]
    assert "low" not in written["proposal"]
