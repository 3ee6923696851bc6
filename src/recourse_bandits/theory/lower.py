r"""Lower bounds: the order of Theorem 6, the limits of its instance, and a proof for one of ours.

The LIBRA paper's instance (Appendix B.4) exists within limits only: its recourse set is an linf
ball of radius c at most 1/32, it has at most :math:`e^{d_M/8}` arms, its gamma, which enters
through the size omega of the coefficients alone, is below about 0.24 (0.11 for the printed margin),
and omega is at most :math:`\eta/(4d_M)`.
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from recourse_bandits.errors import DescriptionError
from recourse_bandits.parameters import require_count, require_not_negative, require_positive
from recourse_bandits.theory.assumptions import OutsideTheInstance
from recourse_bandits.theory.bound import Bound
from recourse_bandits.theory.setting import checked_rounds

LARGEST_CHANGE = 1.0 / 32.0
"""Largest radius of the linf recourse set of the instance."""

LARGEST_GAMMA = 0.24
"""About where an arm of the instance ceases to be the best one; 0.11 for the printed margin."""


def lower_order(
    rounds: ArrayLike,
    *,
    dimension: int,
    mutable: int,
    arms: int,
    gamma: float,
    eta: float | None = None,
) -> Bound:
    r"""Order of the regret that no policy can avoid everywhere: LIBRA paper, Theorem 6.

    .. math:: \min\big(\max(\gamma d_M\sqrt{KT}, \sqrt{dKT}), \eta T\big)

    An *order*: the constant is left out, noise and coefficients are of size 1, and it is of the
    worst world, not of yours. One display of the paper prints :math:`d_M` for d.

    Parameters
    ----------
    rounds
        T, one number or an array.
    dimension
        d, number of coefficients.
    mutable
        d_M, number of mutable features, at most d.
    arms
        K.
    gamma
        Budget of recourse, > 0.
    eta
        How much worse than the best pair an adviser is at most, >= 0; None: nobody advises.

    Raises
    ------
    DescriptionError
        If a value is out of its range.

    Examples
    --------
    >>> bound = lower_order([100], dimension=24, mutable=12, arms=4, gamma=0.1)
    >>> bound.values.round(1), bound.holds
    (array([98.]), True)
    """
    require_count(dimension=dimension, mutable=mutable, arms=arms)
    require_positive(gamma=gamma)
    if mutable > dimension:
        raise DescriptionError(f"mutable must be at most dimension, got {mutable} and {dimension}")
    horizon = checked_rounds(rounds).astype(np.float64)
    spread = np.sqrt(arms * horizon)
    values = np.maximum(gamma * mutable * spread, math.sqrt(dimension) * spread)
    if eta is not None:
        require_not_negative(eta=eta)
        values = np.minimum(values, eta * horizon)
    return Bound(
        "lower_order",
        "Theorem 6: order of the least regret of any policy",
        values,
        instance_limits(mutable, arms, gamma),
        ("an order, without its constant", "of the worst world, not of this one"),
    )


def instance_limits(mutable: int, arms: int, gamma: float) -> tuple[OutsideTheInstance, ...]:
    """Return which limits of the instance of Theorem 6 are exceeded, in words.

    Parameters
    ----------
    mutable
        d_M, number of mutable features.
    arms
        K.
    gamma
        Gamma of the theorem.
    """
    found = []
    if arms > math.exp(mutable / 8.0):
        found.append(
            OutsideTheInstance(
                f"arms must be at most exp(mutable / 8) = {math.exp(mutable / 8.0):.4g}, got {arms}"
            )
        )
    if gamma > LARGEST_GAMMA:
        found.append(
            OutsideTheInstance(f"gamma must be at most about {LARGEST_GAMMA}, got {gamma:g}")
        )
    return tuple(found)


def instance_regret(
    rounds: ArrayLike, *, mutable: int, arms: int, size: float, change: float, noise: float
) -> NDArray[np.float64]:
    r"""Least regret of any policy in the world `lower-bound`, averaged over its signs (ours).

    .. math:: \omega c\,d_M T\,\max\big(0, 1 - (\omega c/\sigma)\sqrt{T/K}\big)

    It holds for every policy that is not told the truth. Proof (Assouad's argument): in the rounds
    of kind k any other arm costs at least :math:`1/2 \ge \omega c\,d_M`, and arm k costs
    :math:`\omega(c - s_{ki}v_i)` for each mutable feature, changed by :math:`v_i`. Only rounds with
    arm k, :math:`n_k` of them, tell its sign :math:`s_{ki}`, so the laws for the two values are at
    most :math:`(\omega c/\sigma)\sqrt{E n_k}` apart in total variation (Pinsker). The mean of
    :math:`E n_k` over arms is T/K, and the root is concave.

    Parameters
    ----------
    rounds
        T, one number or an array; multiples of `arms`, so that all kinds come equally often.
    mutable
        d_M, number of mutable features.
    arms
        K.
    size
        omega > 0, size of every mutable coefficient.
    change
        c > 0, radius of the linf recourse set.
    noise
        sigma > 0, standard deviation of the normal noise.

    Raises
    ------
    DescriptionError
        If a value is out of its range.

    Examples
    --------
    >>> instance_regret([400], mutable=8, arms=4, size=0.5, change=0.1, noise=1.0)
    array([80.])
    """
    require_count(mutable=mutable, arms=arms)
    require_positive(size=size, change=change, noise=noise)
    horizon = checked_rounds(rounds)
    step = size * change
    if step * mutable > 0.5:
        raise DescriptionError(
            "size·change·mutable must be at most 1/2, what another arm costs, got "
            f"{step * mutable:g}"
        )
    if np.any(horizon % arms):
        raise DescriptionError(f"rounds must be multiples of arms = {arms}, got {rounds!r}")
    seen = np.maximum(0.0, 1.0 - (step / noise) * np.sqrt(horizon / arms))
    return np.asarray(step * mutable * horizon * seen)
