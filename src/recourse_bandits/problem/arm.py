"""One treatment arm and who may be given it."""

from collections.abc import Mapping
from dataclasses import field
from functools import cached_property

from pydantic import ConfigDict, model_validator
from pydantic.dataclasses import dataclass

from recourse_bandits.errors import InvalidValue
from recourse_bandits.problem.dose import Dose
from recourse_bandits.problem.expression import compiled, names_in


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Arm:
    """A treatment arm.

    Parameters
    ----------
    name
        Name by which the arm is recommended.
    description
        One line for the reader.
    eligible
        Formula on the raw features, e.g. ``"age >= 18 and asthma == 'no'"``; a person for whom it
        is false, or whose value for one of its features is missing, is not given the arm. None:
        everybody is eligible.
    dose
        The doses in which it may be given; None: it has none.

    Examples
    --------
    >>> Arm("beta_blocker", eligible="age >= 18").may_receive({"age": 17})
    False
    """

    name: str
    description: str = field(default="", kw_only=True)
    eligible: str | None = field(default=None, kw_only=True)
    dose: Dose | None = field(default=None, kw_only=True)

    @model_validator(mode="after")
    def _check(self) -> "Arm":
        if not self.name:
            raise ValueError("an arm needs a name")
        if self.eligible is not None:
            names_in(self.eligible)
        return self

    @cached_property
    def _rule(self):  # type: ignore[no-untyped-def]
        return compiled(self.eligible or "1 == 1")

    @cached_property
    def rule_features(self) -> frozenset[str]:
        """Features that the eligibility rule uses."""
        return names_in(self.eligible) if self.eligible is not None else frozenset()

    def may_receive(self, given: Mapping[str, object]) -> bool:
        """Whether the rule holds for raw feature values; False if one it needs is missing.

        Parameters
        ----------
        given
            Raw values by feature name; None stands for a missing value.

        Raises
        ------
        InvalidValue
            If the rule cannot be computed for these values.
        """
        if any(given.get(name) is None for name in self.rule_features):
            return False
        try:
            return bool(self._rule(given))
        except (TypeError, ArithmeticError) as error:
            used = ", ".join(f"{name} = {given[name]!r}" for name in sorted(self.rule_features))
            raise InvalidValue(
                f"the rule of arm {self.name!r}, {self.eligible!r}, cannot be computed for {used}: "
                f"{error}"
            ) from error
