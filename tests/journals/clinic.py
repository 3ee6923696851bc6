"""A study that keeps deciding and observing, with retries, until it is killed.

python -m tests.journals.clinic FILE ACKNOWLEDGED
"""

import sys
from pathlib import Path

import recourse_bandits as rb


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


def new_study(where: str | None) -> rb.Study:
    return rb.Study(problem(), policy(), rb.AlwaysRandom(), journal=where, seed=3)


def person(number: int) -> dict[str, float]:
    return {"age": 40.0 + number % 40, "activity": float(number % 7)}


def reward(number: int) -> float:
    return float(number % 5)


def work(where: str, acknowledged: Path) -> None:
    """Decide and observe for ever; a line is written after each acknowledged call."""
    study = new_study(where)
    with acknowledged.open("a", encoding="utf-8") as log:
        number = max(study.decisions - 1, 0)
        while True:
            decision = study.decide(person(number), request_id=f"visit-{number}")
            log.write(f"decided {number} {decision.id}\n")
            log.flush()
            if number in study.open_decisions:
                study.observe(number, {"drop": reward(number)})
            log.write(f"observed {number}\n")
            log.flush()
            number += 1


if __name__ == "__main__":
    work(sys.argv[1], Path(sys.argv[2]))
