"""Why a decision was made, in words and numbers."""

import math
from collections.abc import Mapping

from recourse_bandits.exchanges import Exchange, as_number
from recourse_bandits.policies import INVALIDATION_RATE, PRICE_OF_ROBUSTNESS, SUB_OUTCOME
from recourse_bandits.problem import Problem, RawValue
from recourse_bandits.records import Decision, Proposal
from recourse_bandits.study.plain_text import visible
from recourse_bandits.study.smaller import SmallerChange, sizes_of

BY_HAND = "settled by hand"
"""What is said of advice that no adviser was asked for: it was handed to `Study.settle`."""


def explained(problem: Problem, decision: Decision, less: SmallerChange | None = None) -> str:
    """Explain a decision: the person, every arm, the advice and its source, the recourse.

    Parameters
    ----------
    problem
        The problem.
    decision
        The decision.
    less
        A change of less effort, where it is known.
    """
    lines = [f"decision {decision.id}: {_arm(problem, decision)}" + _subject(decision)]
    lines += _why(problem, decision)
    lines += ["arms, each at its own recourse:"]
    lines += [f"  {line}" for line in _arms(problem, decision.proposal)]
    lines += _recourse(problem, decision)
    lines += _with_less(problem, decision, less)
    lines += _otherwise(problem, decision)
    if decision.context.imputed:
        lines.append(f"filled in as declared: {', '.join(decision.context.imputed)}")
    return "\n".join(lines)


def estimate(mean: float, low: float, high: float, unit: str) -> str:
    """Return an estimate of a reward with its bounds, in words.

    Parameters
    ----------
    mean, low, high
        The estimate and its bounds; what is not finite is not known.
    unit
        Unit of the reward, or an empty text.

    Examples
    --------
    >>> estimate(40.0, 35.0, 45.0, "mmHg")
    '40 mmHg, between 35 and 45'
    """
    bounds = "no bounds"
    if math.isfinite(high):
        bounds = (
            f"between {low:.4g} and {high:.4g}" if math.isfinite(low) else f"at most {high:.4g}"
        )
    return f"{_number(mean, unit)}, {bounds}"


def verdict(decision: Decision) -> str:
    """Say what became of advice that came.

    Parameters
    ----------
    decision
        A decision with advice.
    """
    if decision.followed:
        return "followed"
    return "turned down: the data contradict it" if decision.vetoed else "not followed"


def _arm(problem: Problem, decision: Decision) -> str:
    """Return the arm, with its dose if it has one."""
    return decision.arm + _dose(problem, decision.choice.arm, decision.dose)


def _dose(problem: Problem, arm: int, dose: float | None) -> str:
    described = problem.treatments[arm].dose
    if described is None or dose is None:
        return ""
    return f", {dose:g} {described.unit}".rstrip()


def _subject(decision: Decision) -> str:
    named = [decision.subject and f"for {decision.subject}", decision.request_id]
    shown = ", ".join(visible(part) for part in named if part)
    return f" ({shown})" if shown else ""


def _why(problem: Problem, decision: Decision) -> list[str]:
    choice = decision.choice
    expected = estimate(choice.mean, choice.low, choice.high, problem.reward.unit)
    lines = [f"expected reward {expected}"]
    consultation = decision.consultation
    if consultation is None:
        lines.append("nobody was asked")
    elif consultation.given is None:
        lines.append(f"advice was asked for and failed: {visible(consultation.reason)}")
    else:
        arm = problem.arm_names[consultation.given.arm]
        lines.append(f"advice was asked for: {arm}; {verdict(decision)}")
        if consultation.given.note:
            lines.append(f"note with the advice: {visible(consultation.given.note)}")
    if consultation is not None:
        lines += _exchange(consultation.exchange)
    if decision.explored:
        lines.append("this explores: another arm has a larger estimate")
    if decision.propensity is not None:
        lines.append(
            f"probability of this arm, given all that was known: {decision.propensity:.4g}"
        )
    return lines


