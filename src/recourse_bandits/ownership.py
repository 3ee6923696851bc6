"""A file or folder that one process owns at a time, and a note beside it that says which one."""

import os
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout


class Ownership:
    """Who may write.

    Parameters
    ----------
    path
        The file; the lock and the note get its name and an ending.
    """

    def __init__(self, path: Path) -> None:
        self._lock = FileLock(f"{path}.lock", thread_local=False)
        self._holder = Path(f"{path}.holder")

    def take(self) -> str | None:
        """Become the owner; returns None then, else who owns it.

        Raises
        ------
        OSError
            If nothing can be written there.
        """
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            who = "another process"
            with suppress(OSError):  # it may have let go of the file this moment
                who = self._holder.read_text(encoding="utf-8") or who
            return who
        try:
            self._holder.write_text(f"process {os.getpid()}", encoding="utf-8")
        except BaseException:
            self._lock.release()
            raise
        return None

    def give_up(self) -> None:
        """Let another process own it; nothing happens if this one does not."""
        if self._lock.is_locked:
            self._holder.unlink(missing_ok=True)
            self._lock.release()
