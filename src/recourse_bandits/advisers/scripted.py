"""Simulated advisers, from perfect to harmful."""

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from recourse_bandits import kernels
from recourse_bandits.advisers.base import Adviser, Answer, Question
from recourse_bandits.errors import DescriptionError
from recourse_bandits.problem import Context, Problem, RawValue
from recourse_bandits.records import Advice, Array, Key, NoAdvice

Pair = tuple[int, Array]
PairOf = Callable[[Context], Pair]


class Scripted(Adviser):
    """An adviser without memory."""

    def advise(self, state: Any, question: Question, key: Key) -> Answer:
        """Answer with `pair`.

        Parameters
        ----------
        state
            None.
        question
            Person and proposal.
        key
            Source of randomness.
        """
        return Advice(*self.pair(question, key))

    @abstractmethod
    def pair(self, question: Question, key: Key) -> Pair:
        """Arm and point of the advice.

        Parameters
        ----------
        question
            Person and proposal.
        key
            Source of randomness.
        """


def random_pair(context: Context, key: Key) -> Pair:
    """Draw an eligible arm, and a recourse from the feasible set.

    Parameters
    ----------
    context
        The person.
    key
        Source of randomness.
    """
    feasible = context.feasible
    change = kernels.uniform.change(*feasible.region, *key)
    return int(kernels.uniform.arm(context.eligible, *key)), feasible.moved(context.values, change)


@dataclass(frozen=True)
class Oracle(Scripted):
    """Always the optimal pair.

    Parameters
    ----------
    best
        The truth, from the environment: context -> (arm, point).
    """

    best: PairOf

    def pair(self, question: Question, key: Key) -> Pair:
        """Return the optimal pair.

        Parameters
        ----------
        question
            Person and proposal.
        key
            Not used.
        """
        return self.best(question.context)


@dataclass(frozen=True)
class Quality(Scripted):
    """The optimal pair with probability q, else a random one (LIBRA paper, section 6).

    Parameters
    ----------
    q
        Quality, in [0, 1].
    best
        The truth, from the environment: context -> (arm, point).

    Raises
    ------
    DescriptionError
        If q is not a probability.
    """

    q: float
    best: PairOf

    def __post_init__(self) -> None:
        if not 0 <= self.q <= 1:
            raise DescriptionError(f"q must lie in [0, 1], got {self.q}")

    def pair(self, question: Question, key: Key) -> Pair:
        """Return the optimal or a random pair.

        Parameters
        ----------
        question
            Person and proposal.
        key
            Decides which, and draws the random pair.
        """
        if kernels.draws.uniform(*key, kernels.draws.COIN_INDEX) < self.q:
            return self.best(question.context)
        return random_pair(question.context, key)


@dataclass(frozen=True)
class AlwaysRandom(Scripted):
    """Always a random arm and a random recourse."""

    def pair(self, question: Question, key: Key) -> Pair:
        """Return a random pair.

        Parameters
        ----------
        question
            Person and proposal.
        key
            Draws the pair.
        """
        return random_pair(question.context, key)


@dataclass(frozen=True)
class AlwaysWorst(Scripted):
    """Always the pair of the smallest expected reward.

    Parameters
    ----------
    worst
        The truth, from the environment: context -> (arm, point).
    """

    worst: PairOf

    def pair(self, question: Question, key: Key) -> Pair:
        """Return the worst pair.

        Parameters
        ----------
        question
            Person and proposal.
        key
            Not used.
        """
        return self.worst(question.context)


@dataclass(frozen=True)
class Constant(Adviser):
    """Always the same arm and the same change, or the feasible one that is nearest to it.

    Where the person may not be given the arm, there is no advice.

    Parameters
    ----------
    arm
        Number of the arm.
    change
        Change of the mutable columns, scaled units; of categories -1 and 1. None: no change.
    """

    arm: int = 0
    change: tuple[float, ...] | None = None

    def init(self, problem: Problem) -> None:
        """Check arm and change against the problem; there is no state.

        Parameters
        ----------
        problem
            The problem.

        Raises
        ------
        DescriptionError
            If the problem has no such arm or another number of mutable columns.
        """
        if not 0 <= self.arm < len(problem.arms):
            raise DescriptionError(f"arm must lie in 0..{len(problem.arms) - 1}, got {self.arm}")
        if self.change is not None:
            _check_change(problem, self.change)

    def advise(self, state: Any, question: Question, key: Key) -> Answer:
        """Return the constant pair.

        Parameters
        ----------
        state
            None.
        question
            Person and proposal.
        key
            Not used.
        """
        context = question.context
        if not context.eligible[self.arm]:
            return NoAdvice("the person may not be given the only arm that is ever advised")
        if self.change is None:
            return Advice(self.arm, context.values)
        change = context.feasible.nearest(np.array(self.change))
        return Advice(self.arm, context.feasible.moved(context.values, change))


