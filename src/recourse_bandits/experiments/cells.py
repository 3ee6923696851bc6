"""A cell: one run of one policy in one world, known by what it is made of."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from recourse_bandits import kernels

ROWS_FORMAT = 3
"""Raised whenever the rows of a cell change their meaning."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One run of one policy, complete: it can be sent to another machine.

    Parameters
    ----------
    environment
        Name and parameters of the world.
    data_digest
        SHA-256 of the real data in it; empty if there are none.
    policy
        The policy as `policy_to_json` describes it, its algorithm version included.
    adviser
        Name and parameters of the adviser, or None.
    rounds
        People.
    seed
        Of the run.
    delay
        Name and parameters of the law of delays; None: outcomes arrive at once.
    sub_outcome_delay
        The same of sub-outcomes; None: they arrive with the reward.
    """

    environment: Mapping[str, Any]
    data_digest: str
    policy: Mapping[str, Any]
    adviser: Mapping[str, Any] | None
    rounds: int
    seed: int
    delay: Mapping[str, Any] | None = None
    sub_outcome_delay: Mapping[str, Any] | None = None

    @property
    def id(self) -> str:
        """16 hexadecimal digits that follow from the content alone: equal cells have one id."""
        content = {"format": ROWS_FORMAT, **asdict(self)}
        if self.sub_outcome_delay is None:  # cells of earlier versions keep their ids
            del content["sub_outcome_delay"]
        text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def run_seed(seed: int, run: int) -> int:
    """Return the seed of a run: runs of one experiment never share one.

    Parameters
    ----------
    seed
        Of the experiment.
    run
        Number of the run.
    """
    word, _ = kernels.draws.threefry(seed, run, 0, 0)
    return int(word) >> 1
