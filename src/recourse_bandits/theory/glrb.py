r"""Regret of GLRB: LIBRA paper, Theorem 2.

A round costs at most :math:`2L_\mu\min(\rho_T\lVert x\rVert_{V^{-1}}, \beta_\Theta\beta_X)`. The
elliptical potentials :math:`\sum\min(1, \lVert x\rVert^2_{V_a^{-1}})` of all arms together are at
most :math:`2dK\log(1 + \beta_X^2T/(\lambda d))`.
"""

import numpy as np
from numpy.typing import NDArray

from recourse_bandits.theory.assumptions import (
    AssumptionWarning,
    RadiusBelowOne,
    ReachAboveOne,
)
from recourse_bandits.theory.bound import Bound
from recourse_bandits.theory.setting import Setting


def potential(setting: Setting) -> NDArray[np.float64]:
    r"""Return :math:`dK\log(1 + \beta_X^2T/(\lambda d))`, which Theorem 2 has under its root.

    Parameters
    ----------
    setting
        The setting; result in the shape of its `rounds`.
    """
    d = setting.dimension
    return np.asarray(d * setting.arms * np.log1p(setting.growth * setting.horizon / d))


def glrb_regret(setting: Setting) -> Bound:
    r"""Regret of GLRB after T rounds: LIBRA paper, Theorem 2, for any beta_Theta·beta_X.

    .. math::

        2L_\mu\max(\rho_T, \beta_\Theta\beta_X)\sqrt{2dKT\log(1 + \beta_X^2T/(\lambda d))}
        + L_\mu\,gap\,T

    The paper prints :math:`\rho_T` alone, see `glrb_regret_as_printed`; the last term, for an
    ORO-Arm that is solved up to a certified gap, is ours. People do as recommended.

    Parameters
    ----------
    setting
        The setting.

    Examples
    --------
    >>> setting = Setting(
    ...     dimension=2, arms=2, rounds=[100], noise=1, context_bound=1, coefficient_bound=1, gap=0
    ... )
    >>> bound = glrb_regret(setting)
    >>> bound.values.round(1), bound.holds
    (array([550.1]), True)
    """
    radius = np.maximum(setting.confidence_radius, setting.reach)
    return Bound(
        "glrb_regret",
        "Theorem 2: regret of GLRB",
        _regret(setting, radius) + setting.largest_slope * (setting.gap or 0.0) * setting.horizon,
        setting.broken,
        setting.assumed,
    )


def glrb_regret_as_printed(setting: Setting) -> Bound:
    r"""Regret of GLRB after T rounds: Theorem 2 as the LIBRA paper prints it.

    .. math:: 2L_\mu\rho_T\sqrt{2dKT\log(1 + \beta_X^2T/(\lambda d))}

    Assumes :math:`\beta_\Theta\beta_X \le 1 \le \rho_T` "without loss of generality", which is not
    so: its own experiments have 33. ORO-Arm is taken as solved globally.

    Parameters
    ----------
    setting
        The setting.
    """
    broken: list[AssumptionWarning] = []
    if setting.reach > 1.0:
        broken.append(
            ReachAboveOne(
                f"coefficient_bound·context_bound is {setting.reach:.4g}, above 1, which Theorem 2 "
                "as printed excludes"
            )
        )
    least = float(setting.confidence_radius.min())
    if least < 1.0:
        broken.append(
            RadiusBelowOne(
                f"the confidence radius is {least:.4g}, below 1, which Theorem 2 as printed "
                "excludes"
            )
        )
    return Bound(
        "glrb_regret_as_printed",
        "Theorem 2 as printed: regret of GLRB",
        _regret(setting, setting.confidence_radius),
        (*setting.broken, *broken),
        setting.assumed,
    )


def any_regret(setting: Setting) -> Bound:
    r"""Regret that no sequence of decisions exceeds: :math:`2L_\mu\beta_\Theta\beta_X T` (ours).

    A bound above this one says nothing.

    Parameters
    ----------
    setting
        The setting.
    """
    values = setting.largest_round_regret * setting.horizon
    return Bound("any_regret", "No theorem: regret of any policy", values, (), setting.assumed[:2])


def _regret(setting: Setting, radius: NDArray[np.float64]) -> NDArray[np.float64]:
    root = np.sqrt(2.0 * potential(setting) * setting.horizon)
    return np.asarray(2.0 * setting.largest_slope * radius * root)
