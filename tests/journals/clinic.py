"""A study that keeps deciding and observing, with retries, until it is killed.

python -m tests.journals.clinic FILE ACKNOWLEDGED [EVENTS BETWEEN SNAPSHOTS]
"""

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

import recourse_bandits as rb
import recourse_bandits.study.ledger as ledger_module
from recourse_bandits.events import Event
from recourse_bandits.journals.format_1 import to_json
from recourse_bandits.study.snapshot import leaves

INTERRUPTED = "the process ended while the adviser was asked"


def problem() -> rb.Problem:
    return rb.Problem(
        features=[
            rb.Feature("age", mean=60, scale=10),
            rb.Feature("activity", mutable=True, mean=3, scale=2, bounds=(0, 20)),
        ],
        arms=["a", "b"],
        budget=rb.Budget("l2", 1.0),
        reward=rb.Reward("drop", noise=1, coefficient_bound=5),
    )


def policy() -> rb.LIBRA:
    return rb.LIBRA(rb.GLRB(scale=0.1), threshold=1.0)


def new_study(where: str | rb.Journal | None) -> rb.Study:
    return rb.Study(problem(), policy(), rb.AlwaysRandom(), journal=where, seed=3)


def person(number: int) -> dict[str, float]:
    return {"age": 40.0 + number % 40, "activity": float(number % 7)}


def reward(number: int) -> float:
    return float(number % 5)


def leaves_early(number: int) -> bool:
    return number % 11 == 7


def corrected_by(number: int) -> int | None:
    """Number of the decision that is corrected in a visit, if any."""
    earlier = number - 3
    return earlier if number % 5 == 4 and not leaves_early(earlier) else None


def lines_of(events: Iterable[Event]) -> list[str]:
    return [to_json(event) for event in events]


def same(ours: Any, theirs: Any) -> bool:
    """Whether two states are equal to the last bit."""
    found, expected = dict(leaves(ours, "state")), dict(leaves(theirs, "state"))
    return found.keys() == expected.keys() and all(
        np.array_equal(found[name], expected[name], equal_nan=True) for name in found
    )


def visit(study: rb.Study, number: int, acknowledge: Callable[[str], Any] = str) -> None:
    """Do what has not been done yet for one person, and acknowledge every step."""
    decision = study.decide(person(number), request_id=f"visit-{number}")
    if isinstance(decision, rb.Pending):
        decision = study.settle(decision.id, None, reason=INTERRUPTED)
    acknowledge(f"decided {number} {decision.id}")
    if leaves_early(number):
        if number in study.open_decisions:
            study.withdraw(number, "moved away")
        acknowledge(f"withdrawn {number}")
    else:
        if number in study.open_decisions:
            study.observe(number, {"drop": reward(number)})
        acknowledge(f"observed {number}")
    earlier = corrected_by(number)
    if earlier is not None:
        if "corrected" not in [event.kind for event in study.journal.decision(earlier)]:
            study.correct(earlier, {"drop": reward(number) + 0.5})
        acknowledge(f"corrected {earlier}")


def work(where: str, acknowledged: Path) -> None:
    """Decide and observe for ever; a line is written after each acknowledged call."""
    study = new_study(where)
    with acknowledged.open("a", encoding="utf-8") as log:

        def acknowledge(what: str) -> None:
            log.write(f"{what}\n")
            log.flush()

        number = max(study.decisions - 1, 0)
        while True:
            visit(study, number, acknowledge)
            number += 1


if __name__ == "__main__":
    if len(sys.argv) > 3:
        vars(ledger_module)["EVERY"] = int(sys.argv[3])
    work(sys.argv[1], Path(sys.argv[2]))
