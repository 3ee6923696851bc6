"""Assumptions of the theorems, as warnings: each names what is broken, the value and the rule.

They are listed with every bound (`Bound.broken`) and never raised or shown on their own;
`Bound.warn` shows them.

::

    AssumptionWarning (UserWarning)
    ├── ScaleBelowOne              the confidence radius is smaller than the proved one
    ├── LemmaTwoInOneDimension     Lemma 2 is not proved for one coefficient
    ├── AnotherConfidenceSet       the policy's set is not the one that the theorem is about
    ├── RecourseNotCertified       ORO-Arm may have been solved to a critical point only
    ├── RadiusBelowOne             rho_T < 1, which Theorem 2 as printed excludes
    ├── ReachAboveOne              beta_Theta·beta_X > 1, which Theorem 2 as printed excludes
    ├── PlayedPairNotTested        LIBRA tests the width of a pair that is then not played
    ├── ThresholdBelowEta          Delta < eta
    ├── EtaUnknown                 nobody says how bad the advice can be
    ├── DeviationLawUnknown        the law of random deviations is estimated, not known
    ├── DeviationsNotPlannedFor    people deviate, or are expected to, outside the theorem
    ├── OutsideTheInstance         the instance of Theorem 6 does not exist for these numbers
    ├── FactsAgainstBounds         context_bound or coefficient_bound is exceeded in the world
    ├── OutcomesLate               outcomes arrive after later decisions, or never
    ├── WarmUpUnknown              nobody says from which round on a radius holds
    └── BeforeWarmUp               the round is one of the warm-up
"""


class AssumptionWarning(UserWarning):
    """An assumption of a theorem does not hold: the number stands, what it bounds is not proved."""


class ScaleBelowOne(AssumptionWarning):
    """The confidence radius is multiplied by less than 1."""


class LemmaTwoInOneDimension(AssumptionWarning):
    """Lemma 2 as printed is not proved for a single coefficient."""


class AnotherConfidenceSet(AssumptionWarning):
    """The policy trusts another confidence set than the theorem's."""


class RecourseNotCertified(AssumptionWarning):
    """No certificate says how far the optimistic recourse is from the global optimum."""


class RadiusBelowOne(AssumptionWarning):
    """Theorem 2 as printed takes rho_T >= 1."""


class ReachAboveOne(AssumptionWarning):
    """Theorem 2 as printed takes beta_Theta·beta_X <= 1."""


class PlayedPairNotTested(AssumptionWarning):
    """The width that triggers a question is that of a pair which is then not played."""


class ThresholdBelowEta(AssumptionWarning):
    """The threshold is smaller than what the advice may be worse than the best pair."""


class EtaUnknown(AssumptionWarning):
    """Nobody says how much worse than the best pair the advice is at most."""


class DeviationLawUnknown(AssumptionWarning):
    """Theorem 7 takes the law of the deviations as known."""


class DeviationsNotPlannedFor(AssumptionWarning):
    """The bound is of people who do as recommended, or of deviations other than those here."""


class OutsideTheInstance(AssumptionWarning):
    """The hard instance of Theorem 6 does not exist for these numbers."""


class FactsAgainstBounds(AssumptionWarning):
    """A simulated world exceeds what is stated as a bound on contexts or coefficients."""


class OutcomesLate(AssumptionWarning):
    """The theorem takes every outcome as there before the next decision."""


class WarmUpUnknown(AssumptionWarning):
    """A radius holds from some round on, and nobody says which."""


class BeforeWarmUp(AssumptionWarning):
    """The round is before the end of the warm-up."""
