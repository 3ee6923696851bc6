"""Lab values and successes that arrive apart from each other."""

from typing import Any

import pytest

from recourse_bandits.config import Named, experiment
from recourse_bandits.errors import SettingsError
from recourse_bandits.experiments import loop
from recourse_bandits.experiments.cells import Cell
from recourse_bandits.experiments.loop import run_cell
from recourse_bandits.experiments.plan import plan_of
from recourse_bandits.journals import MemoryJournal
from recourse_bandits.policies import SGDMAB, policy_to_json


def dosing_cell(rounds: int = 120, **delays: Any) -> Cell:
    return Cell(
        environment={"name": "dosing", "dimension": 2, "arms": 2, "spread": 0.0},
        data_digest="",
        policy=policy_to_json(SGDMAB()),
        adviser=None,
        rounds=rounds,
        seed=3,
        **delays,
    )


def told(cell: Cell, monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int, tuple[str, ...]]]:
    """Run a cell; return round, decision and measures of everything that was observed."""
    journal = MemoryJournal()
    monkeypatch.setattr(loop, "OpenDecisionsJournal", lambda _: journal)
    run_cell(cell)
    found, number = [], -1
    for event in journal.read():
        if event.kind == "decided":
            number = event.body.id
        elif event.kind == "observed":
            found.append((number, event.body.decision, tuple(sorted(event.body.measures))))
    return found


def test_a_sub_outcome_arrives_before_or_after_the_reward(monkeypatch: pytest.MonkeyPatch) -> None:
    sooner = {"name": "constant", "after": 2}
    late = {"name": "constant", "after": 7}
    for lab, success in ((sooner, late), (late, sooner), (sooner, None)):
        found = told(dosing_cell(delay=success, sub_outcome_delay=lab), monkeypatch)
        after: dict[tuple[str, ...], set[int]] = {}
        for number, decision, measures in found:
            after.setdefault(measures, set()).add(number - decision)
        expected = {("lab",): {lab["after"]}, ("success",): {success["after"] if success else 0}}
        assert after == expected
    together = told(dosing_cell(delay=late), monkeypatch)
    assert {measures for _, _, measures in together} == {("lab", "success")}


def test_outstanding_counts_rewards_whatever_lab_values_have_come() -> None:
    delay = {"name": "constant", "after": 7}
    for lab in ({"name": "constant", "after": 2}, {"name": "constant", "after": 30}, None):
        rows = run_cell(dosing_cell(delay=delay, sub_outcome_delay=lab))
        assert rows["outstanding"].to_list() == [min(t, 7) for t in range(120)]


def test_lab_values_that_come_sooner_teach_the_dose() -> None:
    delay = {"name": "constant", "after": 1000}
    blind = run_cell(dosing_cell(400, delay=delay, sub_outcome_delay=None))
    seeing = run_cell(
        dosing_cell(400, delay=delay, sub_outcome_delay={"name": "constant", "after": 1})
    )
    last = slice(300, None)
    assert seeing["dose_error"][last].mean() < 0.5 * blind["dose_error"][last].mean()  # type: ignore[operator]


def test_a_world_without_sub_outcomes_refuses_their_delay() -> None:
    settings = experiment("synthetic").model_copy(
        update={"sub_outcome_delay": Named.model_validate({"name": "constant", "after": 3})}
    )
    with pytest.raises(SettingsError, match="no sub-outcome"):
        plan_of(settings)
