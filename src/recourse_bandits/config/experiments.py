"""Settings of experiments, and the catalogue that comes with the package."""

import math
import tomllib
from collections.abc import Iterable
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, TypeAdapter, field_validator, model_validator

from recourse_bandits.config.claims import Claim, Quantity, require_point
from recourse_bandits.config.delays import put_in_counted_delays
from recourse_bandits.config.study import load_study
from recourse_bandits.config.toml import Frozen, Named, Parameters, override, read_toml, validated
from recourse_bandits.errors import SettingsError
from recourse_bandits.problem.encoding import nearest
from recourse_bandits.tables import PeopleColumns

_CATALOGUE = resources.files("recourse_bandits") / "experiments" / "catalogue"

Count = Annotated[int, Field(gt=0)]


class StandIn(Frozen):
    """Who plays for an adviser that cannot be asked.

    Parameters
    ----------
    label
        Under which results are shown; it must not be taken for the adviser itself.
    adviser
        Who is asked instead.
    """

    label: str
    adviser: Named


class Contestant(Frozen):
    """A policy in an experiment, and whom it may ask.

    Parameters
    ----------
    policy
        The policy; nested policies are tables too.
    adviser
        Who is asked, or None.
    stand_in
        Who plays where the adviser cannot be asked: its packages or its key are not there.
    paper
        What the paper reports for it, to print beside.
    """

    policy: Named
    adviser: Named | None = None
    stand_in: StandIn | None = None
    paper: str | None = None


class Axis(Frozen):
    """Settings that a sweep varies together, and the values they take.

    Parameters
    ----------
    name
        Its name in the results.
    label
        What stands at the axis of a plot, with a unit; the name by default.
    keys
        Dotted settings, such as ``policy_defaults.threshold``; all take the same value.
    values
        The values.
    log
        Whether plots show it on a logarithmic scale.
    exponent
        Power of the axis that a theorem gives to regret; None: no theorem does. The fitted power is
        shown beside it. Needs `log`, two values, and no other axis.
    """

    name: str
    label: str = ""
    keys: tuple[str, ...] = Field(min_length=1)
    values: tuple[float | int | str | bool, ...] = Field(min_length=1)
    log: bool = False
    exponent: Annotated[float | None, Field(allow_inf_nan=False)] = None

    @model_validator(mode="after")
    def _check_kind(self) -> Self:
        kinds = {"numbers" if _is_number(value) else type(value).__name__ for value in self.values}
        if len(kinds) > 1:
            raise ValueError(f"axis {self.name!r}: its values are of several kinds")
        if kinds == {"numbers"} and any(map(math.isnan, self.values)):  # type: ignore[arg-type]
            raise ValueError(f"axis {self.name!r}: nan is no value that could be found again")
        if self.log and (
            kinds != {"numbers"} or not all(0.0 < float(v) < math.inf for v in self.values)
        ):
            raise ValueError(f"axis {self.name!r}: log needs positive numbers")
        if self.exponent is not None and not (self.log and len(self.values) > 1):
            raise ValueError(f"axis {self.name!r}: exponent needs log = true and two values")
        return self


class Case(Frozen):
    """One member of a list of settings.

    Parameters
    ----------
    name
        Its name in the results.
    changes
        Values of dotted settings. In TOML the key is ``set``.
    """

    name: str
    changes: Annotated[dict[str, Any], Field(alias="set")]


