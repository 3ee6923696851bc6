"""A problem with every way to say how people can change, and people for it."""

from typing import Any

from recourse_bandits.problem import Budget, Feature, Problem, Reward

PORTIONS = Feature(
    "portions", unit="a day", mutable=True, mean=4, scale=2, bounds=(0, 10), step=0.5
)
DRINKS = Feature(
    "drinks", unit="a week", mutable=True, mean=5, scale=4, allowed_values=(0, 2, 4, 7)
)
SMOKING = Feature(
    "smoking",
    categories=("never", "former", "current"),
    mutable=True,
    transitions={"current": ("former",)},
    weight=1.5,
    missing="indicator",
)
ACTIVITY = Feature("activity", unit="h/week", mutable=True, mean=3, scale=2, bounds=(0, 20))
WEIGHT = Feature("weight", unit="kg", mutable=True, mean=80, scale=12, follows=("activity", -0.4))
AGE = Feature("age", unit="years", mean=60, scale=10)


def movable(**parts: Any) -> Problem:
    """Steps, allowed values, categories, a link, at most two changes, and a price."""
    described: dict[str, Any] = {
        "features": (AGE, PORTIONS, DRINKS, SMOKING, ACTIVITY, WEIGHT),
        "arms": ("a", "b"),
        "budget": Budget("l1", 3.0, max_changed=2, price=0.1),
        "reward": Reward("gain", noise=1.0, coefficient_bound=10.0),
    }
    return Problem(**(described | parts))


SMOKER: dict[str, Any] = {
    "age": 55.0,
    "portions": 3.0,
    "drinks": 7.0,
    "smoking": "current",
    "activity": 2.0,
    "weight": 90.0,
}
ABSTAINER: dict[str, Any] = {**SMOKER, "drinks": 0.0, "smoking": "never"}
PEOPLE: tuple[dict[str, Any], ...] = (
    SMOKER,
    ABSTAINER,
    {**SMOKER, "smoking": None},
    {**SMOKER, "drinks": 3.0},  # must leave it
    {**SMOKER, "portions": 10.3, "activity": 0.0},
)
