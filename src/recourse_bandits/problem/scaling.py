"""Mean and scale of features from a table of people."""

from dataclasses import replace
from typing import Any

import numpy as np

from recourse_bandits.errors import DescriptionError
from recourse_bandits.problem.feature import Feature


def fitted(feature: Feature, table: Any) -> Feature:
    """Return an unscaled numeric feature with mean and population sd of its column.

    Parameters
    ----------
    feature
        The feature; one that is scaled or categorical is returned as it is.
    table
        Anything that gives a column of raw values by name; missing values are left out.

    Raises
    ------
    DescriptionError
        If the column is absent, empty, not numeric or constant.
    """
    if feature.categories or feature.scale is not None:
        return feature
    try:
        column = [value for value in table[feature.name] if value is not None]
        values = np.array(column, dtype=np.float64)
    except Exception as error:  # every kind of table has errors of its own
        raise DescriptionError(
            f"feature {feature.name!r} cannot be fitted: the table has no numeric column of that "
            f"name ({type(error).__name__}: {error})"
        ) from error
    values = values[~np.isnan(values)]
    if not np.isfinite(values).all():
        raise DescriptionError(f"feature {feature.name!r} cannot be fitted: infinite values")
    scale = float(values.std()) if values.size else 0.0
    rounding = 8.0 * np.finfo(np.float64).eps * float(np.abs(values).max(initial=0.0))
    if scale <= rounding:
        raise DescriptionError(
            f"feature {feature.name!r} cannot be fitted: its column is empty or constant"
        )
    return replace(feature, mean=float(values.mean()), scale=scale)
