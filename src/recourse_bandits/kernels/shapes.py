"""Refusal of arrays that do not belong together, by kernels that nothing broadcasts for.

NumPy compares the shapes of a broadcasting kernel's arguments; a plain compiled function would read
beyond the end of an array that is too short.
"""

from recourse_bandits.compilation import njit


@njit()
def require_arms(factor, estimate, x, eligible):
    """Refuse regressions (K, d, d) and (K, d), a point (d,) and arms (K,) of different sizes."""
    arms, dimension = estimate.shape
    if factor.shape != (arms, dimension, dimension):
        raise ValueError("factor must have shape (K, d, d) where estimate has shape (K, d)")
    if x.size != dimension or eligible.size != arms:
        raise ValueError("x must have shape (d,) and eligible (K,) where estimate has (K, d)")


@njit()
def require_each(numbers, estimate):
    """Refuse numbers that are not one for each arm, shape (K,)."""
    if numbers.size != estimate.shape[0]:
        raise ValueError("a number of each arm must have shape (K,) where estimate has (K, d)")


@njit()
def require_box(mutable, lower, upper, weight):
    """Refuse limits that are not one for each mutable feature."""
    size = mutable.size
    if lower.size != size or upper.size != size or weight.size != size:
        raise ValueError("lower, upper and weight must have the shape of mutable, (m,)")


@njit()
def require_fixed(fixed, mutable):
    """Refuse marks that are not one for each mutable feature."""
    if fixed.size != mutable.size:
        raise ValueError("fixed must have the shape of mutable, (m,)")


@njit()
def require_region(mutable, region):
    """Refuse a region of other features than the mutable ones, or without a box."""
    size = mutable.size
    boxes = region.lower.shape[0]
    if boxes == 0 or region.upper.shape[0] != boxes or region.most.size != boxes:
        raise ValueError("lower, upper (b, m) and most (b,) must have the same boxes, one at least")
    if region.lower.shape[1] != size or region.upper.shape[1] != size or region.weight.size != size:
        raise ValueError("lower, upper and weight must have the shape of mutable, (m,)")
    if region.metric.shape[1] != size or region.levels.shape[0] != size:
        raise ValueError("metric (q, m) and levels (m, v) must have the shape of mutable, (m,)")
    if region.links.shape[1] != 3:
        raise ValueError("links must have rows of follower, leader and share, shape (l, 3)")
