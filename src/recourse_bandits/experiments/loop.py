"""One run of one policy in one world: the same path as a real study."""

import math
import time
from typing import Any

import polars as pl

from recourse_bandits.environments import DatasetError, DosedEnvironment, Environment
from recourse_bandits.environments.delays import Delay
from recourse_bandits.environments.dosed import expected_with
from recourse_bandits.errors import SettingsError
from recourse_bandits.experiments.arrivals import Arrivals, Report, report_of
from recourse_bandits.experiments.cells import Cell
from recourse_bandits.experiments.contestants import delay_of, environment_of, seated
from recourse_bandits.journals import OpenDecisionsJournal
from recourse_bandits.policies import policy_from_json
from recourse_bandits.records import Decision, Key, Stream
from recourse_bandits.study import Study

MOST_ROWS = 1000
"""Rows kept a run: every round up to so many, else evenly spaced ones and the last."""

_TOTALS = (
    "regret",
    "expected_reward",
    "asked",
    "followed",
    "vetoed",
    "failed",
    "compared",
    "gap",
    "gain",
)


def run_cell(cell: Cell) -> pl.DataFrame:
    """Run one policy for all rounds and return its rows; the schema is in the documentation.

    Parameters
    ----------
    cell
        What to run.
    """
    seed = cell.seed
    environment = environment_of(cell.environment, seed)
    if environment.data_digest != cell.data_digest:
        raise DatasetError(
            f"the data of environment {cell.environment['name']} are not those with which the "
            "experiment was planned: have the same file on every machine, and leave it alone"
        )
    policy, adviser = policy_from_json(cell.policy), seated(cell.adviser, environment)
    journal = OpenDecisionsJournal(len(environment.problem.measures))
    study = Study(environment.problem, policy, adviser, journal=journal, seed=seed)
    sooner = delay_of(cell.sub_outcome_delay)
    arrivals = Arrivals(delay_of(cell.delay), seed, sub_outcome=_apart(environment, sooner))
    every = -(-cell.rounds // MOST_ROWS)
    rows: list[dict[str, Any]] = []
    totals = dict.fromkeys(_TOTALS, 0.0)
    started = time.process_time()
    for number in range(cell.rounds):
        kept = number % every == every - 1 or number == cell.rounds - 1
        row = _round(study, environment, arrivals, number, totals, described=kept)
        if kept:
            rows.append({**row, "cpu_seconds": time.process_time() - started})
    # of one who is never measured no type could be inferred
    unknown = dict.fromkeys(
        ("measured", "dose", "dose_share", "dose_error", "on_target"), pl.Float64
    )
    known = {name: kind for name, kind in unknown.items() if name in rows[0]}
    return pl.DataFrame(rows, schema_overrides=known, infer_schema_length=None)


def _apart(environment: Environment, delay: Delay | None) -> tuple[str, Delay] | None:
    """Return the measure that arrives apart from the reward, and how late; None: none does."""
    described = environment.problem.sub_outcome
    return None if delay is None or described is None else (described.measure, delay)


def _round(
    study: Study,
    environment: Environment,
    arrivals: Arrivals,
    number: int,
    totals: dict[str, float],
    *,
    described: bool,
) -> dict[str, Any]:
    """Decide for one person, observe, and add to the totals; a described round returns its row."""
    outstanding = arrivals.outstanding
    decision = study.decide(environment.person(Key(study.seed, number, Stream.PERSON)))
    if not isinstance(decision, Decision):
        raise SettingsError(
            f"policy {type(study.policy).__name__} asked for advice, but its settings name no "
            "adviser who answers at once"
        )
    context, choice = decision.context, decision.choice
    report = report_of(environment, decision, study.seed)
    expected = expected_with(environment, context, choice.arm, choice.point, choice.dose)
    best_arm, best_point = environment.best(context)
    best = environment.expected(context, best_arm, best_point)
    paid, price_of_best = (
        context.feasible.price_of(point - context.values) for point in (choice.point, best_point)
    )
    totals["regret"] += (best - price_of_best) - (expected - paid)
    totals["expected_reward"] += expected
    totals["asked"] += decision.asked
    totals["followed"] += decision.followed
    totals["vetoed"] += decision.vetoed
    totals["failed"] += decision.failed
    if decision.followed:
        totals["gain"] += expected - _worth_of_own(environment, decision)
    arrivals.send(report, number)
    for arrived in arrivals.arriving(number):
        arrived.tell(study)
        _compare(environment, arrived, totals)
    if not described:
        return {}
    changes = (choice.point - context.values)[context.feasible.mutable].tolist()
    names = environment.problem.limits.names
    return {
        "round": number + 1,
        "arm": decision.arm,
        "reward": expected,
        "best_reward": best,
        "measured": _measured(environment, report),
        "outstanding": outstanding,
        **_dose(environment, decision),
        **_on_target(environment, report),
        **{f"total_{name}": value for name, value in totals.items()},
        **{f"change.{name}": value for name, value in zip(names, changes, strict=True)},
    }


def _measured(environment: Environment, report: Report) -> float | None:
    """Return what the reward is of; None of who is lost, or where it is not in the report."""
    measured = (report.measures or {}).get(environment.problem.reward.measure)
    return None if measured is None else float(measured)


def _worth_of_own(environment: Environment, decision: Decision) -> float:
    """Return the expected reward of the pair that the policy would have chosen without advice."""
    proposal, arm = decision.proposal, int(decision.proposal.arm)
    dose = proposal.dose_of(arm)
    described = environment.problem.treatments[arm].dose
    if dose is None and described is not None:
        dose = described.first
    return expected_with(environment, decision.context, arm, proposal.point, dose)


def _on_target(environment: Environment, report: Report) -> dict[str, float | None]:
    """Return whether the sub-outcome is on target, 1 or 0, where there is such a thing."""
    described = environment.problem.sub_outcome
    if described is None or described.on_target is None:
        return {}
    value = (report.measures or {}).get(described.measure)
    low, high = described.on_target
    return {"on_target": None if value is None else float(low <= value <= high)}


def _dose(environment: Environment, decision: Decision) -> dict[str, float | None]:
    """Return the dose, its place in the range, and its distance from that of the comparison."""
    if environment.problem.doses is None:
        return {}
    arm, dose, share, error = decision.choice.arm, decision.dose, None, None
    described = environment.problem.treatments[arm].dose
    if described is not None and dose is not None:
        length = described.upper - described.lower
        share = (dose - described.lower) / length
        best = None
        if isinstance(environment, DosedEnvironment):
            best = environment.best_dose(decision.context, arm, decision.choice.point)
        error = None if best is None else abs(dose - best) / length
    return {"dose": dose, "dose_share": share, "dose_error": error}


def _compare(environment: Environment, report: Report, totals: dict[str, float]) -> None:
    """Compare advice that was followed with the policy's own pair, as far as a study can."""
    measured, decision = _measured(environment, report), report.decision
    own, _, _ = decision.proposal.interval
    if decision.followed and measured is not None and math.isfinite(own):
        totals["compared"] += 1
        totals["gap"] += environment.problem.reward.value(measured) - own
