"""Advisers told apart by labels, and what a question to each costs."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from recourse_bandits.advisers.base import Adviser
from recourse_bandits.advisers.human import Human
from recourse_bandits.advisers.human.schema import path_of
from recourse_bandits.errors import DescriptionError
from recourse_bandits.exchanges import Exchange
from recourse_bandits.parameters import require_not_negative


def labelled(advisers: Any) -> dict[str, Adviser]:
    """Return advisers by label, in order; raises DescriptionError where they cannot be told apart.

    Parameters
    ----------
    advisers
        Advisers by label, or a sequence of advisers whose names are their labels.
    """
    if isinstance(advisers, Mapping):
        by_label = dict(advisers)
    elif isinstance(advisers, Sequence) and not isinstance(advisers, str):
        labels = [one.name if isinstance(one, Adviser) else one for one in advisers]
        for label in labels:
            if labels.count(label) > 1:
                raise DescriptionError(f"two advisers are named {label!r}: give them labels")
        by_label = dict(zip(labels, advisers, strict=True))
    else:
        raise DescriptionError(f"advisers must be given by their labels, got {advisers!r}")
    if not by_label:
        raise DescriptionError("a router needs an adviser, got none")
    for label, adviser in by_label.items():
        if not isinstance(label, str) or not label or Exchange(label).adviser != label:
            raise DescriptionError(f"the label of an adviser must be a text, got {label!r}")
        if not isinstance(adviser, Adviser):
            raise DescriptionError(f"adviser {label!r} must be an adviser object, got {adviser!r}")
    _refuse_shared_queues(by_label)
    return by_label


def _refuse_shared_queues(by_label: Mapping[str, Adviser]) -> None:
    """A collection for one closes what it does not wait for: the questions of the other."""
    first: dict[Path, str] = {}
    for label, adviser in by_label.items():
        if isinstance(adviser, Human):
            other = first.setdefault(path_of(adviser.queue), label)
            if other != label:
                raise DescriptionError(
                    f"advisers {other!r} and {label!r} share the queue {adviser.queue!r}: each "
                    "needs a file of its own"
                )


def priced(costs: Any, labels: Sequence[str]) -> dict[str, float]:
    """Return the prices that are given; raises DescriptionError unless they can be prices.

    Parameters
    ----------
    costs
        Prices by label, or None.
    labels
        The labels that there are.
    """
    if not isinstance(costs, Mapping | None):
        raise DescriptionError(f"costs must be given by label, got {costs!r}")
    for label, price in (costs or {}).items():
        if label not in labels:
            raise DescriptionError(
                f"costs name the unknown adviser {label!r}; known are {', '.join(labels)}"
            )
        require_not_negative(**{f"the cost of {label}": price})
    return dict(costs or {})
