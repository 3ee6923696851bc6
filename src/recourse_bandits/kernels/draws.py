r"""Counter-based random numbers: a draw is a pure function of its key.

================  ===========================================================
symbol            meaning
================  ===========================================================
seed              of the study; a non-negative integer below 2**63
number            of the decision
stream            who draws: the policy, the adviser, the environment, ...
index             which draw of that stream
================  ===========================================================

Threefry-2x64 with 20 rounds (Salmon, Moraes, Dror, Shaw: *Parallel random numbers: as easy
as 1, 2, 3*, SC 2011) encrypts the counter (stream, index) with the key (seed, number).
Nothing is stored between draws, so a decision can be replayed alone and in any order.
"""

import math

import numpy as np

from recourse_bandits.compilation import njit, vectorize

_PARITY = np.uint64(0x1BD11BDAA9FC1A22)
_ROTATIONS = (16, 42, 12, 31, 16, 32, 24, 21)
_TO_UNIT = 2.0**-53
TIE_INDEX = 2**62  # the index of the draw that breaks ties, far from every other draw
COIN_INDEX = 2**61  # the index of an adviser's coin, likewise
QUESTION_INDEX = 2**60  # the index of the coin by which a policy asks, likewise


@njit(inline="always")
def _rotate_left(word, count):
    return (word << np.uint64(count)) | (word >> np.uint64(64 - count))


@njit("UniTuple(uint64, 2)(uint64, uint64, uint64, uint64)")
def threefry(key_0, key_1, counter_0, counter_1):
    """Threefry-2x64-20: two words of the counter encrypted with two words of the key."""
    key_2 = _PARITY ^ key_0 ^ key_1
    x = counter_0 + key_0
    y = counter_1 + key_1
    for group in range(5):
        for step in range(4):
            x += y
            y = _rotate_left(y, _ROTATIONS[(group % 2) * 4 + step])
            y ^= x
        # key injection number group + 1: the three key words take turns
        turn = (group + 1) % 3
        if turn == 0:
            x += key_0
            y += key_1
        elif turn == 1:
            x += key_1
            y += key_2
        else:
            x += key_2
            y += key_0
        y += np.uint64(group + 1)
    return x, y


@njit()
def uniform_pair(seed, number, stream, index):
    """Two independent numbers in [0, 1)."""
    x, y = threefry(np.uint64(seed), np.uint64(number), np.uint64(stream), np.uint64(index))
    return (
        np.float64(x >> np.uint64(11)) * _TO_UNIT,
        np.float64(y >> np.uint64(11)) * _TO_UNIT,
    )


@njit()
def normal_pair(seed, number, stream, index):
    """Two independent standard normal numbers (Box and Muller)."""
    first, second = uniform_pair(seed, number, stream, index)
    length = math.sqrt(-2.0 * math.log(1.0 - first))
    angle = 2.0 * math.pi * second
    return length * math.cos(angle), length * math.sin(angle)


@njit()
def fill_normal(seed, number, stream, out):
    """Fill a matrix with the standard normal draws of indices 0, 1, ... in row order."""
    flat = out.reshape(-1)
    for pair in range((flat.size + 1) // 2):
        even, odd = normal_pair(seed, number, stream, pair)
        flat[2 * pair] = even
        if 2 * pair + 1 < flat.size:
            flat[2 * pair + 1] = odd


@vectorize(["float64(int64, int64, int64, int64)"])
def uniform(seed, number, stream, index):
    """A number in [0, 1); broadcasts over all four arguments."""
    first, second = uniform_pair(seed, number, stream, index // 2)
    return first if index % 2 == 0 else second


@vectorize(["float64(int64, int64, int64, int64)"])
def normal(seed, number, stream, index):
    """A standard normal number; broadcasts over all four arguments."""
    even, odd = normal_pair(seed, number, stream, index // 2)
    return even if index % 2 == 0 else odd
