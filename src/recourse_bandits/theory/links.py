"""Slopes of an inverse link, which the bounds divide by and multiply with."""

from recourse_bandits import kernels
from recourse_bandits.parameters import require_one_of, require_positive
from recourse_bandits.problem.reward import LINKS


def link_slopes(link: str, reach: float) -> tuple[float, float]:
    r"""Return c_mu and L_mu, the least and the largest slope of a link for :math:`|z|\le` reach.

    The same where less is better: mu'(-z) takes the same values. A source that takes c_mu over all
    z has 0 for every link but the identity.

    Parameters
    ----------
    link
        `identity`, `logistic`, `probit` or `log`.
    reach
        beta_Theta·beta_X > 0, largest size of z.

    Raises
    ------
    DescriptionError
        If the link is unknown or the reach is out of its range.

    Examples
    --------
    >>> link_slopes("identity", 3.0)
    (1.0, 1.0)
    >>> least, largest = link_slopes("logistic", 2.0)
    >>> round(least, 3), largest
    (0.105, 0.25)
    """
    require_one_of(LINKS, link=link)
    require_positive(reach=reach)
    slopes = [float(kernels.links.slope(LINKS[link], z)) for z in (-reach, 0.0, reach)]
    return min(slopes), max(slopes)
