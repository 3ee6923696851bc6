"""Who in a table breaks the description of a problem; nothing is decided or recorded."""

from pathlib import Path

from rich.console import Console

from recourse_bandits.config import StudySettings
from recourse_bandits.operations.deciding import people_in
from recourse_bandits.operations.refusals import Refusal, tell_refusals
from recourse_bandits.problem import Problem


def validate_people(
    settings: StudySettings, path: Path, refused_to: Path | None, console: Console
) -> bool:
    """Print who would be refused, must change something first, or can have no recourse.

    Parameters
    ----------
    settings
        The study.
    path
        A CSV or Parquet file of people.
    refused_to
        A CSV file for the findings, or None.
    console
        Where to print.

    Returns
    -------
    bool
        Whether nobody would be refused.
    """
    people, problem = people_in(settings, path), settings.problem
    names = list(people.persons)
    persons = [
        dict(zip(names, values, strict=True))
        for values in zip(*people.persons.values(), strict=True)
    ]
    findings = problem.validate(persons)
    of = {"refused": "", "must change": "must change: ", "no recourse": "no recourse: "}
    refusals = [
        Refusal(
            people.rows[finding.row],
            of[finding.kind] + _rule(finding.kind, finding.features, finding.reason, problem),
            ", ".join(finding.features) or None,
        )
        for finding in findings
    ]
    tell_refusals(refusals, refused_to, console)
    refused = sum(finding.kind == "refused" for finding in findings)
    console.print(
        f"{len(persons)} people: {len(persons) - len(findings)} fit, {refused} would be refused, "
        f"{len(findings) - refused} are outside the limits of recourse"
    )
    return refused == 0


def _rule(kind: str, features: tuple[str, ...], reason: str, problem: Problem) -> str:
    """Say what is the same for many, so that they can be counted together."""
    if kind != "must change":
        return reason
    by_name = {feature.name: feature for feature in problem.mutable}
    limits = [
        f"in {list(feature.allowed_values)}"
        if feature.allowed_values is not None
        else f"within {feature.bounds}"
        for feature in (by_name[name] for name in features)
    ]
    return " and ".join(f"{name} {limit}" for name, limit in zip(features, limits, strict=True))
