"""The errors of this package: each names the thing, the value and the rule.

::

    RecourseBanditsError
    ├── DescriptionError (ValueError)      a problem or policy is described wrongly
    │   └── SettingsError                  in a file: names file, key and value
    ├── TableError (ValueError)            a file of people or outcomes cannot be used
    ├── PersonError (ValueError)           one person's features are refused
    │   ├── UnknownFeature                 extra or misspelt
    │   ├── MissingValue                   absent, None or NaN, and the feature refuses that
    │   ├── InvalidValue                   not a number, infinite, unknown category, implausible
    │   ├── UnexplainedChange              an immutable feature differs, and nothing says why
    │   └── NoEligibleArm                  no arm may be given to this person
    ├── AdviceError (ValueError)           advice that cannot be followed
    │   ├── UnknownArm
    │   ├── IneligibleArm
    │   ├── InfeasibleAdvice               outside the person's feasible set
    │   ├── InvalidAdvice                  an adviser's answer that cannot be understood
    │   └── AdviserUnavailable             the adviser cannot be reached, or not in time
    ├── AnswerError (ValueError)           a person's answer to a question is refused
    │   ├── UnknownQuestion                no question of this number is in the queue
    │   ├── AnsweredAlready                says by whom and when
    │   ├── DeadlinePassed
    │   └── ClosedQuestion                 the decision was made or withdrawn meanwhile
    ├── OutcomeError (ValueError)          an outcome is refused
    │   ├── UnknownMeasure
    │   ├── RepeatedMeasure                given before; `correct` changes it
    │   └── InvalidMeasure                 not finite, or outside the declared bounds
    ├── DecisionError (LookupError)        a decision that cannot be used so
    │   ├── UnknownDecision
    │   ├── ClosedDecision                 withdrawn, or complete and no longer kept
    │   ├── PendingDecision                asked but not settled yet
    │   └── RequestConflict                a request id used for different content
    ├── QueueError (RuntimeError)          a queue of questions cannot be used
    │   └── QueueConflict                  it is of another problem or study
    ├── ClusterError (RuntimeError)        workers of an experiment are lost or cannot be had
    └── JournalError (RuntimeError)        the journal refuses or does not fit
        └── JournalConflict                somebody else has appended meanwhile

    JournalWarning (UserWarning)           nothing is lost, but its owner should know
"""


class RecourseBanditsError(Exception):
    """Base of every error that this package raises on purpose."""


class DescriptionError(RecourseBanditsError, ValueError):
    """A problem, a policy or a settings file is described wrongly."""


class SettingsError(DescriptionError):
    """A settings file, or an option that overrides one, is wrong: names file, key and value."""


class TableError(RecourseBanditsError, ValueError):
    """A file of people, outcomes or treatments cannot be read, or lacks a column."""


class PersonError(RecourseBanditsError, ValueError):
    """One person's features are refused; nobody else is affected.

    Parameters
    ----------
    message
        What is wrong: the thing, the value, the rule.
    feature
        Name of the feature, if one is to blame.
    value
        The value that was refused.
    """

    def __init__(self, message: str, *, feature: str | None = None, value: object = None) -> None:
        super().__init__(message)
        self.feature = feature
        self.value = value


class UnknownFeature(PersonError):
    """A feature that the problem does not have."""


class MissingValue(PersonError):
    """A feature without a value, where the problem says to refuse that."""


class InvalidValue(PersonError):
    """A value that the feature's description does not allow."""


class UnexplainedChange(PersonError):
    """A feature that nobody can change came out differently, and no reason is stated."""


class NoEligibleArm(PersonError):
    """No arm may be given to this person."""


class AdviceError(RecourseBanditsError, ValueError):
    """Advice that cannot be followed."""


class UnknownArm(AdviceError):
    """An arm that the problem does not have."""


class IneligibleArm(AdviceError):
    """An arm that this person may not be given."""


class InfeasibleAdvice(AdviceError):
    """A recourse outside the person's feasible set."""


class InvalidAdvice(AdviceError):
    """An adviser's answer that cannot be understood."""


class AdviserUnavailable(AdviceError):
    """The adviser cannot be reached, or not in time."""


class AnswerError(RecourseBanditsError, ValueError):
    """An answer to a question that is refused; the queue stays as it was."""


class UnknownQuestion(AnswerError):
    """No question of this number is in the queue."""


class AnsweredAlready(AnswerError):
    """Somebody has answered the question before."""


class DeadlinePassed(AnswerError):
    """The question was worth answering until its deadline only."""


class ClosedQuestion(AnswerError):
    """The decision was made or withdrawn without this answer."""


class OutcomeError(RecourseBanditsError, ValueError):
    """An outcome that is refused; nothing recorded changes."""


class UnknownMeasure(OutcomeError):
    """A measure that the problem does not have."""


class RepeatedMeasure(OutcomeError):
    """A measure that this decision has already got."""


class InvalidMeasure(OutcomeError):
    """A measure that is not a finite number, or outside its declared bounds."""


class DecisionError(RecourseBanditsError, LookupError):
    """A decision that cannot be used in this way."""


class UnknownDecision(DecisionError):
    """No decision of this number has been made."""


class ClosedDecision(DecisionError):
    """The decision was withdrawn, or is complete and no longer kept."""


class PendingDecision(DecisionError):
    """The decision waits for advice."""


class RequestConflict(DecisionError):
    """The request id was used before, for different content."""


class QueueError(RecourseBanditsError, RuntimeError):
    """A queue of questions is no queue, damaged, or cannot be read or written."""


class QueueConflict(QueueError):
    """The queue holds questions of another problem or study: no answer of it is used."""


class ClusterError(RecourseBanditsError, RuntimeError):
    """The workers of an experiment cannot be had, or are lost; finished cells are kept."""


class JournalError(RecourseBanditsError, RuntimeError):
    """The journal refuses the call or does not fit the study."""


class JournalWarning(UserWarning):
    """Something that does not stop a journal, and that its owner should know."""


class JournalConflict(JournalError):
    """Somebody else has appended to the journal since it was last read."""
