"""Choose a treatment, the change a person can make, and learn from outcomes that arrive late.

Everything a user needs is importable from here; see `Problem`, the policies, and `Study`.
"""

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
)
from recourse_bandits.policies import (
    GLRB,
    LIBRA,
    AdviceOnly,
    LinUCB,
    Policy,
    RecourseTS,
    Uniform,
)
from recourse_bandits.problem import (
    Arm,
    Budget,
    Context,
    FeasibleSet,
    Feature,
    Prior,
    Problem,
    Reward,
)
from recourse_bandits.records import (
    Advice,
    Choice,
    Consultation,
    Decision,
    Key,
    Later,
    NoAdvice,
    Outcome,
    Pending,
    Proposal,
    Recourse,
    Stream,
)
from recourse_bandits.solutions import Solution, best_recourse, optimistic_recourse
from recourse_bandits.study import Study

__all__ = [
    "GLRB",
    "LIBRA",
    "Advice",
    "AdviceOnly",
    "Adviser",
    "AlwaysRandom",
    "AlwaysWorst",
    "Arm",
    "Budget",
    "Choice",
    "Constant",
    "Consultation",
    "Context",
    "Decision",
    "Environment",
    "FeasibleSet",
    "Feature",
    "Fertility",
    "FromFunction",
    "Hypertension",
    "Journal",
    "Key",
    "Later",
    "LinUCB",
    "LinearEnvironment",
    "MemoryJournal",
    "NoAdvice",
    "NoisyPair",
    "OpenDecisionsJournal",
    "Oracle",
    "Outcome",
    "Pending",
    "Policy",
    "Prior",
    "Problem",
    "Proposal",
    "Quality",
    "Question",
    "Recourse",
    "RecourseBanditsError",
    "RecourseTS",
    "Reward",
    "Silent",
    "Solution",
    "SqliteJournal",
    "SqliteReader",
    "Stale",
    "Stream",
    "Study",
    "Synthetic",
    "Uniform",
    "__version__",
    "best_recourse",
    "load_problem",
    "optimistic_recourse",
]
