"""Random problems and persons, for hypothesis."""

from typing import Any

from hypothesis import strategies as st

from recourse_bandits.problem import Budget, Feature, Problem, Reward

_SCALES = st.sampled_from([0.01, 0.3, 1.0, 7.5, 400.0])
_MEANS = st.sampled_from([0.0, -3.7, 62.0, 1e4])
_UNITS = st.floats(-3.0, 3.0).map(lambda units: round(units, 3))  # how far from the mean, in scales


@st.composite
def _bounds(draw: st.DrawFn, mean: float, scale: float) -> tuple[float | None, float | None]:
    low, high = sorted((draw(_UNITS), draw(_UNITS)))
    ends = draw(st.sampled_from([(True, True), (True, False), (False, True), (False, False)]))
    return (mean + scale * low if ends[0] else None, mean + scale * high if ends[1] else None)


@st.composite
def mutable_features(draw: st.DrawFn, name: str) -> Feature:
    """A mutable feature with any combination of limits."""
    mean, scale = draw(_MEANS), draw(_SCALES)
    parts: dict[str, Any] = {
        "bounds": draw(_bounds(mean, scale)),
        "direction": draw(st.sampled_from(["both", "both", "increase", "decrease"])),
        "weight": draw(st.sampled_from([0.2, 1.0, 1.0, 5.0])),
        "missing": draw(st.sampled_from(["refuse", "refuse", "indicator"])),
        "max_step": draw(
            st.tuples(*(st.one_of(st.none(), st.floats(0.0, 2.0 * scale)) for _ in range(2)))
        ),
    }
    if draw(st.booleans()) and draw(st.booleans()):
        parts |= {"weight": 0.0, "max_step": (0.5 * scale, 2.0 * scale)}
    return Feature(name, mutable=True, mean=mean, scale=scale, **parts)


@st.composite
def immutable_features(draw: st.DrawFn, name: str) -> Feature:
    """A numeric or categorical feature that nobody can change."""
    if draw(st.booleans()):
        return Feature(name, categories=("low", "middle", "high"), missing="indicator")
    return Feature(name, mean=draw(_MEANS), scale=draw(_SCALES))


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    """A problem of up to five features in any order, with any budget."""
    features = [draw(mutable_features(f"m{i}")) for i in range(draw(st.integers(1, 3)))]
    features += [draw(immutable_features(f"i{i}")) for i in range(draw(st.integers(0, 2)))]
    return Problem(
        features=draw(st.permutations(features)),
        arms=[f"arm {a}" for a in range(draw(st.integers(1, 3)))],
        budget=Budget(
            draw(st.sampled_from(["l2", "linf"])),
            draw(st.sampled_from([0.0, 0.1, 1.0, 4.0])),
            scaled=draw(st.booleans()),
        ),
        reward=Reward("drop", noise=1.0, coefficient_bound=5.0),
        intercept=draw(st.booleans()),
    )


@st.composite
def persons(draw: st.DrawFn, problem: Problem) -> dict[str, Any]:
    """A person whom the problem accepts; mutable values may start outside their bounds."""
    person: dict[str, Any] = {}
    for feature in problem.features:
        if feature.missing == "indicator" and draw(st.integers(0, 4)) == 0:
            person[feature.name] = None
        elif feature.categories:
            person[feature.name] = draw(st.sampled_from(feature.categories))
        else:
            person[feature.name] = draw(_values(feature))
    return person


@st.composite
def _values(draw: st.DrawFn, feature: Feature) -> float:
    mean, scale = feature.mean or 0.0, feature.scale or 1.0
    low, high = feature.bounds
    value = mean + scale * draw(_UNITS)
    if not feature.mutable or (low is None and high is None):
        return value
    closed = low is not None and high is not None
    slack = high - low if low is not None and high is not None else 2.0 * scale
    if low is not None and value < low:
        return low if draw(st.booleans()) else max(value, low - (slack if closed else 2.0 * scale))
    if high is not None and value > high:
        return high if draw(st.booleans()) else min(value, high + slack)
    return value