def _exchange(exchange: Exchange | None) -> list[str]:
    """Say who was asked, and what it took."""
    if exchange is None:
        return [BY_HAND]
    told = [visible(exchange.adviser)]
    if exchange.by is not None:
        told.append(f"answered by {visible(exchange.by)}")
    if exchange.model is not None:
        told.append(f"model {visible(exchange.model)}")
    confidence = as_number(exchange.confidence)
    if confidence is not None:
        told.append(f"stated confidence {confidence:.4g}")
    if exchange.cached:
        told.append("an earlier answer to the same question")
    if exchange.calls:
        told.append(f"calls {exchange.calls}")
    if exchange.calls and exchange.seconds is not None:
        told.append(f"{exchange.seconds:.3g} s")
    if exchange.calls and exchange.cost is not None:
        told.append(f"cost {exchange.cost:.4g}")
    mended = ["mended in the answer: " + "; ".join(map(visible, exchange.repairs))]
    return [f"asked: {', '.join(told)}", *(mended if exchange.repairs else [])]


def _arms(problem: Problem, proposal: Proposal) -> list[str]:
    lines, unit, lower = [], problem.reward.unit, proposal.lower
    for arm, name in enumerate(problem.arm_names):
        mean, high = float(proposal.mean[arm]), float(proposal.high[arm])
        if not proposal.context.eligible[arm]:
            text = "not eligible"
        elif proposal.ruled_out[arm]:
            text = f"ruled out: at most {_number(high, unit)}"
        else:
            text = estimate(mean, float(lower[arm]), high, unit)
        mark = " ← the policy's own" if arm == proposal.arm else ""
        dose = _dose(problem, arm, proposal.dose_of(arm))
        effect = _effect(problem, proposal, arm)
        lines.append(f"{name}{dose}: {text}{effect}{mark}")
    return lines


def _effect(problem: Problem, proposal: Proposal, arm: int) -> str:
    """Say which sub-outcome is expected of an arm's dose, where the policy has a model of it."""
    expected, sub = proposal.trace.get(SUB_OUTCOME), problem.sub_outcome
    if expected is None or sub is None or problem.treatments[arm].dose is None:
        return ""
    if expected[arm] is None:  # it was beyond the range of numbers
        return ""
    return f"; {sub.measure} {_number(expected[arm], sub.unit)}, target {sub.target:g}"


def _recourse(problem: Problem, decision: Decision) -> list[str]:
    recourse = decision.recourse
    if recourse is None:
        return [f"no recourse: {decision.no_recourse}"]
    changed = _changes(problem, decision, recourse.target, recourse.change)
    if not changed:
        return ["recourse: no change"]
    spent = f"{recourse.cost:.4g} of {problem.budget.radius:g}"
    lines = [f"recourse, effort {spent}:", *(f"  {line}" for line in changed)]
    if len(changed) > 1:
        change = (decision.choice.point - decision.context.values)[problem.mutable_columns]
        sizes = ", ".join(f"{p} {size:.4g}" for p, size in sizes_of(problem, change).items())
        lines.append(f"size of the change in scaled units: {len(changed)} features, {sizes}")
    return lines


def _changes(
    problem: Problem,
    decision: Decision,
    target: Mapping[str, RawValue],
    change: Mapping[str, float],
) -> list[str]:
    """One line for each feature that changes: before, after, and by how much."""
    given, lines = decision.context.given, []
    for feature in problem.mutable:
        before, after = given[feature.name], target[feature.name]
        if feature.categories and before != after:
            lines.append(f"{feature.name}: {before} → {after}")
        elif change.get(feature.name, 0.0) != 0.0:
            unit = f" {feature.unit}".rstrip()
            difference = change[feature.name]
            lines.append(f"{feature.name}: {before:g} → {after:g}{unit} ({difference:+.4g})")
    return lines


def _with_less(problem: Problem, decision: Decision, less: SmallerChange | None) -> list[str]:
    if less is None:
        return []
    target, change = problem.raw_target(decision.context, less.point)
    changes = "; ".join(_changes(problem, decision, target, change)) or "no change"
    share = f"{100.0 * max(less.gained, 0.0):.0f} % of the expected gain"
    return [f"by what is known now, effort {less.effort:.4g} brings {share}: {changes}"]


def _otherwise(problem: Problem, decision: Decision) -> list[str]:
    """Say what is to be expected if people do otherwise, where the policy plans for that."""
    lines, trace = [], decision.choice.trace
    rate, price = trace.get(INVALIDATION_RATE), trace.get(PRICE_OF_ROBUSTNESS)
    if rate is not None:
        lines.append(f"probability that what is done is no better than no change: {rate:.4g}")
    if price is not None:
        lines.append(
            "given up of the upper bound, if people do as told: "
            f"{_number(price, problem.reward.unit)}"
        )
    return lines


def _number(value: float, unit: str) -> str:
    return f"{value:.4g} {unit}".rstrip() if math.isfinite(value) else "unknown"
