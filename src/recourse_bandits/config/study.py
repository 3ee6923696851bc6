"""Settings of a study: its problem and policy, and where tables have what it needs."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, TypeAdapter

from recourse_bandits.advisers import Adviser
from recourse_bandits.config.registry import adviser_of, policy_of
from recourse_bandits.config.toml import Frozen, Named, read_toml, validated
from recourse_bandits.errors import SettingsError
from recourse_bandits.policies import AnyPolicy
from recourse_bandits.problem import Problem
from recourse_bandits.tables import OutcomeColumns, PastColumns, PeopleColumns


class StudySettings(Frozen):
    """A study whose people and outcomes come from files.

    Parameters
    ----------
    note
        What its output shall say about where people and outcomes come from.
    seed
        Source of all randomness.
    journal
        ``sqlite:///FILE``, where the command line names none.
    problem
        What is decided.
    policy
        How it is decided.
    adviser
        Who is asked when the policy wants advice.
    people
        Where a table has the people to decide for.
    outcomes
        Where a table has their outcomes.
    past
        Where a table has past treatments.
    """

    note: str = ""
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 0
    journal: str | None = None
    problem: Problem
    policy: Named
    adviser: Named | None = None
    people: PeopleColumns = PeopleColumns()
    outcomes: OutcomeColumns | None = None
    past: PastColumns | None = None

    def built_policy(self) -> AnyPolicy:
        """Return the policy; raises SettingsError if the name or a parameter is wrong."""
        return policy_of({"name": self.policy.name, **self.policy.parameters}, {})

    def built_adviser(self) -> Adviser | None:
        """Return the adviser; raises SettingsError if the name or a parameter is wrong."""
        if self.adviser is None:
            return None
        return adviser_of({"name": self.adviser.name, **self.adviser.parameters}, {})


def load_study(path: str | Path) -> StudySettings:
    """Read the settings of a study from a TOML file.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    SettingsError
        If the file cannot be read, or a key or value is wrong.
    """
    settings = validated(TypeAdapter(StudySettings), read_toml(Path(path)), str(path))
    try:
        settings.problem.columns  # noqa: B018 - refuses a problem that is not scaled
        settings.built_policy()
        adviser = settings.built_adviser()
        if adviser is not None:
            adviser.init(settings.problem)
    except SettingsError:
        raise
    except ValueError as error:
        raise SettingsError(f"{path}: {error}") from error
    return settings


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
    values = read_toml(Path(path))
    return validated(TypeAdapter(Problem), values, str(path))
