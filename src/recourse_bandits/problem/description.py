"""The whole description of a decision problem, and what follows from it."""

import dataclasses
import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from functools import cached_property
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict, TypeAdapter, field_validator, model_validator
from pydantic.dataclasses import dataclass

from recourse_bandits.errors import (
    InvalidValue,
    NoEligibleArm,
    PersonError,
    UnknownArm,
)
from recourse_bandits.problem.arm import Arm
from recourse_bandits.problem.boxes import MOST_BOXES
from recourse_bandits.problem.budget import Budget
from recourse_bandits.problem.context import Context, RawValue
from recourse_bandits.problem.dose import Doses
from recourse_bandits.problem.dosing import check_dosing, check_penalties, require_flag
from recourse_bandits.problem.encoding import (
    Encoder,
    PlainNumbers,
    columns_of,
    encoder_of,
    missing,
    nearest,
    refuse_unknown,
)
from recourse_bandits.problem.feasible import FeasibleSet
from recourse_bandits.problem.feature import Feature
from recourse_bandits.problem.limits import Limits
from recourse_bandits.problem.people import Person, rows_of
from recourse_bandits.problem.reward import Reward
from recourse_bandits.problem.scaling import fitted
from recourse_bandits.problem.stepping import too_fine
from recourse_bandits.problem.sub_outcome import SubOutcome
from recourse_bandits.problem.ties import Ties
from recourse_bandits.problem.validation import Finding, finding_of

