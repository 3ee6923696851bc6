"""Who in a table breaks the description."""

import numpy as np
import polars as pl
import pytest

from recourse_bandits import Budget, Feature, Finding, Problem, Reward
from recourse_bandits.errors import DescriptionError

PROBLEM = Problem(
    features=[
        Feature("age", mean=60, scale=10, bounds=(18, 110)),
        Feature("diet", mutable=True, mean=5, scale=2, bounds=(0, 10)),
        Feature("drinks", mutable=True, mean=2, scale=2, allowed_values=(0, 2, 4)),
    ],
    arms=["a", "b"],
    budget=Budget("l1", 1.0),
    reward=Reward("gain", noise=1.0, coefficient_bound=5.0),
)
TABLE = {
    "age": [50, 5, 50, 50, 50, 50],
    "diet": [5, 5, None, 11, 15, 5],
    "drinks": [2, 2, 2, 2, 2, 3],
}
FOUND = [
    (1, "refused", ("age",)),
    (2, "refused", ("diet",)),
    (3, "must change", ("diet",)),
    (4, "no recourse", ("diet",)),
    (5, "must change", ("drinks",)),
]


def told(findings: list[Finding]) -> list[tuple[int, str, tuple[str, ...]]]:
    return [(finding.row, finding.kind, finding.features) for finding in findings]


def test_every_person_who_breaks_the_description_is_listed() -> None:
    findings = PROBLEM.validate(TABLE)
    assert told(findings) == FOUND
    assert findings[2].reason == "diet = 11.0: outside the limits of recourse"
    assert "takes an effort of 2.5" in findings[3].reason
    assert findings[4].reason == "drinks = 3.0: outside the limits of recourse"


def test_every_kind_of_table_says_the_same() -> None:
    frame = pl.DataFrame(TABLE)
    assert told(PROBLEM.validate(frame)) == FOUND
    assert told(PROBLEM.validate(frame.to_dicts())) == FOUND
    numbers = frame.fill_null(np.nan).to_numpy()
    assert told(PROBLEM.validate(numbers)) == FOUND


def test_a_table_that_fits_has_no_findings() -> None:
    assert PROBLEM.validate([]) == []
    assert PROBLEM.validate({"age": [50], "diet": [5], "drinks": [4]}) == []
    with pytest.raises(DescriptionError, match="must be a table or a sequence"):
        PROBLEM.validate("people.csv")
