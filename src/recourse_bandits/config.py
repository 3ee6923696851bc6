"""Settings from TOML files: frozen, checked, and with errors that name file, key and value."""

import tomllib
from collections.abc import Iterable, Mapping
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from recourse_bandits.errors import DescriptionError, SettingsError
from recourse_bandits.problem import Problem
from recourse_bandits.problem.encoding import nearest

_CATALOGUE = resources.files("recourse_bandits") / "experiments" / "catalogue"

Count = Annotated[int, Field(gt=0)]
Parameters = dict[str, Any]
Valid = TypeVar("Valid")


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Named(BaseModel):
    """Something known by name, with its parameters.

    Parameters
    ----------
    name
        Name in the registry.
    """

    model_config = ConfigDict(frozen=True, extra="allow")

    name: str

    @property
    def parameters(self) -> Parameters:
        """All keys but the name."""
        return dict(self.model_extra or {})


class Contestant(_Frozen):
    """A policy in an experiment, and whom it may ask.

    Parameters
    ----------
    policy
        The policy; nested policies are tables too.
    adviser
        Who is asked, or None.
    paper
        What the paper reports for it, to print beside.
    """

    policy: Named
    adviser: Named | None = None
    paper: str | None = None


class ExperimentSettings(_Frozen):
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
    policy_defaults
        Parameters given to every policy, nested ones too, that has them and does not set them.
    policies
        The contestants by label.
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
    policy_defaults: Parameters = {}
    policies: dict[str, Contestant] = Field(min_length=1)


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
        where, values = source, _read(Path(source))
    elif source in _catalogue_names():
        where = f"catalogue experiment {source!r}"
        values = tomllib.loads((_CATALOGUE / f"{source}.toml").read_text(encoding="utf-8"))
    else:
        raise SettingsError(
            f"unknown experiment {source!r}{nearest(source, _catalogue_names())}; the catalogue "
            f"has {', '.join(_catalogue_names())}; or give the path of a .toml file"
        )
    for override in overrides:
        _override(values, override)
    return _validated(TypeAdapter(ExperimentSettings), values, where)


def load_problem(path: str | Path) -> Problem:
    """Read the description of a problem from a TOML file.

    The keys are those of `Problem` and its parts: ``[[features]]``, ``arms`` or ``[[arms]]``,
    ``[budget]``, ``[reward]``, ``intercept``.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    SettingsError
        If the file cannot be read, or a key or value is wrong.
    """
    values = _read(Path(path))
    return _validated(TypeAdapter(Problem), values, str(path))


def _catalogue_names() -> list[str]:
    files = (entry.name for entry in _CATALOGUE.iterdir())
    return sorted(name.removesuffix(".toml") for name in files if name.endswith(".toml"))


def _read(path: Path) -> Parameters:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} cannot be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} is not TOML: {error}") from error


def _override(values: Parameters, text: str) -> None:
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise SettingsError(f"--set {text!r} must be key=value, e.g. environment.noise=18")
    try:
        parsed = tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        parsed = value.strip()  # a text without quotes
    *path, last = _parts(key.strip(), values)
    table = values
    for part in path:
        table = table.setdefault(part, {})
        if not isinstance(table, dict):
            raise SettingsError(f"--set {text!r}: {part!r} is not a table")
    table[last] = parsed


def _parts(key: str, values: Mapping[str, Any]) -> list[str]:
    """Split a dotted key; a label of a policy may hold dots and blanks itself."""
    parts: list[str] = []
    rest, table = key, values
    while rest:
        known = [k for k in table if rest == k or rest.startswith(f"{k}.")]
        part = max(known, key=len) if known else rest.split(".", 1)[0]
        parts.append(part)
        rest = rest[len(part) + 1 :]
        inner = table.get(part)
        table = inner if isinstance(inner, dict) else {}
    return parts


def _validated(adapter: TypeAdapter[Valid], values: Parameters, where: str) -> Valid:
    try:
        return adapter.validate_python(values)
    except ValidationError as error:
        raise SettingsError(
            "\n".join(_explained(problem, where) for problem in error.errors())
        ) from error
    except DescriptionError as error:
        raise SettingsError(f"{where}: {error}") from error


def _explained(problem: Any, where: str) -> str:
    key = ".".join(str(part) for part in problem["loc"]) or "the whole"
    given = problem.get("input")
    shown = "" if isinstance(given, dict | list | tuple) else f", got {given!r}"
    rules = {
        "extra_forbidden": "is not a known key",
        "unexpected_keyword_argument": "is not a known key",
        "missing": "is required",
        "missing_argument": "is required",
    }
    rule = rules.get(problem["type"])
    if rule is not None:
        return f"{where}: {key} {rule}"
    return f"{where}: {key}: {problem['msg'].removeprefix('Value error, ')}{shown}"