INTERCEPT = "intercept"


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Problem:
    """What is decided: features, arms, the budget of recourse, and the reward.

    Parameters
    ----------
    features
        The person's features, in the order of arrays.
    arms
        Treatments; a text stands for ``Arm(text)``.
    budget
        How much change may be asked for.
    reward
        What is measured and how good it is.
    intercept
        Whether a column that is always 1 is added in front.
    sub_outcome
        A measured effect by which doses are judged; the reward is a success flag then. None: there
        is none.

    Raises
    ------
    pydantic.ValidationError
        If the parts contradict each other.

    Examples
    --------
    >>> problem = Problem(
    ...     features=[
    ...         Feature("age", mean=60, scale=10),
    ...         Feature("activity", mutable=True, mean=3, scale=2, bounds=(0, 20)),
    ...     ],
    ...     arms=["a", "b"],
    ...     budget=Budget("l2", 1.0),
    ...     reward=Reward("drop", noise=1, coefficient_bound=5),
    ... )
    >>> problem.columns
    ('intercept', 'age', 'activity')
    >>> problem.context({"age": 70, "activity": 5}).values
    array([1., 1., 1.])
    """

    features: Sequence[Feature] = field(kw_only=True)
    arms: Sequence[Arm | str] = field(kw_only=True)
    budget: Budget = field(kw_only=True)
    reward: Reward = field(kw_only=True)
    intercept: bool = field(default=True, kw_only=True)
    sub_outcome: SubOutcome | None = field(default=None, kw_only=True)

    @field_validator("arms", mode="before")
    @classmethod
    def _name_arms(cls, arms: object) -> object:
        if isinstance(arms, str) or not isinstance(arms, Iterable):
            raise ValueError("arms must be a list of names or of Arm objects")
        return tuple(Arm(arm) if isinstance(arm, str) else arm for arm in arms)

    @model_validator(mode="after")
    def _check(self) -> "Problem":
        object.__setattr__(self, "features", tuple(self.features))
        object.__setattr__(self, "arms", tuple(self.arms))
        for what, names in (
            ("feature", [feature.name for feature in self.features]),
            ("arm", [arm.name for arm in self.treatments]),
        ):
            twice = {name for name in names if names.count(name) > 1}
            if twice:
                raise ValueError(f"{what} names must differ, got {sorted(twice)} more than once")
        if not self.arms:
            raise ValueError("a problem needs at least one arm")
        if not self.features and not self.intercept:
            raise ValueError("a problem without features needs the intercept")
        if any(feature.name == INTERCEPT for feature in self.features) and self.intercept:
            raise ValueError("a feature is named 'intercept': rename it, or set intercept=False")
        columns = [INTERCEPT] if self.intercept else []
        columns += [name for feature in self.features for name in columns_of(feature)]
        if len(set(columns)) < len(columns):
            twice = {name for name in columns if columns.count(name) > 1}
            raise ValueError(
                f"two features would both make the columns {sorted(twice)}: rename one"
            )
        for arm in self.treatments:
            for name in arm.rule_features:
                if name not in self.feature_names:
                    raise ValueError(
                        f"arm {arm.name!r}: its rule uses {name!r}, which is no feature"
                        f"{nearest(name, self.feature_names)}"
                    )
        self._check_movable()
        check_dosing(self.treatments, self.feature_names, columns, self.reward, self.sub_outcome)
        check_penalties(self.treatments, self.features, self.reward)
        return self

    def _check_movable(self) -> None:
        """Raise ValueError if the features' ways to change contradict each other or the budget."""
        by_name = {feature.name: feature for feature in self.mutable}
        for feature in self.mutable:
            if feature.follows is not None:
                leader = by_name.get(feature.follows[0])
                if leader is None or leader.categories or leader.follows:
                    raise ValueError(
                        f"feature {feature.name!r} follows {feature.follows[0]!r}, which must be a "
                        "mutable feature of numbers that follows none itself"
                    )
            if self.budget.norm == "mahalanobis" and feature.weight == 0:
                raise ValueError(
                    f"feature {feature.name!r}: weight must be above 0 under mahalanobis, got 0"
                )
        if self.budget.matrix is not None and len(self.budget.matrix) != len(self.mutable):
            raise ValueError(
                f"matrix must have one row for each of the {len(self.mutable)} mutable features, "
                f"got {len(self.budget.matrix)}"
            )
        if all(feature.scale or feature.categories for feature in self.mutable):
            fine = too_fine(Ties(self.mutable, self.budget))
            if fine is not None:
                raise ValueError(fine)
        ways = math.prod(len(feature.categories or ("",)) for feature in self.mutable)
        if ways > MOST_BOXES:
            raise ValueError(
                f"the mutable features of categories have {ways} combinations, more than the "
                f"{MOST_BOXES} that are tried one by one"
            )
        if self.budget.price > 0 and self.reward.link != "identity":
            raise ValueError(
                "a price needs a reward with the identity link, for which reward less "
                f"price·effort can be maximised; got the link {self.reward.link!r}"
            )

    # -- names and shapes ---------------------------------------------------------------------

    @cached_property
    def feature_names(self) -> tuple[str, ...]:
        """Names of the features, in the order of arrays."""
        return tuple(feature.name for feature in self.features)

    @cached_property
    def treatments(self) -> tuple[Arm, ...]:
        """The arms, each as an `Arm`."""
        return tuple(arm if isinstance(arm, Arm) else Arm(arm) for arm in self.arms)

    @cached_property
    def arm_names(self) -> tuple[str, ...]:
        """Names of the arms."""
        return tuple(arm.name for arm in self.treatments)

    @cached_property
    def encoders(self) -> tuple[Encoder, ...]:
        """One encoder a feature."""
        return tuple(encoder_of(feature) for feature in self.features)

    @cached_property
    def plain_numbers(self) -> PlainNumbers | None:
        """The quick way to encode a person without special values, if all features are numbers."""
        return PlainNumbers.of(self.encoders, intercept=self.intercept)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Names of the d columns that the models see."""
        front = (INTERCEPT,) if self.intercept else ()
        return front + tuple(name for encoder in self.encoders for name in encoder.columns)

    @property
    def dimension(self) -> int:
        """Number d of columns."""
        return len(self.columns)

    @cached_property
    def mutable(self) -> tuple[Feature, ...]:
        """The features that the person can change."""
        return tuple(feature for feature in self.features if feature.mutable)

    @cached_property
    def mutable_columns(self) -> NDArray[np.int64]:
        """Their m columns, one for each category, shape (m,)."""
        names = Ties(self.mutable, self.budget).names
        return np.array([self.columns.index(name) for name in names], np.int64)

    @cached_property
    def limits(self) -> Limits:
        """How far the mutable features may move."""
        return Limits(self.mutable, self.mutable_columns, self.budget)

    # -- doses and what is measured -----------------------------------------------------------

    @cached_property
    def doses(self) -> Doses | None:
        """The doses of all arms as arrays; None if no arm has one."""
        each = [arm.dose for arm in self.treatments]
        return Doses.of(each) if any(dose is not None for dose in each) else None

    @cached_property
    def measures(self) -> tuple[str, ...]:
        """Names of what is measured after a decision: the reward's measure, then the others."""
        sub = () if self.sub_outcome is None else (self.sub_outcome.measure,)
        return (self.reward.measure, *sub)

    @cached_property
    def _judges_doses(self) -> bool:
        """Whether a penalty is taken off the log odds, so that the reward is a success flag."""
        doses = [arm.dose for arm in self.treatments if arm.dose is not None]
        return self.sub_outcome is not None or any(dose.penalty is not None for dose in doses)

    def accepted_measure(self, name: str, measured: object) -> float:
        """Return a measured value as a number.

        Parameters
        ----------
        name
            One of `measures`.
        measured
            The value in the measure's unit.

        Raises
        ------
        InvalidMeasure
            If it is not a possible value.
        """
        if self.sub_outcome is not None and name == self.sub_outcome.measure:
            return self.sub_outcome.accepted(measured)
        value = self.reward.accepted(measured)
        if self._judges_doses:
            require_flag(self.reward, value)
        return value

    # -- fitting ------------------------------------------------------------------------------

    def fitted_to(self, table: Any) -> "Problem":
        """Return the problem with mean and scale of the unscaled features taken from a table.

        Parameters
        ----------
        table
            Anything with a column of raw values for each such feature: a mapping of columns, a
            polars or pandas frame. Missing values are left out. The scale is the population
            standard deviation.

        Raises
        ------
        DescriptionError
            If a column is absent, empty, not numeric or constant.
        """
        features = tuple(fitted(feature, table) for feature in self.features)
        return dataclasses.replace(self, features=features)

    # -- people -------------------------------------------------------------------------------

    def context(self, person: Person | Context, eligible: Collection[str] | None = None) -> Context:
        """Return a person's raw values, checked, as numbers.

        Parameters
        ----------
        person
            Raw values: a mapping by feature name (a table's row will do), or a sequence or array in
            the order of the features. A context stays as it is, but for `eligible`.
        eligible
            Names of the arms that may be given, before the arms' own rules; None: all.

        Raises
        ------
        PersonError
            If a value is absent, unknown or refused, or no arm may be given.
        UnknownArm
            If `eligible` names one.
        """
        if isinstance(person, Context):
            if person.feasible.mutable is not self.mutable_columns:
                raise InvalidValue(
                    "this context was made by another Problem object; give the person's raw values"
                )
            if eligible is None:
                return person
            allowed = self._eligible(person.given, eligible) & person.eligible
            return dataclasses.replace(person, eligible=self._somebody(allowed, eligible))
        given = self._as_mapping(person)
        plain = None if self.plain_numbers is None else self.plain_numbers.encode(given)
        if plain is None:
            used, columns, imputed = self._encoded(given)
            return self._as_context(used, columns, imputed, self._eligible(used, eligible))
        numbers, columns = plain
        feasible, must_change, reason = self.limits.feasible(columns, ())
        context = Context.plain(
            self.feature_names, numbers, columns, feasible, self._everybody, must_change, reason
        )
        if eligible is None and not self._has_rules:
            return context
        return dataclasses.replace(context, eligible=self._eligible(context.given, eligible))

    def stored_context(self, given: Mapping[str, Any], eligible: Sequence[int]) -> Context:
        """Return the context of a person who was accepted before, as a journal holds it.

        Parameters
        ----------
        given
            Raw values by feature name, as used.
        eligible
            Numbers of the arms that might be given; the rules are not applied again.

        Raises
        ------
        PersonError
            If a value is absent, unknown or refused.
        """
        mask = np.zeros(len(self.arms), dtype=bool)
        mask[eligible] = True
        columns = self.plain_numbers.encode_again(given) if self.plain_numbers else None
        if columns is not None:
            return self._as_context(given, columns, (), mask)
        return self._as_context(*self._encoded(given), mask)

    def _as_context(
        self,
        used: Mapping[str, RawValue],
        columns: NDArray[np.float64],
        imputed: Sequence[str],
        eligible: NDArray[np.bool_],
    ) -> Context:
        feasible, must_change, reason = self.limits.feasible(columns, imputed)
        return Context(used, columns, feasible, eligible, tuple(imputed), must_change, reason)

    def _encoded(
        self, given: Mapping[str, Any]
    ) -> tuple[dict[str, RawValue], NDArray[np.float64], list[str]]:
        """Return raw values as used, columns, and the features that were filled in."""
        refuse_unknown(given, self.feature_names)
        values = [1.0] if self.intercept else []
        used: dict[str, RawValue] = {}
        imputed: list[str] = []
        for name, encoder in zip(self.feature_names, self.encoders, strict=True):
            used[name], filled = encoder.encode(given.get(name), values)
            if filled:
                imputed.append(name)
        return used, np.array(values), imputed

    def contexts(
        self, people: Iterable[Person], eligible: Collection[str] | None = None
    ) -> tuple[list[Context], list[tuple[int, PersonError]]]:
        """Contexts of many persons: those accepted, and (row, error) of those refused.

        Parameters
        ----------
        people
            Persons as for `context`.
        eligible
            Names of the arms that may be given; None: all.
        """
        accepted: list[Context] = []
        refused: list[tuple[int, PersonError]] = []
        for row, found in enumerate(self.each_context(list(people), eligible)):
            if isinstance(found, Context):
                accepted.append(found)
            else:
                refused.append((row, found))
        return accepted, refused

    def each_context(
        self, people: Sequence[Person], eligible: Collection[str] | None = None
    ) -> Iterator[Context | PersonError]:
        """Yield each person's context, or the error for which the person is refused.

        Parameters
        ----------
        people
            Persons as for `context`.
        eligible
            Names of the arms that may be given; None: all.
        """
        quick = self._quick_contexts(people)
        for row, person in enumerate(people):
            try:
                known = quick.get(row)
                yield self.context(person if known is None else known, eligible)
            except PersonError as error:
                yield error

    def validate(self, table: Any) -> list[Finding]:
        """List every person whose data break the description; nothing is decided.

        Parameters
        ----------
        table
            People's raw values: a polars or pandas frame, a mapping of columns, a matrix, or a
            sequence of persons.

        Returns
        -------
        list
            One finding for each person who would be refused, who must change something before
            anything else, or for whom no recourse is possible; empty if all fit.

        Examples
        --------
        >>> diet = Feature("diet", mutable=True, mean=5, scale=2, bounds=(0, 10), max_step=(1, 1))
        >>> problem = Problem(
        ...     features=[diet],
        ...     arms=["a", "b"],
        ...     budget=Budget("l1", 1.0),
        ...     reward=Reward("drop", noise=1, coefficient_bound=5),
        ... )
        >>> for finding in problem.validate({"diet": [4, None, 10.5, 12]}):
        ...     print(finding.row, finding.kind, finding.features)
        1 refused ('diet',)
        2 must change ('diet',)
        3 no recourse ('diet',)
        """
        people = list(rows_of(table))
        found = enumerate(self.each_context(people))
        each = (finding_of(row, one, self.limits) for row, one in found)
        return [finding for finding in each if finding is not None]

    def _quick_contexts(self, people: Sequence[Person]) -> dict[int, Context]:
        """Return contexts, by row, of the persons who need no closer look."""
        if self.plain_numbers is None or self._has_rules:
            return {}
        places, raw, columns = self.plain_numbers.encode_many(people)
        sets = self.limits.feasible_many(columns)
        rows = zip(places.tolist(), raw, columns, sets, strict=True)
        return {
            place: Context.plain(self.feature_names, numbers, values, feasible, self._everybody)
            for place, numbers, values, feasible in rows
            if feasible is not None
        }

    def feasible_set(self, person: Person | Context) -> FeasibleSet:
        """Where a person's recourse may lead.

        Parameters
        ----------
        person
            As for `context`.
        """
        return self.context(person).feasible

    def _as_mapping(self, person: Person) -> Mapping[str, Any]:
        if isinstance(person, (dict, Mapping)):  # a dict is recognised sooner
            return person
        if hasattr(person, "_asdict"):  # a named tuple: by name, whatever its order
            return cast("Mapping[str, Any]", person._asdict())
        if hasattr(person, "to_dict"):  # a pandas row
            return cast("Mapping[str, Any]", person.to_dict())
        flat = isinstance(person, Sequence | np.ndarray) and not isinstance(person, str)
        if not flat or getattr(person, "ndim", 1) != 1:
            raise InvalidValue(
                "a person must be a mapping from feature names to values, or a sequence in the "
                f"order of the features; got {type(person).__name__}"
            )
        if len(person) != len(self.features):
            raise InvalidValue(
                f"a person given as a sequence must have {len(self.features)} values "
                f"({', '.join(self.feature_names)}), got {len(person)}"
            )
        listed = person.tolist() if isinstance(person, np.ndarray) else person
        return dict(zip(self.feature_names, listed, strict=True))

    def _eligible(
        self, used: Mapping[str, RawValue], names: Collection[str] | None
    ) -> NDArray[np.bool_]:
        if names is None and not self._has_rules:
            return self._everybody
        if isinstance(names, str):
            raise UnknownArm(f"eligible must be a list of arm names, got the text {names!r}")
        allowed = self.arm_names if names is None else tuple(names)
        for name in allowed:
            self.arm_index(name)
        mask = np.array([arm.name in allowed and arm.may_receive(used) for arm in self.treatments])
        return self._somebody(mask, allowed)

    def _somebody(self, mask: NDArray[np.bool_], offered: Collection[str]) -> NDArray[np.bool_]:
        """Return the mask of eligible arms, or raise NoEligibleArm if it is empty."""
        if mask.any():
            return mask
        rules = "; ".join(f"{arm.name}: {arm.eligible or 'everybody'}" for arm in self.treatments)
        raise NoEligibleArm(
            f"no arm may be given to this person: offered are {', '.join(offered) or 'none'}, and "
            f"the rules are {rules}"
        )

    @cached_property
    def _has_rules(self) -> bool:
        return any(arm.eligible is not None for arm in self.treatments)

    @cached_property
    def _everybody(self) -> NDArray[np.bool_]:
        return np.ones(len(self.arms), dtype=bool)

    def arm_index(self, name: str) -> int:
        """Number of an arm; raises UnknownArm.

        Parameters
        ----------
        name
            Its name.
        """
        try:
            return self.arm_names.index(name)
        except ValueError:
            raise UnknownArm(
                f"unknown arm {name!r}{nearest(str(name), self.arm_names)}; the arms are "
                f"{', '.join(self.arm_names)}"
            ) from None

    # -- points -------------------------------------------------------------------------------

    def raw_target(
        self, context: Context, point: NDArray[np.float64]
    ) -> tuple[dict[str, RawValue], dict[str, float]]:
        """Describe a point in raw units: all features after the change, and the changes.

        Parameters
        ----------
        context
            The person.
        point
            Scaled columns, shape (d,).

        Returns
        -------
        tuple
            Values by feature name, immutable and unchanged ones copied as given; and the changes of
            the mutable features of numbers whose value is known.
        """
        limits, given = self.limits, context.given
        before = limits.raw_before(given)
        after = limits.raw_after(before, (point - context.values)[self.mutable_columns])
        reached: dict[str, RawValue] = {}
        changes: dict[str, float] = {}
        columns = zip(limits.ties.features, before.tolist(), after.tolist(), strict=True)
        for place, (feature, old, new) in enumerate(columns):
            if feature.name in context.imputed:  # a value that is not known is not changed either
                continue
            if not feature.categories:
                reached[feature.name], changes[feature.name] = new, new - old
            elif new > old:
                category = limits.names[place].removeprefix(f"{feature.name}=")
                reached[feature.name] = category
        return {**given, **reached}, changes

    def realised_point(
        self,
        context: Context,
        point: NDArray[np.float64],
        realized: Mapping[str, Any],
    ) -> NDArray[np.float64]:
        """Return the columns as they really were: a point with some features replaced.

        Parameters
        ----------
        context
            The person at the time of the decision.
        point
            The recommended point, shape (d,).
        realized
            Raw values of the features that came out differently.

        Raises
        ------
        PersonError
            If a feature is unknown, missing, not a number or implausible.
        """
        known = self.realised_values(realized)
        result = point.copy()
        start = 1 if self.intercept else 0
        for name, encoder in zip(self.feature_names, self.encoders, strict=True):
            width = len(encoder.columns)
            if name in known:
                columns: list[float] = []
                encoder.encode(known[name], columns)
                result[start : start + width] = columns
            start += width
        return result

    def realised_values(self, realized: Mapping[str, Any]) -> dict[str, RawValue]:
        """Return features as they really were, as plain numbers and names of categories.

        Parameters
        ----------
        realized
            Raw values of the features that came out differently.

        Raises
        ------
        PersonError
            If a feature is unknown, missing, not a number or implausible.
        """
        refuse_unknown(list(realized), self.feature_names)
        known: dict[str, RawValue] = {}
        for name, encoder in zip(self.feature_names, self.encoders, strict=True):
            if name in realized:
                known[name], filled = encoder.encode(realized[name], [])
                if filled:
                    raise missing(name)
        return known

    def to_json(self) -> dict[str, Any]:
        """Return the full description as JSON values; `from_json` reads it back."""
        return cast("dict[str, Any]", _ADAPTER.dump_python(self, mode="json"))

    @staticmethod
    def from_json(description: Mapping[str, Any]) -> "Problem":
        """Read a description written by `to_json`, or from a TOML file.

        Parameters
        ----------
        description
            Features, arms, budget, reward and intercept.

        Raises
        ------
        pydantic.ValidationError
            If it is wrong.
        """
        return _ADAPTER.validate_python(dict(description))


_ADAPTER: TypeAdapter[Problem] = TypeAdapter(Problem)
