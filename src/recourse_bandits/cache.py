"""Where this package keeps what can always be made again: compiled kernels, downloads."""

import os
import tempfile
from pathlib import Path


def cache_folder(name: str) -> Path:
    """Return a writable folder for a kind of cached files, made if needed.

    It lies under RECOURSE_CACHE, else XDG_CACHE_HOME, else ``~/.cache``; where that cannot be
    written, under the folder for temporary files.

    Parameters
    ----------
    name
        Kind of files.
    """
    chosen = os.environ.get("RECOURSE_CACHE") or os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    folder = Path(chosen).expanduser() / "recourse-bandits" / name
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        writable = False
    else:
        writable = os.access(folder, os.W_OK)
    if not writable:
        owner = str(os.getuid()) if hasattr(os, "getuid") else "user"
        folder = Path(tempfile.gettempdir()) / f"recourse-bandits-{owner}" / name
        folder.mkdir(parents=True, exist_ok=True)
    return folder
