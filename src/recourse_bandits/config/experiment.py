"""Settings of experiments, and the catalogue that comes with the package."""

import tomllib
from collections.abc import Iterable
from importlib import resources
from pathlib import Path
from typing import Annotated

from pydantic import Field, TypeAdapter

from recourse_bandits.config.study import load_study
from recourse_bandits.config.toml import Frozen, Named, Parameters, override, read_toml, validated
from recourse_bandits.errors import SettingsError
from recourse_bandits.problem.encoding import nearest
from recourse_bandits.tables import PeopleColumns

_CATALOGUE = resources.files("recourse_bandits") / "experiments" / "catalogue"

Count = Annotated[int, Field(gt=0)]


class Contestant(Frozen):
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
    policy_defaults: Parameters = Field(default_factory=dict)
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
    return validated(TypeAdapter(ExperimentSettings), values, where)


def _resolve_study(values: Parameters, folder: Path) -> None:
    """Put a study's settings in the place of their file's name, which is relative to ours."""
    environment = values.get("environment")
    named = environment.get("study") if isinstance(environment, dict) else None
    if isinstance(environment, dict) and isinstance(named, str):
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
