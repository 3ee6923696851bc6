"""The machine in words, without its name: what a figure of speed depends on."""

import os
import platform
from pathlib import Path

import numpy as np


def machine() -> str:
    """Processor, cores, system, Python and NumPy."""
    return (
        f"{processor()}, {os.cpu_count()} cores, {platform.system()}, "
        f"Python {platform.python_version()}, NumPy {np.__version__}"
    )


def processor() -> str:
    """Model of the processor."""
    path = Path("/proc/cpuinfo")
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def threads() -> str:
    """How many threads the linear algebra may use."""
    if os.environ.get("OMP_NUM_THREADS") == "1":
        return "one thread"
    return "as many threads as it likes (OMP_NUM_THREADS is not 1; use make bench)"
