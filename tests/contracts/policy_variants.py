"""Every policy with its defaults, and with another value of every hyper-parameter."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from recourse_bandits.policies import (
    BSGDMAB,
    GLRB,
    LIBRA,
    SGDMAB,
    Adherence,
    Adversarial,
    AdviceOnly,
    AnyBehaviour,
    AnyPolicy,
    DoseLevels,
    LinUCB,
    Mixture,
    PersonalDose,
    Random,
    RecourseTS,
    UCBDose,
    Uniform,
    WarmUp,
    WholePlan,
)

PLAIN: Mapping[type[AnyPolicy], AnyPolicy] = {
    Uniform: Uniform(),
    LinUCB: LinUCB(),
    AdviceOnly: AdviceOnly(),
    GLRB: GLRB(),
    RecourseTS: RecourseTS(),
    LIBRA: LIBRA(GLRB(scale=0.2), threshold=1.0),
    Mixture: Mixture(GLRB(scale=0.2)),
    SGDMAB: SGDMAB(),
    BSGDMAB: BSGDMAB(500, 2.0),
    DoseLevels: DoseLevels(),
    PersonalDose: PersonalDose(),
    UCBDose: UCBDose(),
    WarmUp: WarmUp(GLRB(scale=0.2), rounds=8),
    WholePlan: WholePlan(),
}
"""Each policy with its defaults; some have none for their first parameters."""

DOSING: Mapping[type[AnyPolicy], str] = {
    SGDMAB: "doses",
    BSGDMAB: "doses",
    DoseLevels: "doses that tie",
    PersonalDose: "doses",
    UCBDose: "doses",
    WholePlan: "doses that tie",
}
"""Policies that are for problems with doses only, and one that each decides."""

ANYWHERE = [policy for kind, policy in PLAIN.items() if kind not in DOSING]
"""The plain policies that decide any problem."""

_OPTIMISTIC: Mapping[str, Any] = {
    "penalty": 2.5,
    "exact_rows": 7,
    "scale": 0.3,
    "failure": 0.2,
    "form": "lemma2",
    "context_bound": 9.0,
}

OTHER: Mapping[type[AnyPolicy], Mapping[str, Any]] = {
    Uniform: {},
    LinUCB: _OPTIMISTIC,
    AdviceOnly: {"base": LinUCB()},
    GLRB: {
        **_OPTIMISTIC,
        "tolerance": 0.5,
        "max_iterations": 1,
        "solver": "certified",
        "noncompliance": Random(),
    },
    RecourseTS: {"penalty": 2.5, "exact_rows": 7, "inflation": 0.4, "noncompliance": Random()},
    LIBRA: {
        "base": RecourseTS(inflation=0.5),
        "threshold": 4.0,
        "consultation_budget": math.sqrt,
        "veto": False,
    },
    Mixture: {
        "base": RecourseTS(inflation=0.5),
        "schedule": "learned",
        "coefficient": 1.0,
        "power": 0.5,
        "rate": 0.1,
        "learning_rate": 0.5,
        "reward_range": (-1.0, 1.0),
        "lowest": 0.4,
        "highest": 0.3,
        "max_questions": 3,
        "taper": True,
    },
    SGDMAB: {"penalty": 2.5, "inflation": 0.4, "effect_penalty": 0.1},
    BSGDMAB: {"horizon": 50, "penalty_bound": 4.0, "penalty": 2.5, "inflation": 0.4},
    DoseLevels: {"base": GLRB(scale=0.3), "levels": 3},
    PersonalDose: {
        "penalty": 2.5,
        "inflation": 0.4,
        "effect_penalty": 0.1,
        "sure": 0.0,
        "spread": 0.3,
    },
    UCBDose: {
        "penalty": 2.5,
        "effect_penalty": 0.1,
        "scale": 0.5,
        "failure": 0.2,
    },
    WarmUp: {"base": RecourseTS(inflation=0.5), "rounds": 80},
    WholePlan: {"penalty": 2.5, "inflation": 0.4, "effect_penalty": 0.1, "order": "apart"},
}
"""A value that is not the default for every hyper-parameter."""

_LEARNED: Mapping[str, Any] = {"schedule": "learned", "reward_range": (-9.0, 9.0)}
NEEDED: Mapping[str, Mapping[str, Any]] = {
    "form": {"exact_rows": None},  # with another link than the identity Lemma 2 needs it
    "context_bound": {"form": "lemma2", "exact_rows": None},
    "schedule": {"reward_range": (-9.0, 9.0)},
    "learning_rate": {**_LEARNED, "max_questions": 20, "taper": True},
    "reward_range": {**_LEARNED, "learning_rate": 0.5, "max_questions": 22, "taper": True},
    "taper": {"max_questions": 20},
}
"""What else must be set for a parameter to have an effect."""


BEHAVIOURS: Mapping[str, AnyBehaviour] = {
    "random deviations": Random(memory=5),
    "small adversarial ones": Adversarial(0.4),
    "large adversarial ones": Adversarial(4.0),
    "adversarial ones of effort 0": Adversarial(0.0),
    "partial adherence": Adherence(prior_weight=0.5),
}
"""What a policy may expect of people, each with another value of its hyper-parameter."""


def changed(policy: type[AnyPolicy], parameter: str) -> AnyPolicy:
    """Return the plain policy with one parameter changed."""
    return remade(PLAIN[policy], {**NEEDED.get(parameter, {}), parameter: OTHER[policy][parameter]})


def unchanged(policy: type[AnyPolicy], parameter: str) -> AnyPolicy:
    """Return what `changed` is to be compared with."""
    return remade(PLAIN[policy], NEEDED.get(parameter, {}))


def remade(policy: AnyPolicy, parameters: Mapping[str, Any]) -> AnyPolicy:
    """Return a policy with some parameters replaced."""
    return type(policy)(**(vars(policy) | dict(parameters)))


def variants() -> Iterator[tuple[str, AnyPolicy]]:
    """Yield a name and a policy: the plain ones first."""
    for kind, policy in PLAIN.items():
        yield kind.__name__, policy
    for kind, parameters in OTHER.items():
        for parameter in parameters:
            yield f"{kind.__name__} with another {parameter}", changed(kind, parameter)
    yield "LIBRA as printed", LIBRA.as_printed(GLRB(scale=0.2), threshold=1.0)
    yield "LIBRA on Uniform", LIBRA(Uniform(), threshold=1.0)
    yield "Mixture that tapers", Mixture(RecourseTS(), **_LEARNED, max_questions=8, taper=True)
    yield "Mixture on Uniform", Mixture(Uniform(), **_LEARNED)
    for name, behaviour in BEHAVIOURS.items():
        yield f"GLRB for {name}", GLRB(noncompliance=behaviour)
        yield f"RecourseTS for {name}", RecourseTS(noncompliance=behaviour)
    yield "GLRB certified for random deviations", GLRB(solver="certified", noncompliance=Random())
    yield "SGDMAB, asking", LIBRA(SGDMAB(), threshold=0.3)
    yield "PersonalDose, asking", LIBRA(PersonalDose(), threshold=0.3)
    for name, later in (
        ("Uniform", Uniform()),
        ("SGDMAB", SGDMAB()),
        ("DoseLevels", DoseLevels(levels=2)),
    ):
        yield f"{name} after a warm-up", WarmUp(later, rounds=8)
    base = GLRB(scale=0.2, noncompliance=Adversarial(0.4))
    yield "LIBRA for small adversarial ones", LIBRA(base, threshold=0.5)
