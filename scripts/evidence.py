"""Write the table of claims into docs/evidence.md: python scripts/evidence.py RUNS/REPRODUCE.

The folder is one that `recourse reproduce` wrote. Only the text between the markers is replaced.
"""

import json
import sys
from pathlib import Path
from typing import Any

from recourse_bandits.config import ExperimentSettings, catalogue
from recourse_bandits.experiments.reproduce import in_order

PAGE = Path(__file__).parents[1] / "docs" / "evidence.md"
BEGIN, END = "<!-- claims: begin -->", "<!-- claims: end -->"


def table(name: str, planned: ExperimentSettings, results: dict[str, Any]) -> list[str]:
    settings = results["settings"]
    lines = [
        f"### {planned.title}",
        "",
        f"`recourse run {name}`: {settings['runs']} runs of {settings['rounds']:,} rounds.",
        "",
        "| claim | source | verdict | left − right, 95 % interval |",
        "|---|---|---|---|",
    ]
    for claim in results["claims"]:
        intervals = "; ".join(told(found["difference"]) for found in claim["comparisons"])
        verdict = claim["verdict"] if claim["verdict"] == "holds" else f"**{claim['verdict']}**"
        lines.append(f"| {claim['says']} | {claim['source']} | {verdict} | {intervals} |")
    judged = {claim["says"] for claim in results["claims"]}
    lines += [
        f"| {claim.says} | {claim.source} | **not judged** | no language model was asked |"
        for claim in planned.claims
        if claim.says not in judged
    ]
    return [*lines, ""]


def told(figures: dict[str, float | None]) -> str:
    low, high = figures["low"], figures["high"]
    if low is None or high is None:
        return "none"
    digits = 0 if max(abs(low), abs(high)) >= 100 else 2
    return f"[{low:z,.{digits}f}, {high:z,.{digits}f}]"


def main() -> None:
    folder = Path(sys.argv[1])
    lines: list[str] = []
    for name, settings in in_order(catalogue()).items():
        results = json.loads((folder / name / "summary.json").read_text(encoding="utf-8"))
        lines += table(name, settings, results)
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    text = "\n".join([BEGIN, "", *lines]) + END
    PAGE.write_text(f"{before}{text}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
