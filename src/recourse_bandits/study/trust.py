"""What advice was worth: plain records, a table and JSON; `tallies` counts them from a journal."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # a fifth of a second that only tables need
    import polars as pl


FAILURES = ("infeasible", "invalid", "unavailable", "other")
"""Kinds of failure: an illegal pair, an answer that is none, no answer, and all others."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Rewards less what the policy had expected of its own pair when it asked.

    Parameters
    ----------
    outcomes
        Number of rewards compared: all below rests on them.
    mean
        Mean difference, unit of the reward; None without outcomes.
    error
        Its standard error; None below two outcomes.
    low, high
        95 % t-interval of the mean; None below two outcomes.
    bounded
        How many of the outcomes met an interval of the policy's own with finite bounds.
    below, above
        Shares of those that lay below and above that interval; None without any.
    unknown
        Rewards not compared, since the policy had no estimate of its own.
    otherwise
        Rewards not compared, since another arm than the chosen one was really given.
    """

    outcomes: int = 0
    mean: float | None = None
    error: float | None = None
    low: float | None = None
    high: float | None = None
    bounded: int = 0
    below: float | None = None
    above: float | None = None
    unknown: int = 0
    otherwise: int = 0


@dataclass(frozen=True, slots=True)
class Bin:
    """Answers whose stated confidence lies in one bin.

    Parameters
    ----------
    low, high
        The bin: low <= confidence < high; the last one includes 1.
    outcomes
        Number of them.
    stated
        Mean stated confidence; None without outcomes.
    share
        Share of rewards that were at least the policy's own estimate; None without outcomes.
    """

    low: float
    high: float
    outcomes: int = 0
    stated: float | None = None
    share: float | None = None


@dataclass(frozen=True, slots=True)
class Calibration:
    """Stated confidence beside how often the reward was at least the policy's own estimate.

    Parameters
    ----------
    stated
        Answers that state a confidence, followed or not.
    unusable
        Those among them whose confidence is no number in [0, 1].
    outcomes
        Number of rewards compared: those of the gap whose advice states a confidence.
    share
        Share of them that were at least the policy's own estimate; None without outcomes.
    brier
        Mean squared difference of confidence and event: 0 at best, 1 at worst.
    baseline
        The same for somebody who always states `share`.
    bins
        Five bins of equal width.
    """

    stated: int
    unusable: int
    outcomes: int
    share: float | None
    brier: float | None
    baseline: float | None
    bins: tuple[Bin, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """What the advice of one adviser was worth, all of it or that for one arm.

    Parameters
    ----------
    adviser
        Name of who was asked; None: advice that was handed to `Study.settle`.
    arm
        Name of the advised arm; None: all, failures included.
    questions
        Questions settled: answered or failed.
    answered
        Those with legal advice.
    followed, vetoed
        Those of the answered whose advice was played, and turned down.
    vetoed_share
        Share of the answered that was turned down; None without answers.
    failed
        Questions without legal advice.
    failures
        Their number by kind: infeasible, invalid, unavailable, other.
    calls
        Calls of a language model.
    cost
        Price of those whose price is known, in the currency of the prices.
    unpriced
        Calls whose price is not known.
    gap
        Rewards after followed advice beside the policy's own estimates.
    calibration
        Stated confidence beside rewards; None: nobody stated any.
    """

    adviser: str | None
    arm: str | None
    questions: int
    answered: int
    followed: int
    vetoed: int
    vetoed_share: float | None
    failed: int
    failures: Mapping[str, int]
    calls: int
    cost: float
    unpriced: int
    gap: Gap
    calibration: Calibration | None


@dataclass(frozen=True, slots=True)
class Trust:
    """What the advice in a journal was worth, as its outcomes tell.

    Advice is asked for where the policy is unsure, so that these are no random decisions; the
    documentation says what to make of that.

    Parameters
    ----------
    decisions
        Decisions made.
    questions
        Questions put.
    waiting
        Those that still wait for an answer.
    withdrawn
        Those that were withdrawn before there was one.
    standings
        For each adviser one of all its advice, then one for each arm that it advised.
    own
        The same gap where the policy's own pair was played: how far its estimates are off anyway.

    Examples
    --------
    >>> Trust(0, 0, 0, 0, (), Gap()).table.columns[:4]
    ['adviser', 'arm', 'questions', 'answered']
    """

    decisions: int
    questions: int
    waiting: int
    withdrawn: int
    standings: tuple[Standing, ...]
    own: Gap

    @property
    def table(self) -> "pl.DataFrame":
        """One row a standing; the columns of gap and calibration are named ``gap.…`` and so on."""
        import polars as pl

        rows = [dict(_flat(standing)) for standing in self.standings]
        return pl.DataFrame(rows, schema=_schema(), orient="row")

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values; what is not known is None."""
        return asdict(self)


def _schema() -> "dict[str, pl.DataType | type[pl.DataType]]":
    import polars as pl

    return {
        "adviser": pl.String,
        "arm": pl.String,
        **dict.fromkeys(("questions", "answered", "followed", "vetoed"), pl.Int64),
        "vetoed_share": pl.Float64,
        "failed": pl.Int64,
        **{f"failures.{kind}": pl.Int64 for kind in FAILURES},
        "calls": pl.Int64,
        "cost": pl.Float64,
        "unpriced": pl.Int64,
        "gap.outcomes": pl.Int64,
        **{f"gap.{name}": pl.Float64 for name in ("mean", "error", "low", "high")},
        "gap.bounded": pl.Int64,
        **{f"gap.{name}": pl.Float64 for name in ("below", "above")},
        **{f"gap.{name}": pl.Int64 for name in ("unknown", "otherwise")},
        **{f"calibration.{name}": pl.Int64 for name in ("stated", "unusable", "outcomes")},
        **{f"calibration.{name}": pl.Float64 for name in ("share", "brier", "baseline")},
    }


def _flat(standing: Standing) -> Iterator[tuple[str, Any]]:
    """Yield the columns of a row; bins are not among them."""
    for name, value in asdict(standing).items():
        if isinstance(value, dict):
            yield from ((f"{name}.{inner}", found) for inner, found in value.items())
        elif name != "calibration":
            yield name, value
