"""Deciding for one person, named on the command line."""

import shlex
from collections.abc import Sequence

from rich.console import Console

from recourse_bandits.advisers import Human
from recourse_bandits.config import StudySettings
from recourse_bandits.errors import DecisionError, PersonError, SettingsError
from recourse_bandits.operations.opening import opened
from recourse_bandits.operations.texts import person_in, shown
from recourse_bandits.records import Pending
from recourse_bandits.study import Study
from recourse_bandits.study.explanation import estimate
from recourse_bandits.study.table import Fallback


def decide_person(
    settings: StudySettings,
    values: Sequence[str],
    request_id: str | None,
    journal: str | None,
    fallback: Fallback | None,
    collect: str,
    console: Console,
) -> bool:
    """Decide for one person, given as texts ``name=value`` in the features' units, and explain it.

    Parameters
    ----------
    settings
        The study.
    values
        One text a feature.
    request_id
        The caller's name for the decision.
    journal
        Where the study is kept; None: as in the settings.
    fallback
        What is done where advice is wanted; None: the adviser of the settings is asked, if there
        is one, and otherwise the policy decides.
    collect
        The command that completes the decision once an answer has come.
    console
        Where to print.

    Returns
    -------
    bool
        Whether nothing was refused.

    Raises
    ------
    SettingsError
        If a text is of another form, or there is no request id.
    """
    if request_id is None:
        raise SettingsError(
            "--person needs --request-id, so that asking again does not decide again"
        )
    person = person_in(values, settings.problem)
    with opened(settings, journal) as study:
        if fallback is None and study.adviser is not None:
            return _asking(study, person, request_id, collect, console)
        row = {name: [value] for name, value in person.items()}
        decided = study.decide_many(row, request_ids=[request_id], fallback=fallback or "policy")
        reason, number = decided["refused"].item(), decided["decision"].item()
        if reason is None:
            console.print(shown(study.explain(number), lines=True))
    if reason is not None:
        console.print(f"[red]refused:[/red] {shown(reason, lines=True)}")
    return reason is None


def _asking(
    study: Study,
    person: dict[str, float | str | None],
    request_id: str,
    collect: str,
    console: Console,
) -> bool:
    try:
        decided = study.decide(person, request_id=request_id)
    except (PersonError, DecisionError) as error:
        console.print(f"[red]refused:[/red] {shown(error, lines=True)}")
        return False
    if isinstance(decided, Pending):
        _show_pending(study, decided, collect, console)
    else:
        console.print(shown(study.explain(decided.id), lines=True))
    return True


def _show_pending(study: Study, pending: Pending, collect: str, console: Console) -> None:
    """Print what a decision waits for, and what is to be done."""
    until = ""
    if pending.deadline is not None:
        until = f" until {pending.deadline:%Y-%m-%d %H:%M} UTC"
    console.print(f"decision {pending.id} waits for advice{until}", highlight=False)
    own = study.problem.arm_names[int(pending.proposal.arm)]
    expected = estimate(*pending.proposal.interval, study.problem.reward.unit)
    console.print(shown(f"the policy's own: {own}, expected reward {expected}"), highlight=False)
    asked = None if study.adviser is None else study.adviser.whom(pending.addressee)
    if isinstance(asked, Human):
        words = shlex.join(["recourse", "answer", asked.queue, str(pending.id)])
        console.print(f"answer it with:  {shown(words)}", soft_wrap=True, highlight=False)
    console.print(f"then decide by:  {shown(collect)}", soft_wrap=True, highlight=False)
