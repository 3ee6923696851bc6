r"""How many outcomes are outstanding where they arrive late: Lemma 9 of the dosing paper.

[S] is Keyvanshokooh, Zhalechian, Shi, Van Oyen, Kazemian: *Contextual Learning with Online Convex
Optimization* (Management Science, 2025), of which only the online appendices were available.

An outcome of round s with delay D(s) is there for the decisions of rounds after s + D(s): with a
delay of 0 it is never outstanding. Delays are independent, of one law, whole and not negative, with

.. math:: P(D - mean \ge m) \le \exp\big(-m^{1+p}/(2 s_D^2)\big)\quad\text{for all } m > 0.

*Proof* (ours, of the second line of `outstanding`, and so of the lemma, whose number is never
smaller). At most floor(mean) decisions are of an age that does not exceed the mean, and one of an
age up to mean + 1. The others are older than mean + j, j = 1, 2, ..., and outstanding with chances
of at most :math:`r^j, r = \exp(-1/(2s_D^2))`, as :math:`j^{1+p} \ge j`. That k of these independent
events happen has at most the sum over all sets of k of them as its chance, the elementary symmetric
polynomial :math:`r^{k(k+1)/2}/\prod_{i\le k}(1 - r^i) \le \exp(-k^2/(4s_D^2) + k\log(1 + 2s_D^2))`.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from recourse_bandits.errors import DescriptionError
from recourse_bandits.parameters import require_not_negative, require_probability
from recourse_bandits.theory.bound import Bound
from recourse_bandits.theory.setting import checked_rounds


@dataclass(frozen=True, kw_only=True)
class DelayLaw:
    r"""What Lemma 9 needs to know of random delays.

    Parameters
    ----------
    mean
        Mean delay, >= 0; rounds.
    scale
        s_D >= 0 of the tail condition; 0: the delay never exceeds its mean, as a constant one;
        infinite: of the tail nothing is known.
    exponent
        p >= 0 of the tail condition; 0: an exponential tail, 1: that of a normal number.

    Raises
    ------
    DescriptionError
        If a value is out of its range.

    Examples
    --------
    >>> outstanding([5, 100], DelayLaw(mean=10, scale=0), failure=0.05).values
    array([ 4., 11.])
    """

    mean: float
    scale: float
    exponent: float = 0.0

    def __post_init__(self) -> None:
        require_not_negative(mean=self.mean, exponent=self.exponent)
        if self.scale != math.inf:
            require_not_negative(scale=self.scale)

    @staticmethod
    def of(chances: ArrayLike, exponent: float = 0.0) -> "DelayLaw":
        r"""Return the law of a distribution, with the least s_D for which the tail condition holds.

        .. math:: s_D^2 = \max_{n > mean} \frac{(n - mean)^{1+p}}{-2\log P(D \ge n)}

        An unbounded distribution must be cut off somewhere. Where its tail is heavier than the
        exponent says, s_D then grows without limit with the place of the cut: geometric and
        Poisson delays have p = 0, half-normal ones p = 1.

        Parameters
        ----------
        chances
            Chances of the delays 0, 1, 2, ..., shape (n,); their sum is 1. Counts divided by their
            sum are the law of a table.
        exponent
            p >= 0.

        Raises
        ------
        DescriptionError
            If the chances are negative or do not add up, or the exponent is out of its range.

        Examples
        --------
        >>> DelayLaw.of([0.5, 0, 0.5]).scale ** 2
        0.721
        """
        require_not_negative(exponent=exponent)
        law: NDArray[np.float64] = np.asarray(chances, np.float64)
        if not (law.ndim == 1 and np.all(law >= 0.0) and abs(law.sum() - 1.0) < 1e-6):
            raise DescriptionError(f"chances must be >= 0 and add up to 1, got {chances!r}")
        law = law / law.sum()
        delays = np.arange(law.size)
        mean = float(law @ delays)
        at_least = np.cumsum(law[::-1])[::-1]
        beyond = (delays > mean + 1e-9 * (1.0 + mean)) & (at_least > 0.0)
        logs = -2.0 * np.log(at_least[beyond])
        squares = (delays[beyond] - mean) ** (1.0 + exponent) / logs
        scale = math.sqrt(float(squares.max(initial=0.0)))
        return DelayLaw(mean=mean, scale=scale, exponent=exponent)


def outstanding(rounds: ArrayLike, law: DelayLaw, failure: float) -> Bound:
    r"""Outcomes that are outstanding in round t, sharper than Lemma 9 (ours).

    .. math::

        mean + \min\big(&\ell/3 + \sqrt{\ell^2/9 + 2\,mean\,\ell}, \\
        &1 + s\sqrt{2\ell} + 2s^2\log(2s_D^2 + 1)\big),
        \quad \ell = \log(1/\delta),\ s = s_D\sqrt 2

    and never more than the t - 1 decisions before; with probability 1 - failure in each round, and
    in all T rounds together for a failure of failure / T. The first line is Bernstein's inequality
    for independent events whose chances add up to the mean delay at most: it needs no tail, so that
    an infinite scale is allowed. The proof of the second is in the head of this module.

    Parameters
    ----------
    rounds
        t, one number or an array of them, from 1.
    law
        Of the delays.
    failure
        delta, in (0, 1).

    Raises
    ------
    DescriptionError
        If a value is out of its range.
    """
    tail = _tail(math.sqrt(2.0) * law.scale, law, failure)
    log = math.log(1.0 / failure)
    bernstein = log / 3.0 + math.sqrt(log**2 / 9.0 + 2.0 * law.mean * log)
    return _bound(
        "outstanding", "Ours: outstanding outcomes", rounds, law.mean + min(bernstein, tail), law
    )


def outstanding_as_printed(rounds: ArrayLike, law: DelayLaw, failure: float) -> Bound:
    r"""Outcomes that are outstanding in round t: Lemma 9 of [S].

    .. math:: 2\,mean + s\sqrt{2\log(1/\delta)} + 2s^2\log(2s_D^2 + 1) + 1,\quad s = s_D\sqrt{p + 2}

    It holds, and is far from sharp: `outstanding` is never larger, and for geometric delays with a
    mean of 49 rounds 7 times smaller.

    Parameters
    ----------
    rounds
        t, one number or an array of them, from 1.
    law
        Of the delays.
    failure
        delta, in (0, 1).

    Raises
    ------
    DescriptionError
        If a value is out of its range.
    """
    tail = _tail(math.sqrt(law.exponent + 2.0) * law.scale, law, failure)
    return _bound(
        "outstanding_as_printed",
        "Lemma 9: outstanding outcomes",
        rounds,
        2.0 * law.mean + tail,
        law,
    )


def _tail(spread: float, law: DelayLaw, failure: float) -> float:
    require_probability(failure=failure)
    if math.isinf(law.scale):
        return math.inf
    deviation = spread * math.sqrt(2.0 * math.log(1.0 / failure))
    return 1.0 + deviation + 2.0 * spread**2 * math.log1p(2.0 * law.scale**2)


def _bound(name: str, statement: str, rounds: ArrayLike, value: float, law: DelayLaw) -> Bound:
    horizon = np.atleast_1d(checked_rounds(rounds)).astype(np.float64)
    tail = (
        f"delays are independent, with mean {law.mean:g} and a tail of scale {law.scale:g} and "
        f"exponent {law.exponent:g}"
    )
    return Bound(name, statement, np.minimum(horizon - 1.0, value), (), (tail,))
