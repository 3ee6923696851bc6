"""Somebody else's policy, world and adviser, known by module:Name."""

from dataclasses import dataclass
from typing import Any, ClassVar

import recourse_bandits as rb


@dataclass(frozen=True)
class Stronger(rb.Uniform):
    algorithm_version: ClassVar[int] = 3
    strength: float = 1.0


@dataclass(frozen=True)
class Elsewhere(rb.Hypertension):
    offset: float = 0.0


class NoPolicy:
    pass


@dataclass(frozen=True)
class Broken(rb.Uniform):
    algorithm_version: ClassVar[int] = 1

    def observed(
        self, state: Any, decision: Any, outcome: rb.Outcome, *, donate: bool = False
    ) -> Any:
        raise KeyError("lost")
