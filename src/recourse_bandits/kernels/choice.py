"""The best arm, ties broken evenly."""

from recourse_bandits.compilation import guvectorize, njit
from recourse_bandits.kernels.draws import TIE_INDEX, uniform_pair


@njit()
def best_arm(values, allowed, seed, number, stream):
    """Return the allowed arm of the largest value and how many arms share that value.

    Exact ties are broken by one draw of the key, so that each tied arm is equally likely.
    """
    best = -1
    ties = 0
    for arm in range(values.size):
        if not allowed[arm]:
            continue
        if best < 0 or values[arm] > values[best]:
            best = arm
            ties = 1
        elif values[arm] == values[best]:
            ties += 1
    if ties > 1:
        draw, _ = uniform_pair(seed, number, stream, TIE_INDEX)
        skip = int(draw * ties)
        level = values[best]
        for arm in range(values.size):
            if allowed[arm] and values[arm] == level:
                if skip == 0:
                    return arm, ties
                skip -= 1
    return best, ties


@guvectorize(
    ["void(float64[::1], boolean[::1], int64, int64, int64, int64[:], int64[:])"],
    "(k),(k),(),(),()->(),()",
    nopython=True,
)
def best(values, allowed, seed, number, stream, arm, ties):
    """Return what `best_arm` does; broadcasts."""
    arm[0], ties[0] = best_arm(values, allowed, seed, number, stream)
