"""A world in which every policy errs: the closest we come to the instance of Theorem 6."""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from recourse_bandits import kernels
from recourse_bandits.environments.base import LinearEnvironment
from recourse_bandits.errors import DescriptionError
from recourse_bandits.parameters import require_count, require_positive
from recourse_bandits.problem import Budget, Feature, Person, Problem, Reward
from recourse_bandits.records import Array, Key, Stream
from recourse_bandits.theory.lower import LARGEST_CHANGE, instance_limits

_TRUTH = -1  # the number of the draws that make the coefficients; rounds count from 0
_MOST_WORDS = 100_000
_LEAST_MARGIN = 0.5


@dataclass(frozen=True)
class LowerBound(LinearEnvironment):
    r"""K kinds of people, an arm for each kind, and a sign to be learned for each change and arm.

    A person of kind k (round t has kind t mod K) has the immutable columns
    :math:`z_k/\sqrt{d_M}`, a word of :math:`d_M` signs, and mutable columns of 0. Arm j has the
    coefficients :math:`(z_j/\sqrt{d_M}, \omega s_j)` with random signs :math:`s_j`. Words of two
    arms agree in at most three quarters of their places, so that arm k is better for kind k by at
    least 1/2. The recourse set is :math:`[-c, c]^{d_M}`, and

    .. math:: \omega = \gamma\,\sigma\sqrt{K/T} \le \eta/(4d_M),

    so small that after T rounds no one can tell most of the signs. `theory.instance_regret` is what
    every policy loses here on average over the signs, with a proof.

    **It is not the LIBRA paper's instance** (Appendix B.4), of which we know the limits only:
    :math:`c \le 1/32`, :math:`K \le e^{d_M/8}` (here: so that such words exist),
    :math:`\gamma \le 0.24`, :math:`\omega \le \eta/(4d_M)`. They are kept and checked. Words,
    kinds, signs, the mutable columns of 0, noise and how omega follows from gamma are ours. Here
    arm k stays the best one for every gamma.

    Parameters
    ----------
    seed
        Draws words and signs.
    mutable
        :math:`d_M`, number of mutable features, and of immutable ones.
    arms
        K, at most exp(mutable / 8).
    rounds
        T, for which the coefficients are as small as can be.
    gamma
        gamma of the theorem, in (0, 0.24]: it enters through omega alone.
    radius
        c, budget of recourse, linf, in (0, 1/32].
    eta
        How much worse than the best pair an adviser may be; unit of the reward. Naming the right
        arm and no change costs :math:`\omega c\,d_M`, which is less.
    noise
        sigma, standard deviation of the noise.

    Raises
    ------
    DescriptionError
        If a limit of the instance is exceeded, or a parameter is out of its range.

    Examples
    --------
    >>> world = LowerBound(seed=1)
    >>> world.theta.shape, round(world.size, 4)
    ((4, 24), 0.0063)
    """

    seed: int
    mutable: int = 12
    arms: int = 4
    rounds: int = 1000
    gamma: float = 0.1
    radius: float = 1.0 / 32.0
    eta: float = 1.0
    noise: float = 1.0

    note: ClassVar[str] = (
        "Everything is made up: an instance of ours within the limits of that of LIBRA, "
        "Appendix B.4, whose text was not enough to rebuild it."
    )

    def __post_init__(self) -> None:
        require_count(mutable=self.mutable, arms=self.arms, rounds=self.rounds)
        require_positive(gamma=self.gamma, radius=self.radius, eta=self.eta, noise=self.noise)
        for limit in instance_limits(self.mutable, self.arms, self.gamma):
            raise DescriptionError(str(limit))
        if self.radius > LARGEST_CHANGE:
            raise DescriptionError(f"radius must be at most 1/32, got {self.radius:g}")
        largest = self.eta / (4.0 * self.mutable)
        if self.size > largest:
            raise DescriptionError(
                f"coefficients gamma·noise·sqrt(arms / rounds) = {self.size:.4g} must be at most "
                f"eta / (4·mutable) = {largest:.4g}: take more rounds, a smaller gamma or a "
                "larger eta"
            )

    @property
    def size(self) -> float:
        """Omega, the size of every mutable coefficient."""
        return self.gamma * self.noise * math.sqrt(self.arms / self.rounds)

    @cached_property
    def problem(self) -> Problem:
        """The problem; its bound on coefficients is their length."""
        bound = math.sqrt(1.0 + self.size**2 * self.mutable)
        return Problem(
            features=tuple(
                Feature(f"{name}{i + 1}", mean=0, scale=1, mutable=name == "change")
                for name in ("kind", "change")
                for i in range(self.mutable)
            ),
            arms=tuple(f"arm_{a + 1}" for a in range(self.arms)),
            budget=Budget("linf", self.radius),
            reward=Reward("reward", noise=self.noise, coefficient_bound=bound),
            intercept=False,
        )

    @property
    def context_bound(self) -> float:
        """Euclidean norm of a person's columns after the longest recourse."""
        return math.sqrt(1.0 + self.radius**2 * self.mutable)

    @cached_property
    def words(self) -> Array:
        """Unit vectors of equal signs, shape (K, d_M); two have a product of at most 1/2."""
        words: list[Array] = []
        for number in range(_MOST_WORDS):
            word = self._signs(number) / math.sqrt(self.mutable)
            if all(word @ other <= 1.0 - _LEAST_MARGIN for other in words):
                words.append(word)
            if len(words) == self.arms:
                return np.array(words)
        raise DescriptionError(
            f"only {len(words)} of {self.arms} words were found: take fewer arms, or another seed"
        )

    @cached_property
    def theta(self) -> Array:  # type: ignore[override]
        """True coefficients, shape (K, 2·d_M)."""
        signs = np.array([self._signs(_MOST_WORDS + arm) for arm in range(self.arms)])
        return np.hstack([self.words, self.size * signs])

    def _signs(self, number: int) -> Array:
        draws = number * self.mutable + np.arange(self.mutable)
        uniform = np.asarray(kernels.draws.uniform(self.seed, _TRUTH, Stream.PERSON, draws))
        return np.where(uniform < 0.5, -1.0, 1.0)

    def person(self, key: Key) -> Person:
        """Somebody of the kind whose turn it is.

        Parameters
        ----------
        key
            Its number is the round.
        """
        return np.concatenate([self.words[int(key.number) % self.arms], np.zeros(self.mutable)])
