"""What a model may see of a person: some features, rounded, and limits that follow from those."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recourse_bandits.advisers.language_model.quoting import coarse
from recourse_bandits.problem import Context, FeasibleSet, Feature, Problem, RawValue
from recourse_bandits.problem.alone import values_alone

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """A person as a model sees them.

    Everything here follows from the rounded values, but for three things that are true of the
    exact ones: which arms are eligible, which values are missing, and that no recourse is possible.

    Parameters
    ----------
    values
        Raw values, rounded, by name of the features that are sent; None where missing.
    start
        The mutable columns after rounding, shape (m,), scaled units.
    feasible
        Where recourse may lead from there.
    arms
        Numbers of the eligible arms.
    fixed
        Mutable features without a value: recourse leaves them alone.
    """

    values: Mapping[str, RawValue]
    start: Array
    feasible: FeasibleSet
    arms: tuple[int, ...]
    fixed: frozenset[str]

    def changeable(self, problem: Problem) -> tuple[Feature, ...]:
        """Return the mutable features that have a value and do not follow others.

        Parameters
        ----------
        problem
            The problem.
        """
        return tuple(
            feature
            for feature in problem.mutable
            if feature.name not in self.fixed and feature.follows is None
        )

    def only(self, problem: Problem) -> dict[str, tuple[RawValue, ...]]:
        """Return the only values of features that move in steps, or among values or categories.

        Parameters
        ----------
        problem
            The problem.
        """
        return values_alone(problem.limits, self.feasible, self.raw_start(problem))

    def raw_limits(self, problem: Problem) -> tuple[Array, Array]:
        """Return the lowest and highest raw value of each mutable column if it alone changes.

        Parameters
        ----------
        problem
            The problem.

        Returns
        -------
        tuple
            Two arrays of shape (m,); infinite where nothing limits the feature.
        """
        limits, feasible = problem.limits, self.feasible
        weight = limits.ties.alone_weight
        reach = np.full(weight.shape, np.inf)
        np.divide(feasible.radius, weight, out=reach, where=weight > 0)
        before = self.raw_start(problem)
        low = np.maximum(feasible.lower, -reach)
        high = np.maximum(np.minimum(feasible.upper, reach), low)  # not below it by a rounding
        return limits.raw_after(before, low), limits.raw_after(before, high)

    def raw_start(self, problem: Problem) -> Array:
        """Return the raw values of the mutable columns, shape (m,); NaN where missing.

        Parameters
        ----------
        problem
            The problem.
        """
        return problem.limits.raw_before(self.values)


def rounded(feature: Feature, value: RawValue, rounding: Mapping[str, float]) -> RawValue:
    """Return a raw value to the step of its feature; one that is allowed becomes one that is.

    Parameters
    ----------
    feature
        The feature.
    value
        Its raw value.
    rounding
        Steps by feature name.
    """
    if feature.name not in rounding or value is None or isinstance(value, str):
        return value
    low, high = feature.bounds
    near = coarse(value, rounding[feature.name])
    if feature.allowed_values is not None and value in feature.allowed_values:
        return min(feature.allowed_values, key=lambda allowed: abs(allowed - near))
    if low is not None and near < low <= value:
        return low
    if high is not None and near > high >= value:
        return high
    return near


def seen_of(
    problem: Problem,
    context: Context,
    sent: Collection[str],
    rounding: Mapping[str, float],
) -> Seen:
    """Return what may be seen of a person.

    Parameters
    ----------
    problem
        The problem.
    context
        The person.
    sent
        Names of the features that may be seen; all mutable ones are among them.
    rounding
        Steps by feature name, raw units.
    """
    values = {
        feature.name: rounded(feature, context.given[feature.name], rounding)
        for feature in problem.features
        if feature.name in sent
    }
    columns = context.values.copy()
    for feature, column in zip(problem.limits.ties.features, problem.mutable_columns, strict=True):
        value = values[feature.name]
        if feature.categories:
            continue  # never rounded
        if value != context.given[feature.name]:  # what is not rounded stays as it is, to the bit
            columns[column] = (value - feature.mean) / feature.scale  # type: ignore[operator]
    feasible = context.feasible
    if context.no_recourse is None and (columns != context.values).any():
        feasible, _, _ = problem.limits.feasible(columns, context.imputed)
    missing = frozenset(f.name for f in problem.mutable if values[f.name] is None)
    arms = tuple(np.flatnonzero(context.eligible).tolist())
    return Seen(values, columns[problem.mutable_columns], feasible, arms, missing)


def example(problem: Problem, sent: Collection[str]) -> Seen:
    """Return a person who does not exist, for trying a template: typical values, every arm.

    Parameters
    ----------
    problem
        The problem, scaled.
    sent
        Names of the features that may be seen.
    """
    values: dict[str, RawValue] = {
        feature.name: _left(feature) if feature.categories else feature.mean
        for feature in problem.features
        if feature.name in sent
    }
    columns = np.zeros(problem.dimension)
    for feature, column, name in zip(
        problem.limits.ties.features, problem.mutable_columns, problem.limits.names, strict=True
    ):
        columns[column] = float(name == f"{feature.name}={values[feature.name]}")
    feasible, _, _ = problem.limits.feasible(columns, ())
    start = columns[problem.mutable_columns]
    return Seen(values, start, feasible, tuple(range(len(problem.arms))), frozenset())


def _left(feature: Feature) -> str:
    """Return the first category that can be left, or the first."""
    names = feature.categories or ("",)
    ways = feature.transitions or {}
    return next((name for name in names if ways.get(name)), names[0])
