"""Commands for a study of real people: tables in, decisions and outcomes recorded."""

import shlex
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console


class Fallback(Enum):
    """What is done where the policy wants advice."""

    POLICY = "policy"
    REFUSE = "refuse"


Settings = Annotated[Path, typer.Argument(metavar="STUDY.toml", help="The study's settings.")]
Journal = Annotated[
    str | None,
    typer.Option(
        metavar="sqlite:///FILE", help="Where the study is kept, if not as in the settings."
    ),
]
OnlyJournal = Annotated[
    str, typer.Option(metavar="sqlite:///FILE", help="Where the study is kept.")
]
Refused = Annotated[
    Path | None, typer.Option(metavar="FILE.csv", help="Write the refused rows to this file.")
]
Requests = Annotated[
    list[str] | None, typer.Option("--request-id", help="Request of a decision; may be repeated.")
]


def decide(
    settings: Settings,
    people: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A .csv, .csv.gz or .parquet table.")
    ] = None,
    person: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="One person instead: a feature; repeat for each."),
    ] = None,
    request_id: Annotated[str | None, typer.Option(help="Names the decision of --person.")] = None,
    journal: Journal = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for the results of a table; by default runs/STUDY."),
    ] = None,
    fallback: Annotated[
        Fallback | None,
        typer.Option(
            help="Where the policy wants advice: it decides without, or the row is refused. By "
            "default the adviser of the settings is asked about --person, and nobody about a table."
        ),
    ] = None,
) -> None:
    """Decide for the people of a table, or for one person; nobody is decided for twice.

    Writes decisions.parquet, decisions.csv, refused.csv and summary.json. Exit code 1: rows were
    refused.
    """
    from recourse_bandits.config import load_study
    from recourse_bandits.errors import SettingsError
    from recourse_bandits.operations.deciding import decide_people, people_in
    from recourse_bandits.operations.one_person import decide_person

    study = load_study(settings)
    if (people is None) == (not person):
        raise SettingsError("give either --people FILE or --person NAME=VALUE ...")
    if people is not None and request_id is not None:
        raise SettingsError("--request-id names the decision of --person; a table has a column")
    if people is None:
        then = shlex.join(["recourse", "collect", str(settings)])
        then += "" if journal is None else " " + shlex.join(["--journal", journal])
        _exit(
            decide_person(
                study,
                person or [],
                request_id,
                journal,
                None if fallback is None else fallback.value,
                then,
                Console(emoji=False),
            )
        )
        return
    folder = out or Path("runs") / settings.stem
    table = people_in(study, people)
    otherwise = fallback or Fallback.POLICY
    _exit(decide_people(study, table, journal, folder, otherwise.value, Console(emoji=False)))


def validate(
    settings: Settings,
    people: Annotated[
        Path, typer.Option(metavar="FILE", help="A .csv, .csv.gz or .parquet table.")
    ],
    refused: Refused = None,
) -> None:
    """List the people of a table whose data break the problem's description; nothing is decided.

    Exit code 1: somebody would be refused.
    """
    from recourse_bandits.config import load_study
    from recourse_bandits.operations.validating import validate_people

    _exit(validate_people(load_study(settings), people, refused, Console(emoji=False)))


def observe(
    settings: Settings,
    outcomes: Annotated[Path, typer.Option(metavar="FILE", help="A table of outcomes.")],
    journal: Journal = None,
    refused: Refused = None,
) -> None:
    """Record the outcomes of a table; what is recorded already is left as it is.

    Exit code 1: rows were refused.
    """
    from recourse_bandits.config import load_study
    from recourse_bandits.operations.observing import record_outcomes

    study = load_study(settings)
    _exit(
        record_outcomes(
            study,
            outcomes,
            journal,
            correct=False,
            refused_to=refused,
            console=Console(emoji=False),
        )
    )


