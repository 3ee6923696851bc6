"""Theory you can run: every bound of the papers, corrected, as a function of numbers.

Each function says which theorem it is, what it assumes and what the source prints differently; the
result names the assumptions that are broken.
"""

from recourse_bandits.theory.assumptions import (
    AnotherConfidenceSet,
    AssumptionWarning,
    BeforeWarmUp,
    DeviationLawUnknown,
    DeviationsNotPlannedFor,
    EtaUnknown,
    FactsAgainstBounds,
    LemmaTwoInOneDimension,
    OutcomesLate,
    OutsideTheInstance,
    PlayedPairNotTested,
    RadiusBelowOne,
    ReachAboveOne,
    RecourseNotCertified,
    ScaleBelowOne,
    ThresholdBelowEta,
    WarmUpUnknown,
)
from recourse_bandits.theory.bound import Bound
from recourse_bandits.theory.delays import DelayLaw, outstanding, outstanding_as_printed
from recourse_bandits.theory.deviations import (
    adversarial_deviation_regret,
    random_deviation_regret,
    unknown_law_cost,
)
from recourse_bandits.theory.dose_radii import constant_delay_radius, late_radius
from recourse_bandits.theory.dosing import DoseSetting, warm_up_rounds
from recourse_bandits.theory.glrb import any_regret, glrb_regret, glrb_regret_as_printed
from recourse_bandits.theory.libra import (
    libra_regret_as_printed,
    questions_as_printed,
    round_regret,
    wide_adoptions,
)
from recourse_bandits.theory.links import link_slopes
from recourse_bandits.theory.lower import instance_limits, instance_regret, lower_order
from recourse_bandits.theory.safeguards import (
    advised_regret,
    followed_round_regret,
    question_cap,
)
from recourse_bandits.theory.setting import Setting

__all__ = [
    "AnotherConfidenceSet",
    "AssumptionWarning",
    "BeforeWarmUp",
    "Bound",
    "DelayLaw",
    "DeviationLawUnknown",
    "DeviationsNotPlannedFor",
    "DoseSetting",
    "EtaUnknown",
    "FactsAgainstBounds",
    "LemmaTwoInOneDimension",
    "OutcomesLate",
    "OutsideTheInstance",
    "PlayedPairNotTested",
    "RadiusBelowOne",
    "ReachAboveOne",
    "RecourseNotCertified",
    "ScaleBelowOne",
    "Setting",
    "ThresholdBelowEta",
    "WarmUpUnknown",
    "adversarial_deviation_regret",
    "advised_regret",
    "any_regret",
    "constant_delay_radius",
    "followed_round_regret",
    "glrb_regret",
    "glrb_regret_as_printed",
    "instance_limits",
    "instance_regret",
    "late_radius",
    "libra_regret_as_printed",
    "link_slopes",
    "lower_order",
    "outstanding",
    "outstanding_as_printed",
    "question_cap",
    "questions_as_printed",
    "random_deviation_regret",
    "round_regret",
    "unknown_law_cost",
    "warm_up_rounds",
    "wide_adoptions",
]