@dataclass(frozen=True)
class Stale(Scripted):
    """Right until a round, wrong from then on: the optimal pair, then the worst.

    Parameters
    ----------
    until
        First round, counted from 0, in which the advice is wrong.
    best, worst
        The truth, from the environment: context -> (arm, point).
    """

    until: int
    best: PairOf
    worst: PairOf

    def pair(self, question: Question, key: Key) -> Pair:
        """Return the optimal or the worst pair.

        Parameters
        ----------
        question
            Person, proposal and number.
        key
            Not used.
        """
        script = self.best if question.number < self.until else self.worst
        return script(question.context)


@dataclass(frozen=True)
class NoisyPair(Scripted):
    """The stand-in for a language model: the right arm now and then, a fixed mean change.

    Parameters
    ----------
    arm_quality
        Probability of the optimal arm, in [0, 1]; otherwise another eligible arm.
    mean_change
        Mean change of the mutable columns, scaled units.
    deviation
        Standard deviation of each change, >= 0; scaled units.
    best
        The truth, from the environment: context -> (arm, point).

    Raises
    ------
    DescriptionError
        If a parameter is out of its range.
    """

    arm_quality: float
    mean_change: tuple[float, ...]
    deviation: float
    best: PairOf

    def __post_init__(self) -> None:
        if not 0 <= self.arm_quality <= 1:
            raise DescriptionError(f"arm_quality must lie in [0, 1], got {self.arm_quality}")
        if not self.deviation >= 0:
            raise DescriptionError(f"deviation must be >= 0, got {self.deviation}")

    def init(self, problem: Problem) -> None:
        """Check the mean change against the problem; there is no state.

        Parameters
        ----------
        problem
            The problem.

        Raises
        ------
        DescriptionError
            If the problem has another number of mutable columns.
        """
        _check_change(problem, self.mean_change)

    def pair(self, question: Question, key: Key) -> Pair:
        """Return a noisy pair.

        Parameters
        ----------
        question
            Person and proposal.
        key
            Draws arm and change.
        """
        context = question.context
        arm, _ = self.best(context)
        others = context.eligible.copy()
        others[arm] = False
        if (
            others.any()
            and kernels.draws.uniform(*key, kernels.draws.COIN_INDEX) >= self.arm_quality
        ):
            arm = int(kernels.uniform.arm(others, *key))
        noise = kernels.draws.normal(*key, np.arange(len(self.mean_change)))
        change = context.feasible.nearest(self.mean_change + self.deviation * noise)
        return arm, context.feasible.moved(context.values, change)


def _check_change(problem: Problem, change: Any) -> None:
    names = problem.limits.names
    try:
        fits = np.asarray(change, dtype=np.float64).shape == (len(names),)
    except (TypeError, ValueError):
        fits = False
    if not fits:
        raise DescriptionError(
            f"a change must be one number for each of {', '.join(names) or 'no feature'}, got "
            f"{change!r}"
        )


@dataclass(frozen=True)
class Silent(Adviser):
    """Never answers."""

    def advise(self, state: Any, question: Question, key: Key) -> Answer:
        """Fail.

        Parameters
        ----------
        state
            None.
        question
            Person and proposal.
        key
            Not used.
        """
        return NoAdvice("the adviser is silent")


@dataclass(frozen=True)
class FromFunction(Adviser):
    """Any function of the question.

    Parameters
    ----------
    function
        question -> (arm name, raw target values by feature name). Features that follow others need
        no value. It may return None for no advice; what it raises is the reason of a failure.
    """

    function: Callable[[Question], tuple[str, Mapping[str, RawValue]] | None]

    def advise(self, state: Any, question: Question, key: Key) -> Answer:
        """Ask the function.

        Parameters
        ----------
        state
            None.
        question
            Person and proposal.
        key
            Not used.
        """
        answer = self.function(question)
        if answer is None:
            return NoAdvice("the adviser has no advice")
        arm, target = answer
        problem, context = question.problem, question.context
        point = problem.realised_point(context, context.values, target)
        if not any(feature.follows and feature.name in target for feature in problem.mutable):
            point = context.feasible.led(context.values, point)
        return Advice(problem.arm_index(arm), point)