def correct(
    settings: Settings,
    outcomes: Annotated[Path, typer.Option(metavar="FILE", help="A table of right outcomes.")],
    journal: Journal = None,
    refused: Refused = None,
) -> None:
    """Replace recorded outcomes by those of a table; what was learned since is folded again.

    Exit code 1: rows were refused.
    """
    from recourse_bandits.config import load_study
    from recourse_bandits.operations.observing import record_outcomes

    study = load_study(settings)
    _exit(
        record_outcomes(
            study, outcomes, journal, correct=True, refused_to=refused, console=Console(emoji=False)
        )
    )


def withdraw(
    journal: OnlyJournal,
    request_id: Requests = None,
    decision: Annotated[list[int] | None, typer.Option(help="Number of a decision.")] = None,
    reason: Annotated[str, typer.Option(help="Why; kept with the decision.")] = "",
) -> None:
    """Close decisions that will have no outcome."""
    from recourse_bandits.operations import observing

    _exit(
        observing.withdraw(journal, request_id or [], decision or [], reason, Console(emoji=False))
    )


def import_past(
    settings: Settings,
    past: Annotated[Path, typer.Option(metavar="FILE", help="A table of past treatments.")],
    journal: Journal = None,
    refused: Refused = None,
) -> None:
    """Learn from past treatments with outcomes, so that a study starts warm.

    Exit code 1: rows were refused.
    """
    from recourse_bandits.config import load_study
    from recourse_bandits.operations.importing import import_treatments

    _exit(import_treatments(load_study(settings), past, journal, refused, Console(emoji=False)))


def export(
    journal: OnlyJournal,
    out: Annotated[Path, typer.Option(help="Folder for the tables.")] = Path("export"),
) -> None:
    """Write decisions, outcomes and imported treatments as Parquet."""
    from recourse_bandits.operations import exporting

    exporting.export(journal, out, Console(emoji=False))


def explain(
    journal: OnlyJournal,
    request_id: Annotated[str | None, typer.Option(help="Request of the decision.")] = None,
    decision: Annotated[int | None, typer.Option(help="Or its number.")] = None,
) -> None:
    """Say why a decision was made."""
    from recourse_bandits.operations import verifying

    verifying.explain(journal, request_id, decision, Console(emoji=False))


def advice(
    journal: Annotated[
        str, typer.Argument(metavar="sqlite:///FILE", help="Where the study is kept.")
    ],
    last: Annotated[int, typer.Option(metavar="N", help="How many are listed at most.")] = 20,
    decision: Annotated[
        int | None, typer.Option(metavar="N", help="Show this decision's exchange in full.")
    ] = None,
    summary: Annotated[
        bool, typer.Option("--summary", help="Show what the advice was worth, by its outcomes.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(help="Write advice.parquet, attempts.parquet, summary.json to this folder."),
    ] = None,
) -> None:
    """List what advisers were asked and answered, the newest last; only reads."""
    from recourse_bandits.errors import SettingsError
    from recourse_bandits.operations import advising

    console = Console(emoji=False)
    if decision is not None and (summary or out is not None):
        raise SettingsError("--decision shows one exchange; give --summary and --out without it")
    if decision is not None:
        advising.show_exchange(journal, decision, console)
    elif summary or out is not None:
        advising.write_advice(journal, out, console, shown=summary)
    else:
        advising.list_advice(journal, last, console)


def verify(journal: OnlyJournal) -> None:
    """Prove that every decision follows from what was known then: replay and compare.

    Exit code 1: there is a difference; 4: an event is damaged.
    """
    from recourse_bandits.operations import verifying

    _exit(verifying.verify(journal, Console(emoji=False)))


def rescue(
    damaged: Annotated[str, typer.Argument(metavar="sqlite:///FILE", help="The damaged journal.")],
    new: Annotated[str, typer.Argument(metavar="sqlite:///NEW", help="The copy to be made.")],
) -> None:
    """Copy the events before the first damage into a new journal."""
    from recourse_bandits.operations import verifying

    verifying.rescue(damaged, new, Console(emoji=False))


def _exit(well: bool) -> None:
    if not well:
        raise typer.Exit(1)
