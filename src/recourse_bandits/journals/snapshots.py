"""Where snapshots of a study's state are kept: a cache that may be deleted at any time.

A snapshot is named by its position, the number of events that it holds the fold of.
"""

import os
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path

_DIGITS = re.compile(r"\d{12}")


class Snapshots(ABC):
    """Snapshots by position; losing one costs time only."""

    @abstractmethod
    def positions(self) -> Sequence[int]:
        """Positions of the snapshots that belong to the journal, the latest first."""

    @abstractmethod
    def read(self, position: int) -> bytes:
        """Return a snapshot.

        Parameters
        ----------
        position
            One of `positions`.

        Raises
        ------
        OSError
            If it has been deleted meanwhile or cannot be read.
        """

    @abstractmethod
    def write(self, position: int, content: bytes) -> None:
        """Keep a snapshot.

        Parameters
        ----------
        position
            How many events it holds the fold of; the journal has at least as many.
        content
            The snapshot.

        Raises
        ------
        OSError
            If it cannot be kept.
        """

    @abstractmethod
    def drop(self, position: int) -> None:
        """Forget a snapshot; without effect if there is none.

        Parameters
        ----------
        position
            Its position.
        """


class MemorySnapshots(Snapshots):
    """Keeps snapshots until the process ends.

    Examples
    --------
    >>> snapshots = MemorySnapshots()
    >>> snapshots.write(3, b"state")
    >>> snapshots.positions()
    [3]
    """

    def __init__(self) -> None:
        self._kept: dict[int, bytes] = {}

    def positions(self) -> Sequence[int]:
        """Positions of the snapshots, the latest first."""
        return sorted(self._kept, reverse=True)

    def read(self, position: int) -> bytes:
        """Return a snapshot.

        Parameters
        ----------
        position
            One of `positions`.
        """
        return self._kept[position]

    def write(self, position: int, content: bytes) -> None:
        """Keep a snapshot.

        Parameters
        ----------
        position
            How many events it holds the fold of.
        content
            The snapshot.
        """
        self._kept[position] = content

    def drop(self, position: int) -> None:
        """Forget a snapshot.

        Parameters
        ----------
        position
            Its position.
        """
        self._kept.pop(position, None)


class SnapshotFolder(Snapshots):
    """Snapshots as files ``POSITION-DIGEST.npz`` in a folder beside the journal.

    The digest is that of the journal's events up to the position. A file whose digest is not the
    journal's belongs to another journal, or to events that were lost, and is not looked at.

    Parameters
    ----------
    folder
        The folder; made with the first snapshot.
    digest
        Returns the journal's digest after so many events, or None if it has fewer.
    """

    def __init__(self, folder: Path, digest: Callable[[int], str | None]) -> None:
        self.folder = folder
        self._digest = digest

    def positions(self) -> Sequence[int]:
        """Positions of the snapshots that belong to the journal, the latest first."""
        found = []
        for file in self.folder.glob("*-*.npz"):
            position, _, digest = file.stem.partition("-")
            if _DIGITS.fullmatch(position) and self._digest(int(position)) == digest:
                found.append(int(position))
        return sorted(found, reverse=True)

    def read(self, position: int) -> bytes:
        """Return a snapshot.

        Parameters
        ----------
        position
            One of `positions`.

        Raises
        ------
        OSError
            If it has been deleted meanwhile or cannot be read.
        """
        return self._file(position).read_bytes()

    def write(self, position: int, content: bytes) -> None:
        """Write a snapshot beside the journal, whole or not at all.

        Parameters
        ----------
        position
            How many events it holds the fold of.
        content
            The snapshot.

        Raises
        ------
        OSError
            If it cannot be written.
        """
        self.folder.mkdir(exist_ok=True)
        file = self._file(position)
        part = file.with_suffix(".part")
        try:
            part.write_bytes(content)
            os.replace(part, file)
        except OSError:
            part.unlink(missing_ok=True)
            raise

    def drop(self, position: int) -> None:
        """Delete a snapshot.

        Parameters
        ----------
        position
            Its position.
        """
        for file in self.folder.glob(f"{position:012d}-*"):
            file.unlink(missing_ok=True)

    def _file(self, position: int) -> Path:
        return self.folder / f"{position:012d}-{self._digest(position)}.npz"
