"""Changes that a ball and a box do not describe: steps, categories, links, few at a time."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
NO_LINKS: Array = np.empty((0, 3))


@dataclass(frozen=True, slots=True, eq=False)
class Alternatives:
    """What a feature of categories may become.

    Parameters
    ----------
    places
        Its columns among the m that may change, shape (g,).
    changes
        The changes of these columns, the first of them none, shape (n, g).
    """

    places: NDArray[np.int64]
    changes: Array


@dataclass(frozen=True, slots=True, eq=False)
class Moves:
    """How one person's features may change beside the limits of ball and box.

    Parameters
    ----------
    levels
        For each of the m columns the only changes, rising, scaled units; None: any.
    alternatives
        One for each feature of categories; its columns have an empty box.
    links
        Rows (follower, leader, share), places among the m columns: the follower's change is share
        times the leader's. The follower has an empty box, and weight 0.
    max_changed
        How many features may change, followers not counted; None: any number.
    """

    levels: tuple[Array | None, ...]
    alternatives: tuple[Alternatives, ...] = ()
    links: Array = field(default_factory=lambda: NO_LINKS)
    max_changed: int | None = None

    @property
    def only_links(self) -> bool:
        """Whether there is nothing but links, so that one box holds all changes."""
        steps = any(levels is not None for levels in self.levels)
        return not (steps or self.alternatives) and self.max_changed is None

    @property
    def may_stay(self) -> bool:
        """Whether no change at all is among the steps."""
        return all(levels is None or bool((levels == 0.0).any()) for levels in self.levels)

    def changed(self, change: Array) -> int:
        """Return how many features a change changes, followers not counted.

        Parameters
        ----------
        change
            Change of the m columns.
        """
        moved = [bool(change[feature.places].any()) for feature in self.alternatives]
        return int(np.count_nonzero(change[~self.tied])) + sum(moved)

    def least(self, change: Array) -> Array:
        """Return a change with the least steps instead of its own.

        Parameters
        ----------
        change
            Change of the m columns, shape (m,).
        """
        least = change.copy()
        for place, levels in enumerate(self.levels):
            if levels is not None:
                least[place] = levels[np.argmin(np.abs(levels))]
        return least

    @property
    def followers(self) -> NDArray[np.bool_]:
        """Columns that follow others, shape (m,)."""
        marks = np.zeros(len(self.levels), np.bool_)
        marks[self.links[:, 0].astype(np.int64)] = True
        return marks

    @property
    def tied(self) -> NDArray[np.bool_]:
        """Columns whose change is not theirs to choose: of followers and categories, shape (m,)."""
        marks = self.followers
        for feature in self.alternatives:
            marks[feature.places] = True
        return marks

    def followed(self, change: Array) -> Array:
        """Return a change with that of the followers in it.

        Parameters
        ----------
        change
            Change of the m columns, shape (m,).
        """
        after = change.copy()
        for follower, leader, share in self.links:
            after[int(follower)] = share * change[int(leader)]
        return after

    def violation(self, change: Array) -> float:
        """By how much a change misses what is allowed; infinite if too many features change.

        Parameters
        ----------
        change
            Change of the m columns, shape (m,).
        """
        if self.max_changed is not None and self.changed(change) > self.max_changed:
            return float("inf")
        excess = [float(np.abs(self.followed(change) - change).max(initial=0.0))]
        for own, levels in zip(change, self.levels, strict=True):
            if levels is not None:
                excess.append(float(np.abs(levels - own).min(initial=np.inf)))
        for feature in self.alternatives:
            apart = np.abs(feature.changes - change[feature.places]).max(axis=1)
            excess.append(float(apart.min()))
        return max(excess)
