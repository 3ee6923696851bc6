"""The study whose journal is kept: every kind of event, every kind of field.

    python tests/replay/example_study.py 0.1    # writes format_1_of_0.1.jsonl and its state

Run it once for a release and never again: what was written must be readable for ever.
"""

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

import recourse_bandits as rb
from recourse_bandits.journals.format_1 import to_json

FOLDER = Path(__file__).parent


def problem() -> rb.Problem:
    return rb.Problem(
        features=[
            rb.Feature("age", unit="years", mean=62, scale=8, bounds=(18, 110)),
            rb.Feature("smoker", categories=("never", "former", "current"), missing="indicator"),
            rb.Feature(
                "diet_score",
                mutable=True,
                mean=5,
                scale=2,
                bounds=(0, 10),
                direction="increase",
                max_step=(None, 3),
            ),
            rb.Feature(
                "activity", unit="h/week", mutable=True, mean=3, scale=2, bounds=(0, 20), weight=1.5
            ),
        ],
        arms=[rb.Arm("beta_blocker", eligible="age >= 40"), "combination"],
        budget=rb.Budget("l2", 1.5),
        reward=rb.Reward(
            "sbp",
            unit="mmHg",
            noise=5.0,
            coefficient_bound=40.0,
            transformation="170 - sbp",
            bounds=(60, 260),
            prior=rb.Prior(mean={"combination": {"intercept": 15.0}}),
        ),
    )


def ticking() -> Callable[[], datetime]:
    now = datetime(2026, 1, 1, tzinfo=UTC)

    def clock() -> datetime:
        nonlocal now
        now += timedelta(hours=7)
        return now

    return clock


def advised(question: rb.Question) -> tuple[str, dict[str, float]] | None:
    """Good, infeasible, silent and failing by turns."""
    turn = question.number % 4
    if turn == 0:
        return "combination", {"activity": float(question.context.given["activity"] or 0) + 0.5}
    if turn == 1:
        return "combination", {"activity": 19.0}
    if turn == 2:
        return None
    raise ConnectionError("the line is dead")


def study(journal: rb.Journal | None = None) -> rb.Study:
    policy = rb.LIBRA(rb.GLRB(scale=0.1), threshold=5.0)
    return rb.Study(
        problem(), policy, rb.FromFunction(advised), journal=journal, seed=11, clock=ticking()
    )


def lived() -> rb.Study:
    """Fifty people one by one and three in a table, with everything that can happen to them."""
    kept = study()
    generator = np.random.default_rng(3)
    kept.import_past(
        {"age": 66, "smoker": "former", "diet_score": 6, "activity": 3},
        "combination",
        {"sbp": 148.5},
    )
    kept.import_past(
        {"age": 70, "smoker": None, "diet_score": 4, "activity": 5.5},
        "beta_blocker",
        {"sbp": 151.0},
        subject="s9",
        request_id="visit-before",
    )
    for number in range(50):
        person = {
            "age": round(float(generator.uniform(30, 90)), 1),
            "smoker": [None, "never", "former", "current"][number % 4],
            "diet_score": round(float(generator.uniform(0, 11)), 1),
            "activity": round(float(generator.uniform(0, 10)), 1),
        }
        decision = kept.decide(person, request_id=f"visit-{number}", subject=f"s{number % 7}")
        sbp = round(float(generator.normal(150, 8)), 1)
        if number % 10 == 4:
            kept.withdraw(decision.id, "moved away")
        elif number % 10 == 5:
            kept.observe(decision.id, {}, realized={"activity": 2.5}, arm="combination")
            kept.observe(decision.id, {"sbp": sbp})
        elif number % 10 != 9:
            kept.observe(decision.id, {"sbp": sbp}, realized={"diet_score": 6.0})
    table = {
        "age": [45.0, 61.5, 72.0],
        "smoker": ["never", None, "current"],
        "diet_score": [3.0, 12.5, 8.0],
        "activity": [1.0, 2.0, 12.0],
    }
    kept.decide_many(table, request_ids=["row-0", "row-1", "row-2"], subjects=["s1", None, "s2"])
    kept.observe(50, {"sbp": 144.0})
    kept.correct(3, {"sbp": 139.0})
    kept.correct(15, realized={"activity": 3.5}, arm="beta_blocker")
    return kept


def state_json(state: Any) -> Any:
    if isinstance(state, tuple):
        names = getattr(state, "_fields", range(len(state)))
        named = zip(names, state, strict=True)
        return {str(name): state_json(part) for name, part in named if part is not None}
    return state.tolist() if hasattr(state, "tolist") else state


if __name__ == "__main__":
    name = FOLDER / f"format_1_of_{sys.argv[1]}"
    whole = lived()
    lines = [to_json(event) for event in whole.journal.read()]
    name.with_suffix(name.suffix + ".jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    state = json.dumps(state_json(whole.state), indent=1)
    name.with_suffix(name.suffix + ".state.json").write_text(state + "\n", encoding="utf-8")