class ExperimentSettings(Frozen):
    """An experiment: policies that meet the same people in the same world.

    Parameters
    ----------
    name
        Its name; also that of its results.
    title
        One line for plots and tables.
    source
        What it reproduces.
    reward_label
        What the mean reward of a round is, with its unit.
    reward_unit
        The unit alone, for axes.
    rounds
        People a run.
    runs
        Independent repetitions.
    seed
        Of the first run; the others follow.
    stated
        Settings that the source states.
    ours
        Settings that the source leaves open, and what was chosen.
    environment
        The world.
    delay
        The law by which outcomes are late; None: they arrive at once.
    sub_outcome_delay
        The law by which sub-outcomes are late, counted from the decision too; None: they arrive
        with the reward.
    policy_defaults
        Parameters given to every policy, nested ones too, that has them and does not set them.
    policies
        The contestants by label.
    axes
        A sweep over the grid of their values.
    cases
        A sweep over a list instead.
    claims
        What the source says of the results.
    recourse_after
        Rounds left out of the picture of recommended changes: policies still explore.
    """

    name: str
    title: str
    source: str
    reward_label: str = "reward"
    reward_unit: str = "reward"
    rounds: Count
    runs: Count
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 1
    stated: tuple[str, ...] = ()
    ours: tuple[str, ...] = ()
    environment: Named
    delay: Named | None = None
    sub_outcome_delay: Named | None = None
    policy_defaults: Parameters = Field(default_factory=dict)
    policies: dict[str, Contestant] = Field(min_length=1)
    axes: tuple[Axis, ...] = ()
    cases: tuple[Case, ...] = ()
    claims: tuple[Claim, ...] = ()
    recourse_after: Annotated[int, Field(ge=0)] = 0

    @field_validator("name")
    @classmethod
    def _check_name(cls, name: str) -> str:
        if name in ("", ".", "..") or "/" in name or "\\" in name or not name.isprintable():
            raise ValueError(
                "it names the folder of the results: no slash, and nothing unprintable"
            )
        return name

    @model_validator(mode="after")
    def _check_sweep(self) -> Self:
        if self.axes and self.cases:
            raise ValueError("axes and cases exclude each other: a grid or a list")
        if len(self.axes) > 1 and any(axis.exponent is not None for axis in self.axes):
            raise ValueError("axes: an exponent needs a sweep of its axis alone")
        named: dict[str, list[Any]] = {
            "axes": [axis.name for axis in self.axes],
            "cases": [case.name for case in self.cases],
            **{f"values of axis {axis.name!r}": list(axis.values) for axis in self.axes},
        }
        for what, names in named.items():
            repeated = {name for name in names if names.count(name) > 1}
            if repeated:
                raise ValueError(f"{what}: {min(map(str, repeated))} is there twice")
        keys = [key for axis in self.axes for key in axis.keys]
        for number, key in enumerate(keys):
            for other in keys[:number]:
                if f"{key}.".startswith(f"{other}.") or f"{other}.".startswith(f"{key}."):
                    raise ValueError(f"axes: {other!r} and {key!r} would set the same")
        return self

    @model_validator(mode="after")
    def _check_claims(self) -> Self:
        for claim in self.claims:
            for comparison in claim.compare:
                for side in (comparison.left, comparison.right):
                    if isinstance(side, Quantity):
                        self._check_quantity(claim, side)
        return self

    def _check_quantity(self, claim: Claim, quantity: Quantity) -> None:
        where = f"claim {claim.says!r}"
        if quantity.policy not in self.policies:
            raise ValueError(
                f"{where} names policy {quantity.policy!r}"
                f"{nearest(quantity.policy, self.policies)}; the experiment has "
                f"{', '.join(self.policies)}"
            )
        known: dict[str, tuple[Any, ...]] = {axis.name: axis.values for axis in self.axes}
        if self.cases:
            known = {"case": tuple(case.name for case in self.cases)}
        require_point(quantity.at, known, f"{where}: at")
        if quantity.less_at is not None:
            require_point(quantity.less_at, known, f"{where}: less_at")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def catalogue() -> dict[str, ExperimentSettings]:
    """Return the experiments that come with the package, by name."""
    return {name: experiment(name) for name in _catalogue_names()}


def experiment(source: str, overrides: Iterable[str] = ()) -> ExperimentSettings:
    """Read an experiment.

    Parameters
    ----------
    source
        Name in the catalogue, or path of a TOML file.
    overrides
        Texts ``key=value``; the key is dotted (``environment.noise``), the value as in TOML.

    Raises
    ------
    SettingsError
        If the file cannot be read, or a key or value is wrong.
    """
    if source.endswith(".toml"):
        where, values = source, read_toml(Path(source))
        folder = Path(source).parent
    elif source in _catalogue_names():
        where = f"catalogue experiment {source!r}"
        folder = Path()
        values = tomllib.loads((_CATALOGUE / f"{source}.toml").read_text(encoding="utf-8"))
    else:
        raise SettingsError(
            f"unknown experiment {source!r}{nearest(source, _catalogue_names())}; the catalogue "
            f"has {', '.join(_catalogue_names())}; or give the path of a .toml file"
        )
    for text in overrides:
        override(values, text)
    _resolve_study(values, folder)
    put_in_counted_delays(values, folder)
    return validated(TypeAdapter(ExperimentSettings), values, where)


def _resolve_study(values: Parameters, folder: Path) -> None:
    """Put a study's settings in the place of their file's name, which is relative to ours."""
    _resolve_study_of(values.get("environment"), folder)


def _resolve_study_of(environment: Any, folder: Path) -> None:
    """Do so for an environment, and for the world inside it."""
    if not isinstance(environment, dict):
        return
    _resolve_study_of(environment.get("world"), folder)
    named = environment.get("study")
    if isinstance(named, str):
        study = load_study(folder / named)
        environment["study"] = {
            "problem": study.problem.to_json(),
            "people": TypeAdapter(PeopleColumns).dump_python(
                study.people, mode="json", exclude_defaults=True
            ),
            "seed": study.seed,
            "note": study.note,
        }


def _catalogue_names() -> list[str]:
    files = (entry.name for entry in _CATALOGUE.iterdir())
    return sorted(name.removesuffix(".toml") for name in files if name.endswith(".toml"))
