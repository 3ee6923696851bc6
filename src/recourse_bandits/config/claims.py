"""Claims of a source as data: which number is said to be larger than which."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from recourse_bandits.config.toml import Frozen

QuantityName = Literal[
    "regret",
    "regret growth",
    "regret exponent",
    "reward",
    "questions",
    "question growth",
    "change",
    "dose error",
    "on target",
]


class Quantity(Frozen):
    """A number that every run of a policy has; its definition is in the documentation.

    Parameters
    ----------
    quantity
        Which number.
    policy
        Label of the policy.
    at
        Value of each axis, where the experiment has axes; ``case`` where it has cases.
    less_at
        Another point, named like `at`: the quantity there is deducted, run by run.
    feature
        For a change: which mutable feature.
    arm
        For a change: under which arm; None: under all.
    after
        For a change: rounds left out at the beginning.
    times
        Factor, of the difference where there is one.
    """

    quantity: QuantityName
    policy: str
    at: dict[str, Any] = Field(default_factory=dict)
    less_at: dict[str, Any] | None = None
    feature: str | None = None
    arm: str | None = None
    after: Annotated[int, Field(ge=0)] = 0
    times: Annotated[float, Field(allow_inf_nan=False)] = 1.0


class Comparison(Frozen):
    """Two quantities, or a quantity and a number.

    Parameters
    ----------
    left
        A quantity.
    relation
        ``<``, ``>``, or ``within``: not further from the right side than the tolerance. In TOML
        the key is ``is``.
    right
        A quantity or a number.
    tolerance
        For ``within``.
    """

    left: Quantity
    relation: Annotated[Literal["<", ">", "within"], Field(alias="is")]
    right: Quantity | Annotated[float, Field(allow_inf_nan=False)]
    tolerance: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None


class Claim(Frozen):
    """What a source says of an experiment, and how that is read off the runs.

    Parameters
    ----------
    says
        The claim in words.
    source
        Where it is made.
    compare
        It holds if all of these do.
    """

    says: str
    source: str
    compare: tuple[Comparison, ...] = Field(min_length=1)

    @property
    def policies(self) -> set[str]:
        """Labels of the contestants that it is about."""
        sides = [side for one in self.compare for side in (one.left, one.right)]
        return {side.policy for side in sides if isinstance(side, Quantity)}


def require_point(at: Mapping[str, Any], known: Mapping[str, tuple[Any, ...]], where: str) -> None:
    """Raise ValueError unless a point is in a sweep.

    Parameters
    ----------
    at
        Value of each axis.
    known
        Values that each axis takes.
    where
        What names the point, for the error.
    """
    if set(at) != set(known):
        raise ValueError(
            f"{where} must give {', '.join(known) or 'nothing, without a sweep'}, "
            f"got {', '.join(at) or 'nothing'}"
        )
    for name, value in at.items():
        if value not in known[name]:
            raise ValueError(
                f"{where}: {name} = {value!r} is not in the sweep; it has "
                f"{', '.join(map(str, known[name]))}"
            )
