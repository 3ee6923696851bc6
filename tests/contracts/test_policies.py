"""Every policy, with every hyper-parameter, keeps the laws on every problem."""

from collections.abc import Iterable
from dataclasses import fields
from typing import Any

import pytest

from recourse_bandits.errors import DescriptionError
from recourse_bandits.policies import POLICIES, AnyPolicy
from recourse_bandits.problem import Problem
from recourse_bandits.records import Advice, Key, Stream
from recourse_bandits.testing import check_policy, difference
from recourse_bandits.testing.rehearsal import learned, rehearse
from tests.contracts.policy_variants import DOSING, OTHER, PLAIN, changed, unchanged, variants
from tests.contracts.problems import PROBLEMS

_VARIANTS = dict(variants())
_PARAMETERS = [(kind, name) for kind, parameters in OTHER.items() for name in parameters]
_ELSEWHERE = {"exact_rows"}  # has an effect with another link than the identity only
_FEW = ("l2", "linf", "bounds and directions", "missing values", "eligibility", "successes")
_WITH_DOSES = ("doses", "doses that tie", "l2")  # the last one is refused


def _problems_for(variant: str) -> Iterable[str]:
    if " with another " not in variant:
        return PROBLEMS
    return _WITH_DOSES if type(_VARIANTS[variant]) in DOSING else _FEW


_CASES = [(variant, problem) for variant in _VARIANTS for problem in _problems_for(variant)]
"""Policies with their defaults meet all problems; one with another parameter meets a few."""


def test_the_table_covers_every_registered_policy() -> None:
    assert set(PLAIN) == set(OTHER) == set(POLICIES.values())


@pytest.mark.parametrize("kind", OTHER, ids=lambda kind: kind.__name__)
def test_the_table_covers_every_hyper_parameter(kind: type[AnyPolicy]) -> None:
    names = [field.name for field in fields(kind)]  # type: ignore[arg-type]
    assert sorted(OTHER[kind]) == sorted(names)


@pytest.mark.parametrize(("kind", "name"), _PARAMETERS)
def test_every_other_value_differs_from_the_plain_one(kind: type[AnyPolicy], name: str) -> None:
    assert getattr(changed(kind, name), name) != getattr(PLAIN[kind], name)


_REFUSED = {
    " adversarial ones": {
        **dict.fromkeys(("weights", "weights, linf"), "deviations of sleep take no effort"),
        **dict.fromkeys(
            ("grid, l1", "mutable categories", "links", "mahalanobis", "lp, a price"),
            "Adversarial is for budgets of l2 or linf",
        ),
    },
    " adherence": dict.fromkeys(
        ("grid, l1", "mutable categories", "links", "mahalanobis"), "Adherence is for"
    ),
    " random deviations": {"mutable categories": "Random is for people who deviate by numbers"},
}
"""What people are not planned for on which problems, and why."""


_DOSING_NAMES = tuple(kind.__name__ for kind in DOSING)


def _refusal(variant: str, problem: str) -> str | None:
    """Why a policy refuses a problem, or None."""
    if variant.endswith("of effort 0"):
        return None
    if variant.startswith(_DOSING_NAMES) and problem not in _WITH_DOSES[:-1]:
        return "[A-Za-z]+ needs (a sub-outcome|a penalty|an arm that has a dose)"
    if variant.startswith("DoseLevels") and problem == "doses":
        return "leave the prior out"
    found = [told.get(problem) for behaviour, told in _REFUSED.items() if behaviour in variant]
    return found[0] if found else None


@pytest.mark.parametrize(("variant", "problem"), [c for c in _CASES if not _refusal(*c)])
def test_policy_keeps_the_laws(variant: str, problem: str) -> None:
    order_free = PROBLEMS[problem].reward.link == "identity"  # others are estimated in one pass
    check_policy(_VARIANTS[variant], PROBLEMS[problem], seed=3, order_free=order_free)


@pytest.mark.parametrize(("variant", "problem"), [c for c in _CASES if _refusal(*c)])
def test_what_cannot_be_planned_for_is_refused_by_name(variant: str, problem: str) -> None:
    with pytest.raises(DescriptionError, match=_refusal(variant, problem)):
        _VARIANTS[variant].init(PROBLEMS[problem])


@pytest.mark.parametrize(("kind", "name"), [p for p in _PARAMETERS if p[1] not in _ELSEWHERE])
def test_every_hyper_parameter_has_an_effect(kind: type[AnyPolicy], name: str) -> None:
    problem = PROBLEMS[DOSING.get(kind, "l2")]
    policies = unchanged(kind, name), changed(kind, name)
    plain, other = (_decisions(policy, problem) for policy in policies)
    assert difference(plain, other) is not None


def _decisions(policy: AnyPolicy, problem: Problem) -> list[Any]:
    """What people are told, whatever is advised, before and after 60 outcomes."""
    run = rehearse(policy, problem, None, seed=4, rounds=60)
    state = learned(run, run.outcomes)
    told: list[Any] = [decision.asked for decision in run.decisions]
    for context in run.contexts[:20]:
        proposal = policy.propose(state, context, Key(1, 0, Stream.POLICY))
        told.append(bool(proposal.asks))
        for advice in (None, *(Advice(arm, context.values) for arm in range(len(problem.arms)))):
            choice = policy.settle(state, proposal, advice)
            told.append((int(choice.arm), choice.point, choice.mean, choice.high, choice.source))
    return told
