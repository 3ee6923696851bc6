"""Installs the peers, one after the other, into the environment that runs this file.

    .venv-bench/bin/python benchmarks/install.py        # what `make bench` does first

A peer that does not install is written to `not-installed.json` in that environment, with the
installer's reason; the benchmark lists it and goes on. Standard library only.
"""

import json
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent
CONSTRAINTS = (FOLDER.parent / "constraints.txt", FOLDER / "constraints.txt")


def peers() -> list[str]:
    """Lines of requirements.txt that name a peer."""
    lines = (FOLDER / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def install(*what: str) -> str | None:
    """Install in pinned versions; the reason if that failed."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    limits = [word for path in CONSTRAINTS for word in ("--constraint", str(path))]
    done = subprocess.run(
        [*pip, "--no-input", *limits, *what], check=False, capture_output=True, text=True
    )
    return None if done.returncode == 0 else reason(done.stderr)


def reason(errors: str) -> str:
    """First error line of the installer."""
    lines = [line.partition("ERROR: ")[2] for line in errors.splitlines() if "ERROR: " in line]
    return lines[0].strip() if lines else "the installer gave no reason"


def main() -> None:
    failed = install("--editable", str(FOLDER.parent))
    if failed:
        sys.exit(f"recourse-bandits itself did not install: {failed}")
    missing: dict[str, str] = {}
    for number, peer in enumerate(peers(), start=1):
        print(f"  {number}/{len(peers())} {peer}", flush=True)
        why = install(peer)
        if why is not None:
            missing[peer.partition("==")[0]] = why
            print(f"    did not install: {why}", flush=True)
    place = Path(sys.prefix) / "not-installed.json"
    place.write_text(json.dumps(missing, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
