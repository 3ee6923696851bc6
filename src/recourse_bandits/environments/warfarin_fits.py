"""What the warfarin world takes from real doses and INRs: least squares, and what they are worth.

International Warfarin Pharmacogenetics Consortium (2009), *Estimation of the warfarin dose with
clinical and pharmacogenetic data*, NEJM 360:753-764, fits the square root of the required dose.
"""

import math
from typing import NamedTuple

import numpy as np
from scipy.special import stdtrit

from recourse_bandits.environments.datasets import DatasetError
from recourse_bandits.records import Array

_CLOSE = 0.2  # a dose is called ideal by the IWPC if it is within 20 % of the one that was needed
_CONFIDENCE = 0.95


class DoseFit(NamedTuple):
    """How well doses that were computed meet those that people needed, in sample."""

    people: int
    """Number of people."""
    r2: float
    """Share of the doses' variance that is explained."""
    error: float
    """Mean absolute error, mg/week."""
    close: float
    """Share of people whose computed dose is within 20 % of the needed one."""

    @staticmethod
    def of(computed: Array, needed: Array) -> "DoseFit":
        """Return how well doses meet those that were needed.

        Parameters
        ----------
        computed, needed
            Doses, shape (n,); mg/week.
        """
        misses = np.abs(computed - needed)
        explained = 1.0 - float(np.mean(misses**2) / np.var(needed))
        close = float(np.mean(misses <= _CLOSE * needed))
        return DoseFit(needed.size, explained, float(misses.mean()), close)


class Slope(NamedTuple):
    """A slope of the INR on the dose, INR per mg/week, with its 95 % interval."""

    value: float
    low: float
    high: float


def required_dose(columns: Array, doses: Array) -> Array:
    """Return coefficients of the required dose by least squares, shape (d,); mg/week.

    Of those that fit equally well, as where categories and the intercept say the same, it is the
    shortest vector.

    Parameters
    ----------
    columns
        Columns of people in therapeutic range, shape (n, d).
    doses
        Their doses, shape (n,); mg/week.

    Raises
    ------
    DatasetError
        If there are no more people than columns.
    """
    if len(columns) <= columns.shape[1]:
        raise DatasetError(
            f"the required dose cannot be fitted: {len(columns)} people have an INR in the "
            f"therapeutic range, and more than {columns.shape[1]} are needed"
        )
    found: Array = np.asarray(np.linalg.lstsq(columns, doses)[0], np.float64)
    return found


def dose_slope(columns: Array, doses: Array, inr: Array) -> Slope:
    """Return the slope of the INR on the dose beside other columns, by least squares.

    Where doses were titrated to the INR it says nothing of what a dose does: who needs more was
    given more, and all have about the same INR.

    Parameters
    ----------
    columns
        Other columns, shape (n, d); one of ones at least.
    doses
        Doses, shape (n,); mg/week.
    inr
        INRs, shape (n,).

    Raises
    ------
    DatasetError
        If the doses do not differ beside the columns, or there are too few people.
    """
    own = _rest(columns, doses)
    free = len(doses) - int(np.linalg.matrix_rank(columns)) - 1
    size = float(own @ own)
    if free < 1 or size <= 1e-12 * float(doses @ doses):
        raise DatasetError("the slope of the INR on the dose cannot be fitted to so few people")
    value = float(own @ inr) / size
    rest = _rest(columns, inr - value * doses)
    error = math.sqrt(float(rest @ rest) / free / size)
    half = float(stdtrit(free, 0.5 + 0.5 * _CONFIDENCE)) * error
    return Slope(value, value - half, value + half)


def _rest(columns: Array, values: Array) -> Array:
    """Return what columns do not tell of values."""
    rest: Array = values - columns @ np.linalg.lstsq(columns, values)[0]
    return rest
