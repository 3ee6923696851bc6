"""Choose a treatment, the change a person can make, and learn from outcomes that arrive late.

Everything a user needs is importable from here; see `Problem`, the policies, and `Study`.
"""

from typing import TYPE_CHECKING, Any

from recourse_bandits import advisers as _advisers
from recourse_bandits._version import __version__
from recourse_bandits.advisers import (
    Adviser,
    AlwaysRandom,
    AlwaysWorst,
    Constant,
    FromFunction,
    NoisyPair,
    Oracle,
    Quality,
    Question,
    Silent,
    Stale,
)
from recourse_bandits.config import load_problem
from recourse_bandits.environments import (
    Environment,
    Fertility,
    Hypertension,
    LinearEnvironment,
    Synthetic,
)
from recourse_bandits.errors import RecourseBanditsError
from recourse_bandits.journals import (
    Journal,
    MemoryJournal,
    OpenDecisionsJournal,
    SqliteJournal,
    SqliteReader,
    open_journal,
)
from recourse_bandits.policies import (
    BSGDMAB,
    GLRB,
    LIBRA,
    SGDMAB,
    Adherence,
    Adversarial,
    AdviceOnly,
    DoseLevels,
    LinUCB,
    Mixture,
    PersonalDose,
    Policy,
    Random,
    RecourseTS,
    UCBDose,
    Uniform,
    WarmUp,
    WholePlan,
)
from recourse_bandits.problem import (
    Arm,
    Budget,
    Context,
    Dose,
    FeasibleSet,
    Feature,
    Finding,
    Prior,
    Problem,
    Reward,
    SubOutcome,
)
from recourse_bandits.records import (
    Advice,
    Choice,
    Consultation,
    Decision,
    Effect,
    Key,
    Later,
    NoAdvice,
    Outcome,
    Pending,
    Proposal,
    Recourse,
    Stream,
)
from recourse_bandits.solutions import (
    CertifiedSolution,
    Solution,
    best_recourse,
    certified_recourse,
    optimistic_recourse,
    robust_recourse,
)
from recourse_bandits.study import Observation, PastTreatment, Study

if TYPE_CHECKING:
    from recourse_bandits.advisers import Human, LanguageModel, QuestionQueue, Router

__all__ = [
    "BSGDMAB",
    "GLRB",
    "LIBRA",
    "SGDMAB",
    "Adherence",
    "Adversarial",
    "Advice",
    "AdviceOnly",
    "Adviser",
    "AlwaysRandom",
    "AlwaysWorst",
    "Arm",
    "Budget",
    "CertifiedSolution",
    "Choice",
    "Constant",
    "Consultation",
    "Context",
    "Decision",
    "Dose",
    "DoseLevels",
    "Effect",
    "Environment",
    "FeasibleSet",
    "Feature",
    "Fertility",
    "Finding",
    "FromFunction",
    "Human",
    "Hypertension",
    "Journal",
    "Key",
    "LanguageModel",
    "Later",
    "LinUCB",
    "LinearEnvironment",
    "MemoryJournal",
    "Mixture",
    "NoAdvice",
    "NoisyPair",
    "Observation",
    "OpenDecisionsJournal",
    "Oracle",
    "Outcome",
    "PastTreatment",
    "Pending",
    "PersonalDose",
    "Policy",
    "Prior",
    "Problem",
    "Proposal",
    "Quality",
    "Question",
    "QuestionQueue",
    "Random",
    "Recourse",
    "RecourseBanditsError",
    "RecourseTS",
    "Reward",
    "Router",
    "Silent",
    "Solution",
    "SqliteJournal",
    "SqliteReader",
    "Stale",
    "Stream",
    "Study",
    "SubOutcome",
    "Synthetic",
    "UCBDose",
    "Uniform",
    "WarmUp",
    "WholePlan",
    "__version__",
    "best_recourse",
    "certified_recourse",
    "load_problem",
    "open_journal",
    "optimistic_recourse",
    "robust_recourse",
]


def __getattr__(name: str) -> Any:
    """Import those who ask models and people when they are first named: most studies do not."""
    if name in ("Human", "LanguageModel", "QuestionQueue", "Router"):
        return getattr(_advisers, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
