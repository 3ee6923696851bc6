"""What a study is, as the first event of its journal tells."""

from typing import NamedTuple

from pydantic import ValidationError

from recourse_bandits.errors import JournalError
from recourse_bandits.events import Began
from recourse_bandits.journals import Journal
from recourse_bandits.policies import AnyPolicy, policy_from_json
from recourse_bandits.problem import Problem


class Beginning(NamedTuple):
    """Problem, policy and seed: all that a journal does not tell event by event."""

    problem: Problem
    policy: AnyPolicy
    seed: int


def beginning_of(journal: Journal) -> Beginning:
    """Return what the study of a journal is.

    Parameters
    ----------
    journal
        The journal.

    Raises
    ------
    JournalError
        If it is empty, or does not start with a `began` event that can be read.
    DescriptionError
        If its policy is not known here, or in another version.
    """
    first = next(journal.read(), None)
    if first is None or not isinstance(first.body, Began):
        raise JournalError("the journal holds no study yet; begin one with Study(...)")
    began = first.body
    try:
        problem = Problem.from_json(began.problem)
    except ValidationError as error:
        raise JournalError(f"the journal's problem cannot be read: {error}") from error
    return Beginning(problem, policy_from_json(began.policy), began.seed)
