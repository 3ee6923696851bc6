"""What advice was worth, for somebody at a terminal."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from recourse_bandits.problem import Problem
from recourse_bandits.study.explanation import BY_HAND
from recourse_bandits.study.plain_text import shortened
from recourse_bandits.study.trust import Gap, Standing, Trust

_LONGEST = 60  # characters of a name
_NOTE = (
    "difference: mean of reward minus the policy's own estimate for its own pair, with its 95 % "
    "interval; below, above: share of rewards outside the policy's own interval. Advice is asked "
    "for where the policy is unsure: compare with the last row, and see docs/advice.md."
)


def print_trust(console: Console, problem: Problem, trust: Trust) -> None:
    """Print what advice was worth.

    Parameters
    ----------
    console
        Where to print.
    problem
        The study's problem.
    trust
        What was measured.
    """
    said = f"{trust.questions:,} questions in {trust.decisions:,} decisions"
    said += f"; without an answer yet: {trust.waiting:,}" if trust.waiting else ""
    said += f"; withdrawn without one: {trust.withdrawn:,}" if trust.withdrawn else ""
    console.print(said, highlight=False)
    if not trust.standings:
        return
    _print(
        console,
        ("adviser", "arm"),
        ("questions", "answered", "failed", "followed", "vetoed", "calls", "cost"),
        [(_names(one), _counts(one)) for one in trust.standings],
    )
    _print_failures(console, trust)
    unit = f" {problem.reward.unit}".rstrip()
    rows = [(_names(one), _gap(one.gap)) for one in trust.standings if one.answered]
    _print(
        console,
        ("after advice of", "arm"),
        ("outcomes", f"difference{unit}", "below", "above", "no estimate", "other arm given"),
        [*rows, (("the policy itself", "all"), _gap(trust.own))],
    )
    console.print(_NOTE, highlight=False, markup=False)
    _print_calibration(console, trust)


def _print(
    console: Console,
    names: Sequence[str],
    numbers: Sequence[str],
    rows: Sequence[tuple[Sequence[str], Sequence[str]]],
) -> None:
    table = Table(box=None)
    for name in names:
        table.add_column(Text(name), overflow="fold")
    said = [place for place in range(len(numbers)) if any(counted[place] for _, counted in rows)]
    for place in said:
        longest = max(map(len, numbers[place].split()))  # whole words in narrow terminals too
        table.add_column(Text(numbers[place]), justify="right", min_width=longest)
    for told, counted in rows:
        texts = (*told, *(counted[place] for place in said))
        table.add_row(*(Text(shortened(text, _LONGEST)) for text in texts))
    console.print()
    console.print(table)


def _names(standing: Standing) -> tuple[str, str]:
    adviser = BY_HAND if standing.adviser is None else standing.adviser
    return adviser, "all" if standing.arm is None else standing.arm


def _counts(one: Standing) -> list[str]:
    counts = (one.questions, one.answered, one.failed, one.followed)
    priced = one.calls > one.unpriced
    share = _percent(one.vetoed_share) if one.vetoed else ""
    return [
        *(f"{count:,}" for count in counts),
        f"{one.vetoed:,} {share}".rstrip(),
        f"{one.calls:,}",
        f"{one.cost:.4g}{'+' if one.unpriced else ''}" if priced else "",
    ]


def _print_failures(console: Console, trust: Trust) -> None:
    for standing in trust.standings:
        kinds = [f"{count:,} {kind}" for kind, count in standing.failures.items() if count]
        if kinds:
            adviser, _ = _names(standing)
            told = f"failed, {shortened(adviser, _LONGEST)}: {', '.join(kinds)}"
            console.print(Text(told))


def _gap(gap: Gap) -> list[str]:
    mean = "" if gap.mean is None else f"{gap.mean:z.3g}"
    if gap.low is not None and gap.high is not None:
        mean += f" [{gap.low:z.3g}, {gap.high:z.3g}]"
    shares = _percent(gap.below), _percent(gap.above)
    return [f"{gap.outcomes:,}", mean, *shares, f"{gap.unknown:,}", f"{gap.otherwise:,}"]


def _print_calibration(console: Console, trust: Trust) -> None:
    for standing in trust.standings:
        found = standing.calibration
        if found is None or standing.arm is not None:
            continue
        adviser, _ = _names(standing)
        console.print()
        told = f"confidence that {shortened(adviser, _LONGEST)} stated: {found.stated:,} answers, "
        told += f"{found.unusable:,} of them no number from 0 to 1, {found.outcomes:,} outcomes"
        console.print(Text(told))
        if found.brier is None or found.baseline is None:
            continue
        rows = [
            (
                [f"{one.low:.1f} to {one.high:.1f}"],
                [f"{one.outcomes:,}", _percent(one.stated), _percent(one.share)],
            )
            for one in found.bins
        ]
        counted = ("outcomes", "stated", "at least the policy's own estimate")
        _print(console, ("confidence",), counted, rows)
        console.print(
            f"Brier score {found.brier:.3f}; always stating {_percent(found.share)} would have "
            f"{found.baseline:.3f}",
            highlight=False,
        )


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100.0 * share:.0f} %"
