"""How much change may be asked of a person."""

import math
from dataclasses import field
from typing import Literal

from pydantic import ConfigDict, model_validator
from pydantic.dataclasses import dataclass


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Budget:
    """The largest effort of a recourse.

    Parameters
    ----------
    norm
        `l2`: sqrt(sum (weight·change)²) <= radius; `linf`: max |weight·change| <= radius.
    radius
        The largest effort, >= 0. 0 allows no change.
    scaled
        True: changes count in scaled units (one unit is the feature's `scale`). False: in raw
        units.

    Examples
    --------
    >>> Budget("l2", 3.0).radius
    3.0
    """

    norm: Literal["l2", "linf"]
    radius: float
    scaled: bool = field(default=True, kw_only=True)

    @model_validator(mode="after")
    def _check(self) -> "Budget":
        if not (self.radius >= 0 and math.isfinite(self.radius)):
            raise ValueError(f"radius must be >= 0 and finite, got {self.radius}")
        return self
