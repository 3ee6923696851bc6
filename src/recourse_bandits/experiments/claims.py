"""Whether what a source says holds in the runs: paired differences and their intervals."""

from collections.abc import Iterable
from typing import Any, Literal

import numpy as np
import polars as pl

from recourse_bandits.config import Claim, Comparison, ExperimentSettings, Quantity
from recourse_bandits.experiments.analysis import interval, last_rows
from recourse_bandits.experiments.quantities import Runs, values_of

Verdict = Literal["holds", "does not hold", "undecided"]


def verdicts(settings: ExperimentSettings, rows: pl.DataFrame) -> list[dict[str, Any]]:
    """Judge the claims of an experiment; `summary.json` holds the result as `claims`.

    Those about a contestant of whom `unanswered` says that the policy played alone are left out.

    Parameters
    ----------
    settings
        The experiment.
    rows
        Its rows.
    """
    alone = set(unanswered(settings, rows))
    return [judged(claim, rows) for claim in settings.claims if not alone & claim.policies]


def unanswered(settings: ExperimentSettings, rows: pl.DataFrame) -> list[str]:
    """Return the contestants that have a stand-in but were asked, and mostly failed.

    A key that is refused is found out by asking only. What such a contestant did is no result of
    the adviser whose name it bears.

    Parameters
    ----------
    settings
        The experiment.
    rows
        Its rows.
    """
    asked = [label for label, one in settings.policies.items() if one.stand_in is not None]
    if not asked:
        return []
    last = last_rows(rows.filter(pl.col("policy").is_in(asked)))
    sums = last.group_by("policy").agg(pl.col("total_asked", "total_failed").sum())
    failing = sums.filter(2.0 * pl.col("total_failed") > pl.col("total_asked"))["policy"]
    return [label for label in asked if label in set(failing)]


def judged(claim: Claim, rows: pl.DataFrame) -> dict[str, Any]:
    """Judge a claim: it holds if all its comparisons do, and does not if one of them does not.

    Parameters
    ----------
    claim
        The claim.
    rows
        Rows of an experiment.
    """
    comparisons = [_compared(comparison, rows) for comparison in claim.compare]
    return {
        "says": claim.says,
        "source": claim.source,
        "verdict": _together(found["verdict"] for found in comparisons),
        "comparisons": comparisons,
    }


def _together(parts: Iterable[Verdict]) -> Verdict:
    found = set(parts)
    if "does not hold" in found:
        return "does not hold"
    return "undecided" if "undecided" in found else "holds"


def _compared(comparison: Comparison, rows: pl.DataFrame) -> dict[str, Any]:
    left = values_of(comparison.left, rows)
    right = _side(comparison.right, rows, left)
    difference = left - right
    known = np.isfinite(difference)
    figures = interval(difference[known]) if known.any() else _nothing()
    return {
        "comparison": in_words(comparison),
        "runs": int(known.sum()),
        "left": _mean(left[known]),
        "right": _mean(right[known]),
        "difference": figures,
        "verdict": verdict_of(comparison, figures),
    }


def verdict_of(comparison: Comparison, difference: dict[str, float | None]) -> Verdict:
    """Return what the interval of a difference says of a comparison.

    Parameters
    ----------
    comparison
        The comparison.
    difference
        Mean, sd and interval of left minus right.
    """
    low, high = difference["low"], difference["high"]
    if low is None or high is None:
        return "undecided"
    if comparison.relation == "within":
        tolerance = comparison.tolerance or 0.0
        inside = -tolerance <= low and high <= tolerance
        outside = high < -tolerance or low > tolerance
    elif comparison.relation == "<":
        inside, outside = high < 0.0, low > 0.0 or low == high == 0.0
    else:
        inside, outside = low > 0.0, high < 0.0 or low == high == 0.0
    if inside:
        return "holds"
    return "does not hold" if outside else "undecided"


def in_words(comparison: Comparison) -> str:
    """Return a comparison as a line of text.

    Parameters
    ----------
    comparison
        The comparison.
    """
    right = comparison.right
    other = _told(right) if isinstance(right, Quantity) else f"{right:g}"
    if comparison.relation == "within":
        return f"{_told(comparison.left)} within {comparison.tolerance:g} of {other}"
    return f"{_told(comparison.left)} {comparison.relation} {other}"


def _told(quantity: Quantity) -> str:
    parts = [quantity.policy, *(f"{name} = {value}" for name, value in quantity.at.items())]
    name: str = quantity.quantity
    if quantity.feature is not None:
        name = f"{name} of {quantity.feature}"
        parts += [quantity.arm] if quantity.arm else []
        parts += [f"after round {quantity.after}"] if quantity.after else []
    if quantity.less_at is not None:
        parts += [f"less that at {name} = {value}" for name, value in quantity.less_at.items()]
    factor = "" if quantity.times == 1.0 else f"{quantity.times:g} × "
    return f"{factor}{name} ({', '.join(parts)})"


def _side(side: Quantity | float, rows: pl.DataFrame, like: Runs) -> Runs:
    return values_of(side, rows) if isinstance(side, Quantity) else np.full_like(like, side)


def _mean(values: Runs) -> float | None:
    return float(values.mean()) if values.size else None


def _nothing() -> dict[str, float | None]:
    return {"mean": None, "sd": None, "low": None, "high": None}
