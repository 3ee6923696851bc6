"""What a model may see of a person: some features, rounded, and limits that follow from those."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recourse_bandits.advisers.language_model.quoting import coarse
from recourse_bandits.problem import Context, FeasibleSet, Feature, Problem, RawValue

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
        """Return the mutable features that have a value.

        Parameters
        ----------
        problem
            The problem.
        """
        return tuple(feature for feature in problem.mutable if feature.name not in self.fixed)

    def raw_limits(self, problem: Problem) -> tuple[Array, Array]:
        """Return the lowest and highest raw value of each mutable feature if it alone changes.

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
        reach = np.full(feasible.weight.shape, np.inf)
        np.divide(feasible.radius, feasible.weight, out=reach, where=feasible.weight > 0)
        before = self.raw_start(problem)
        low = np.maximum(feasible.lower, -reach)
        high = np.maximum(np.minimum(feasible.upper, reach), low)  # not below it by a rounding
        return limits.raw_after(before, low), limits.raw_after(before, high)

    def raw_start(self, problem: Problem) -> Array:
        """Return the raw values of the mutable features, shape (m,); NaN where missing.

        Parameters
        ----------
        problem
            The problem.
        """
        return np.array([self.values[name] for name in problem.limits.names], dtype=np.float64)


def rounded(feature: Feature, value: RawValue, rounding: Mapping[str, float]) -> RawValue:
    """Return a raw value to the step of its feature; one inside the bounds stays inside.

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
    for feature, column in zip(problem.mutable, problem.mutable_columns, strict=True):
        value = values[feature.name]
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
        feature.name: feature.categories[0] if feature.categories else feature.mean
        for feature in problem.features
        if feature.name in sent
    }
    feasible, _, _ = problem.limits.feasible(np.zeros(problem.dimension), ())
    start = np.zeros(len(problem.mutable))
    return Seen(values, start, feasible, tuple(range(len(problem.arms))), frozenset())
