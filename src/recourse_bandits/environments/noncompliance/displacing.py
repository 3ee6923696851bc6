r"""A world whose people change something else than what was recommended.

================  ============================================================  ========
symbol            meaning                                                       shape
================  ============================================================  ========
x                 the person, scaled columns                                    (d,)
x~                the recommendation; x~_M its mutable columns                  (d,)
x¯                what came of it: x¯_I = x_I                                   (d,)
theta             true coefficients of the arm                                  (d,)
s                 expected share of the change x~ - x that is made              ()
offset            what is gained or lost whatever is recommended                (K,)
================  ============================================================  ========

In all these worlds recommending x~ is worth (x + s·(x~ - x))'theta + offset: the expectation over
x¯, or its worst case. For a given person neither s nor offset depends on x~, so each arm's best
recourse is the same as if people complied; which arm is best may differ. Only where s has other
factors for other features (`parts`) may the best recourse differ too.

Where the reward has a link mu, recommending x~ is worth the mean of mu(x¯'theta), over a few places
of x¯'theta and their chances. It rises with x~'theta, so that the same holds.
"""

from abc import abstractmethod

import numpy as np

from recourse_bandits import kernels
from recourse_bandits.environments.base import unpriced
from recourse_bandits.environments.noncompliance.around_linear import AroundLinear
from recourse_bandits.errors import DescriptionError
from recourse_bandits.problem import Context
from recourse_bandits.problem.encoding import NumberEncoder
from recourse_bandits.records import Array

_ROUNDING = 1e-9


class Displacing(AroundLinear):
    """A wrapper in which the recommended arm is taken, and another point is reached.

    What people do may lie outside bounds, steps, directions and budget: these limit what may be
    recommended.
    """

    def require_mutable(self) -> None:
        """Raise DescriptionError unless what can change in the world inside are numbers, and some.

        Nobody is between two categories.
        """
        if not self.inner.problem.mutable:
            raise DescriptionError(
                f"{type(self.world).__name__} has no mutable feature, so nobody could do "
                "something else than recommended"
            )
        names = [f.name for f in self.inner.problem.mutable if f.categories]
        if names:
            raise DescriptionError(
                f"{type(self).__name__} is a world of people who change more or less of a number, "
                f"and nobody is between the categories of {', '.join(names)}: make that immutable"
            )

    def require_plausible(self, longest: float) -> None:
        """Raise DescriptionError if a deviation may lead to values that the problem refuses.

        Parameters
        ----------
        longest
            Length of the longest deviation, scaled units.
        """
        mutable = {feature.name for feature in self.problem.mutable}
        for name, encoder in zip(self.problem.feature_names, self.problem.encoders, strict=True):
            if name not in mutable or not isinstance(encoder, NumberEncoder):
                continue
            allowed = encoder.slack / encoder.scale
            if longest > allowed * (1.0 - _ROUNDING):
                raise DescriptionError(
                    f"longest must be below {allowed:g}, the distance from the bounds of {name} at "
                    f"which a value is taken for an error, in its scaled units; got {longest:g}"
                )

    def able(self, context: Context) -> Array:
        """Return 1 for each mutable feature that a person may do otherwise with, else 0.

        Nobody deviates in a feature whose value is unknown, or that of one tied to it; and those
        for whom no recourse is possible are asked for none, and stay as they are.

        Parameters
        ----------
        context
            The person.
        """
        return np.where(context.feasible.held, 0.0, 1.0)

    def share(self, context: Context) -> float:
        """Return the expected share of a recommended change that a person makes; 1 by default.

        Parameters
        ----------
        context
            The person.
        """
        return 1.0

    @property
    def parts(self) -> Array | float:
        """Factors of the share for each mutable feature, in [0, 1], shape (m,); 1 by default."""
        return 1.0

    @abstractmethod
    def offset(self, context: Context) -> Array:
        """Return what each arm gains or loses whatever is recommended, shape (K,).

        Parameters
        ----------
        context
            The person.
        """

    @abstractmethod
    def places(self, context: Context, arm: int, point: Array) -> tuple[Array, Array]:
        """Return where x¯'theta may be, and the chances: a quadrature of its law, shapes (q,).

        Parameters
        ----------
        context
            The person.
        arm
            Number of the recommended arm.
        point
            Recommended columns, shape (d,).
        """

    def expected(self, context: Context, arm: int, point: Array) -> float:
        """Return what recommending a pair is worth: (x + s·(x~ - x))'theta + offset, or E mu.

        Parameters
        ----------
        context
            The person.
        arm
            Number of the arm.
        point
            Recommended columns, shape (d,).
        """
        rule = self.problem.reward
        if rule.link != "identity":
            z, chances = self.places(context, arm, point)
            return float(chances @ kernels.links.expected(rule.link_code, rule.largest, z))
        reached = shortened(context, point, self.share(context), self.parts)
        return float(self.inner.expected(context, arm, reached) + self.offset(context)[arm])

    def best(self, context: Context) -> tuple[int, Array]:
        """Return the pair that it is best to recommend.

        Parameters
        ----------
        context
            The person.
        """
        return self._furthest(context, 1.0)

    def worst(self, context: Context) -> tuple[int, Array]:
        """Return the pair that it is worst to recommend.

        Parameters
        ----------
        context
            The person.
        """
        return self._furthest(context, -1.0)

    def _furthest(self, context: Context, sign: float) -> tuple[int, Array]:
        """Return the best pair, or the worst: each arm's best change, then the arm by its worth."""
        if self.problem.reward.link == "identity":
            offset = sign * self.offset(context)
            theta = sign * self.theta
            person = context if sign > 0.0 else unpriced(context)
            return self._extreme(person, theta, self.share(context), offset, self.parts)
        slope = sign * self.theta[:, context.feasible.mutable] * self.parts
        points = self.furthest_points(context, slope)
        worth = [sign * self.expected(context, arm, point) for arm, point in enumerate(points)]
        arm = int(np.argmax(np.where(context.eligible, worth, -np.inf)))
        return arm, points[arm]


def shortened(context: Context, point: Array, share: float, parts: Array | float = 1.0) -> Array:
    """Return the point after a share of the change to it: exactly the point if all of it.

    Parameters
    ----------
    context
        The person.
    point
        Recommended columns, shape (d,).
    share
        In [0, 1].
    parts
        Factors of the share for each mutable feature, in [0, 1], shape (m,), or one for all.
    """
    start = context.values
    left = np.ones(start.size)
    left[context.feasible.mutable] = 1.0 - share * parts
    reached: Array = point - left * (point - start)
    return np.clip(reached, np.minimum(start, point), np.maximum(start, point))
