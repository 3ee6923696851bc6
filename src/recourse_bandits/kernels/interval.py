"""Two points of an interval [lower, upper], whose ends may be infinite."""

from recourse_bandits.compilation import njit


@njit()
def nearest_to_zero(lower, upper):
    """The change of least size."""
    return min(max(0.0, lower), upper)


@njit()
def preferred_end(slope, lower, upper):
    """The end that the slope prefers; the change of least size if the slope is 0.

    Going there from the change of least size never makes a change smaller.
    """
    if slope > 0.0:
        return upper
    if slope < 0.0:
        return lower
    return nearest_to_zero(lower, upper)
