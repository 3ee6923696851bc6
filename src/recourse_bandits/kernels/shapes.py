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
